"""What happened to a payment, line by line, in words."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from bot.admin.audit_texts import what_was_done
from bot.admin.dates import clock_time, clock_time_and_day, day
from checkout.model.activity import ActivityEntry, EventNoted, MessageNoted, Step
from checkout.model.audit import AuditEntry
from checkout.model.keys import is_found_event
from checkout.model.message_content import PaymentRefunded, is_for_admins
from checkout.model.message_kind import Kind
from checkout.model.money import Money
from checkout.model.outbox import Channel, State
from checkout.model.payment import Payment
from checkout.reporting.payment_timeline import Declined, LinkMade, Timeline, TimelineEntry, What
from messages.language.declines import name_decline
from messages.language.failure_reasons import explain_failure
from messages.language.text import fill, shorten, visible_length
from messages.language.translator import Translator

# An event that comes later than this after it happened tells of an outage.
LATE = timedelta(minutes=1)
STRIPE = "Stripe: "
ADDRESS, NAME, REASON = 60, 40, 100  # characters
DAY_LINE = 24  # characters that the line with a day takes


def timeline_lines(translator: Translator, timeline: Timeline, now: datetime, room: int) -> list[str]:
    """HTML, a line each, under their days; ``room`` in UTF-16 units. The middle is left out where it is too long."""
    heading = translator.t_html("<b>What happened</b>")
    entries = [(one.at, line) for one, line in _entries(translator, timeline)]
    beginning, end = _fitting([line for _, line in entries], room - visible_length(heading) - 3 * DAY_LINE)
    left_out = len(entries) - beginning - end
    lines = [heading, *_by_days(translator, entries[:beginning], now)]
    if left_out:
        lines.append(translator.nt("… {n} line left out …", "… {n} lines left out …", left_out))
    return lines + _by_days(translator, entries[len(entries) - end :], now)


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


def _by_days(translator: Translator, entries: Sequence[tuple[datetime, str]], now: datetime) -> list[str]:
    lines = []
    for one_day, group in groupby(entries, key=lambda one: day(translator, one[0], now)):
        lines.append(fill("<i>{day}</i>", day=one_day))
        lines += [f"{clock_time(translator, at)} {line}" for at, line in group]
    return lines


def _entries(translator: Translator, timeline: Timeline) -> list[tuple[TimelineEntry, str]]:
    """Stripe tells one thing by several events: those of one minute stand on one line, each word once."""
    entries: list[tuple[TimelineEntry, str]] = []
    told_of = _words_for_events(translator)
    for timeline_entry in timeline.timeline_entries:
        if isinstance(timeline_entry.what, EventNoted) and timeline_entry.what.type not in told_of:
            continue
        line = _line(translator, timeline_entry.what, timeline.payment)
        last = entries[-1] if entries else None
        if last and _is_link_sent(timeline_entry.what) and _is_link_sent(last[0].what):
            continue  # /orders sends it once more
        if last and isinstance(timeline_entry.what, EventNoted) and isinstance(last[0].what, EventNoted):
            is_same_minute = clock_time(translator, timeline_entry.at) == clock_time(translator, last[0].at)
            if is_same_minute and timeline_entry.at - last[0].at < LATE:
                words = _event(translator, timeline_entry.what)
                if words not in last[1].removeprefix(STRIPE).split(" · "):
                    entries[-1] = (last[0], f"{last[1]} · {words}")
                continue
        entries.append((timeline_entry, line))
    return entries


def _is_link_sent(what: What) -> bool:
    return isinstance(what, ActivityEntry) and what.step is Step.LINK_SENT


def _line(translator: Translator, what: What, payment: Payment) -> str:
    match what:
        case ActivityEntry():
            return _activity(translator, what)
        case LinkMade():
            return translator.t_html("🛒 Payment begun")
        case Declined():
            return _declined(translator, what)
        case EventNoted():
            return STRIPE + _event(translator, what)
        case MessageNoted():
            return _what_is_said(translator, what, payment) + _what_became_of_it(translator, what)
        case AuditEntry():
            who = shorten(what.admin_name, NAME) or what.admin_id
            return fill("👮 {who}: ", who=who) + what_was_done(translator, what)


def _activity(translator: Translator, entry: ActivityEntry) -> str:
    email = shorten(entry.details, ADDRESS)
    match entry.step:
        case Step.CODE_SENT:
            return translator.t_html("🔢 Code mailed to {email}", email=email)
        case Step.CODE_UNSENT:
            return translator.t_html("🔢 ⚠️ The mail with the code to {email} did not leave", email=email)
        case Step.VERIFIED:
            return translator.t_html("🔢 Address confirmed: {email}", email=email)
        case Step.LINK_SENT:
            return translator.t_html("💬 Pay link sent in the chat")
        case Step.PAGE_OPENED:
            return translator.t_html("🌐 Pay page opened")
        case Step.INTENT_MADE:
            return translator.t_html("🌐 Card form shown")


def _declined(translator: Translator, declined: Declined) -> str:
    code = declined.failure.code
    said = translator.t_html("❌ Declined: {words}", words=name_decline(code, translator.language))
    named = said + (fill(" (<code>{code}</code>)", code=shorten(code, ADDRESS)) if code else "")
    return named + (_how_known(translator, declined.event) if declined.event else "")


def _event(translator: Translator, event: EventNoted) -> str:
    return _words_for_events(translator)[event.type] + _how_known(translator, event)


def _words_for_events(translator: Translator) -> dict[str, str]:
    """By their types. No others are told: those that an endpoint made by hand sends besides change nothing, and our
    own tell of what an admin has decided, which stands in the audit with a name."""
    return {
        "payment_intent.created": translator.t_html("payment prepared"),
        "payment_intent.requires_action": translator.t_html("the customer is asked for more (3D Secure, a voucher)"),
        "payment_intent.processing": translator.t_html("the bank is working on it"),
        "payment_intent.succeeded": translator.t_html("✅ paid"),
        "payment_intent.payment_failed": translator.t_html("declined"),
        "payment_intent.canceled": translator.t_html("payment canceled"),
        "charge.succeeded": translator.t_html("card charged"),
        "charge.refunded": translator.t_html("a refund stands on the charge"),
        "refund.created": translator.t_html("refund begun"),
        "refund.updated": translator.t_html("refund moves on"),
        "refund.failed": translator.t_html("⚠️ refund failed"),
        "charge.dispute.created": translator.t_html("⚠️ dispute opened"),
        "charge.dispute.updated": translator.t_html("dispute moves on"),
        "charge.dispute.funds_withdrawn": translator.t_html("the disputed money was taken back"),
        "charge.dispute.funds_reinstated": translator.t_html("the disputed money has come again"),
        "charge.dispute.closed": translator.t_html("dispute closed"),
        "radar.early_fraud_warning.created": translator.t_html("⚠️ the bank warns of fraud"),
    }


def _how_known(translator: Translator, event: EventNoted) -> str:
    """Nothing where its webhook came at once."""
    if event.received_at - event.created_at < LATE:
        return ""
    happened = clock_time_and_day(translator, event.created_at, event.received_at)
    if is_found_event(event.event_id):
        return " " + translator.t_html("(at {time}; found by asking Stripe)", time=happened)
    return " " + translator.t_html("(at {time}; Stripe told late)", time=happened)


def _what_is_said(translator: Translator, message: MessageNoted, payment: Payment) -> str:
    """A mail to another address than the payment's own names it."""
    if is_for_admins(message.content):
        return translator.t_html("🔔 Admins told: {what}", what=_alert(translator, message.content.kind))
    words: dict[str, str] = {
        Kind.PAY_MESSAGE: translator.t("message with the pay button"),
        Kind.PAYMENT_PAID: translator.t("receipt"),
        Kind.PAYMENT_FILE: translator.t("what was bought"),
        Kind.PAYMENT_FAILED: translator.t("notice of the decline"),
        Kind.PAYMENT_REFUNDED: translator.t("notice of the refund"),
        Kind.MAIL_UNDELIVERED: translator.t("notice that the mail did not arrive"),
        Kind.STRIPE_REFUND: translator.t("refund, as decided in the review"),
    }
    kind = message.content.kind
    what = words.get(kind, kind.replace("_", " "))
    if isinstance(message.content, PaymentRefunded):
        what = _which_refund(translator, what, message.content, payment)
    if message.channel == Channel.STRIPE:
        return translator.t_html("🏦 Asked of Stripe: {what}", what=what)
    if message.channel == Channel.MAIL and message.recipient != payment.email:
        return translator.t_html("✉️ Mail to {email}: {what}", email=shorten(message.recipient, ADDRESS), what=what)
    if message.channel == Channel.MAIL:
        return translator.t_html("✉️ Mail: {what}", what=what)
    return translator.t_html("💬 Chat: {what}", what=what)


