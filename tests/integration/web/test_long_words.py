"""One header or address of thousands of letters: what would take long to read is not read."""

import pytest
from aiohttp.web_urldispatcher import UrlDispatcher
from yarl import URL

import web.peers
import web.security
from tests.support.faults.attacks import get, open_web, post, send
from tests.support.payments import a_payment
from tests.support.web_fakes import TOKEN, Fakes
from web.peers import parsed_address

# Python writes one of them as eighteen, and looks at all of them for each: a minute for what fits into a header.
LETTERS = "\ufdfa" * 15_000
HOST = "Host: shop\r\n"


def with_host(request: bytes, host: str) -> bytes:
    return request.replace(HOST.encode(), f"Host: {host}\r\n".encode(), 1)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (post(f"/pay/{TOKEN}/intent", headers="Origin: https://?\r\n"), 403),
        (with_host(post(f"/pay/{TOKEN}/intent", headers="Origin: https://evil.example\r\n"), "?"), 403),
        (with_host(get(f"/pay/{TOKEN}"), "?"), 200),
        (with_host(get("/static/pay.css"), "?"), 200),
        (with_host(get("/metrics"), "?"), 403),
    ],
)
@pytest.mark.parametrize(
    "name", [LETTERS, "xn--" + "a" * 50_000, "\u0436." * 20_000], ids=["letters", "in ASCII", "labels"]
)
async def test_no_name_is_read_that_can_be_none(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch, request_: bytes, status: int, name: str
) -> None:
    read: list[str] = []

    def remembered(text: str) -> URL:
        read.append(text)
        return URL(text if len(text) < 1000 else "")

    monkeypatch.setattr(web.security, "URL", remembered)
    monkeypatch.setattr(web.peers, "URL", remembered)
    fakes.pages.put(a_payment())
    async with open_web(fakes.dependencies()) as port:
        answer = await send(
            port, request_.replace(b"?", name.encode()).replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
        )
    assert answer.status == status
    assert [text for text in read if len(text) >= 1000] == []


@pytest.mark.parametrize(
    "path",
    ["/" * 16_000, "/a" * 8_000, "/../" * 4_000, "/webhooks/stripe" * 3, f"/pay/{'a/' * 8000}"],
    ids=["slashes", "parts", "upwards", "a webhook", "a page"],
)
async def test_what_has_more_parts_than_any_address_of_ours_is_looked_up_nowhere(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    looked_up: list[str] = []
    resolve = UrlDispatcher.resolve

    async def remembered(self: UrlDispatcher, request: object) -> object:
        looked_up.append(str(request))
        return await resolve(self, request)  # type: ignore[arg-type]

    monkeypatch.setattr(UrlDispatcher, "resolve", remembered)
    async with open_web(fakes.dependencies()) as port:
        for request in (get(path, "Connection: close\r\n"), post(path, headers="Connection: close\r\n")):
            assert (await send(port, request)).status == 404
        assert looked_up == []
        assert (await send(port, get("/healthz", "Connection: close\r\n"))).status == 200
    assert len(looked_up) == 1


@pytest.mark.parametrize(
    "text",
    ["1." * 30_000, ":" * 60_000, f"[{':' * 60_000}]", LETTERS],
    ids=["numbers", "colons", "brackets", "letters"],
)
def test_what_is_long_is_no_address_and_is_not_remembered(text: str) -> None:
    known = web.peers._parsed_address.cache_info().currsize
    assert parsed_address(text) is None
    assert web.peers._parsed_address.cache_info().currsize == known
