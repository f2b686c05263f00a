"""What somebody without any credentials can send: it costs little, holds nobody up, and is told in few words."""

import asyncio
import contextlib
import gc
import gzip
import logging
import tracemalloc
from collections.abc import AsyncIterator

import pytest

import web.connections
import web.request_body
import web.static_files
from sandbox.base.waiting import until
from tests.support.faults.attacks import Answer, get, open_web, post, send
from tests.support.payments import a_payment
from tests.support.web_fakes import STRIPE_SIGNATURE, TELEGRAM_SECRET, TOKEN, Fakes

SIGNED = f"Stripe-Signature: {STRIPE_SIGNATURE}\r\n"


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deadlines as they are, only shorter."""
    for name in ("idle_seconds", "draining_seconds", "stalled_seconds"):
        monkeypatch.setattr(web.connections, name, lambda: 0.3)
    monkeypatch.setattr(web.request_body, "body_seconds", lambda: 0.3)


@pytest.fixture
async def port(fakes: Fakes, hasty: None) -> AsyncIterator[int]:
    fakes.pages.put(a_payment())
    async with open_web(fakes.dependencies()) as port:
        yield port


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP", "deflate", "br", "zstd", "gzip, gzip"])
async def test_no_body_is_inflated(port: int, fakes: Fakes, encoding: str) -> None:
    headers = f"{SIGNED}Content-Encoding: {encoding}\r\nConnection: close\r\n"
    # Inflated, the first were good and the second too large.
    for body in (gzip.compress(b"{}"), gzip.compress(bytes(30_000_000))):
        for path in ("/webhooks/stripe", f"/pay/{TOKEN}/intent"):
            assert (await send(port, post(path, body, headers))).status == 400
    assert (await send(port, post("/healthz", b"x", headers))).status == 405
    assert not fakes.recorder.events
    assert not fakes.pages.opened


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/webhooks/stripe", "", 400),
        ("/webhooks/stripe", "Stripe-Signature: t=1\r\n", 400),
        ("/webhooks/stripe", SIGNED * 2, 400),
        ("/webhooks/stripe", f"{SIGNED}stripe-signature: t=2\r\n", 400),
        ("/webhooks/resend", "", 400),
        ("/webhooks/resend", "svix-signature: x\r\n" * 2, 400),
        ("/webhooks/telegram", "", 401),
        ("/webhooks/telegram", "X-Telegram-Bot-Api-Secret-Token: wrong\r\n", 401),
        ("/webhooks/telegram", f"X-Telegram-Bot-Api-Secret-Token: {TELEGRAM_SECRET}\r\n" * 2, 401),
    ],
)
async def test_without_a_good_signature_header_no_body_is_waited_for(
    port: int, path: str, headers: str, status: int
) -> None:
    answer = await send(port, post(path, b"{", headers, length=1_000_000))
    assert answer.status == status
    assert answer.closed_after is not None


@pytest.mark.parametrize(
    ("name", "pieces", "status"),
    [
        ("idle", [], 0),
        ("half a request line", [b"GET /hea"], 0),
        ("half a head", [b"GET /healthz HTTP/1.1\r\nHost: x\r\n"], 0),
        ("idle after an answer", [get("/healthz")], 200),
        ("half a head after an answer", [get("/healthz"), b"GET /"], 200),
        ("half a body", [post("/webhooks/stripe", b"{", SIGNED, length=1000)], 408),
        ("half a body that nobody wants", [post("/healthz", b"{", length=1000)], 405),
        ("a chunk that is not ended", [get("/x", "Transfer-Encoding: chunked\r\n"), b"5\r\nab"], 404),
        ("an upgrade", [get("/healthz", "Connection: Upgrade\r\nUpgrade: websocket\r\n"), b"xx"], 200),
    ],
)
async def test_a_connection_on_which_nothing_comes_is_closed(
    port: int, name: str, pieces: list[bytes], status: int
) -> None:
    answer = await send(port, *pieces, pause=0.05)
    assert (answer.status, answer.closed_after is not None) == (status, True)


@pytest.mark.parametrize(
    "head", [b"GET /healthz HTTP/1.1\r\nHost: x\r\nCookie: ", post("/webhooks/stripe", b"", SIGNED, length=1000)]
)
async def test_a_byte_now_and_then_keeps_no_connection_open(port: int, head: bytes) -> None:
    answer = await send(port, head, *[b"a"] * 200, pause=0.02)
    assert answer.status in (0, 408)
    assert answer.closed_after == pytest.approx(0, abs=4.5)


async def ask_on(port: int, path: str) -> None:
    """Asks for a file again and again, one request after another, and reads none of the answers, until cut off."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    with contextlib.suppress(ConnectionError):
        while not writer.transport.is_closing():
            writer.write(get(path))
            await writer.drain()
            await asyncio.sleep(0.001)


