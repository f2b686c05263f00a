"""Nobody pays for nothing and is forgotten: what the program cannot hand over waits for a person, who hears of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from checkout.model.catalog import Catalog, LocalizedText, ProductKind
from checkout.model.message_content import PaymentPaid
from checkout.model.outbox import Channel
from checkout.model.payment import Payment
from checkout.notifications.compose import Composer
from checkout.notifications.handover import HandOver
from checkout.notifications.mail_delivery import MailDelivery
from checkout.notifications.send_slot import SendSlot
from checkout.resilience.rate_limit import RateLimiter
from db.engine.connection import Database
from db.storage import DatabaseStorage
from messages.renderer import MessageRenderer
from sandbox.environment import Sandbox
from sandbox.fake_telegram.chats import BEN, MIRA, ChatMessage, Person
from tests.support.clock import MovedClock
from tests.support.databases import ask, by_turns
from tests.support.fakes import FakeGateway, RememberingMails
from tests.support.payments import keep_paid
from tests.support.project import CATALOG, PUBLIC_URL
from tests.support.shop import Shop, opened_shop, running_shop, until

pytestmark = pytest.mark.usefixtures("short_pause_in_chats")
NORA = Person(9002, "Nora", "Kask", "nora_admin", "en")
CONTENT = b"%PDF the guide"
ADMINS = {"ADMIN_IDS": f"{MIRA.id},{NORA.id}"}
EMAIL = "ben@example.org"
NOTHING = LocalizedText({})
BY_HAND, LEAVING = ("walk", "print", "wish"), ("nothing", "a folder", "an empty file")


def catalog_with(file: Path) -> Catalog:
    guide = replace(CATALOG.products["guide"], files=(file,))
    others = {
        "walk": replace(guide, sku="walk", files=(), text=LocalizedText({"en": "Meet me."}), kind=ProductKind.SERVICE),
        "print": replace(guide, sku="print", files=(), kind=ProductKind.PHYSICAL),
        "wish": replace(guide, sku="wish", files=(), text=NOTHING),
    }
    return replace(CATALOG, products={"guide": guide, **others})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "guide.pdf"
    put_back(path)
    return path


def put_back(file: Path) -> None:
    file.write_bytes(CONTENT)


def take_away(file: Path, leaving: str = "nothing") -> None:
    file.unlink()
    {"nothing": lambda: None, "a folder": file.mkdir, "an empty file": file.touch}[leaving]()


@pytest.fixture
async def shop(file: Path, database_setting: dict[str, str]) -> AsyncIterator[Shop]:
    async with running_shop({**database_setting, **ADMINS}, catalog_with(file)) as running:
        await greet(running)
        yield running


async def greet(shop: Shop) -> None:
    for admin in (MIRA, NORA):
        await shop.ask(admin, "/start")


async def bought(shop: Shop, sku: str = "guide", before_paying: Callable[[], object] = lambda: None) -> str:
    """Ben's payment_id once Stripe has taken the money."""
    token = await shop.verified(BEN, EMAIL, sku)
    intent_id = await shop.intent(token)
    before_paying()
    shop.stripe.pay(intent_id)
    await shop.until_status(token, "paid")
    return str(shop.stripe.payment_intents[intent_id]["metadata"]["payment_id"])


async def payment(shop: Shop, payment_id: str) -> Payment:
    async with shop.services.storage.read() as tx:
        found = await tx.payments.get(payment_id)
    assert found is not None
    return found


async def until_it_is(shop: Shop, payment_id: str, word: str) -> None:
    async def reached() -> bool:
        return (await payment(shop, payment_id)).fulfilment == word

    await until(reached, f"fulfilment {word}")


async def told(shop: Shop, person: Person, words: str) -> ChatMessage:
    return await shop.telegram.wait_for(person, lambda one: words in one.text)


def pressing(message: ChatMessage, beginning: str) -> str:
    return next(data for data in message.callbacks if data.startswith(beginning))


async def nothing_waits(shop: Shop) -> None:
    shop.telegram.say(MIRA, "/todo")
    await told(shop, MIRA, "Nothing waits for you.")


async def press_done(shop: Shop, admin: Person, alert: ChatMessage) -> None:
    """Also too late, where the alert has lost its button."""
    data = pressing(alert, "desk:open:").replace("desk:open:", "todo:done:")
    alert.keyboard.append([{"text": "?", "callback_data": data}])
    shop.telegram.press(admin, alert.message_id, data)


async def closed(shop: Shop, admin: Person, words: str) -> None:
    alert = await told(shop, admin, words)
    assert alert.callbacks == [pressing(alert, "desk:open:")], "it asks for nothing any more"


