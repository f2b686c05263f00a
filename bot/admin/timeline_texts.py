"""What happened to a payment, line by line, in words."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from bot.admin.audit_texts import what_was_done
from bot.admin.dates import clock_time, day
from bot.admin.outbox_texts import why
from checkout.model.activity import EventNoted, JournalEntry, MessageNoted, Step
from checkout.model.audit import AuditEntry
from checkout.model.money import Money
from checkout.model.outbox import Channel, Kind, State
from checkout.model.payment import Payment
from checkout.reporting.payment_timeline import Declined, Happening, LinkMade, Story, What
from messages.chat.customer_chat import visible_length
from messages.language.declines import explain_decline
from messages.language.translator import Speech, fill, shorten

# An event that comes later than this after it happened tells of an outage.
LATE = timedelta(minutes=1)
STRIPE = "Stripe: "
FOUND = "found/"  # how the ids of events begin that only a look-up has shown
ADDRESS, NAME, REASON = 60, 40, 100  # characters
DAY_LINE = 24  # characters that the line with a day takes


def story_lines(speech: Speech, story: Story, now: datetime, room: int) -> list[str]:
    """HTML, a line each, under their days; ``room`` in UTF-16 units. The middle is left out where it is too long."""
    heading = speech.t_html("<b>What happened</b>")
    told = [(one.at, line) for one, line in _told(speech, story)]
    beginning, end = _fitting([line for _, line in told], room - visible_length(heading) - 3 * DAY_LINE)
    left_out = len(told) - beginning - end
    lines = [heading, *_by_days(speech, told[:beginning], now)]
    if left_out:
        lines.append(speech.nt("… {n} line left out …", "… {n} lines left out …", left_out))
    return lines + _by_days(speech, told[len(told) - end :], now)


def _fitting(lines: Sequence[str], room: int) -> tuple[int, int]:
    """How many of the first and of the last lines fit: of the latest, twice as much as of the beginning."""
    sizes = [visible_length(line) + 8 for line in lines]
    if sum(sizes) <= room:
        return len(lines), 0
    beginning = _as_many_as(sizes, room // 3)
    return beginning, _as_many_as(sizes[beginning:][::-1], room - sum(sizes[:beginning]))


def _as_many_as(sizes: Sequence[int], room: int) -> int:
    for count, size in enumerate(sizes):
        room -= size
        if room < 0:
            return count
    return len(sizes)


def _by_days(speech: Speech, told: Sequence[tuple[datetime, str]], now: datetime) -> list[str]:
    lines = []
    for one_day, group in groupby(told, key=lambda one: day(speech, one[0], now)):
        lines.append(fill("<i>{day}</i>", day=one_day))
        lines += [f"{clock_time(speech, at)} {line}" for at, line in group]
    return lines


def _told(speech: Speech, story: Story) -> list[tuple[Happening, str]]:
    """Stripe tells one thing by several events: those of one minute stand on one line, each word once."""
    told: list[tuple[Happening, str]] = []
    for happening in story.happenings:
        line = _line(speech, happening.what, story.payment)
        last = told[-1] if told else None
        if last and isinstance(happening.what, EventNoted) and isinstance(last[0].what, EventNoted):
            is_same_minute = clock_time(speech, happening.at) == clock_time(speech, last[0].at)
            if is_same_minute and happening.at - last[0].at < LATE:
                words = _event(speech, happening.what)
                if words not in last[1].removeprefix(STRIPE).split(" · "):
                    told[-1] = (last[0], f"{last[1]} · {words}")
                continue
        told.append((happening, line))
    return told


def _line(speech: Speech, what: What, payment: Payment) -> str:
    match what:
        case JournalEntry():
            return _journal(speech, what)
        case LinkMade():
            return speech.t_html("🛒 Payment begun")
        case Declined():
            return _declined(speech, what)
        case EventNoted():
            return STRIPE + _event(speech, what)
        case MessageNoted():
            return _what_is_said(speech, what, payment) + _what_became_of_it(speech, what)
        case AuditEntry():
            who = shorten(what.admin_name, NAME) or what.admin_id
            return fill("👮 {who}: ", who=who) + what_was_done(speech, what)


def _journal(speech: Speech, entry: JournalEntry) -> str:
    email = shorten(entry.details, ADDRESS)
    match entry.step:
        case Step.CODE_SENT:
            return speech.t_html("🔢 Code mailed to {email}", email=email)
        case Step.CODE_UNSENT:
            return speech.t_html("🔢 ⚠️ The mail with the code to {email} did not leave", email=email)
        case Step.VERIFIED:
            return speech.t_html("🔢 Address confirmed: {email}", email=email)
        case Step.LINK_SENT:
            return speech.t_html("💬 Pay link sent in the chat")
        case Step.PAGE_OPENED:
            return speech.t_html("🌐 Pay page opened")
        case Step.INTENT_MADE:
            return speech.t_html("🌐 Card form shown")


def _declined(speech: Speech, declined: Declined) -> str:
    code = declined.failure.code
    first_sentence = explain_decline(code, speech.language).split(". ")[0].rstrip(".")
    said = speech.t_html("❌ Declined: {words}", words=first_sentence)
    named = said + (fill(" (<code>{code}</code>)", code=shorten(code, ADDRESS)) if code else "")
    return named + (_how_known(speech, declined.event) if declined.event else "")


def _event(speech: Speech, event: EventNoted) -> str:
    words = {
        "payment_intent.created": speech.t_html("payment prepared"),
        "payment_intent.requires_action": speech.t_html("the bank asks the customer (3D Secure)"),
        "payment_intent.processing": speech.t_html("the bank is working on it"),
        "payment_intent.succeeded": speech.t_html("✅ paid"),
        "payment_intent.payment_failed": speech.t_html("declined"),
        "payment_intent.canceled": speech.t_html("payment canceled"),
        "charge.succeeded": speech.t_html("card charged"),
        "charge.refunded": speech.t_html("money given back"),
        "refund.created": speech.t_html("refund begun"),
        "refund.updated": speech.t_html("refund moves on"),
        "refund.failed": speech.t_html("⚠️ refund failed"),
        "charge.dispute.created": speech.t_html("⚠️ dispute opened"),
        "charge.dispute.updated": speech.t_html("dispute moves on"),
        "charge.dispute.closed": speech.t_html("dispute closed"),
        "radar.early_fraud_warning.created": speech.t_html("⚠️ the bank warns of fraud"),
        "shop.delivered": speech.t_html("delivered by an admin's decision"),
    }
    said = words.get(event.type) or fill("{type}", type=shorten(event.type, ADDRESS))
    return said + _how_known(speech, event)


def _how_known(speech: Speech, event: EventNoted) -> str:
    """Nothing where its webhook came at once."""
    if event.received_at - event.created_at < LATE:
        return ""
    happened = clock_time(speech, event.created_at)
    if event.event_id.startswith(FOUND):
        return " " + speech.t_html("(at {time}; found by asking Stripe)", time=happened)
    return " " + speech.t_html("(at {time}; Stripe told late)", time=happened)


def _what_is_said(speech: Speech, message: MessageNoted, payment: Payment) -> str:
    """A mail to another address than the payment's own names it."""
    if message.kind.startswith("admin_"):
        return speech.t_html("🔔 Admins told: {what}", what=_alert(speech, message.kind))
    words = {
        Kind.PAY_MESSAGE: speech.t("message with the pay button"),
        Kind.PAYMENT_PAID: speech.t("receipt"),
        Kind.PAYMENT_FILE: speech.t("file"),
        Kind.PAYMENT_FAILED: speech.t("notice of the decline"),
        Kind.PAYMENT_REFUNDED: speech.t("notice of the refund"),
        Kind.MAIL_UNDELIVERED: speech.t("notice that the mail came back"),
    }
    known = {kind.value: word for kind, word in words.items()}
    what = known.get(message.kind, message.kind.replace("_", " "))
    given_back = message.details.get("amount_refunded", "")
    if given_back.isdecimal():
        amount = speech.money(Money(int(given_back), payment.currency))
        what = speech.t("{what}, {amount} in all", what=what, amount=amount)
    if message.channel == Channel.MAIL and message.recipient != payment.email:
        return speech.t_html("✉️ Mail to {email}: {what}", email=shorten(message.recipient, ADDRESS), what=what)
    if message.channel == Channel.MAIL:
        return speech.t_html("✉️ Mail: {what}", what=what)
    return speech.t_html("💬 Chat: {what}", what=what)


