"""What the Telegram stand-in refuses, as Telegram would; and how it reads HTML."""

import json
from typing import Any

import aiohttp
import pytest

from sandbox.fake_telegram.api import TOKEN, TelegramStandIn
from sandbox.fake_telegram.chats import ANNA
from sandbox.fake_telegram.html import parse_html
from sandbox.fake_telegram.params import MODELS, SUPPORTED
from sandbox.fake_telegram.rules import TelegramError
from tests.support.project import SPECS

SPEC = SPECS / "telegram-bot-api-10.1.methods.json"


async def _post(telegram: TelegramStandIn, method: str, **params: Any) -> dict[str, Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{telegram.url}/bot{TOKEN}/{method}", json=params) as response,
    ):
        answer: dict[str, Any] = await response.json()
        return answer


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"text": ""}, "message text is empty"),
        ({}, "text is empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "x", "colour": "red"}, 'unknown parameter "colour"'),
        ({"text": "x", "link_preview_options": {"disabled": True}}, 'unknown parameter "disabled"'),
        ({"text": 5}, "can't parse text"),
        ({"text": "<b>x", "parse_mode": "HTML"}, 'Can\'t find end tag corresponding to start tag "b"'),
        ({"text": "<div>x</div>", "parse_mode": "HTML"}, 'Unsupported start tag "div" at byte offset 0'),
        ({"text": "<b><i>x</b></i>", "parse_mode": "HTML"}, 'expected "</i>", found "</b>"'),
        ({"text": "*x*", "parse_mode": "Markdown"}, "unsupported parse_mode"),
    ],
)
async def test_messages_telegram_would_refuse_are_refused(
    telegram: TelegramStandIn, params: dict[str, Any], reason: str
) -> None:
    telegram.press_start(ANNA)
    answer = await _post(telegram, "sendMessage", chat_id=ANNA.id, **params)
    assert (answer["ok"], answer["error_code"]) == (False, 400)
    assert reason in answer["description"]
    assert len(telegram.chat(ANNA)) == 1


@pytest.mark.parametrize(
    ("button", "reason"),
    [
        ({"text": "x", "callback_data": "я" * 33}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "url": "http://localhost:8080/pay"}, "Wrong HTTP URL"),
        ({"text": "x", "url": "ftp://example.com"}, "Unsupported URL protocol"),
        ({"text": "x", "url": "http://10.0.0.1/pay"}, "Wrong HTTP URL"),
        ({"text": "x"}, "Text buttons are unallowed"),
        ({"text": "x", "callback_data": "x", "url": "https://example.com"}, "Text buttons are unallowed"),
        ({"text": "x", "callback": "x"}, 'unknown parameter "callback"'),
    ],
)
async def test_buttons_telegram_would_refuse_are_refused(
    telegram: TelegramStandIn, button: dict[str, Any], reason: str
) -> None:
    telegram.press_start(ANNA)
    markup = {"inline_keyboard": [[button]]}
    answer = await _post(telegram, "sendMessage", chat_id=ANNA.id, text="x", reply_markup=markup)
    assert answer["ok"] is False
    assert reason in answer["description"]


async def test_buttons_to_public_and_loopback_addresses_pass(telegram: TelegramStandIn) -> None:
    telegram.press_start(ANNA)
    urls = ["https://shop.example/pay/x", "http://127.0.0.1:8080/pay/x", "tg://user?id=1"]
    markup = {"inline_keyboard": [[{"text": "x", "url": url}] for url in urls]}
    answer = await _post(telegram, "sendMessage", chat_id=ANNA.id, text="x", reply_markup=markup)
    assert answer["ok"], answer
    assert telegram.chat(ANNA)[-1].urls == urls


async def test_a_file_above_50_mb_and_an_empty_one_are_refused(telegram: TelegramStandIn) -> None:
    telegram.press_start(ANNA)
    answers = []
    for content in (b"", b"x" * (50 * 1024 * 1024 + 1)):
        form = aiohttp.FormData({"chat_id": str(ANNA.id)})
        form.add_field("document", content, filename="x.bin")
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{telegram.url}/bot{TOKEN}/sendDocument", data=form) as response,
        ):
            answers.append((response.status, (await response.json())["description"]))
    assert answers == [(400, "Bad Request: file must be non-empty"), (413, "Request Entity Too Large")]


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("a &lt; b & c", "a < b & c", []),
        ("  <b>x</b>  ", "x", [("bold", 0, 1)]),
        ("👋 <i>y</i>", "👋 y", [("italic", 3, 1)]),
        ('<a href="https://a.example/?x=1&amp;y">z</a>', "z", [("text_link", 0, 1)]),
        ("see https://a.example.", "see https://a.example", [("url", 4, 17)]),
        ("<b>/start</b>", "/start", [("bold", 0, 6), ("bot_command", 0, 6)]),
        ("<b></b>", "", []),
    ],
)
def test_html_becomes_text_and_entities(source: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    parsed, found = parse_html(source)
    assert parsed.rstrip(".") == text
    assert [(entity["type"], entity["offset"], entity["length"]) for entity in found] == entities


def test_a_stray_end_tag_is_told_with_its_place() -> None:
    with pytest.raises(TelegramError, match="Unexpected end tag at byte offset 2"):
        parse_html("я</b>")


@pytest.mark.skipif(not SPEC.exists(), reason="the published description does not lie beside the project")
def test_the_methods_have_the_published_parameters() -> None:
    published = json.loads(SPEC.read_text())["methods"]
    for name in SUPPORTED:
        if name not in published:
            continue  # newer than the description, or cut from it
        model = MODELS[name.lower()].model_fields
        for field in published[name].get("fields", []):
            assert field["name"] in model, f"{name}.{field['name']}"
            assert model[field["name"]].is_required() == field["required"], f"{name}.{field['name']}"
