"""Every command line of README and docs: ours run in an empty folder, make's are planned, the rest is known by name."""

import re
import shlex
import shutil
import stat
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from sandbox.fake_telegram.chats import MIRA
from tests.integration.doctor.patient import patient_of
from tests.support.processes.commands import end_server, run_command, shop_without_server, start_server
from tests.support.project import CATALOG_FILE
from tests.support.shop import free_port
from tests.support.source_tree import ROOT
from tests.unit.app.test_command_docs import PLACEHOLDERS, commands_of

DOCUMENTS = sorted([*ROOT.glob("README*.md"), *ROOT.glob("docs/*.md")])
SHELL_BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
CRON = re.compile(r"^(?:[\d*/,-]+ ){5}")
# Without an engine, a network, systemd or root these cannot be run; sh reads their lines all the same.
NOT_RUN = {
    "docker": "needs an engine; test_container_files.py reads the files that it is given",
    "git": "asks the network, and would change this folder",
    "sudo": "needs root",
    "systemctl": "needs systemd as the first process",
    "journalctl": "needs systemd as the first process",
    "mail": "sends a mail",
    "npx": "brings another's program from the network",
    "cd": "leads to a folder of the server's",
    "kill": "is named for what it does, not to be typed",
}
PLANNED = {"make", "python", "cp", "mkdir", "chmod", "checkout-bot"}
# A sandbox in a process of its own is started by tests/integration/sandbox/test_start.py.
ELSEWHERE = {"sandbox"}


def lines_of(document: Path) -> Iterator[str]:
    """Of blocks each line, and what stands between backticks and begins with a program."""
    text = document.read_text(encoding="utf-8").replace("\\\n", " ")
    for block in SHELL_BLOCK.findall(text):
        for line in block.splitlines():
            if line.strip() and not line.lstrip().startswith("#"):
                yield CRON.sub("", line.strip())
    for span in re.findall(r"`([^`\n]+)`", BLOCK.sub("", text)):
        if span.split()[0] in {*NOT_RUN, "make", "python"}:
            yield span


def programs_of(line: str) -> Iterator[list[str]]:
    """The words of each program that a line runs; settings written like NAME=value run none."""
    words = shlex.shlex(line, posix=True, punctuation_chars=True)
    words.commenters, words.whitespace_split = "#", True
    program: list[str] = []
    for word in [*words, ";"]:
        if set(word) <= set("&|;"):
            if program and not re.match(r"[A-Z_]+=", program[0]):
                yield [Path(program[0]).name, *program[1:]]
            program = []
        else:
            program.append(word)


PROGRAMS = [(document.name, one) for document in DOCUMENTS for line in lines_of(document) for one in programs_of(line)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_shell_can_read_every_line(document: Path) -> None:
    script = "\n".join(lines_of(document))
    read = subprocess.run(["sh", "-n"], input=script, text=True, capture_output=True, check=False)
    assert (read.returncode, read.stderr) == (0, "")


def test_every_program_is_run_or_known_not_to_be() -> None:
    named = {program[0] for _, program in PROGRAMS}
    assert named - PLANNED == NOT_RUN.keys(), "a new one: run it below, or say here why it cannot be"


def test_make_has_every_target_that_is_named() -> None:
    calls = {tuple(program) for _, program in PROGRAMS if program[0] == "make"}
    targets = {word for call in calls for word in call[1:] if re.fullmatch(r"[a-z]+", word)}
    assert len(targets) > 5
    planned = subprocess.run(["make", "-n", *sorted(targets)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (planned.returncode, planned.stderr) == (0, "")


def test_every_python_module_that_is_named_is_there() -> None:
    modules = {program[program.index("-m") + 1] for _, program in PROGRAMS if program[0] == "python"}
    assert modules
    assert all(find_spec(f"{name}.__main__") or find_spec(name) for name in modules)


@pytest.mark.parametrize("document", ["README.md", "README.ru.md"])
@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002], ids=oct)
def test_what_prepares_a_folder_prepares_one(tmp_path: Path, document: str, umask: int) -> None:
    """The containers read what their own users may; passwords are their owner's alone."""
    deploy = tmp_path / "deploy"
    shutil.copytree(ROOT / "deploy", deploy)
    for file in [*deploy.iterdir(), deploy]:
        file.chmod((0o777 if file.is_dir() else 0o666) & ~umask)
    programs = [one for name, one in PROGRAMS if name == document and one[0] in ("cp", "mkdir", "chmod")]
    assert len(programs) >= 4
    for program in programs:
        subprocess.run(program, cwd=tmp_path, check=True, umask=umask)
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "shop").stat().st_mode) == 0o755
    assert all(file.stat().st_mode & 0o004 for file in deploy.iterdir())


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o027], ids=oct)
def test_what_is_installed_can_be_run_by_the_shops_own_user(tmp_path: Path, umask: int) -> None:
    python = tmp_path / "python"
    python.write_text(
        "#!/bin/sh\n"
        'case "$*" in *venv*) mkdir -p prefix/bin && cp python prefix/bin/python && chmod +x prefix/bin/python;; esac\n'
        'echo "$@" >> prefix/installed\n'
        'case "$*" in *build*) [ -e build ] && echo "of another version"; mkdir -p build old.egg-info;; esac\n'
    )
    python.chmod(0o755)
    (tmp_path / "build").mkdir()
    command = ["make", "-f", str(ROOT / "Makefile"), "install", "PREFIX=prefix", "PYTHON=./python -B"]
    (tmp_path / "prefix").mkdir()
    done = subprocess.run(command, cwd=tmp_path, check=True, umask=umask, capture_output=True, text=True)
    made = tmp_path / "prefix"
    assert "of another version" not in done.stdout
    assert {one.name for one in tmp_path.iterdir()} == {"python", "prefix"}
    assert (made / "installed").read_text().count("pip install") == 2
    assert stat.S_IMODE((made / "bin").stat().st_mode) == stat.S_IMODE((made / "bin/python").stat().st_mode) == 0o755


