"""Each secret is replaced as docs/looking-after-it.md says while people buy: nothing is lost, or told twice."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from db.maintenance.health import outbox_backlog
from sandbox.environment import RESEND_WEBHOOK_SECRET, STRIPE_WEBHOOK_SECRET, Sandbox
from sandbox.fake_resend.webhooks import new_secret
from sandbox.fake_telegram.chats import MIRA, ChatMessage, Person
from tests.support.shop import Shop, free_port, opened_shop, until

Changed = dict[str, str]
NEW_STRIPE_SECRET = "whsec_Rolled8mQ2xV5nT7kL0pW4z"
NEW_RESEND_SECRET = new_secret()


def rolled_stripe_secret(sandbox: Sandbox) -> Changed:
    (endpoint,) = sandbox.stripe.webhooks.endpoints.values()
    endpoint.roll(NEW_STRIPE_SECRET)
    return {"STRIPE_WEBHOOK_SECRET": f"{NEW_STRIPE_SECRET},{STRIPE_WEBHOOK_SECRET}"}


def expired_stripe_secret(sandbox: Sandbox) -> Changed:
    (endpoint,) = sandbox.stripe.webhooks.endpoints.values()
    endpoint.expiring_secret = ""
    return {"STRIPE_WEBHOOK_SECRET": NEW_STRIPE_SECRET}


def second_resend_webhook(sandbox: Sandbox) -> Changed:
    (first,) = sandbox.resend.webhooks.endpoints.values()
    sandbox.resend.add_webhook(first.endpoint, NEW_RESEND_SECRET)
    return {"RESEND_WEBHOOK_SECRET": f"{NEW_RESEND_SECRET},{RESEND_WEBHOOK_SECRET}"}


def first_resend_webhook_deleted(sandbox: Sandbox) -> Changed:
    endpoints = sandbox.resend.webhooks.endpoints
    endpoints.pop(next(iter(endpoints)))
    return {"RESEND_WEBHOOK_SECRET": NEW_RESEND_SECRET}


def rolled_stripe_key(sandbox: Sandbox) -> Changed:
    keys = sandbox.stripe.keys
    keys.expiring.add(keys.secret_key)
    keys.secret_key = "sk_test_rolled_secret_key_0002"
    return {"STRIPE_SECRET_KEY": keys.secret_key}


def rolled_publishable_key(sandbox: Sandbox) -> Changed:
    keys = sandbox.stripe.keys
    keys.expiring.add(keys.publishable_key)
    keys.publishable_key = "pk_test_rolled_public_key_0002"
    return {"STRIPE_PUBLISHABLE_KEY": keys.publishable_key}


def second_resend_key(sandbox: Sandbox) -> Changed:
    sandbox.resend.older_keys.add(sandbox.resend.api_key)
    sandbox.resend.api_key = "re_second_key_of_the_account_0002"
    return {"RESEND_API_KEY": sandbox.resend.api_key}


def revoked_bot_token(sandbox: Sandbox) -> Changed:
    sandbox.telegram.token = "1000000:another-token-of-the-same-bot-here"
    return {"BOT_TOKEN": sandbox.telegram.token}


def new_secret_key(_: Sandbox) -> Changed:
    return {"SECRET_KEY": "Zk3vX9qL2mN8bT5wR7yU1zC4dF6gH0jS"}


ROTATIONS: list[Callable[[Sandbox], Changed]] = [
    rolled_stripe_secret,
    expired_stripe_secret,
    second_resend_webhook,
    first_resend_webhook_deleted,
    rolled_stripe_key,
    rolled_publishable_key,
    second_resend_key,
    revoked_bot_token,
    new_secret_key,
]


def customer(number: int) -> tuple[Person, str]:
    return Person(70_001 + number, f"Customer {number}"), f"customer{number}@example.org"


def is_receipt(message: ChatMessage) -> bool:
    return message.document is not None and message.document.filename.startswith("receipt-")


async def paid_meanwhile(shop: Shop, number: int, token: str) -> None:
    """What was paid between the change at the service and the restart has come, by mail, in the chat and as status."""
    person, email = customer(number)
    await shop.until_status(token, "paid")
    await shop.resend.wait_for_mail(email, "payment_paid")
    await shop.telegram.wait_for(person, is_receipt)


async def test_every_secret_is_rotated_while_people_buy(tmp_path: Path) -> None:
    port, environment = free_port(), {"DATABASE_URL": f"sqlite:///{tmp_path}/checkout.db"}
    token = ""
    async with Sandbox() as sandbox:
        sandbox.register_webhooks(port)
        sandbox.telegram.meet(MIRA)
        for number in range(len(ROTATIONS) + 1):
            async with opened_shop(sandbox, environment, port) as shop:
                if number:
                    await paid_meanwhile(shop, number - 1, token)
                if number == len(ROTATIONS):
                    await nothing_is_lost_or_told_twice(shop)
                    break
                token = await shop.verified(*customer(number))
                intent_id = await shop.intent(token)
                environment |= ROTATIONS[number](sandbox)
                sandbox.stripe.pay(intent_id)


async def nothing_is_lost_or_told_twice(shop: Shop) -> None:
    for person, email in map(customer, range(len(ROTATIONS))):
        assert len(shop.resend.mails_to(email, "payment_paid")) == 1, email
        assert len([one for one in shop.telegram.chat(person) if is_receipt(one)]) == 1, email
    assert 400 not in {one.status for one in shop.stripe.webhooks.attempts}, "a signature was refused"

    async def every_report_was_taken() -> bool:
        taken = {mail_id for kind, mail_id in shop.resend.webhooks.delivered if kind == "email.delivered"}
        return taken >= {one.id for one in shop.resend.mails}

    await until(every_report_was_taken, "Resend's reports")
    backlog = await outbox_backlog(shop.services.database, datetime.now(UTC))
    assert not [one for one in backlog if one.state == "parked"]
