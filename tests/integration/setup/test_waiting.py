"""`serve --wait`, as a container starts it: before the set-up it waits, and does not end."""

import shutil
from pathlib import Path

import aiohttp

from tests.support.processes.commands import end_server, environment_of, is_ready, shop_without_server
from tests.support.processes.forked import forked
from tests.support.project import CATALOG_FILE
from tests.support.shop import free_port, until

WAITS = "The shop is not set up yet, and waits."


async def test_a_shop_that_is_not_set_up_waits_and_opens_once_it_is(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    async with shop_without_server(port) as shop:
        process = await forked(("serve", "--wait"), environment_of({}), tmp_path, log)
        await until(lambda: says(log, "BOT_TOKEN"), "what is missing to be said")
        assert log.read_text().count(WAITS) == 1
        shutil.copytree(CATALOG_FILE.parent / "files", tmp_path / "files")
        shutil.copy(CATALOG_FILE, tmp_path / "catalog.toml")
        settings = {**shop.sandbox.settings(port), "CATALOG": "catalog.toml"}
        (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        async with aiohttp.ClientSession() as http:
            await until(lambda: is_ready(http, port), "the shop to open", 60)
        await end_server(process)


async def test_it_can_be_ended_while_it_waits(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = await forked(("serve", "--wait"), environment_of({}), tmp_path, log)
    await until(lambda: says(log, WAITS), "it to wait")
    await end_server(process)


async def says(log: Path, words: str) -> bool:
    return words in written(log)


def written(log: Path) -> str:
    return log.read_text() if log.exists() else ""
