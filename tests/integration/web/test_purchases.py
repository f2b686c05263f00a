"""What was bought, on the page of the receipt: its text, its files, and for how long."""

import asyncio
import contextlib
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

import web.connections
from checkout.model.catalog import Catalog, LocalizedText, ProductKind
from checkout.model.payment import Fulfilment, Payment, Status
from tests.support.faults.attacks import get, open_web, send
from tests.support.payments import a_paid_payment, a_payment
from tests.support.shop import until
from tests.support.web_fakes import TOKEN, Fakes, a_catalog
from web.application import build_web_app

PAGE, FILE = f"/pay/{TOKEN}", f"/pay/{TOKEN}/files/0"
LARGE = os.urandom(3_000_000)


def catalog_with(folder: Path, content: bytes = b"%PDF-1.7 guide", **changes: Any) -> Catalog:
    (folder / "City guide «1».pdf").write_bytes(content)
    guide = replace(a_catalog().products["guide"], files=(folder / "City guide «1».pdf",), **changes)
    return Catalog(a_catalog().shop, {"guide": guide})


def delivered(**changes: Any) -> Payment:
    return replace(a_paid_payment(), fulfilment=Fulfilment.DELIVERED, **changes)


def browser(fakes: Fakes, catalog: Catalog) -> TestClient[Any, Any]:
    return TestClient(TestServer(build_web_app(fakes.dependencies(catalog=catalog))))


@pytest.mark.parametrize("status", [Status.PAID, Status.PARTIALLY_REFUNDED, Status.DISPUTED])
async def test_the_receipt_has_the_text_and_every_file(fakes: Fakes, tmp_path: Path, status: Status) -> None:
    text = LocalizedText({"en": "Your access:\nhttps://example.org/a?b=1&c=<i>"})
    fakes.pages.put(delivered(status=status))
    async with browser(fakes, catalog_with(tmp_path, text=text)) as client:
        page = await (await client.get(PAGE)).text()
        assert '<p dir="auto">Your access:</p>\n<p dir="auto"><a href="https://example.org/a?b=1&amp;c=' in page
        assert "<i>" not in page
        assert '<h1 dir="auto">City guide</h1>' in page
        assert f'href="{FILE}" download><bdi>City guide «1».pdf</bdi> <span>1 kB</span>' in page
        answer = await client.get(FILE)
        assert (answer.status, await answer.read()) == (200, b"%PDF-1.7 guide")
        assert answer.headers["Content-Disposition"] == (
            "attachment; filename=\"City guide _1_.pdf\"; filename*=UTF-8''City%20guide%20%C2%AB1%C2%BB.pdf"
        )
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert (await client.head(FILE)).headers["Content-Length"] == "14"


@pytest.mark.parametrize(
    "payment",
    [
        a_payment(),
        replace(a_paid_payment(), fulfilment=Fulfilment.TO_DO),
        delivered(status=Status.REFUNDED),
        delivered(status=Status.REVIEW),
        delivered(sku="another"),
    ],
    ids=["not paid", "to be done", "given back", "under review", "left the catalogue"],
)
async def test_nothing_is_handed_out_otherwise(fakes: Fakes, tmp_path: Path, payment: Payment) -> None:
    fakes.pages.put(payment)
    async with browser(fakes, catalog_with(tmp_path)) as client:
        page = await (await client.get(PAGE)).text()
        assert "Your access" not in page
        assert "/files/" not in page
        assert (await client.get(FILE)).status == 404


@pytest.mark.parametrize("path", [f"/pay/{TOKEN}/files/1", f"/pay/{TOKEN}/files/-1", "/pay/other/files/0", f"{FILE}/x"])
async def test_there_is_no_other_file(fakes: Fakes, tmp_path: Path, path: str) -> None:
    fakes.pages.put(delivered())
    async with browser(fakes, catalog_with(tmp_path)) as client:
        assert (await client.get(path)).status == 404


async def test_what_a_person_hands_over_or_whose_file_is_gone_is_not_offered(fakes: Fakes, tmp_path: Path) -> None:
    fakes.pages.put(delivered())
    catalog = catalog_with(tmp_path)
    by_hand = {"guide": replace(catalog.products["guide"], kind=ProductKind.SERVICE)}
    async with browser(fakes, Catalog(catalog.shop, by_hand)) as client:
        assert "/files/" not in await (await client.get(PAGE)).text()
    catalog.products["guide"].files[0].unlink()
    async with browser(fakes, catalog) as client:
        assert (await client.get(PAGE)).status == 200
        assert (await client.get(FILE)).status == 404


