"""A body in thousands of tiny pieces costs its reader a hundred times what one of the same length costs in a few."""

import json

import pytest
from aiohttp import StreamReader

from tests.support.faults.attacks import get, post, send
from tests.support.web_fakes import STRIPE_SIGNATURE, TOKEN, Fakes

SIGNED = f"Stripe-Signature: {STRIPE_SIGNATURE}\r\n"
CLOSE = "Connection: close\r\n"


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> list[StreamReader]:
    """Whose body's chunk has ended, each time that one does."""
    ended: list[StreamReader] = []
    end = StreamReader.end_http_chunk_receiving

    def remembered(body: StreamReader) -> None:
        ended.append(body)
        end(body)

    monkeypatch.setattr(StreamReader, "end_http_chunk_receiving", remembered)
    return ended


def chunked(path: str, pieces: bytes, headers: str = SIGNED) -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: shop\r\n{headers}Transfer-Encoding: chunked\r\n\r\n".encode() + pieces


def chunk(content: bytes) -> bytes:
    return f"{len(content):x}\r\n".encode() + content + b"\r\n"


@pytest.mark.parametrize("path", ["/webhooks/stripe", f"/pay/{TOKEN}/intent", "/webhooks/resend", "/nowhere"])
@pytest.mark.parametrize("piece", [b"1\r\n{\r\n", b"1;a=b\r\n{\r\n", b"0000002\r\n{ \r\n"])
async def test_tiny_chunks_are_not_read(
    port: int, fakes: Fakes, ends: list[StreamReader], path: str, piece: bytes
) -> None:
    head, *rest = chunked(path, piece * 20_000), *[piece * 20_000] * 4
    answer = await send(port, head, *rest, pause=0.02)
    assert answer.closed_after is not None
    assert len(ends) < 1000
    assert not fakes.recorder.events


@pytest.mark.parametrize("lines", [b"", b"0\r\n"], ids=["in the place of a request", "behind a body"])
async def test_lines_without_end_are_not_read(port: int, lines: bytes, caplog: pytest.LogCaptureFixture) -> None:
    begun = chunked("/webhooks/stripe", lines) if lines else b""
    line = b"X: y\r\n" if lines else b"\r\n"
    answer = await send(port, begun, *[line * 2000] * 50, pause=0.002)
    assert answer.closed_after is not None
    assert caplog.text.count("too many lines") == 1


@pytest.mark.parametrize("size", [700, 4096, 32_768])
async def test_chunks_as_proxies_make_them_are_read(port: int, fakes: Fakes, size: int) -> None:
    body = json.dumps({"text": "x" * 900_000}).encode()
    pieces = b"".join(chunk(body[start : start + size]) for start in range(0, len(body), size))
    whole = chunked("/webhooks/stripe", pieces + chunk(b""), SIGNED + CLOSE)
    assert (await send(port, whole)).status == 200
    assert len(fakes.recorder.events) == 1


async def test_what_browsers_and_services_send_one_after_another_is_read(port: int) -> None:
    head = "".join(f"X-Header-{number}: {number}\r\n" for number in range(60))
    asked = [get("/healthz", head), post("/webhooks/stripe", b"{\r\n}" * 20, SIGNED + head)] * 40
    answer = await send(port, *asked, get("/healthz", CLOSE), pause=0.005)
    assert answer.text.count("HTTP/1.1 200") == len(asked) + 1
