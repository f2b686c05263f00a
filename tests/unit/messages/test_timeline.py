"""What happened to a payment: in order, in words, never longer than Telegram takes."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.admin.payment_card import payment_card
from checkout.model.activity import ActivityEntry, EventNoted, MessageNoted, Step, Traces
from checkout.model.audit import AuditEntry
from checkout.model.customer import Customer
from checkout.model.facts import Mismatch, PaymentFacts
from checkout.model.intent_facts import Attempt, Failure, IntentFacts
from checkout.model.message_content import (
    Dispute,
    PaymentFailed,
    PaymentPaid,
    PaymentRefunded,
    PayMessage,
    StoredContent,
    StripeNote,
    Unknown,
)
from checkout.model.outbox import State
from checkout.model.payment import Payment
from checkout.reporting.payment_timeline import Timeline, timeline
from messages.language.translator import Translator
from providers.stripe_events import HANDLED_TYPES
from tests.support.clock import NOON
from tests.support.message_samples import CONTENTS, as_telegram_shows
from tests.support.payments import a_payment
from tests.support.project import CATALOG

SHOP = CATALOG.shop
ENGLISH = Translator("en", SHOP)
HEADING = "What happened\n"
EMAIL = "anna@example.com"
RECEIPT = PaymentPaid()
TAGS = ("b", "i", "a", "code")


def traces(
    *,
    activity: list[ActivityEntry] | None = None,
    events: list[EventNoted] | None = None,
    messages: list[MessageNoted] | None = None,
    decisions: list[AuditEntry] | None = None,
) -> Traces:
    return Traces(None, activity or [], events or [], messages or [], decisions or [])


def told(found: Traces, payment: Payment | None = None, translator: Translator = ENGLISH) -> list[str]:
    """The lines under the heading, as they are shown."""
    about = payment or a_payment()
    card = payment_card(translator, Timeline(about, found, timeline(about, found)), NOON)
    return as_telegram_shows(card.text, TAGS).split(HEADING)[1].split("\n")


def at(**before_noon: float) -> datetime:
    return NOON - timedelta(**before_noon)


def event(type_: str, received_at: datetime = NOON, event_id: str = "evt_1", late: float = 0) -> EventNoted:
    return EventNoted(event_id, type_, received_at - timedelta(seconds=late), received_at)


def message(content: StoredContent = RECEIPT, channel: str = "mail", **changes: object) -> MessageNoted:
    sent = MessageNoted(channel, content, EMAIL, State.SENT, "", "", NOON, NOON, NOON)
    return replace(sent, **changes)  # type: ignore[arg-type] # real fields, by the tests below


def code(step: Step, when: datetime, email: str = EMAIL) -> ActivityEntry:
    return ActivityEntry(42, step, when, email)


def test_days_stand_over_their_lines_and_the_oldest_comes_first() -> None:
    payment = a_payment(created_at=at(days=1))
    found = traces(
        events=[event("payment_intent.succeeded")],
        activity=[ActivityEntry(42, Step.LINK_SENT, at(days=1, minutes=-1), "7", "pay_1")],
    )

    assert told(found, payment) == [
        "yesterday",
        "14:00 🛒 Payment begun",
        "14:01 💬 Pay link sent in the chat",
        "today",
        "14:00 Stripe: ✅ paid",
    ]


def test_a_link_that_came_again_and_again_is_one_line_until_something_happens() -> None:
    sent = [ActivityEntry(42, Step.LINK_SENT, at(minutes=9 - n), str(n), "pay_1") for n in (0, 1, 2, 5)]
    opened = ActivityEntry(42, Step.PAGE_OPENED, at(minutes=5), "", "pay_1")

    lines = told(traces(activity=[*sent, opened]), a_payment(created_at=at(minutes=10)))

    assert [line[6:] for line in lines[1:]] == [
        "🛒 Payment begun",
        "💬 Pay link sent in the chat",
        "🌐 Pay page opened",
        "💬 Pay link sent in the chat",
    ]


@pytest.mark.parametrize("type_", [*HANDLED_TYPES, "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated"])
def test_every_event_is_told_in_words(type_: str) -> None:
    (_, _, line) = told(traces(events=[event(type_)]))
    assert line.startswith("14:00 Stripe: ")
    assert type_ not in line


@pytest.mark.parametrize("type_", ["charge.updated", "payment_intent.amount_capturable_updated", "payout.paid"])
def test_what_an_endpoint_sends_that_nobody_handles_is_left_out(type_: str) -> None:
    """One that was made by hand may send everything."""
    assert told(traces(events=[event(type_)])) == ["today", "14:00 🛒 Payment begun"]


@pytest.mark.parametrize("action", ["deliver", "refund"])
def test_a_decision_stands_in_the_audit_alone(action: str) -> None:
    """Its event is of our own making, and nothing that Stripe has told."""
    assert told(traces(events=[event(f"shop.{action}")])) == ["today", "14:00 🛒 Payment begun"]


def test_only_the_last_verification_and_its_codes_are_this_payments() -> None:
    found = traces(
        activity=[
            code(Step.CODE_SENT, at(days=9)),
            code(Step.VERIFIED, at(days=9, minutes=-1)),
            code(Step.CODE_SENT, at(minutes=4), "anna@gmial.com"),
            code(Step.CODE_SENT, at(minutes=2)),
            code(Step.VERIFIED, at(minutes=1)),
        ]
    )

    assert told(found) == [
        "today",
        "13:56 🔢 Code mailed to anna@gmial.com",
        "13:58 🔢 Code mailed to anna@example.com",
        "13:59 🔢 Address confirmed: anna@example.com",
        "14:00 🛒 Payment begun",
    ]


def test_a_code_that_did_not_leave_is_not_called_sent() -> None:
    found = traces(activity=[code(Step.CODE_SENT, at(minutes=5)), code(Step.CODE_UNSENT, at(minutes=5))])

    assert told(found)[1] == "13:55 🔢 ⚠️ The mail with the code to anna@example.com did not leave"
    assert len(told(found)) == 3


def test_a_decline_and_its_event_are_one_line_in_words() -> None:
    failures = {
        "ch_1": Failure(NOON, "evt_1", Attempt("ch_1"), "insufficient_funds", "not enough"),
        "ch_2": Failure(NOON, "evt_lost", Attempt("ch_2"), "expired_card", "expired"),
    }
    payment = a_payment(facts=PaymentFacts(intents={"pi_1": IntentFacts(failures=failures)}))
    found = traces(events=[event("payment_intent.payment_failed")])

    assert told(found, payment)[2:] == [
        "14:00 ❌ Declined: There is not enough money on the card (insufficient_funds)",
        "14:00 ❌ Declined: The card has expired (expired_card)",
    ]


def test_events_of_one_minute_stand_on_one_line_each_word_once() -> None:
    found = traces(
        events=[
            event("payment_intent.succeeded", at(seconds=-2), "evt_1"),
            event("charge.succeeded", at(seconds=-3), "evt_2"),
            event("refund.updated", at(minutes=-1), "evt_3"),
            event("refund.updated", at(minutes=-1, seconds=-1), "evt_4"),
            event("refund.created", at(minutes=-1, seconds=-2), "evt_5"),
        ]
    )

    assert told(found)[2:] == ["14:00 Stripe: ✅ paid · card charged", "14:01 Stripe: refund moves on · refund begun"]


@pytest.mark.parametrize(
    ("days", "happened"), [(0, "13:50"), (1, "13:50, 21 November"), (365, "13:50, 22 November 2025")]
)
def test_an_event_that_came_late_says_when_it_happened(days: int, happened: str) -> None:
    seconds = timedelta(days=days, minutes=10).total_seconds()
    for event_id, how in (("evt_1", "Stripe told late"), ("found/pi_1/succeeded", "found by asking Stripe")):
        late = traces(events=[event("payment_intent.succeeded", event_id=event_id, late=seconds)])
        assert told(late)[-1] == f"14:00 Stripe: ✅ paid (at {happened}; {how})"


@pytest.mark.parametrize(
    ("one", "line"),
    [
        (message(), "✉️ Mail: receipt"),
        (message(mail_status="delivered"), "✉️ Mail: receipt — delivered"),
        (
            message(mail_status="bounced", error="bounced: Permanent/General: 550 no such user"),
            "✉️ Mail: receipt — ⚠️ came back (there is no such mailbox, or it takes no mail)",
        ),
        (message(mail_status="complained"), "✉️ Mail: receipt — ⚠️ called spam by the customer"),
        (message(recipient="ben@example.com"), "✉️ Mail to ben@example.com: receipt"),
        (message(channel="chat"), "💬 Chat: receipt"),
        (
            message(channel="chat", state=State.PARKED, error="the customer has blocked the bot"),
            "💬 Chat: receipt — ⚠️ not sent (the bot is blocked in this chat)",
        ),
        (message(state=State.WAITING, sent_at=None), "✉️ Mail: receipt — waiting"),
        (message(state=State.DROPPED, sent_at=None), "✉️ Mail: receipt — dropped by an admin"),
        (message(PaymentRefunded(500, 0, "re_2", 300)), "✉️ Mail: notice of the refund, €3.00"),
        (message(PaymentRefunded(0, 0, "re_2", 300, "failed")), "✉️ Mail: notice that a refund has failed, €3.00"),
        (message(PaymentRefunded(500)), "✉️ Mail: notice of the refund, €5.00 in all"),
        (message(Dispute(1900), "chat", recipient="9001"), "🔔 Admins told: the dispute"),
        (message(Unknown("admin_news_of_tomorrow"), "chat"), "🔔 Admins told: news of tomorrow"),
        (message(Unknown("payment_praised"), "chat"), "💬 Chat: payment praised"),
        (message(PayMessage(), "chat", state=State.PARKED), "💬 Chat: message with the pay button — ⚠️ not sent"),
    ],
)
def test_a_message_says_what_became_of_it(one: MessageNoted, line: str) -> None:
    assert told(traces(messages=[one]))[2:] == [f"14:00 {line}"]


def test_what_was_never_said_and_the_edited_button_are_left_out() -> None:
    found = traces(
        messages=[
            message(PaymentFailed("expired_card"), state=State.SUPERSEDED, sent_at=None),
            message(PayMessage(), "chat"),
            message(PayMessage(17), "chat", state=State.WAITING, sent_at=None),
        ]
    )

    assert told(found) == ["today", "14:00 🛒 Payment begun"]


def test_an_alert_to_several_admins_is_told_once() -> None:
    alerts = [message(Dispute(1900), "chat", recipient=str(admin)) for admin in (9001, 9002)]

    assert told(traces(messages=alerts))[2:] == ["14:00 🔔 Admins told: the dispute"]


def test_what_an_admin_did_stands_where_it_was_done() -> None:
    decision = AuditEntry(1, 9001, "Mira", "refund_asked", "pay_1", {"amount": "500", "currency": "eur"}, NOON)

    assert told(traces(decisions=[decision]))[-1] == "14:00 👮 Mira: asked to refund €5.00"


def test_every_step_and_kind_has_words_in_both_languages() -> None:
    found = traces(
        activity=[ActivityEntry(42, step, NOON, EMAIL, "pay_1") for step in Step],
        messages=[
            message(content) for content in CONTENTS.values() if not isinstance(content, PayMessage | StripeNote)
        ],
    )

    english, russian = told(found), as_telegram_shows(_card(found, Translator("ru", SHOP)), TAGS).split("\n")

    assert len(english) == 2 + len(Step) + len(CONTENTS) - 2
    assert not set(english) & set(russian)


def _card(found: Traces, translator: Translator = ENGLISH, payment: Payment | None = None) -> str:
    about = payment or a_payment()
    return payment_card(translator, Timeline(about, found, timeline(about, found)), NOON).text


def test_a_long_story_loses_its_middle_and_says_how_much() -> None:
    mails = [message(recipient=f"number_{n}@x.y", sent_at=NOON + timedelta(minutes=n)) for n in range(300)]

    lines = told(traces(messages=mails))

    gap = next(number for number, line in enumerate(lines) if "left out" in line)
    shown = [line for line in lines if "number_" in line]
    assert lines[gap] == f"… {300 - len(shown)} lines left out …"
    assert "number_0" in shown[0]
    assert "number_299" in shown[-1]
    assert lines[gap + 1] in ("today", "tomorrow", "22 Nov"), "what follows the gap says its day"
    assert 20 < gap < len(lines) / 2, "most of what is shown is the latest"


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.text(max_size=300)), max_size=120),
    st.text(max_size=500),
    st.sampled_from(["en", "ru"]),
)
def test_a_card_is_never_longer_than_telegram_takes(
    happened: list[tuple[int, str]], foreign: str, language: str
) -> None:
    found = Traces(
        Customer(42, "en", foreign, foreign[:32]),
        [ActivityEntry(42, Step.CODE_SENT, NOON, foreign)],
        [event(text, NOON + timedelta(seconds=when), f"evt_{when}") for when, text in happened],
        [message(mail_status="bounced", error=text, recipient=text) for _, text in happened],
        [AuditEntry(1, 9001, foreign, foreign, "pay_1", {}, NOON)],
    )
    reasons = {text: Mismatch(text) for _, text in happened}
    payment = a_payment(title=foreign, email=foreign, facts=PaymentFacts(mismatches=reasons))

    shown = as_telegram_shows(_card(found, Translator(language, SHOP), payment), TAGS)

    assert len(shown.encode("utf-16-le", "surrogatepass")) // 2 <= 4096