def _alert(speech: Speech, kind: str) -> str:
    words = {
        Kind.ADMIN_REVIEW: speech.t("something does not match"),
        Kind.ADMIN_PAID_TWICE: speech.t("paid twice"),
        Kind.ADMIN_DISPUTE: speech.t("the dispute"),
        Kind.ADMIN_FRAUD_WARNING: speech.t("the warning of fraud"),
        Kind.ADMIN_UNREACHABLE: speech.t("the customer cannot be reached"),
        Kind.ADMIN_REFUND_FAILED: speech.t("the refund failed"),
        Kind.ADMIN_REFUND_DONE: speech.t("the refund is done"),
        Kind.ADMIN_FIRST_PAYMENT: speech.t("the first payment of all"),
        Kind.ADMIN_INVOICE_PAID: speech.t("the invoice is paid"),
    }
    known = {one.value: word for one, word in words.items()}
    return known.get(kind, kind.removeprefix("admin_").replace("_", " "))


def _what_became_of_it(speech: Speech, message: MessageNoted) -> str:
    reason = _reason(speech, message)
    match message.state:
        case State.PARKED:
            return " — " + speech.t_html("⚠️ not sent") + reason
        case State.DROPPED:
            return " — " + speech.t_html("dropped by an admin")
        case State.WAITING:
            return " — " + speech.t_html("waiting") + reason
        case _:
            return _fate(speech, message, reason)


def _fate(speech: Speech, message: MessageNoted, reason: str) -> str:
    words = {
        "delivered": speech.t_html("delivered"),
        "delivery_delayed": speech.t_html("its mail server makes it wait"),
        "complained": speech.t_html("⚠️ called spam by the customer"),
        "bounced": speech.t_html("⚠️ came back"),
        "failed": speech.t_html("⚠️ could not be delivered"),
        "suppressed": speech.t_html("⚠️ not delivered: the address refused mail before"),
    }
    return f" — {words[message.fate]}{reason}" if message.fate in words else ""


def _reason(speech: Speech, message: MessageNoted) -> str:
    """Why, in brackets; the fate itself is said already."""
    error = message.error.removeprefix(f"{message.fate}: ") if message.fate else message.error
    if not error or error == message.fate:
        return ""
    return fill(" ({reason})", reason=shorten(why(speech, error), REASON))