def _which_refund(translator: Translator, what: str, refunded: PaymentRefunded, payment: Payment) -> str:
    """Rows from before refunds were told one by one know the total alone."""
    states = {
        "on_its_way": translator.t("notice that a refund is on its way"),
        "failed": translator.t("notice that a refund has failed"),
    }
    if refunded.refund_id:
        return f"{states.get(refunded.state, what)}, {translator.money(Money(refunded.amount, payment.taken.currency))}"
    amount = translator.money(Money(refunded.amount_refunded, payment.taken.currency))
    return translator.t("{what}, {amount} in all", what=what, amount=amount)


def _alert(translator: Translator, kind: str) -> str:
    words: dict[str, str] = {
        Kind.ADMIN_REVIEW: translator.t("something does not match"),
        Kind.ADMIN_PAID_TWICE: translator.t("paid twice"),
        Kind.ADMIN_DISPUTE: translator.t("the dispute"),
        Kind.ADMIN_FRAUD_WARNING: translator.t("the warning of fraud"),
        Kind.ADMIN_UNREACHABLE: translator.t("the customer cannot be reached"),
        Kind.ADMIN_REFUND_FAILED: translator.t("the refund failed"),
        Kind.ADMIN_REFUND_DONE: translator.t("the refund is done"),
        Kind.ADMIN_SOLD: translator.t("sold"),
        Kind.ADMIN_TO_DO: translator.t("a person has to hand it over"),
        Kind.ADMIN_FIRST_PAYMENT: translator.t("the first payment of all"),
        Kind.ADMIN_INVOICE_PAID: translator.t("the invoice is paid"),
    }
    return words.get(kind, kind.removeprefix("admin_").replace("_", " "))


