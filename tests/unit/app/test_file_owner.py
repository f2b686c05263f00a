"""Whose a file is that cannot be used, and what helps. Root is let in everywhere: another user is asked."""

import os
import pwd
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from app.commands.backup import back_up
from app.commands.export import Chosen, export
from checkout.errors import CheckoutError
from checkout.file_owner import in_words, why
from db.engine.database_url import parse_database_url
from db.engine.private_files import COMPANIONS, Unusable, make_private, refuse_unusable

NOBODY = 65534


@contextmanager
def as_nobody() -> Iterator[None]:
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """What pytest gives is root's alone."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize(
    ("owner", "mode", "folder_mode", "is_ours", "helps"),
    [
        (0, 0o600, 0o755, True, "belongs to root, and this runs as {who}; what helps: sudo chown {who} {file}"),
        (0, 0o644, 0o755, True, "belongs to root, and this runs as {who}; what helps: sudo chown {who} {file}"),
        (0, 0o600, 0o755, False, "belongs to root, and this runs as {who}; what helps: sudo chmod a+r {file}"),
        (NOBODY, 0o400, 0o755, True, "what helps: chmod u+wr {file}"),
        (NOBODY, 0o600, 0o700, True, "what helps: sudo chown {who} {folder}"),
        (NOBODY, 0o600, 0o700, False, "what helps: put it into the shop's folder, or sudo chmod a+rx {folder}"),
    ],
)
def test_another_user_hears_what_helps(
    owner: int, mode: int, folder_mode: int, is_ours: bool, helps: str, open_folder: Path
) -> None:
    folder, who = open_folder / "the shop", pwd.getpwuid(NOBODY).pw_name
    folder.mkdir()
    file = folder / "checkout.db"
    file.write_bytes(b"x")
    os.chown(file, owner, -1)
    file.chmod(mode)
    folder.chmod(folder_mode)
    with as_nobody(), pytest.raises(OSError) as refused:
        file.open("r+b" if is_ours else "rb").close()
    with as_nobody():
        said = str(why(file, refused.value, is_ours=is_ours))
    assert said.startswith("Permission denied: ")
    assert said.endswith(helps.format(file=f"'{file}'", folder=f"'{folder}'", who=who))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("file", ["/no such folder", "/var/checkout.db", "homes/anna/shop/.env", "homes/checkout.db"])
def test_nobody_is_told_to_give_away_a_folder_that_others_need(
    file: str, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = open_folder / "homes/anna"
    home.mkdir(parents=True, mode=0o700)
    anna = pwd.struct_passwd(("anna", "x", 1000, 1000, "", str(home), "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwall", lambda: [anna])
    with as_nobody():
        said = str(why(open_folder / file, PermissionError(13, "Permission denied")))
        there = str(why(open_folder / file, PermissionError(13, "Permission denied"), instead="go there"))
    who = pwd.getpwuid(NOBODY).pw_name
    assert said.endswith(f"what helps: a folder that belongs to {who} (sudo install -d -o {who} FOLDER makes one)")
    assert "what helps: go there, or a folder" in there


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (FileNotFoundError(2, "No such file or directory", "/x/y"), "/x/y: No such file or directory"),
        (OSError(28, "No space left on device", "/x/y"), "/x/y: No space left on device"),
        (
            FileNotFoundError(2, "No such file or directory"),
            "the folder that this was started in is gone: cd into the shop's folder",
        ),
        (OSError("HOST 127.0.0.1, PORT 80: taken"), "HOST 127.0.0.1, PORT 80: taken"),
    ],
)
def test_other_reasons_are_said_as_they_are(error: OSError, said: str) -> None:
    assert str(in_words(error)) == said


def test_a_folder_is_told_to_be_taken_away_only_where_it_is_empty(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    refused = IsADirectoryError(21, "Is a directory")
    assert str(why(tmp_path / ".env", refused)).endswith("; take it away, and put the file there")
    assert str(why(tmp_path, refused)) == str(why(tmp_path / "none", refused)) == "it is a folder, and is to be a file"


def test_where_there_is_no_reason_its_kind_is_said() -> None:
    assert why(Path("/x"), OSError()) == "OSError"
    assert why(Path("/x"), OSError("the line is cut")) == "the line is cut"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("companion", COMPANIONS)
@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_a_database_that_root_has_made_is_refused_with_what_helps(companion: str, mode: int, open_folder: Path) -> None:
    os.chown(open_folder, NOBODY, -1)
    database = open_folder / "checkout.db"
    made = Path(f"{database}{companion}")
    made.touch()
    made.chmod(mode)
    refuse_unusable(database)
    with (
        as_nobody(),
        pytest.raises(Unusable, match=f"^DATABASE_URL: {made}: .* belongs to root.*sudo chown .* {made}$"),
    ):
        refuse_unusable(database)
    os.chown(made, NOBODY, -1)
    with as_nobody():
        refuse_unusable(database)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize(("closed", "helps"), [("checkout.db", "chmod u+wr "), ("", "chmod u+wrx ")])
def test_what_its_own_user_may_not_write_is_refused_with_what_helps(closed: str, helps: str, open_folder: Path) -> None:
    """SQLite opens it for reading, and fails at the first thing to note."""
    database = open_folder / "checkout.db"
    database.touch()
    for path in (open_folder, database):
        os.chown(path, NOBODY, -1)
    (open_folder / closed).chmod(0o500)
    with as_nobody(), pytest.raises(Unusable, match=f"what helps: {re.escape(helps)}{open_folder / closed}$"):
        refuse_unusable(database)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize(("folder", "is_there", "closed"), [("ours", True, "ours/file.db"), ("roots", False, "roots")])
@pytest.mark.parametrize("command", ["backup", "export"])
def test_what_root_has_left_in_the_way_of_a_file_is_named_with_what_helps(
    command: str, folder: str, is_there: bool, closed: str, open_folder: Path
) -> None:
    """A backup that was made as root once, and the nightly one after it."""
    database, target = open_folder / "checkout.db", open_folder / folder / "file.db"
    target.parent.mkdir()
    for path in (database, *([target] if is_there else [])):
        path.touch(mode=0o600)
    for path in (open_folder, database, *([target.parent] if is_there else [])):
        os.chown(path, NOBODY, -1)
    address = parse_database_url(f"sqlite:///{database}")
    with as_nobody(), pytest.raises(CheckoutError, match=f"^{target} cannot be written: ") as refused:
        back_up(address, target, print) if command == "backup" else export(address, Chosen(str(target)), print)
    who = pwd.getpwuid(NOBODY).pw_name
    assert str(refused.value).endswith(f"what helps: sudo chown {who} {open_folder / closed}")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_link_may_lie_where_nobody_may_write(open_folder: Path) -> None:
    data = open_folder / "data"
    data.mkdir()
    (data / "checkout.db").touch()
    (open_folder / "checkout.db").symlink_to(data / "checkout.db")
    for path in (data, data / "checkout.db"):
        os.chown(path, NOBODY, -1)
    with as_nobody():
        refuse_unusable(open_folder / "checkout.db")


def test_a_sqlite_that_is_too_old_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.34.1")
    with pytest.raises(Unusable, match=r"this Python has SQLite 3\.34\.1, and 3\.35 is needed"):
        make_private(tmp_path / "checkout.db")


def test_a_folder_in_the_place_of_a_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match=f"{tmp_path} is a folder: name a file in it, like {tmp_path}/checkout.db"):
        make_private(tmp_path)
