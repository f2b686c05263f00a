"""What the commands say: numbers in their grammar, of the shop's own catalogue, on whatever terminal."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli import main
from app.counted import counted
from tests.support.project import ROOT

ONE_PRODUCT = (
    '[shop]\nid = "a-shop"\nname = "A shop"\nseller = "S"\nsupport = "@s"\n'
    '[[product]]\nsku = "p"\ntitle = "P"\nprice = "1.00"\ncurrency = "EUR"\n'
)


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0 payments"), (1, "1 payment"), (2, "2 payments"), (21, "21 payments"), (1200, "1,200 payments")],
)
def test_one_is_not_many(number: int, said: str) -> None:
    assert counted(number, "payment") == said


def test_what_an_s_does_not_make_many_of_is_given() -> None:
    assert [counted(number, "product is", "products are") for number in (1, 2)] == ["1 product is", "2 products are"]


@pytest.mark.parametrize("line", ["CATALOG={}", "CATALOG_FILE=where.txt"], ids=["path", "path in a file"])
def test_check_reads_the_catalogue_that_the_shop_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    catalogue = tmp_path / "goods" / "catalog.toml"
    catalogue.parent.mkdir()
    catalogue.write_text(ONE_PRODUCT)
    (tmp_path / "catalog.toml").write_text("another one")
    (tmp_path / "where.txt").write_text(f"{catalogue}\n")
    (tmp_path / ".env").write_text(line.format(catalogue) + "\nPORT=eighty\n")
    monkeypatch.chdir(tmp_path)
    assert main(["check"]) == 0
    assert capsys.readouterr().out == f"{catalogue}: A shop, 1 product. No mistakes.\n"


@pytest.mark.parametrize(
    ("command", "encoding"),
    [
        *((["check"], encoding) for encoding in ("ascii", "latin-1", "koi8-r", "cp1251", "utf-8")),
        *((command, "ascii") for command in (["setup"], ["doctor"], ["setup", "--help"])),
    ],
)
def test_a_terminal_that_lacks_a_letter_ends_no_command(tmp_path: Path, command: list[str], encoding: str) -> None:
    (tmp_path / "catalog.toml").write_text(ONE_PRODUCT.replace("A shop", "Лавка — €"), encoding="utf-8")
    (tmp_path / ".env").write_text("PUBLIC_URL=http://127.0.0.1:8080\n")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LANG": "ru_RU.UTF-8"}
    said = subprocess.run(
        [sys.executable, "-m", "app.cli", *command],
        cwd=tmp_path,
        env={**environment, "PYTHONIOENCODING": encoding},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert b"Traceback" not in said.stderr
    assert said.stdout.strip()


@pytest.mark.parametrize("is_buffered", ["", "1"])
def test_who_reads_the_first_line_alone_hears_of_no_trouble(tmp_path: Path, is_buffered: str) -> None:
    (tmp_path / "catalog.toml").write_text(ONE_PRODUCT)
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "check"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": is_buffered},
        stdout=writing, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize(("command", "code"), [("check", 0), ("setup", 1)])
def test_a_command_ends_as_ever_where_its_streams_are_closed(tmp_path: Path, command: str, code: int) -> None:
    (tmp_path / "catalog.toml").write_text(ONE_PRODUCT)
    closed = ["sh", "-c", 'exec "$@" <&- >&- 2>errors', "sh", sys.executable, "-m", "app.cli", command]
    done = subprocess.run(closed, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, check=False)
    assert (done.returncode, (tmp_path / "errors").read_text()) == (code, "")


def test_another_programs_python_path_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("raise SystemExit('another app')")
    # Installed to be edited, it is found by no folder of the path.
    found = f"""import sys, importlib.util as u
spec = u.spec_from_file_location('checkout_bot', {str(ROOT / "checkout_bot.py")!r})
command, sys.argv = u.module_from_spec(spec), ['', '--version']
spec.loader.exec_module(command)
command.main()"""
    done = subprocess.run(
        [sys.executable, "-c", found], cwd="/", env={"PYTHONPATH": f"{tmp_path}:/"}, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout[:13], done.stderr) == (0, b"checkout-bot ", b"")
