"""The language chosen at the foot of a page: one word of the query, and nothing else of it."""

import re
from collections.abc import Callable

import pytest

from checkout.model.payment import Payment, Status
from tests.integration.web.test_pages import DONE, PAY, Client, html
from tests.support.payments import a_paid_payment, a_payment
from tests.support.web_fakes import TOKEN, Fakes

OTHER = {"en": ("ru", "Русский"), "ru": ("en", "English")}
SWITCH = re.compile(r'<a href="\?lang=(\w\w)" hreflang="\w\w" lang="\w\w">(\w+)</a>')


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize(
    ("path", "payment", "status"),
    [
        (PAY, a_payment, 200),
        (DONE, a_payment, 200),
        (PAY, lambda: a_payment(status=Status.FAILED), 200),
        (PAY, lambda: a_payment(status=Status.REVIEW), 200),
        (DONE, a_paid_payment, 200),
        (PAY, lambda: a_payment(status=Status.EXPIRED), 410),
        ("/pay/unknown", a_payment, 404),
        ("/nowhere", a_payment, 404),
    ],
)
async def test_every_page_has_the_other_language_one_link_away(
    client: Client, fakes: Fakes, path: str, payment: Callable[[], Payment], status: int, language: str
) -> None:
    other, name = OTHER[language]
    fakes.pages.put(payment(), language)
    page = await html(client, path, status, Accept_Language=language)
    assert f'<html lang="{language}">' in page
    assert SWITCH.findall(page) == [(other, name)]
    switched = await html(client, f"{path}?lang={other}", status, Accept_Language=language)
    assert f'<html lang="{other}"' in switched
    assert SWITCH.findall(switched) == [(language, OTHER[other][1])]
    assert fakes.pages.opened == []


@pytest.mark.parametrize(
    "query", ["lang=", "lang=de", "lang=RU", "lang=ru-RU", "lang=%00ru", "lang[]=ru", "language=ru"]
)
async def test_no_other_word_is_believed(client: Client, fakes: Fakes, query: str) -> None:
    fakes.pages.put(a_payment())
    assert await html(client, f"{PAY}?{query}") == await html(client, PAY)


async def test_what_it_is_paid_with_and_where_the_bank_sends_back_do_not_change(client: Client, fakes: Fakes) -> None:
    fakes.pages.put(a_payment())
    answer = await (await client.post(f"{PAY}/intent?lang=ru")).json()
    assert answer["return_url"] == f"https://pay.example.com/pay/{TOKEN}/done"
    assert answer["language"] == "ru"
    assert (await (await client.post(f"{PAY}/intent")).json())["language"] == "en"


async def test_back_from_the_bank_it_is_the_one_the_form_was_opened_in(
    client: Client, fakes: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its address has no room for a word, and a browser may keep nothing; on any other page the tab itself knows."""
    monkeypatch.setattr("web.language.TABS_REMEMBERED", 1)
    fakes.pages.put(a_payment())
    await client.post(f"{PAY}/intent?lang=ru")
    assert '<html lang="ru" data-chosen="ru">' in await html(client, DONE)
    assert '<html lang="en">' in await html(client, PAY)
    assert '<html lang="en" data-chosen="en">' in await html(client, f"{DONE}?lang=en")
    await client.post(f"{PAY}/intent")
    assert '<html lang="en">' in await html(client, DONE)
    await client.post(f"{PAY}/intent?lang=ru")
    fakes.pages.put(a_payment(2, pay_token="another"))
    await client.post("/pay/another/intent?lang=ru")
    assert '<html lang="en">' in await html(client, DONE), "the oldest is forgotten"


async def test_refusals_come_in_it_too(client: Client, fakes: Fakes) -> None:
    fakes.pages.put(a_paid_payment())
    answer = await client.post(f"{PAY}/intent?lang=ru")
    assert answer.status == 409
    assert (await answer.json())["error"]["message"].startswith("Всё уже оплачено")