async def test_a_link_takes_so_many_downloads_a_minute(fakes: Fakes, tmp_path: Path) -> None:
    fakes.pages.put(delivered())
    async with browser(fakes, catalog_with(tmp_path)) as client:
        answers = [(await client.get(FILE)).status for _ in range(21)]
        assert answers == [200] * 20 + [429]
        assert (await client.get(PAGE)).status == 200


async def test_a_download_that_broke_off_goes_on_where_it_was(fakes: Fakes, tmp_path: Path) -> None:
    fakes.pages.put(delivered())
    async with browser(fakes, catalog_with(tmp_path, LARGE)) as client:
        first = await client.get(FILE)
        assert first.headers["Accept-Ranges"] == "bytes"
        half = await first.content.readexactly(1_000_000)
        first.close()
        rest = {"Range": "bytes=1000000-", "If-Range": first.headers["ETag"]}
        second = await client.get(FILE, headers=rest)
        assert (second.status, second.headers["Content-Range"]) == (206, "bytes 1000000-2999999/3000000")
        assert second.headers["Content-Length"] == "2000000"
        assert "attachment" in second.headers["Content-Disposition"]
        assert half + await second.read() == LARGE
        assert (await client.head(FILE, headers=rest)).headers["Content-Length"] == "3000000"
        catalog_with(tmp_path, LARGE[::-1])
        third = await client.get(FILE, headers=rest)
        assert (third.status, await third.read()) == (200, LARGE[::-1])


@pytest.mark.parametrize(
    "asked", ["bytes=0-", "bytes=2-3", "bytes=-4", "bytes=14-", "bytes=99-", "bytes=1-2,4-5", "lines=1-", "bytes=x"]
)
async def test_any_other_part_is_answered_with_the_whole(fakes: Fakes, tmp_path: Path, asked: str) -> None:
    fakes.pages.put(delivered())
    async with browser(fakes, catalog_with(tmp_path)) as client:
        answer = await client.get(FILE, headers={"Range": asked})
        assert (answer.status, await answer.read()) == (200, b"%PDF-1.7 guide")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web.connections, "stalled_seconds", lambda: 1.0)


async def read_slowly(port: int, pause: float) -> bytes:
    """Takes some hundred kilobytes, then pauses, until the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(get(FILE, "Connection: close\r\n"))
    read = bytearray()
    while piece := await reader.read(300_000):
        if len(read) // 300_000 != (len(read) + len(piece)) // 300_000:
            await asyncio.sleep(pause)
        read += piece
    writer.close()
    return bytes(read)


async def test_a_file_takes_the_time_that_a_slow_line_needs(fakes: Fakes, tmp_path: Path, impatient: None) -> None:
    fakes.pages.put(delivered())
    async with open_web(fakes.dependencies(catalog=catalog_with(tmp_path, LARGE))) as port:
        assert (await read_slowly(port, 0.4)).endswith(LARGE)


async def test_whoever_takes_nothing_of_a_file_is_cut_off(fakes: Fakes, tmp_path: Path, impatient: None) -> None:
    fakes.pages.put(delivered())
    async with open_web(fakes.dependencies(catalog=catalog_with(tmp_path, LARGE))) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(get(FILE))
        await asyncio.sleep(4)
        with contextlib.suppress(ConnectionError):
            assert len(await reader.read(-1)) < len(LARGE)
        assert reader.at_eof() or reader.exception()
        writer.close()


async def test_many_slow_downloads_take_no_place_from_others(fakes: Fakes, tmp_path: Path) -> None:
    fakes.pages.put(delivered())
    async with open_web(fakes.dependencies(catalog=catalog_with(tmp_path, bytes(20_000_000))), most=10) as port:
        slow = [asyncio.create_task(read_slowly(port, 20)) for _ in range(15)]

        async def is_served() -> bool:
            return (await send(port, get(PAGE, "Connection: close\r\n"))).status == 200

        for _ in range(5):
            # Not while the shop still works on all of the downloads, which on a busy machine is more than a moment.
            await until(is_served, "the page beside slow downloads", seconds=10)
        for task in slow:
            task.cancel()