async def test_what_the_program_sends_is_delivered_and_nobody_is_bothered(shop: Shop) -> None:
    payment_id = await bought(shop)
    assert (await payment(shop, payment_id)).fulfilment == "delivered"
    mail = await shop.resend.wait_for_mail(EMAIL, "payment_paid")
    assert "guide.pdf" in [one.filename for one in mail.attachments]
    await nothing_waits(shop)


@pytest.mark.parametrize(("database_setting", "sku"), by_turns(BY_HAND), indirect=["database_setting"])
async def test_what_a_person_has_to_do_is_told_to_all_admins_and_done_once(shop: Shop, sku: str) -> None:
    payment_id = await bought(shop, sku)
    assert (await payment(shop, payment_id)).fulfilment == "to_do"
    mail = await shop.resend.wait_for_mail(EMAIL, "payment_paid")
    assert "sees to it in person" in " ".join(mail.text.split())
    await told(shop, BEN, "sees to it in person")
    alerts = {admin: await told(shop, admin, "yours to hand over") for admin in (MIRA, NORA)}
    assert payment_id in alerts[MIRA].text
    assert f"desk:resend:{payment_id}" in alerts[MIRA].callbacks
    shop.telegram.say(MIRA, "/todo")
    listed = await told(shop, MIRA, "the newest first")
    assert f"desk:open:{payment_id}" in listed.callbacks

    await press_done(shop, MIRA, listed if sku == "wish" else alerts[MIRA])
    await told(shop, MIRA, "noted as handed over")
    assert (await payment(shop, payment_id)).fulfilment == "done"
    for admin in (NORA, MIRA) if sku == "wish" else (NORA,):
        await closed(shop, admin, "Sold, and seen to meanwhile")
    await press_done(shop, NORA, alerts[NORA])
    await told(shop, NORA, "Another admin has done it already")
    await nothing_waits(shop)


