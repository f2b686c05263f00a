"""One SQLite file is served by one process: a second one would give the first one's leases back."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli import main
from app.commands.serve import serve_until
from app.settings import load_settings
from checkout.model.message_content import PaymentPaid
from checkout.model.outbox import Channel, NewMessage
from db.engine.database_url import parse_database_url
from db.engine.file_lock import AlreadyServed, lock_of, sole_server
from db.engine.private_files import make_private
from db.storage import DatabaseStorage, open_database
from tests.support.clock import NOON
from tests.support.project import CATALOG, ROOT
from tests.support.settings import GOOD_SETTINGS

HOLD = """
import sys
from pathlib import Path
from db.engine.file_lock import sole_server
with sole_server(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def environment(sqlite_file: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    values = {**GOOD_SETTINGS, "DATABASE_URL": f"sqlite:///{sqlite_file}", "CATALOG": str(ROOT / "catalog.toml")}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return values


async def test_the_second_is_refused_and_the_first_keeps_its_leases(
    sqlite_file: Path, environment: dict[str, str]
) -> None:
    database = await open_database(parse_database_url(environment["DATABASE_URL"]))
    storage = DatabaseStorage(database)
    async with storage.begin() as tx:
        await tx.outbox.add([NewMessage("mail/1", Channel.MAIL, PaymentPaid(), "a@b.org", "pay_1", NOON)])
        (message,) = await tx.outbox.claim(Channel.MAIL, "the first", NOON, 1)
    settings = load_settings(environment, sqlite_file.parent)
    with sole_server(sqlite_file), pytest.raises(AlreadyServed, match=r"shop\.db open: stop that one first"):
        await serve_until(asyncio.Event(), settings, CATALOG)
    async with storage.begin() as tx:
        assert await tx.outbox.still_wanted(message, "the first")
    await database.close()


@pytest.mark.usefixtures("environment")
def test_the_refusal_is_one_line_whatever_path_leads_to_the_file(
    sqlite_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    link = sqlite_file.with_name("link.db")
    link.symlink_to(sqlite_file)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{link}")
    with sole_server(sqlite_file):
        assert main(["serve"]) == 1
    heading, reason = capsys.readouterr().err.splitlines()
    assert heading == "This could not be done:"
    assert "set another DATABASE_URL" in reason


@pytest.mark.usefixtures("environment")
def test_other_commands_work_beside_it(sqlite_file: Path) -> None:
    with sole_server(sqlite_file):
        for command in (["backup", "copy.db"], ["export", "payments.csv"], ["migrate"]):
            assert main([command[0], *(str(sqlite_file.parent / file) for file in command[1:])]) == 0


def test_a_killed_one_gives_it_back(sqlite_file: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(sqlite_file)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(AlreadyServed), sole_server(sqlite_file):
            pass
        process.kill()
    with sole_server(sqlite_file):
        assert lock_of(sqlite_file).stat().st_mode & 0o777 == 0o600


def test_replicas_share_postgresql() -> None:
    address = parse_database_url("postgresql://checkout@localhost/checkout")
    with sole_server(address.file), sole_server(address.file):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_makes_in_the_shops_folder_is_the_shops(tmp_path: Path) -> None:
    """A move by `copy`, or a `migrate`, that root was asked for."""
    os.chown(tmp_path, 4711, 4712)
    file = tmp_path / "shops/data/shop.db"
    with sole_server(file):
        make_private(file)
    os.chown(file, 4713, 4713)
    with sole_server(file):
        make_private(file)  # what is there is left as it is
    owners = {one.name: (one.stat().st_uid, one.stat().st_gid) for one in tmp_path.rglob("*")}
    assert owners.pop("shop.db") == (4713, 4713)
    assert owners == dict.fromkeys(["shops", "data", "shop.db.serve.lock"], (4711, 4712))