async def test_whoever_does_not_read_the_answers_is_cut_off(port: int) -> None:
    await asyncio.wait_for(ask_on(port, "/static/pay.js"), 20)


async def test_few_answers_are_made_for_whoever_reads_none(
    fakes: Fakes, hasty: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the system would take for one connection are megabytes, each answer of them the work of a whole one."""
    answered: list[object] = []

    def remembered(request: object) -> bool:
        answered.append(request)
        return False

    monkeypatch.setattr(web.static_files, "takes_gzip", remembered)
    async with open_web(fakes.dependencies()) as port:
        await asyncio.wait_for(ask_on(port, "/static/pay.css"), 20)
    assert 0 < len(answered) < 300


@pytest.mark.parametrize(
    "piece",
    [
        b"GET /",
        post("/healthz", b"{", length=1000),
        post("/webhooks/stripe", b"{", SIGNED, length=1000),
        post("/webhooks/stripe", b"{", f"{SIGNED}Expect: 100-continue\r\n", length=1000),
        post(f"/pay/{TOKEN}/intent", b"{", length=1000),
        get("/x", "Transfer-Encoding: chunked\r\n") + b"5\r\nab",
    ],
)
async def test_over_the_most_connections_those_go_that_keep_us_waiting(fakes: Fakes, piece: bytes) -> None:
    fakes.pages.put(a_payment())
    async with open_web(fakes.dependencies(), most=20) as port:
        waiting = [asyncio.create_task(send(port, piece, wait=20)) for _ in range(60)]
        await until(lambda: sum(task.done() for task in waiting) >= 40, 10)
        for path in ("/webhooks/stripe", f"/pay/{TOKEN}/intent"):
            assert (await send(port, post(path, b"{}", f"{SIGNED}Connection: close\r\n"))).status == 200
        assert (await send(port, get("/healthz", "Connection: close\r\n"))).status == 200
        for task in waiting:
            task.cancel()


async def test_what_is_held_is_bounded_and_the_heaviest_goes_first(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web.connections, "bytes_held", lambda: 1_000_000)
    async with open_web(fakes.dependencies()) as port:
        half = post("/webhooks/stripe", bytes(100_000), SIGNED, length=200_000)
        heavy = [asyncio.create_task(send(port, half, wait=20)) for _ in range(40)]
        small = [asyncio.create_task(send(port, post("/webhooks/stripe", b"{}", SIGNED), wait=1)) for _ in range(40)]
        assert {answer.status for answer in await asyncio.gather(*small)} == {200}
        await until(lambda: sum(task.done() for task in heavy) >= 30, 10)
        for task in heavy:
            task.cancel()


async def test_what_follows_a_refusal_is_not_even_read(port: int) -> None:
    """The rest of a body that nobody wants stays with its sender, who has the answer all the same."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(post("/webhooks/stripe", length=500_000_000))
    assert b" 413 " in await reader.readline()
    sent, piece = 0, bytes(1_000_000)
    with contextlib.suppress(TimeoutError, ConnectionError):
        for _ in range(400):
            writer.write(piece)
            await asyncio.wait_for(writer.drain(), 1)
            sent += len(piece)
    assert sent < 50_000_000
    writer.transport.abort()


async def test_a_short_body_that_nobody_wants_leaves_the_connection_open(port: int) -> None:
    _, writer = connection = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(3):
        writer.write(post("/webhooks/stripe", b"x" * 30_000))
        head = await connection[0].readuntil(b"\r\n\r\n")
        assert b" 400 " in head
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await connection[0].readexactly(length)
    writer.close()


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"NONSENSE\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\nHost: a\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (get("/", f"Cookie: {'a' * 100_000}\r\n"), 431),
        (get("/", "X: y\r\n" * 500), 400),
        (get("/" + "a" * 20_000), 431),
        (get("/", "Expect: something\r\n"), 417),
        (get("/", "Expect: \xff\xfe\r\n"), 400),
        (get("/%ff%00"), 404),
        (get("http://other/x"), 404),
    ],
)
async def test_what_is_no_request_of_ours_gets_our_own_page(
    port: int, caplog: pytest.LogCaptureFixture, request_: bytes, status: int
) -> None:
    answer = await send(port, request_)
    head, _, body = answer.text.partition("\r\n\r\n")
    assert answer.status == status
    for header in ("Content-Security-Policy: default-src 'none'", "X-Frame-Options: DENY", "Server: checkout-bot"):
        assert header in head
    assert "<title>" in body
    assert "Night Market" in body
    assert "aaaa" not in answer.text
    assert all(record.exc_info is None for record in caplog.records)