def test_what_was_moved_or_half_made_is_installed_anew(tmp_path: Path) -> None:
    """By a stand-in of Python, whose environment has no pip where its making was interrupted."""
    folder, moved = tmp_path / "this one", tmp_path / "that one"
    folder.mkdir()
    for name in ("requirements.lock", "pyproject.toml"):
        (folder / name).touch()
    python = tmp_path / "python"
    python.write_text(
        "#!/bin/sh\n"
        f'case "$*" in *venv*) mkdir -p .venv/bin && cp "{python}" .venv/bin/python && touch .venv/pip;;'
        ' *"import pip"*) [ -e .venv/pip ] || exit 1;; *install*) echo installed;; esac\n'
    )
    python.chmod(0o755)

    def installed(where: Path) -> int:
        command = ["make", "-f", str(ROOT / "Makefile"), "setup", "PYTHON=../python"]
        return subprocess.run(command, cwd=where, check=True, capture_output=True, text=True).stdout.count("installed")

    assert [installed(folder), installed(folder)] == [2, 0]
    folder.rename(moved)
    assert [installed(moved), installed(moved)] == [2, 0]
    (moved / ".venv/pip").unlink()
    assert [installed(moved), installed(moved)] == [2, 0]


def test_what_the_image_holds_can_be_read_by_its_user() -> None:
    """However closed the files were where it is built."""
    _, build, final = (ROOT / "Dockerfile").read_text().split("\nFROM ")
    made, _, opened = build.rpartition("\nRUN ")
    assert opened == "chmod -R go=rX /app /venv\n"
    assert "\nCOPY app app\n" in made
    assert re.findall(r"^COPY (.*)$", final, re.MULTILINE) == ["--from=build /venv /venv", "--from=build /app /app"]


def documented() -> list[list[str]]:
    """Ours, each once; where arguments are missing, the sentence only names the command."""
    found = {tuple(one) for document in DOCUMENTS for one in commands_of(document)}
    with_arguments = [one for one in found if one[0] not in ELSEWHERE and (one[1:] or one[0] not in ("backup", "copy"))]
    return sorted([*one] for one in with_arguments if not one[0].startswith("--") and "--help" not in one)


def in_folder(number: int, word: str) -> str:
    """A server's folders and databases are this folder's."""
    if word in PLACEHOLDERS or word.startswith("postgresql:"):
        return f"sqlite:///new{number}.db" if word != "FROM" else "sqlite:///data/checkout.db"
    return word.replace("sqlite:////", "sqlite:///") if word.startswith("sqlite:") else word.removeprefix("/")


async def test_every_command_of_ours_does_what_it_says_in_an_empty_folder(tmp_path: Path) -> None:
    for name in ("backups/try", "data"):
        (tmp_path / name).mkdir(parents=True)
    catalog = CATALOG_FILE.read_text(encoding="utf-8").replace("night-market", "night-market-qwerty")
    (tmp_path / "catalog.toml").write_text(re.sub(r"^(files|image|logo) = .*$", "", catalog, flags=re.MULTILINE))
    port = free_port()
    async with shop_without_server(port) as shop:
        shop.telegram.meet(MIRA)
        settings = patient_of(shop, tmp_path).settings | {"CATALOG": "catalog.toml"}
        settings["DATABASE_URL"] = f"sqlite:///{tmp_path}/data/checkout.db"
        commands = documented()
        assert len(commands) > 12
        assert (await run_command(("migrate",), settings, tmp_path))[0] == 0
        server = await start_server(settings, tmp_path, tmp_path / "serve.log")
        try:
            for number, command in enumerate(commands):
                if command[0] not in ("copy", "serve", "migrate"):
                    await does_what_it_says(number, command, settings, tmp_path)
        finally:
            await end_server(server)
        for number, command in enumerate(commands):
            if command[0] in ("copy", "migrate"):
                await does_what_it_says(number, command, settings, tmp_path)


async def does_what_it_says(number: int, command: list[str], settings: dict[str, str], folder: Path) -> None:
    code, said = await run_command((command[0], *(in_folder(number, one) for one in command[1:])), settings, folder)
    assert code == 0, f"{shlex.join(command)}: {said}"
    assert "Traceback" not in said
