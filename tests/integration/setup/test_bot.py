"""A stranger's webhook is shown, and removed only when it is said."""

import pytest

from sandbox.fake_telegram.updates import Webhook
from tests.support.project import PUBLIC_URL
from tests.support.setup.new_shop import NewShop

STRANGER = "https://elsewhere.example/hook"


def set_webhook(new_shop: NewShop, url: str) -> None:
    new_shop.sandbox.telegram.queue.webhook = Webhook(url, "", 40)


async def test_a_strangers_webhook_is_shown_and_left_alone(new_shop: NewShop) -> None:
    set_webhook(new_shop, STRANGER)
    said = await new_shop.set_up()
    assert said.code == 1
    assert any(STRANGER in one and "--remove-telegram-webhook" in one for one in said.remains)
    webhook = new_shop.sandbox.telegram.queue.webhook
    assert webhook is not None
    assert webhook.url == STRANGER


@pytest.mark.parametrize("more", ["--remove-telegram-webhook", "--remove-telegram-webhook --telegram-updates webhook"])
async def test_it_is_removed_when_it_is_said(new_shop: NewShop, more: str) -> None:
    set_webhook(new_shop, STRANGER)
    said = await new_shop.set_up(more=more)
    webhook = new_shop.sandbox.telegram.queue.webhook
    assert said.code == 0
    assert (webhook.url if webhook else None) == (f"{PUBLIC_URL}/webhooks/telegram" if "updates" in more else None)


async def test_our_own_is_no_strangers(new_shop: NewShop) -> None:
    new_shop.flags["--public-url"] = PUBLIC_URL.replace("//", "//PAY.") + ":443/"
    await new_shop.set_up(more="--telegram-updates webhook")
    assert (await new_shop.set_up({})).code == 0
    assert (await new_shop.set_up({}, more="--telegram-updates polling")).code == 0
    assert new_shop.sandbox.telegram.queue.webhook is None
