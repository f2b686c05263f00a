"""A code's mail that does not arrive is told to whoever waits for it: the whole application, its webhook too."""

import pytest

from sandbox.fake_telegram.chats import ANNA, BEN
from tests.support.databases import by_turns
from tests.support.shop import Shop, code_in

NO_MAILBOX = "The mail to {} came back: there seems to be no such mailbox. Send me another address."
NOT_SENT = (
    "The mail to {} could not be sent just now; nothing is wrong with the address. Ask for a new code a little later,"
    " or write to @nightmarket_help."
)


@pytest.mark.parametrize(
    ("database_setting", "status"), by_turns(["bounced", "suppressed", "failed"]), indirect=["database_setting"]
)
async def test_the_customer_hears_and_corrects_the_address_at_once(shop: Shop, status: str) -> None:
    address = "nobody@example.org"
    shop.resend.statuses[address] = status
    offer = await shop.ask(BEN, "/start guide")
    await shop.press(BEN, offer, "buy:guide")
    shop.telegram.say(BEN, address)
    told = "✉️ " + (NOT_SENT if status == "failed" else NO_MAILBOX).format(address)
    lost = await shop.telegram.wait_for(BEN, lambda one: one.text == told)
    shop.telegram.say(BEN, "ben@example.org")
    mail = await shop.resend.wait_for_mail("ben@example.org", "verification_code")
    sent = await shop.telegram.wait_for(BEN, lambda one: "code:again" in one.callbacks and "ben@" in one.text)
    assert sent.message_id > lost.message_id, "above it nobody would see it"
    shop.telegram.say(BEN, code_in(mail))
    await shop.telegram.wait_for(BEN, lambda one: any("/pay/" in url for url in one.urls))


async def test_it_is_told_once_in_the_customers_language_and_to_nobody_else(shop: Shop) -> None:
    address = "nobody@example.org"
    shop.resend.statuses[address] = "bounced"
    await shop.ask(BEN, "/start guide")
    await shop.ask(ANNA, "/start guide")
    shop.telegram.say(ANNA, address)
    told = await shop.telegram.wait_for(ANNA, lambda one: "вернулось" in one.text)
    assert told.text == f"✉️ Письмо на {address} вернулось: похоже, такого ящика нет. Пришлите другой адрес."
    (mail,) = shop.resend.mails_to(address)
    shop.resend.report(mail, "bounced")
    shop.resend.report(mail, "delivered")
    said = shop.telegram.say(BEN, "/orders")
    await shop.next_answer(BEN, said)
    assert [one.text for one in shop.telegram.chat(ANNA) if "вернулось" in one.text] == [told.text]
    assert not [one for one in shop.telegram.chat(BEN) if "came back" in one.text]
