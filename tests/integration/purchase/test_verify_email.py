"""Codes and the addresses that they prove, on a real database."""

import json
import re
from contextlib import suppress

import pytest

from checkout import limits
from checkout.errors import (
    AskedToWait,
    KeyTaken,
    LimitReached,
    RecipientUnreachable,
    ServiceError,
    ServiceRefused,
    ServiceUnavailable,
)
from checkout.model.customer import Customer
from checkout.model.message_kind import Trouble
from checkout.model.shop_notice import TroubleFound, TroubleOver
from checkout.model.verification import Hasher
from checkout.notifications.self_examination import since_when
from checkout.purchase.verify_email import VerifyEmail
from db.storage import DatabaseStorage
from providers.email_addresses import normalised_email
from tests.support.clock import MovedClock
from tests.support.customers import ANNA, BEN
from tests.support.fakes import RememberingMails
from tests.support.message_samples import RENDERER
from tests.support.notifications import said_in_chat

CODE = re.compile(r"\b\d{6}\b")


@pytest.fixture
def verify(storage: DatabaseStorage, clock: MovedClock, mails: RememberingMails) -> VerifyEmail:
    return VerifyEmail(storage, clock, normalised_email, Hasher("k" * 32), RENDERER, mails, admin_ids=(7,))


async def test_only_the_newest_code_proves_the_address_and_only_once(
    verify: VerifyEmail, mails: RememberingMails, clock: MovedClock, storage: DatabaseStorage
) -> None:
    await verify.request_code(ANNA, " Anna@Example.ORG ")
    old = mails.last_code()
    clock.forward(seconds=61)
    await verify.request_again(ANNA)
    newest = mails.last_code()
    if old != newest:
        assert (await verify.check(ANNA, old)).reason == "wrong"
    checked = await verify.check(ANNA, newest)
    assert (checked.reason, checked.email) == ("ok", "anna@example.org")
    assert (await verify.check(ANNA, newest)).reason == "gone"
    async with storage.read() as tx:
        kept = await tx.customers.get(42)
    assert kept is not None
    assert kept.email == "anna@example.org"


async def test_a_code_dies_after_ten_minutes_or_five_guesses(
    verify: VerifyEmail, mails: RememberingMails, clock: MovedClock
) -> None:
    await verify.request_code(ANNA, "anna@example.org")
    wrong = f"{(int(mails.last_code()) + 1) % 1_000_000:06d}"
    left = [(await verify.check(ANNA, wrong)).attempts_left for _ in range(5)]
    assert left == [4, 3, 2, 1, 0]
    assert (await verify.check(ANNA, mails.last_code())).reason == "gone"
    clock.forward(seconds=61)
    await verify.request_again(ANNA)
    clock.forward(minutes=10)
    assert (await verify.check(ANNA, mails.last_code())).reason == "gone"


async def test_the_pause_holds_for_the_customer_and_for_the_mailbox_and_leaves_the_code_valid(
    verify: VerifyEmail, mails: RememberingMails
) -> None:
    await verify.request_code(ANNA, "anna.s@gmail.com")
    code = mails.last_code()
    for who, address in ((ANNA, "annas@gmail.com"), (BEN, "ANNAS+shop@googlemail.com")):
        with pytest.raises(LimitReached) as caught:
            await verify.request_code(who, address)
        assert caught.value.limit == "cooldown"
    assert (await verify.check(ANNA, code)).reason == "ok"


async def test_an_address_gets_five_codes_an_hour_and_a_customer_ten_a_day(
    verify: VerifyEmail, clock: MovedClock
) -> None:
    for number in range(5):
        await verify.request_code(Customer(100 + number, "en"), "anna@example.org")
        clock.forward(seconds=61)
    with pytest.raises(LimitReached, match="address"):
        await verify.request_code(Customer(200, "en"), "anna@example.org")
    for number in range(10):
        await verify.request_code(ANNA, f"anna{number}@example.org")
        clock.forward(seconds=61)
    with pytest.raises(LimitReached, match="customer"):
        await verify.request_code(ANNA, "anna10@example.org")
    clock.forward(days=1)
    await verify.request_code(ANNA, "anna@example.org")


