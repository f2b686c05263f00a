"""Values written into `.env`: read back as they were, everything else as it was."""

import io
import os
import stat
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from app.setup.choice import Chosen
from app.setup.env_file import HEADING, EnvFile, with_value
from app.setup.run import set_up
from app.setup.terminal import Terminal
from checkout.errors import InvalidInput

EXAMPLE = """\
# From @BotFather
BOT_TOKEN=
export ADMIN_IDS=1 # mine

  STRIPE_SECRET_KEY = 'sk # no comment'   # a comment
#PORT=8080
LAST=1"""


def read(text: str) -> dict[str, str | None]:
    return dotenv_values(stream=io.StringIO(text))


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("BOT_TOKEN", "12:ab", "BOT_TOKEN=12:ab\nexport"),
        ("ADMIN_IDS", "1,2", "export ADMIN_IDS=1,2 # mine\n"),
        ("STRIPE_SECRET_KEY", "sk_test_1", "STRIPE_SECRET_KEY=sk_test_1   # a comment\n"),
        ("PORT", "9090", "#PORT=8080\nPORT=9090\nLAST"),
        ("LAST", "2", "LAST=2"),
        ("NEW", "a b", "LAST=1\nNEW='a b'\n"),
        ("NEW", "it's", 'LAST=1\nNEW="it\'s"\n'),
        ("NEW", "a\\b\"c'd", 'NEW="a\\\\b\\"c\'d"\n'),
        ("NEW", "", "LAST=1\nNEW=\n"),
        ("NEW", "# none", "NEW='# none'\n"),
    ],
)
def test_a_value_is_set_where_it_stood_and_nothing_else_changes(name: str, value: str, line: str) -> None:
    new = with_value(EXAMPLE, name, value)
    assert line in new
    assert read(new) == {**read(EXAMPLE), name: value}
    comments = [one for one in EXAMPLE.splitlines() if one.startswith("#")]
    assert [one for one in new.splitlines() if one.startswith("#")] == comments


@given(st.text(st.characters(exclude_categories=["C"], exclude_characters="$\x85\u2028\u2029"), max_size=40))
def test_whatever_is_written_is_read_back(value: str) -> None:
    assert read(with_value(EXAMPLE, "MAIL_FROM", value))["MAIL_FROM"] == value


def test_of_several_lines_the_one_that_counts_is_changed() -> None:
    assert with_value("A=1\nA=2\nB=3\n", "A", "4") == "A=1\nA=4\nB=3\n"


def test_what_would_be_read_otherwise_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"cannot stand in \.env"):
        with_value(EXAMPLE, "A", "${HOME}x")


def test_a_new_file_is_readable_for_its_owner_alone(tmp_path: Path) -> None:
    EnvFile(tmp_path / ".env").set("BOT_TOKEN", "12:ab")
    assert (tmp_path / ".env").read_text() == f"{HEADING}BOT_TOKEN=12:ab\n"
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == [".env"]


def test_a_file_that_was_there_is_kept_once_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_bytes(b"A=1\r\n# mine\r\n")
    path.chmod(0o644)
    file = EnvFile(path)
    file.set("A", "2")
    file.set("B", "3")
    assert path.read_bytes() == b"A=2\r\n# mine\r\nB=3\r\n"
    assert (tmp_path / ".env.bak").read_bytes() == b"A=1\r\n# mine\r\n"
    modes = {stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()}
    assert modes == {0o600}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_the_file_of_another_users_shop_stays_that_users(tmp_path: Path) -> None:
    os.chown(tmp_path, 65534, 65534)
    for value in ("1", "2"):
        EnvFile(tmp_path / ".env").set("A", value)
    assert {one.name: (one.stat().st_uid, one.stat().st_gid) for one in tmp_path.iterdir()} == {
        ".env": (65534, 65534), ".env.bak": (65534, 65534)
    }  # fmt: skip


@pytest.mark.parametrize(
    ("leads_to", "mistake"),
    [("gone/.env", "cannot be written: No such file"), (".env", "cannot be read: Too many levels of symbolic links")],
)
async def test_nobody_is_asked_for_what_could_not_be_kept(tmp_path: Path, leads_to: str, mistake: str) -> None:
    (tmp_path / ".env").symlink_to(tmp_path / leads_to)
    terminal = Terminal(io.StringIO(), io.StringIO(), {})
    terminal.is_interactive = True
    with pytest.raises(InvalidInput, match=rf"^\.env {mistake}"):
        await set_up(Chosen({}, {}), {}, tmp_path, terminal)
    EnvFile(tmp_path / "free").refuse_unwritable()
    assert os.listdir(tmp_path) == [".env"]


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("A=1\n")
    (tmp_path / ".env").symlink_to(tmp_path / "real")
    EnvFile(tmp_path / ".env").set("A", "2")
    assert (tmp_path / ".env").is_symlink()
    assert (tmp_path / "real").read_text() == "A=2\n"
