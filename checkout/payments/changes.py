"""What has changed about a payment between two moments, as far as somebody is to hear of it."""

from dataclasses import replace
from datetime import datetime

from checkout import limits
from checkout.model import keys
from checkout.model.events import ProviderEvent
from checkout.model.facts import PaymentFacts, RefundFact
from checkout.model.intent_facts import LONG_AGO, TAKEN_BACK, Attempt, Failure
from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel, NewMessage
from checkout.model.payment import PAYABLE, SETTLED, Payment, Status


def is_settled(payment: Payment) -> bool:
    """Money was taken, be it for the product or, under review, by mistake."""
    return payment.status in SETTLED


def was_told(facts: PaymentFacts, event: ProviderEvent) -> bool:
    """Whoever had numbered the payment before it was taken in has also told of it."""
    taken_in_at = facts.taken_in_at
    return taken_in_at is not None and event.created <= taken_in_at


def refunds_to_tell(before: Payment, after: Payment) -> list[tuple[str, int, bool]]:
    """Each refund whenever it is on its way, given back or failed; those that came before the money, with it.

    Under review nobody hears of one that failed: it may be asked for again. With each goes what all that the customer
    has heard of by then have given back, in minor units, and whether that corrects what was said of it.
    """
    if not after.facts.refunds:  # what ``before`` knew, ``after`` knows too
        return []
    told = _of_money_that_came(before) if is_settled(before) else {}
    states = {refund_id: refund.state for refund_id, refund in told.items()}
    untold = "failed" if before.status is Status.REVIEW else ""
    refunds = sorted(_of_money_that_came(after).items())
    news = [key for key, refund in refunds if refund.state not in (states.get(key), untold)]
    heard_of = [{*told, *news[: number + 1]} for number in range(len(news))]
    totals = [after.facts.refunded_by(heard, after.amount) for heard in heard_of]
    corrected = [(key, total, True) for key, total in _to_correct(before, after)]
    return corrected + [(key, total, False) for key, total in zip(news, totals, strict=True)]


def _to_correct(before: Payment, after: Payment) -> list[tuple[str, int]]:
    """Those of which too much was said before a second payment was known: beside that one less has been given back."""
    if len(after.facts.paid_intents) <= len(before.facts.paid_intents) or not is_settled(before):
        return []
    told = [key for key, one in sorted(_of_money_that_came(before).items()) if one.state == "given_back"]
    heard_of = [told[: number + 1] for number in range(len(told))]
    now, then = ([one.facts.refunded_by(upto, one.amount) for upto in heard_of] for one in (after, before))
    return [(key, total) for key, total, was in zip(told, now, then, strict=True) if total < was]


def _of_money_that_came(payment: Payment) -> dict[str, RefundFact]:
    """The refund of a second payment may come before its success: told at once, it would be one of the first."""
    came = {"", *payment.facts.paid_intents, *payment.facts.odd_intents}
    return {key: one for key, one in payment.facts.refunds.items() if one.intent_id in came}


def is_known_already(before: Payment, after: Payment) -> bool:
    """Whether a look-up has shown nothing but that all is as it was."""
    return without_observations(after) == without_observations(before) and shown(after) == shown(before)


def without_observations(payment: Payment) -> Payment:
    """Without when Stripe was asked."""
    intents = {key: replace(one, observed=None) for key, one in payment.facts.intents.items()}
    disputes = {key: replace(one, at=LONG_AGO) for key, one in payment.facts.disputes.items()}
    facts = replace(payment.facts, intents=intents, disputes=disputes)
    return replace(payment, facts=facts, updated_at=payment.created_at)


def went_on_by_itself(payment: Payment) -> bool:
    """The customer had done their part, and nobody looks at the page any more."""
    return payment.status is Status.PROCESSING or payment.voucher is not None


def goes_on(before: Payment, after: Payment, now: datetime) -> bool:
    """Whether a decline is not the end any more: money has come, or may come, and the customer hears how that ends."""
    return after.is_under_way_at(now) and not before.is_under_way_at(now)


def shown(payment: Payment) -> tuple[object, ...]:
    """What the message with the pay button shows."""
    voucher = (payment.voucher.url, payment.voucher.until) if payment.voucher else None
    return payment.status, payment.failure_code, payment.amount_refunded, voucher


def failure_keys(payment: Payment) -> set[str]:
    return {key for facts in payment.facts.intents.values() for key in facts.failures}


def new_failure(before: Payment, after: Payment) -> Failure | None:
    """The decline shown where it is new, or a new one of the same second: which of them was the last nobody knows.

    One that a look-up finds has no time of its own: it was the last one when that was asked.
    """
    last = after.shown_failure if after.status is Status.FAILED else None
    if last is None:
        return None
    known = failure_keys(before)
    facts = after.facts.intents[after.payment_intent_id or ""]
    was_asked_since = facts.observed is not None and facts.observed.at >= last.at
    new = [one for one in facts.failures.values() if one.attempt_key not in known]
    lasting = [one for one in new if one.at == last.at or (was_asked_since and keys.is_found_event(one.event_id))]
    return max(lasting, default=None)


def called_off(before: Payment, after: Payment, event: ProviderEvent) -> Failure | None:
    """The end, by no bank's word, of what its customer was promised to hear of."""
    if after.status not in (Status.CANCELED, Status.EXPIRED) or not went_on_by_itself(before):
        return None
    current = after.facts.intents.get(after.payment_intent_id or "")
    if current is None or not current.canceled:
        return None
    code = Status.CANCELED.value if after.status is Status.CANCELED else TAKEN_BACK
    return Failure(event.created, event.event_id, Attempt(), code)


def may_be_followed(payment: Payment) -> bool:
    """Whether its customer could get another link for the same while it may still be paid."""
    if payment.paid_at is not None or payment.facts.expired:
        return payment.paid_at is None
    return any(action.is_voucher for one in payment.facts.intents.values() for action in one.actions.values())


def is_follower(one: Payment, paid: Payment) -> bool:
    """Whether its link is still open and for what is ``paid`` now by another."""
    is_other = one.payment_id != paid.payment_id and one.status in PAYABLE
    return is_other and (one.telegram_user_id, one.sku) == (paid.telegram_user_id, paid.sku)


def is_failure_mail(message: NewMessage, payment: Payment) -> bool:
    is_mail_of_one = (message.kind, message.channel) == (Kind.PAYMENT_FAILED, Channel.MAIL)
    return is_mail_of_one and message.payment_id == payment.payment_id


def mailed_at_once(payment: Payment, now: datetime) -> datetime:
    """When the mail about a decline leaves of which nobody hears otherwise: not within ten minutes of the last one."""
    told_at, interval = payment.failure_told_at, limits.failure_mail_interval()
    if told_at is None or abs(now - told_at) >= interval:  # beyond it lies what a wrong clock has noted
        return now
    return told_at if told_at > now else told_at + interval
