"""A whole shop that loses webhooks, links, its database; and what a person must decide."""

import re
import shutil
import sqlite3
from io import BytesIO
from pathlib import Path

from pypdf import PdfReader

from sandbox.environment import Sandbox
from sandbox.fake_resend.mails import Mail
from sandbox.fake_stripe.store import Delivery
from sandbox.fake_telegram.chats import ANNA, BEN, MIRA, ChatMessage, Person
from tests.support.processes.commands import run_command
from tests.support.shop import Shop, free_port, opened_shop, until


def number_in(mail: Mail) -> str:
    text = PdfReader(BytesIO(mail.attachments[0].content)).pages[0].extract_text()
    found = re.search(r"№ (\d{6})|No\.\s+(\d{6})", text.replace("\xa0", " "))
    assert found is not None, text
    return found.group(1) or found.group(2)


def lose_to(file: Path, backup: Path) -> None:
    """The database is lost, and the backup comes in its place."""
    for left in file.parent.glob(f"{file.name}*"):
        left.unlink()
    shutil.copy(backup, file)


async def buy(shop: Shop, person: Person, email: str) -> Mail:
    token = await shop.verified(person, email)
    shop.stripe.pay(await shop.intent(token))
    return await shop.resend.wait_for_mail(email, "payment_paid")


async def test_what_was_paid_while_no_webhook_came_is_found_at_the_next_start(tmp_path: Path) -> None:
    port, environment = free_port(), {"DATABASE_URL": f"sqlite:///{tmp_path}/checkout.db"}
    async with Sandbox() as sandbox:
        async with opened_shop(sandbox, environment, port) as shop:
            token = await shop.verified(BEN, "ben@example.org")
            intent_id = await shop.intent(token)
        sandbox.stripe.pay(intent_id)
        async with opened_shop(sandbox, environment, port) as shop:
            await shop.resend.wait_for_mail("ben@example.org", "payment_paid")
            assert (await shop.status(token))["status"] == "paid"


async def test_receipt_numbers_go_on_without_a_clash_after_an_older_backup(tmp_path: Path) -> None:
    file = tmp_path / "checkout.db"
    port, environment = free_port(), {"DATABASE_URL": f"sqlite:///{file}"}
    async with Sandbox() as sandbox:
        sandbox.register_webhooks(port)
        async with opened_shop(sandbox, environment, port) as shop:
            first = await buy(shop, ANNA, "anna@example.org")
        shutil.copy(file, tmp_path / "older.db")
        async with opened_shop(sandbox, environment, port) as shop:
            second = await buy(shop, BEN, "ben@example.org")
        lose_to(file, tmp_path / "older.db")
        async with opened_shop(sandbox, environment, port) as shop:
            third = await buy(shop, MIRA, "mira@example.org")
            assert len(shop.resend.mails_to("ben@example.org", "payment_paid")) == 1, "the same bytes, the same key"
    assert [number_in(one) for one in (first, second, third)] == ["000001", "000002", "000003"]
    with sqlite3.connect(file) as rows:
        kept = rows.execute("SELECT email, receipt_number, status FROM payments ORDER BY receipt_number").fetchall()
    assert kept == [
        ("anna@example.org", 1, "paid"),
        ("ben@example.org", 2, "paid"),
        ("mira@example.org", 3, "paid"),
    ]


async def test_the_intent_of_an_expired_link_is_canceled_at_stripe(shop: Shop) -> None:
    token = await shop.verified(BEN, "ben@example.org")
    intent_id = await shop.intent(token)
    shop.clock.forward(hours=25)
    await shop.periodic_tasks.expire_links.run_once()
    await shop.periodic_tasks.cancel_intents.run_once()
    assert shop.stripe.payment_intents[intent_id]["status"] == "canceled"
    assert (await shop.status(token))["status"] == "expired"


async def test_a_link_that_was_paid_as_it_expired_is_paid(shop: Shop) -> None:
    token = await shop.verified(BEN, "ben@example.org")
    intent_id = await shop.intent(token)
    shop.stripe.switches.delivery = Delivery.NONE
    shop.stripe.pay(intent_id)
    shop.clock.forward(hours=25)
    await shop.periodic_tasks.expire_links.run_once()
    await shop.periodic_tasks.cancel_intents.run_once()
    assert (await shop.status(token))["status"] == "paid"
    await shop.resend.wait_for_mail("ben@example.org", "payment_paid")


