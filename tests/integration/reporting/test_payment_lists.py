"""Lists of payments, page by page, and what is found: on both databases."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from importlib import import_module

import pytest

from checkout.model.activity import ActivityEntry, Step
from checkout.model.customer import Customer
from checkout.model.events import IntentReport, Metadata, ProviderEvent
from checkout.model.facts import PaymentFacts
from checkout.model.intent_facts import CardUsed, IntentFacts
from checkout.model.payment import Payment, Status
from checkout.model.search import By, Page, PageRequest, Person, Search
from checkout.ports.storage import Storage
from checkout.reporting.look_up_payments import LookUpPayments
from checkout.resilience.backpressure import Backpressure
from db.engine.connection import Database
from db.engine.database_url import DatabaseUrl
from db.engine.sql_loader import Query
from db.recording.group_writer import GroupWriter
from db.storage import DatabaseStorage
from tests.support.clock import NOON, MovedClock
from tests.support.databases import ask
from tests.support.event_samples import RULES
from tests.support.payments import a_payment

SPECIAL = ["anna", "anna+shop", "anna.b", "anna-b", "anna_b", "annab", "Anna".lower() + "z"]


@pytest.fixture
def look_up(storage: DatabaseStorage) -> LookUpPayments:
    return LookUpPayments(storage)


def made(number: int, **changes: object) -> Payment:
    """Three payments share each instant."""
    at = NOON + timedelta(seconds=number // 3)
    payment = a_payment(
        payment_id=f"pay_{number:02}",
        pay_token=f"token-{number}",
        payment_intent_id=f"pi_{number:02}",
        created_at=at,
        updated_at=at,
    )
    return replace(payment, **changes)  # type: ignore[arg-type] # real fields, by the tests below


async def kept(storage: Storage, *payments: Payment) -> None:
    async with storage.begin() as tx:
        for payment in payments:
            await tx.payments.add(payment)


def ids(page: Page | None) -> list[str]:
    assert page is not None
    return [one.payment_id for one in page.payments]


async def there_and_back(look_up: LookUpPayments, search: Search, hint: str = "") -> tuple[list[Page], list[Page]]:
    """The pages to the last one, and those back to the first."""
    page = await look_up.first_page(search)
    there = [page]
    while page.has_older:
        following = await look_up.next_page(
            PageRequest(search.by, hint, newer=False, payment_id=page.payments[-1].payment_id)
        )
        assert following is not None
        there.append(page := following)
    back = [page]
    while page.has_newer:
        before = await look_up.next_page(
            PageRequest(search.by, hint, newer=True, payment_id=page.payments[0].payment_id)
        )
        assert before is not None
        back.append(page := before)
    return there, back


async def test_all_pages_there_and_back_show_each_payment_once_in_order(
    storage: DatabaseStorage, look_up: LookUpPayments
) -> None:
    await kept(storage, *(made(number) for number in range(35)))

    there, back = await there_and_back(look_up, Search(By.ALL))

    assert [one for page in there for one in ids(page)] == [f"pay_{number:02}" for number in reversed(range(35))]
    assert [len(page.payments) for page in there] == [10, 10, 10, 5]
    assert [ids(page) for page in back] == [ids(page) for page in reversed(there)]
    assert [(page.has_newer, page.has_older) for page in there] == [
        (False, True),
        (True, True),
        (True, True),
        (True, False),
    ]


async def test_pages_of_one_status_hold_no_other(storage: DatabaseStorage, look_up: LookUpPayments) -> None:
    words = list(Status)
    await kept(storage, *(made(number, status=words[number % 3]) for number in range(36)))

    there, back = await there_and_back(look_up, Search(By.STATUS, words[1]), words[1])

    expected = [f"pay_{number:02}" for number in reversed(range(36)) if number % 3 == 1]
    assert [one for page in there for one in ids(page)] == expected
    assert ids(back[-1]) == expected[:10]
    assert all(one.status is words[1] for page in there for one in page.payments)


async def test_what_was_paid_meanwhile_stands_before_the_page(
    storage: DatabaseStorage, look_up: LookUpPayments
) -> None:
    await kept(storage, *(made(number) for number in range(20)))
    first = await look_up.first_page(Search(By.ALL))
    await kept(storage, made(90), made(91))

    newer = await look_up.next_page(PageRequest(By.ALL, "", newer=True, payment_id=first.payments[0].payment_id))

    assert ids(newer) == ["pay_91", "pay_90"]
    assert newer is not None
    assert (newer.has_newer, newer.has_older) == (False, True)


async def test_a_page_goes_on_from_no_payment_that_is_not_there(look_up: LookUpPayments) -> None:
    assert await look_up.next_page(PageRequest(By.ALL, "", newer=False, payment_id="pay_gone")) is None


async def test_an_empty_shop_has_one_empty_page(look_up: LookUpPayments) -> None:
    page = await look_up.first_page(Search(By.ALL))

    assert (list(page.payments), page.has_newer, page.has_older) == ([], False, False)


async def test_the_beginning_of_an_address_finds_every_address_after_it_and_no_other(
    storage: DatabaseStorage, look_up: LookUpPayments
) -> None:
    emails = [f"{name}@example.com" for name in [*SPECIAL, "ann", "amna", "banna"]]
    await kept(storage, *(made(number, email=emails[number % len(emails)]) for number in range(40)))

    there, back = await there_and_back(look_up, Search(By.EMAIL, "anna"), "4")

    found = [one for page in there for one in page.payments]
    assert {one.email for one in found} == {f"{name}@example.com" for name in SPECIAL}
    assert len(found) == len({one.payment_id for one in found}) == 28
    assert [one.email for one in found] == sorted(one.email for one in found), "letter by letter"
    for email in {one.email for one in found}:
        times = [(one.created_at, one.payment_id) for one in found if one.email == email]
        assert times == sorted(times, reverse=True), "of one address the newest first"
    assert [ids(page) for page in back] == [ids(page) for page in reversed(there)]


async def test_many_payments_of_one_address_have_pages_too(storage: DatabaseStorage, look_up: LookUpPayments) -> None:
    await kept(storage, *(made(number) for number in range(23)), made(50, email="anne@example.com"))

    there, _ = await there_and_back(look_up, Search(By.EMAIL, "anna@example.com"), str(len("anna@example.com")))

    assert [one for page in there for one in ids(page)] == [f"pay_{number:02}" for number in reversed(range(23))]


@pytest.mark.parametrize("beginning", ["%", "_", "a%", "anna@example.com\U0010ffff", "\\", "'"])
async def test_no_letter_of_an_address_is_a_wildcard(
    storage: DatabaseStorage, look_up: LookUpPayments, beginning: str
) -> None:
    await kept(storage, made(1))

    assert ids(await look_up.first_page(Search(By.EMAIL, beginning))) == []


async def test_a_customers_payments_have_pages_and_the_customers_name(
    storage: DatabaseStorage, look_up: LookUpPayments
) -> None:
    await kept(storage, *(made(number, telegram_user_id=42 if number % 2 else 43) for number in range(30)))
    async with storage.begin() as tx:
        await tx.customers.save(Customer(42, "en", "Anna", "anna_s"), NOON)

    there, back = await there_and_back(look_up, Search(By.CUSTOMER, "42"))

    assert [one for page in there for one in ids(page)] == [f"pay_{n:02}" for n in reversed(range(30)) if n % 2]
    assert {page.person for page in (*there, *back)} == {Person(42, "Anna", "anna_s")}
    assert (await look_up.first_page(Search(By.CUSTOMER, "43"))).person == Person(43, "", "")


async def test_a_name_in_telegram_finds_whoever_has_or_had_it(
    storage: DatabaseStorage, look_up: LookUpPayments
) -> None:
    async with storage.begin() as tx:
        await tx.customers.save(Customer(1, "en", "First", "Anna_S"), NOON)
        await tx.customers.save(Customer(2, "en", "Second", "anna_s"), NOON + timedelta(days=1))
        await tx.customers.save(Customer(3, "en", "Third", "anna_sx"), NOON)

    found = await look_up.by_username("ANNA_s")

    assert list(found) == [Person(2, "Second", "anna_s"), Person(1, "First", "Anna_S")]


def paid_with(number: int, last4: str) -> Payment:
    facts = IntentFacts(succeeded_at=NOON, card=CardUsed("card", "visa", last4))
    return made(number).with_facts(PaymentFacts(intents={f"pi_{number:02}": facts}), NOON, number + 1)


async def test_a_card_is_found_by_its_last_digits_page_by_page(
    storage: DatabaseStorage, look_up: LookUpPayments
) -> None:
    await kept(storage, *(paid_with(number, "4242" if number % 2 else "0001") for number in range(30)))

    there, back = await there_and_back(look_up, Search(By.CARD, "4242"))

    assert [one for page in there for one in ids(page)] == [f"pay_{n:02}" for n in reversed(range(30)) if n % 2]
    assert ids(back[-1]) == ids(there[0])


async def test_a_card_is_found_once_the_event_that_names_it_is_recorded(
    storage: DatabaseStorage, database: Database, look_up: LookUpPayments, clock: MovedClock
) -> None:
    """By the statement that writes a whole group, whether the payment is known or taken in."""
    await kept(storage, a_payment())
    writer = GroupWriter(database, clock, RULES, lambda *_: None, Backpressure())
    running = asyncio.create_task(writer.run())
    for number, payment_id in enumerate(("pay_1", "pay_lost"), 1):
        metadata = Metadata("night-market", payment_id, "anna@example.com", "guide", 42)
        card = CardUsed("card", "visa", "4242")
        report = IntentReport(f"pi_{number}", "succeeded", 1900, 1900, "eur", False, metadata, card=card)
        await writer.record(ProviderEvent(f"evt_{number}", "payment_intent.succeeded", NOON, False, report))
    writer.stop()
    await running

    found = await look_up.first_page(Search(By.CARD, "4242"))

    assert sorted(ids(found)) == ["pay_1", "pay_lost"]


async def test_a_payment_is_known_by_our_id_and_by_stripes(storage: DatabaseStorage) -> None:
    await kept(storage, made(1), made(2, payment_id="pi_adopted", payment_intent_id="pi_adopted"))
    async with storage.begin() as tx:
        await tx.activity.note(ActivityEntry(42, Step.INTENT_MADE, NOON, "pi_replaced", "pay_01"))
        await tx.activity.note(ActivityEntry(42, Step.LINK_SENT, NOON, "pi_0", "pay_01"))
    async with storage.read() as tx:
        replaced = await tx.payments.by_any_id("pi_replaced")
        ours = await tx.payments.by_any_id("pay_01")
        stripes = await tx.payments.by_any_id("pi_01")
        both = await tx.payments.by_any_id("pi_adopted")
        neither = await tx.payments.by_any_id("pi_0")

    assert ours is not None
    assert (ours, ours, ours.payment_id) == (stripes, replaced, "pay_01")
    assert both is not None
    assert neither is None


async def test_cards_of_payments_made_before_are_known_too(
    storage: DatabaseStorage, database: Database, database_url: DatabaseUrl, look_up: LookUpPayments
) -> None:
    """What the migration does with a table that has rows."""
    without_last4 = IntentFacts(succeeded_at=NOON, card=CardUsed("klarna"))
    declined = IntentFacts(card=CardUsed("card", "visa", "9999"))
    second = IntentFacts(succeeded_at=NOON, card=CardUsed("card", "visa", "1111"))
    odd = made(3).with_facts(PaymentFacts(intents={"pi_a": declined, "pi_b": second, "pi_03": without_last4}), NOON, 3)
    await kept(storage, paid_with(1, "4242"), made(2), odd)
    async with database.begin() as connection:
        migration = import_module("db.migrations.versions.0003_desk")
        known_cards = migration.KNOWN_CARDS if database_url.file else migration.KNOWN_CARDS_ON_POSTGRES
        for statement in ("UPDATE payments SET card_last4 = NULL", known_cards):
            all_rows = statement.replace("{batch}", "TRUE")
            await connection.execute(Query("", all_rows, all_rows, ()), {})

    rows = await ask(database, "SELECT payment_id, card_last4 FROM payments ORDER BY payment_id")

    assert [tuple(row) for row in rows] == [("pay_01", "4242"), ("pay_02", None), ("pay_03", "1111")]