async def test_the_first_correction_need_not_wait_and_the_second_must(
    verify: VerifyEmail, mails: RememberingMails
) -> None:
    await verify.request_code(ANNA, "anna@gmial.example")
    await verify.request_code(ANNA, "anna@example.org")
    with pytest.raises(LimitReached):
        await verify.request_code(ANNA, "anna@example.net")
    assert (await verify.check(ANNA, mails.last_code())).email == "anna@example.org"
    with pytest.raises(LimitReached):
        await verify.request_code(ANNA, "anna@example.net")


LOST = [ServiceUnavailable("no answer"), AskedToWait("later", everyone=True), ServiceRefused("no"), KeyTaken("no")]


@pytest.mark.parametrize("failure", LOST, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("address", ["anna@example.org", "other@example.org"])
async def test_a_second_code_whose_mail_fails_leaves_the_first_as_it_was(
    verify: VerifyEmail, mails: RememberingMails, clock: MovedClock, failure: ServiceError, address: str
) -> None:
    await verify.request_code(ANNA, "anna@example.org")
    first = mails.last_code()
    wrong = f"{(int(first) + 1) % 1_000_000:06d}"
    assert (await verify.check(ANNA, wrong)).attempts_left == 4
    for _ in range(2):
        clock.forward(seconds=61)
        mails.failure = failure
        with pytest.raises(ServiceError):
            await verify.request_code(ANNA, address)
    checked = await verify.check(ANNA, first)
    assert (checked.reason, checked.email) == ("ok", "anna@example.org")
    assert (await verify.check(ANNA, first)).reason == "gone"


async def test_a_code_whose_mail_left_without_an_answer_works_beside_the_first_and_alone_once_another_has_left(
    verify: VerifyEmail, mails: RememberingMails, clock: MovedClock
) -> None:
    async def requested(failure: ServiceError | None) -> str:
        mails.failure = failure
        try:
            await verify.request_code(ANNA, "anna@example.org")
        except ServiceError:
            found = CODE.search(json.loads(mails.tries[-1][1])[3])
            assert found is not None
            return found.group()
        finally:
            clock.forward(seconds=61)
        return mails.last_code()

    first, lost = await requested(None), await requested(ServiceUnavailable("the answer was lost"))
    newest = await requested(None)
    for old in {first, lost} - {newest}:
        assert (await verify.check(ANNA, old)).reason == "wrong", "only the newest works"
    lost = await requested(ServiceUnavailable("the answer was lost"))
    assert (await verify.check(ANNA, lost)).reason == "ok"
    assert (await verify.check(ANNA, newest)).reason == "gone"


async def test_a_guess_costs_a_try_of_both_codes(
    verify: VerifyEmail, mails: RememberingMails, clock: MovedClock
) -> None:
    await verify.request_code(ANNA, "anna@example.org")
    first = mails.last_code()
    clock.forward(seconds=61)
    mails.failure = ServiceUnavailable("no answer")
    with pytest.raises(ServiceUnavailable):
        await verify.request_code(ANNA, "anna@example.org")
    codes = {first, CODE.search(json.loads(mails.tries[-1][1])[3]).group()}  # type: ignore[union-attr] # it has one
    wrong = next(code for code in ("000000", "000001", "000002") if code not in codes)
    assert [(await verify.check(ANNA, wrong)).reason for _ in range(5)] == ["wrong"] * 4 + ["gone"]
    assert (await verify.check(ANNA, first)).reason == "gone"


@pytest.mark.parametrize("failure", [ServiceUnavailable("Resend is down"), ServiceRefused("Invalid `reply_to` field")])
async def test_a_mail_that_did_not_leave_counts_against_no_limit(
    verify: VerifyEmail, mails: RememberingMails, storage: DatabaseStorage, failure: ServiceError
) -> None:
    mails.failure = failure
    with pytest.raises(type(failure)):
        await verify.request_code(ANNA, "anna@example.org")
    mails.failure = None
    await verify.request_code(ANNA, "anna@example.org")
    assert (await verify.check(ANNA, mails.last_code())).reason == "ok"
    async with storage.read() as tx:
        known = await since_when(tx, Trouble.MAILS)
    assert (known is not None) is failure.permanent, "what no waiting mends, admins hear of"


async def test_addresses_that_are_refused_count_and_the_first_may_be_corrected_at_once(
    verify: VerifyEmail, mails: RememberingMails, clock: MovedClock
) -> None:
    mails.failure = RecipientUnreachable("Resend refuses the address")
    for number in range(60):
        expected = ServiceRefused if number < 2 else LimitReached  # the first address and its correction
        with pytest.raises(expected):
            await verify.request_code(ANNA, f"anna{number}@example.org")
    for number in range(60):
        clock.forward(seconds=61)
        with pytest.raises((LimitReached, ServiceRefused)):
            await verify.request_code(ANNA, f"annas{number}@example.org")
    assert len(mails.tries) == 10


async def test_all_customers_together_have_a_budget(
    verify: VerifyEmail, mails: RememberingMails, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "codes_of_all_and_hour", lambda: 3)
    for number in range(3):
        await verify.request_code(Customer(100 + number, "en"), f"anna{number}@example.org")
        clock.forward(minutes=1)
    with pytest.raises(LimitReached) as caught:
        await verify.request_code(BEN, "ben@example.org")
    assert (caught.value.limit, caught.value.retry_after) == ("shop", 57 * 60)
    clock.forward(minutes=57)
    await verify.request_code(BEN, "ben@example.org")
    assert len(mails.sent) == 4


async def test_a_few_who_ask_again_and_again_keep_no_newcomer_away(
    verify: VerifyEmail, storage: DatabaseStorage, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "codes_of_all_and_hour", lambda: 8)
    for number in range(4):
        await verify.request_code(BEN, f"ben{number}@example.org")
        clock.forward(minutes=2)
    with pytest.raises(LimitReached) as caught:
        await verify.request_code(BEN, "ben4@example.org")
    assert (caught.value.limit, caught.value.retry_after) == ("shop", 52 * 60)
    for number in range(2):
        for address in ("first", "corrected"):
            await verify.request_code(Customer(100 + number, "en"), f"{address}{number}@example.org")
    assert await said_in_chat(storage, clock) == []


async def test_admins_hear_once_that_the_budget_is_used_up_and_once_that_it_is_over(
    verify: VerifyEmail, storage: DatabaseStorage, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "codes_of_all_and_hour", lambda: 4)
    for number in range(7):
        with suppress(LimitReached):
            await verify.request_code(Customer(100 + number, "en"), f"anna{number}@example.org")
    assert [one.content for one in await said_in_chat(storage, clock)] == [TroubleFound(Trouble.CODES)]
    clock.forward(minutes=30)
    with suppress(LimitReached):
        await verify.request_code(BEN, "ben@example.org")
    assert await said_in_chat(storage, clock) == []
    clock.forward(minutes=31)
    for number in range(4):
        await verify.request_code(Customer(200 + number, "en"), f"ben{number}@example.org")
    assert [one.content for one in await said_in_chat(storage, clock)] == [TroubleOver(Trouble.CODES)]


async def test_codes_are_kept_only_as_a_keyed_hash(
    verify: VerifyEmail, mails: RememberingMails, storage: DatabaseStorage
) -> None:
    await verify.request_code(ANNA, "anna@example.org")
    async with storage.read() as tx:
        (kept,) = await tx.codes.pending(42)
    assert mails.last_code() not in kept.code_hash
    assert kept.code_hash != Hasher("other" * 8).code(42, mails.last_code())


async def test_a_request_that_comes_again_after_a_crash_mails_the_same_code_under_the_same_key(
    verify: VerifyEmail, mails: RememberingMails, storage: DatabaseStorage
) -> None:
    await verify.request_code(ANNA, "anna@example.org", 77)
    await verify.check(ANNA, "000000" if mails.last_code() != "000000" else "000001")
    await verify.request_code(ANNA, "anna@example.org", 77)
    assert mails.tries[0] == mails.tries[1]
    async with storage.read() as tx:
        pending = await tx.codes.pending(ANNA.telegram_user_id)
    assert [one.attempts_left for one in pending] == [4]
    assert pending[0].attempts_left == 4, "coming again gives no guess back"
    with pytest.raises(LimitReached):
        await verify.request_code(ANNA, "anna@example.org", 78)
    assert (await verify.check(ANNA, mails.last_code())).reason == "ok"


async def test_another_request_gets_another_code(
    verify: VerifyEmail, mails: RememberingMails, clock: MovedClock
) -> None:
    codes = set()
    for request_id in range(4):
        await verify.request_code(ANNA, "anna@example.org", request_id)
        codes.add(mails.last_code())
        clock.forward(minutes=2)
    assert len(codes) > 1