async def test_an_expired_link_waits_for_stripe_to_come_back(shop: Shop) -> None:
    token = await shop.verified(BEN, "ben@example.org")
    intent_id = await shop.intent(token)
    await shop.stripe.take_down()
    shop.clock.forward(hours=25)
    await shop.periodic_tasks.close_once()
    assert (await shop.status(token))["status"] == "expired"
    await shop.stripe.bring_back()
    shop.clock.forward(minutes=2)
    await shop.periodic_tasks.close_once()
    assert shop.stripe.payment_intents[intent_id]["status"] == "canceled"


async def odd_payment(shop: Shop) -> tuple[str, str, ChatMessage]:
    """Ben's payment whose amount was changed at Stripe: its token, intent and the admin's alert."""
    await shop.ask(MIRA, "/start")
    token = await shop.verified(BEN, "ben@example.org")
    intent_id = await shop.intent(token)
    shop.stripe.payment_intents[intent_id]["amount"] = 1500
    shop.stripe.pay(intent_id)
    await shop.until_status(token, "review")
    alert = await shop.telegram.wait_for(MIRA, lambda one: any("review:refund" in data for data in one.callbacks))
    return token, intent_id, alert


def pressing(message: ChatMessage, beginning: str) -> str:
    return next(data for data in message.callbacks if data.startswith(beginning))


async def test_an_admin_delivers_what_was_under_review(shop: Shop) -> None:
    token, _, alert = await odd_payment(shop)
    assert shop.resend.mails_to("ben@example.org", "payment_paid") == []
    question = await shop.press(MIRA, alert, pressing(alert, "review:deliver"))
    assert "Deliver it for €15.00, as if that were right?\nCity guide · ben@example.org" in question.text
    yes = pressing(question, "yes:deliver")
    shop.telegram.press(MIRA, question.message_id, yes)
    shop.telegram.press(MIRA, question.message_id, yes)
    mail = await shop.resend.wait_for_mail("ben@example.org", "payment_paid")
    assert "15.00" in mail.text, "the receipt says what was received"
    assert (await shop.status(token))["status"] == "paid"
    await shop.telegram.wait_for(MIRA, lambda one: "Delivered" in one.text)
    assert len(shop.resend.mails_to("ben@example.org", "payment_paid")) == 1


async def test_an_admin_refunds_what_was_under_review(shop: Shop) -> None:
    token, intent_id, alert = await odd_payment(shop)
    question = await shop.press(MIRA, alert, pressing(alert, "review:refund"))
    assert "Give €15.00 back?\nCity guide · ben@example.org" in question.text
    shop.telegram.press(MIRA, question.message_id, pressing(question, "yes:refund"))
    await shop.until_status(token, "refunded")
    mail = await shop.resend.wait_for_mail("ben@example.org", "payment_refunded")
    assert "15.00" in mail.text
    assert len(shop.stripe.refunds) == 1
    assert shop.resend.mails_to("ben@example.org", "payment_paid") == []
    assert next(iter(shop.stripe.refunds.values()))["payment_intent"] == intent_id


async def test_an_admin_may_leave_the_decision_for_later(shop: Shop) -> None:
    token, _, alert = await odd_payment(shop)
    question = await shop.press(MIRA, alert, pressing(alert, "review:deliver"))
    shop.telegram.press(MIRA, question.message_id, pressing(question, "no:deliver"))
    shop.telegram.press(MIRA, question.message_id, pressing(question, "yes:deliver"))
    await shop.telegram.wait_for(MIRA, lambda one: "Left as it is" in one.text)

    async def answered() -> bool:
        answers = [one for one in shop.telegram.callback_answers.values() if one]
        return any("question is closed" in str(one["text"]) for one in answers)

    await until(answered, "the pressed button to be answered")
    assert (await shop.status(token))["status"] == "review"


async def reconcile_command(shop: Shop, *arguments: str) -> tuple[int, str]:
    """Beside the application: exit code and what it said."""
    settings = shop.sandbox.settings(int(shop.url.rpartition(":")[2]))
    return await run_command(("reconcile", *arguments), settings, shop.sandbox.folder)


async def test_the_command_finds_what_no_webhook_has_brought_while_the_shop_is_open(shop: Shop) -> None:
    shop.stripe.switches.delivery = Delivery.NONE
    token = await shop.verified(BEN, "ben@example.org")
    shop.stripe.pay(await shop.intent(token))
    code, said = await reconcile_command(shop, "--since", "3d")
    assert (code, "are recorded" in said) == (0, True), said
    await shop.resend.wait_for_mail("ben@example.org", "payment_paid")
    code, said = await reconcile_command(shop)
    assert (code, ": 0 events were new" in said) == (0, True), said
    await shop.stripe.take_down()
    code, said = await reconcile_command(shop)
    assert (code, "Stripe" in said, "Traceback" in said) == (1, True, False), said
