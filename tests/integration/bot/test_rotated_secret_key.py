"""SECRET_KEY is replaced while customers are on their way: docs/looking-after-it.md says what that costs them."""

from sandbox.fake_telegram.chats import ANNA, BEN
from tests.support.bot_shop import BotShop

NEW_KEY = "another secret key of more than thirty-two characters"


def _token(url: str) -> str:
    return url.rpartition("/")[2]


async def test_a_pay_link_lives_on_and_a_verified_address_stays_so(shop: BotShop) -> None:
    pay = await shop.verify(ANNA, "anna@example.com")
    (url,) = [button["url"] for row in pay.keyboard for button in row if "/pay/" in button.get("url", "")]
    shop.secret_key = NEW_KEY
    await shop.restart()
    async with shop.storage.read() as tx:
        payment = await tx.payments.by_token(_token(url))
    assert payment is not None
    assert payment.email == "anna@example.com"
    shop.mails.sent.clear()
    again = (await shop.say(ANNA, "/start guide"))[-1]
    assert url in str(again.keyboard), "the same payment, without another code"
    assert not shop.mails.sent


async def test_a_code_that_was_mailed_is_void_and_the_next_one_works(shop: BotShop) -> None:
    shown = await shop.say(BEN, "/start guide")
    await shop.press(BEN, shown[-1], "buy:guide")
    asked = await shop.say(BEN, "ben@example.com")
    old = shop.mails.last_code("ben@example.com")
    shop.secret_key = NEW_KEY
    await shop.restart()
    assert "/pay/" not in str([one.keyboard for one in await shop.say(BEN, old)])
    shop.clock.forward(seconds=61)
    await shop.press(BEN, asked[-1], "code:again")
    paying = (await shop.say(BEN, shop.mails.last_code("ben@example.com")))[-1]
    assert "/pay/" in str(paying.keyboard)