def _what_became_of_it(translator: Translator, message: MessageNoted) -> str:
    reason = _reason(translator, message)
    match message.state:
        case State.PARKED:
            return " — " + translator.t_html("⚠️ not sent") + reason
        case State.DROPPED:
            return " — " + translator.t_html("dropped by an admin")
        case State.WAITING:
            return " — " + translator.t_html("waiting") + reason
        case _:
            return _mail_status(translator, message, reason)


def _mail_status(translator: Translator, message: MessageNoted, reason: str) -> str:
    words = {
        "delivered": translator.t_html("delivered"),
        "delivery_delayed": translator.t_html("its mail server makes it wait"),
        "complained": translator.t_html("⚠️ called spam by the customer"),
        "bounced": translator.t_html("⚠️ came back"),
        "failed": translator.t_html("⚠️ could not be delivered"),
        "suppressed": translator.t_html("⚠️ not delivered: the address refused mail before"),
    }
    return f" — {words[message.mail_status]}{reason}" if message.mail_status in words else ""


def _reason(translator: Translator, message: MessageNoted) -> str:
    """Why, in brackets; the mail status itself is said already."""
    if message.error in ("", message.mail_status):
        return ""
    return fill(" ({reason})", reason=shorten(explain_failure(message.error, translator.language), REASON))