async def test_honest_cookies_pass(port: int) -> None:
    answer = await send(port, get("/healthz", f"Cookie: {'a' * 60_000}\r\nConnection: close\r\n"))
    assert answer.status == 200


async def test_malformed_requests_are_one_line_a_minute(port: int, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(50):
        await send(port, b"GET / HTTP/1.1\r\nX\r\n\r\n")
    (record,) = caplog.records
    assert len(record.getMessage()) < 150


@pytest.mark.parametrize("path", ["/webhooks/stripe", f"/pay/{TOKEN}/intent", "/healthz"])
async def test_an_upload_that_breaks_off_is_no_failure(port: int, path: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "web")
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(post(path, b"{", SIGNED, length=1000))
    await writer.drain()
    await asyncio.sleep(0.05)
    writer.transport.abort()
    await asyncio.sleep(0.05)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("size", ["Transfer-Encoding: chunked\r\n\r\nf4240", "Content-Length: 1000000\r\n"])
async def test_what_came_of_a_body_that_breaks_off_is_free_at_once(fakes: Fakes, size: str) -> None:
    """Not only when the collector looks at everything, which may be hours later."""
    start = f"POST /webhooks/stripe HTTP/1.1\r\nHost: shop\r\n{SIGNED}{size}\r\n".encode()
    async with open_web(fakes.dependencies()) as port:
        gc.disable()
        tracemalloc.start()
        try:
            for _ in range(10):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(start + bytes(900_000))
                await writer.drain()
                await asyncio.sleep(0.05)
                writer.transport.abort()
            await until(lambda: tracemalloc.get_traced_memory()[0] < 3_000_000, 5)
        finally:
            tracemalloc.stop()
            gc.enable()


@pytest.mark.parametrize(
    "request_",
    [post("/webhooks/stripe", b"{}", SIGNED), post("/webhooks/stripe"), get("/healthz"), get("/x"), b"?\r\n\r\n"],
)
async def test_no_answer_names_the_versions(port: int, request_: bytes) -> None:
    answer: Answer = await send(port, request_)
    assert "Server: checkout-bot\r\n" in answer.text
    assert "aiohttp" not in answer.text
