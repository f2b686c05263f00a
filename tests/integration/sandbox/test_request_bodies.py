"""How the stand-ins take requests: what bodies and cards they refuse, and what a lost customer leaves behind."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from sandbox.base.fake_server import BODY, FaultMode, StandIn
from sandbox.base.ports import LOOPBACK
from sandbox.base.request_body import nested
from sandbox.base.waiting import until
from sandbox.fake_stripe.api import StripeStandIn
from sandbox.fake_stripe.cards import read_card
from sandbox.fake_stripe.currencies import told
from sandbox.fake_stripe.errors import ApiError

CARD = {"number": "4242 4242 4242 4242", "exp_month": "12", "exp_year": "34", "cvc": "123"}


class Echo(StandIn):
    """Answers with the body it understood."""

    service = "echo"

    def __init__(self) -> None:
        super().__init__()
        self.handled = 0
        self.app.router.add_route("*", "/echo", self._echo)

    def error_response(self, status: int, code: str, message: str) -> web.Response:
        return web.json_response({"code": code, "message": message}, status=status)

    async def _echo(self, request: web.Request) -> web.Response:
        self.handled += 1
        return web.json_response(request[BODY], dumps=lambda body: repr(body))


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    standin = Echo()
    await standin.start()
    yield standin
    await standin.stop()


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("a", "1")], {"a": "1"}),
        ([("a[b]", "1"), ("a[c][d]", "2")], {"a": {"b": "1", "c": {"d": "2"}}}),
        ([("a[]", "1"), ("a[]", "2")], {"a": ["1", "2"]}),
        ([("a[0]", "1"), ("a[1][b]", "2")], {"a": ["1", {"b": "2"}]}),
        ([("a[1]", "1")], {"a": {"1": "1"}}),
    ],
)
def test_bracketed_names_unfold(pairs: list[tuple[str, Any]], expected: dict[str, Any]) -> None:
    assert nested(pairs) == expected


async def test_every_kind_of_body_is_read(echo: Echo) -> None:
    async with aiohttp.ClientSession() as session:
        await session.post(f"{echo.url}/echo", json={"a": {"b": 1}})
        await session.post(f"{echo.url}/echo", json=[1, 2])
        await session.post(f"{echo.url}/echo", data={"a[b]": "ж"})
        await session.get(f"{echo.url}/echo", params={"limit": "3"})
        form = aiohttp.FormData({"chat_id": "7"})
        form.add_field("document", b"\x00\xff", filename="guide.pdf", content_type="application/pdf")
        await session.post(f"{echo.url}/echo", data=form)
        broken = {"Content-Type": "application/json"}
        await session.post(f"{echo.url}/echo", data=b"{nonsense \xff", headers=broken)
    bodies = [call.body for call in echo.calls]
    assert bodies[:4] == [{"a": {"b": 1}}, {"": [1, 2]}, {"a": {"b": "ж"}}, {"limit": "3"}]
    document = {"filename": "guide.pdf", "content_type": "application/pdf", "content": b"\x00\xff"}
    assert bodies[4] == {"chat_id": "7", "document": document}
    assert bodies[5][""].startswith("{nonsense")
    assert {call.status for call in echo.calls} == {200}


async def test_a_fault_holds_for_its_number_of_requests_on_its_path(echo: Echo) -> None:
    echo.faults.set(FaultMode.SERVER_ERROR, remaining=2, path_contains="echo")
    async with aiohttp.ClientSession() as session:
        answers = [(await session.get(f"{echo.url}/{path}")).status for path in ("other", "echo", "echo", "echo")]
    assert answers == [404, 500, 500, 200]


async def test_a_request_whose_sender_has_left_is_not_handled_later(echo: Echo) -> None:
    echo.faults.set(FaultMode.HANG)
    async with aiohttp.ClientSession() as session:
        call = asyncio.create_task(session.get(f"{echo.url}/echo"))
        await until(lambda: len(echo.calls) == 1)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
    async with aiohttp.ClientSession() as session:
        echo.faults.path_contains = "nothing"
        await session.get(f"{echo.url}/echo")
        echo.faults.mode = FaultMode.OK
        await session.get(f"{echo.url}/echo")
    assert echo.handled == 2


@pytest.mark.parametrize(
    ("mode", "handled", "error"),
    [
        (FaultMode.RESET, 0, aiohttp.ClientConnectionError),
        (FaultMode.RESET_BODY, 1, aiohttp.ClientPayloadError),
    ],
)
async def test_a_dropped_connection_makes_no_noise(
    echo: Echo, caplog: pytest.LogCaptureFixture, mode: FaultMode, handled: int, error: type[Exception]
) -> None:
    echo.faults.mode = mode
    async with aiohttp.ClientSession() as session:
        with pytest.raises(error):
            await (await session.post(f"{echo.url}/echo", json={"a": "b" * 100})).read()
    await echo.stop()
    assert echo.handled == handled
    assert caplog.records == []


async def test_a_service_taken_down_comes_back_on_the_same_port(echo: Echo) -> None:
    url = f"{echo.url}/echo"
    async with aiohttp.ClientSession() as session:
        await session.get(url)
        await echo.take_down()
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get(url)
        await echo.bring_back()
        assert (await session.get(url)).status == 200


async def test_stopping_does_not_wait_for_hanging_requests(echo: Echo) -> None:
    echo.faults.set(FaultMode.HANG)
    async with aiohttp.ClientSession() as session:
        call = asyncio.create_task(session.get(f"{echo.url}/echo"))
        await until(lambda: len(echo.calls) == 1)
        await asyncio.wait_for(echo.stop(), timeout=20)
        with pytest.raises(aiohttp.ClientError):
            await call


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"number": "4242424242424241"}, "incorrect_number"),
        ({"number": "42"}, "incorrect_number"),
        ({"number": "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢"}, "incorrect_number"),
        ({"exp_month": "13"}, "invalid_expiry_month"),
        ({"exp_month": ""}, "invalid_expiry_month"),
        ({"exp_year": "20"}, "invalid_expiry_year"),
        ({"exp_year": "2099"}, "invalid_expiry_year"),
        ({"cvc": "12"}, "invalid_cvc"),
        ({"cvc": "abc"}, "invalid_cvc"),
        ({"number": "378282246310005"}, "invalid_cvc"),
    ],
)
def test_a_card_that_cannot_be_is_refused(change: dict[str, str], code: str) -> None:
    with pytest.raises(ApiError) as refusal:
        read_card({**CARD, **change})
    assert (refusal.value.status, refusal.value.fields["code"]) == (402, code)


def test_a_card_is_read_with_spaces_and_a_short_year() -> None:
    details = read_card(CARD)
    assert (details.card.brand, details.exp_month, details.exp_year) == ("visa", 12, 2034)


def test_amounts_are_told_with_the_currencys_decimals() -> None:
    assert (told(1900, "eur"), told(1500, "jpy")) == ("19.00 eur", "1500 jpy")


async def test_a_disabled_webhook_endpoint_gets_nothing() -> None:
    service = StripeStandIn()
    await service.start()
    endpoint_id = service.add_endpoint("http://127.0.0.1:1/hook", "whsec_1")
    headers = {"Authorization": f"Bearer {service.secret_key}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        url = f"{service.url}/v1/webhook_endpoints/{endpoint_id}"
        async with session.post(url, data={"disabled": "true"}) as answer:
            assert (await answer.json())["status"] == "disabled"
    service.create_payment_intent({"amount": 1900, "currency": "eur"})
    await service.wait_delivered()
    await service.stop()
    assert service.attempts == []


async def test_a_card_number_does_not_stay_among_the_calls() -> None:
    service = StripeStandIn()
    await service.start()
    intent = service.create_payment_intent({"amount": 1900, "currency": "eur"})
    form = {
        "key": service.publishable_key,
        "client_secret": intent["client_secret"],
        "return_url": "https://shop.example/done",
        "payment_method_data[type]": "card",
        **{f"payment_method_data[card][{name}]": value for name, value in CARD.items()},
    }
    url = f"{service.url}/v1/payment_intents/{intent['id']}/confirm"
    async with aiohttp.ClientSession() as session, session.post(url, data=form) as answer:
        assert (await answer.json())["status"] == "succeeded"
    await service.stop()
    assert not re.search(r"\b4242", repr(service.calls[0].body)), "the card's; an id's letters may be any"


async def test_a_service_that_is_away_refuses_and_its_port_is_given_to_nobody_else(echo: Echo) -> None:
    await echo.take_down()
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.ClientConnectorError):
            await http.get(f"{echo.url}/echo")
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind((LOOPBACK, int(echo.url.rsplit(":", 1)[1])))
        await echo.bring_back()
        async with http.get(f"{echo.url}/echo") as answer:
            assert answer.status == 200