async def test_a_file_that_is_gone_when_the_money_comes_leaves_by_itself_once_it_is_back(
    shop: Shop, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    payment_id = await bought(shop, before_paying=file.unlink)
    assert (await payment(shop, payment_id)).fulfilment == "to_do"
    assert "a person has to" in caplog.text
    first = await shop.resend.wait_for_mail(EMAIL, "payment_paid")
    assert "cannot be sent at the moment" in " ".join(first.text.split())
    await told(shop, MIRA, "it cannot be sent")
    await shop.periodic_tasks.hand_over_once()
    assert (await payment(shop, payment_id)).fulfilment == "to_do"

    put_back(file)
    await asyncio.gather(*(shop.periodic_tasks.hand_over_once() for _ in range(3)))
    assert (await payment(shop, payment_id)).fulfilment == "delivered"
    await until(lambda: _mails(shop, 2), "the second mail")
    second = shop.resend.mails_to(EMAIL, "payment_paid")[-1]
    assert "guide.pdf" in [one.filename for one in second.attachments]
    assert "cannot be sent" not in second.text
    await shop.periodic_tasks.hand_over_once()
    assert len(shop.resend.mails_to(EMAIL, "payment_paid")) == 2


async def _mails(shop: Shop, number: int) -> bool:
    return len(shop.resend.mails_to(EMAIL, "payment_paid")) >= number


@pytest.mark.parametrize(("database_setting", "leaving"), by_turns(LEAVING), indirect=["database_setting"])
async def test_a_file_that_vanishes_before_it_is_sent_is_told_truly(shop: Shop, file: Path, leaving: str) -> None:
    intent_id = await shop.intent(await shop.verified(BEN, EMAIL))
    await shop.telegram.take_down()
    shop.stripe.pay(intent_id)
    payment_id = str(shop.stripe.payment_intents[intent_id]["metadata"]["payment_id"])
    await until_it_is(shop, payment_id, "delivered")
    take_away(file, leaving)
    await shop.telegram.bring_back()
    await until_it_is(shop, payment_id, "to_do")
    await told(shop, BEN, "cannot be sent at the moment")
    await told(shop, MIRA, "it cannot be sent")
    await told(shop, NORA, "it cannot be sent")
    assert sum("it cannot be sent" in one.text for one in shop.telegram.chat(MIRA)) == 1


async def _at_once(*_: object) -> None: ...


async def test_a_mail_says_so_too_when_its_file_has_vanished(
    storage: DatabaseStorage, database: Database, mails: RememberingMails, file: Path
) -> None:
    clock, catalog = MovedClock(), catalog_with(file)
    over = HandOver(storage, clock, lambda: None, catalog, (MIRA.id,))
    delivery = MailDelivery(storage, MessageRenderer(catalog, PUBLIC_URL), mails, FakeGateway(), over)
    paid = await keep_paid(storage)
    async with storage.begin() as tx:
        await tx.outbox.add(Composer((), clock.now()).receipt_again(paid, PaymentPaid(), in_chat=False))
        (message,) = await tx.outbox.claim(Channel.MAIL, "w", clock.now(), 10)
    take_away(file)
    await delivery.send(message, clock.now(), SendSlot(EMAIL, _at_once, RateLimiter(1e6), _at_once))
    assert "cannot be sent at the moment" in " ".join(mails.sent[0].text.split())
    assert await ask(database, "SELECT fulfilment FROM payments") == [("to_do",)]


async def test_what_left_the_catalogue_while_it_was_paid_waits_and_leaves_once_it_is_back(file: Path) -> None:
    whole = catalog_with(file)
    without = replace(whole, products={"walk": whole.products["walk"]})
    async with Sandbox() as sandbox:
        async with opened_shop(sandbox, ADMINS, catalog=whole) as shop:
            await greet(shop)
            intent_id = await shop.intent(await shop.verified(BEN, EMAIL))
        async with opened_shop(sandbox, ADMINS, catalog=without) as shop:
            sandbox.stripe.pay(intent_id)
            alert = await told(shop, MIRA, "not in the catalogue any more")
            payment_id = pressing(alert, "todo:done:").removeprefix("todo:done:")
            assert (await payment(shop, payment_id)).fulfilment == "to_do"
        async with opened_shop(sandbox, ADMINS, catalog=whole) as shop:
            await shop.periodic_tasks.hand_over_once()
            await until_it_is(shop, payment_id, "delivered")
            await until(lambda: _mails(shop, 2), "the mail with the file")


async def test_send_again_delivers_what_is_there_again(shop: Shop, file: Path) -> None:
    payment_id = await bought(shop, before_paying=file.unlink)
    alert = await told(shop, MIRA, "it cannot be sent")
    again = f"desk:resend:{payment_id}"
    assert "still missing" in (await shop.press(MIRA, alert, again)).text
    assert (await payment(shop, payment_id)).fulfilment == "to_do"
    put_back(file)
    shop.clock.forward(minutes=2)
    assert "on their way again" in (await shop.press(NORA, await told(shop, NORA, "it cannot be sent"), again)).text
    assert (await payment(shop, payment_id)).fulfilment == "delivered"
    for admin in (MIRA, NORA):
        await closed(shop, admin, "It has been sent meanwhile")
    await press_done(shop, MIRA, alert)
    await told(shop, MIRA, "It has been sent meanwhile")


async def test_money_that_was_given_back_ends_it(shop: Shop, file: Path) -> None:
    payment_id = await bought(shop, before_paying=file.unlink)
    intent_id = (await payment(shop, payment_id)).payment_intent_id
    assert intent_id is not None
    alert = await told(shop, MIRA, "it cannot be sent")
    shop.stripe.refund(intent_id)

    async def refunded() -> bool:
        return (await payment(shop, payment_id)).status == "refunded"

    await until(refunded, "the refund")
    put_back(file)
    await shop.periodic_tasks.hand_over_once()
    assert (await payment(shop, payment_id)).fulfilment == "to_do"
    await closed(shop, NORA, "The money was given back already")
    await nothing_waits(shop)
    await press_done(shop, MIRA, alert)
    await told(shop, MIRA, "The money was given back")


async def test_of_replicas_one_delivers_and_one_admin_was_first(replicas: list[Database], file: Path) -> None:
    clock, catalog = MovedClock(), catalog_with(file)
    storages = [DatabaseStorage(one) for one in replicas]
    overs = [HandOver(one, clock, lambda: None, catalog, (9001, 9002)) for one in storages]
    for number in range(1, 9):
        await keep_paid(storages[0], number, fulfilment="to_do")
    assert sum(await asyncio.gather(*(over.run_once() for over in overs * 2))) == 8
    for number in range(11, 19):
        paid = await keep_paid(storages[0], number, sku="walk", fulfilment="to_do")
        done = await asyncio.gather(*(over.done(paid.payment_id, 9001 + n) for n, over in enumerate(overs)))
        assert sum(one.is_news for one in done) == 1
        first = next(9001 + n for n, one in enumerate(done) if one.is_news)
        assert {one.by for one in done if not one.is_news} == {first}


async def test_what_reaches_nobody_is_not_delivered_either(shop: Shop) -> None:
    intent_id = await shop.intent(await shop.verified(BEN, EMAIL))
    shop.telegram.block(BEN)
    shop.stripe.pay(intent_id)
    mail = await shop.resend.wait_for_mail(EMAIL, "payment_paid")
    shop.resend.report(mail, "bounced")
    alert = await told(shop, MIRA, "The customer could not be reached")
    payment_id = pressing(alert, "todo:done:").removeprefix("todo:done:")
    assert (await payment(shop, payment_id)).fulfilment == "to_do"
    await shop.periodic_tasks.hand_over_once()
    assert (await payment(shop, payment_id)).fulfilment == "to_do", "nothing would reach this customer"
