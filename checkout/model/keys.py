"""Every idempotency and dedupe key is made here, from stable ids. No key is ever parsed back; ``passed_on`` alone puts
another admin at the end of one.

The text of a key never changes: shops have messages under way, and providers remember what they were asked.
"""

from datetime import date, datetime
from hashlib import sha256

from checkout.model.message_content import PaymentFailed, PaymentFile, PaymentPaid, PaymentRefunded, ToldOnBoth
from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel

_FOUND = "found/"

# Sent to a provider.


def idempotency(dedupe_key: str) -> str:
    """The provider's key for a message of the outbox."""
    return f"checkout/{dedupe_key}"


def idempotency_of_bytes(dedupe_key: str, stored: bytes) -> str:
    """The provider's key for just these bytes, where the usual one carried others."""
    return f"checkout/{dedupe_key}/{sha256(stored).hexdigest()[:16]}"


def code_mail(mailbox: str, send_id: int, content: str) -> str:
    """``mailbox`` and ``content`` as hashes. New for every send, also when a restored database counts its sends once
    more, and for all other bytes, from another sender, say: this very mail must leave.
    """
    return f"checkout/code/{mailbox[:16]}/{send_id}/{content[:16]}"


def intent(payment_id: str, attempt: int) -> str:
    """One PaymentIntent a payment and attempt, however often it is asked for."""
    return f"intent/{payment_id}/{attempt}"


def refund(payment_id: str, request: str) -> str:
    """One refund for each request of an admin: asked for again, it is the same one."""
    return f"refund/{payment_id}/{request}"


def refund_after_failure(key: str, attempts: int) -> str:
    """Where Stripe keeps a failure of its own under ``key``: another one for each further try."""
    return f"{key}/try-{attempts}"


def refund_metadata(shop_id: str, payment_id: str, request: str, admin_id: int | None = None) -> dict[str, str]:
    """By which the refund's events are known as ours, and whose request it was.

    No ``admin_id`` for a review's: an older database, asking again under the same key, may not know who decided.
    """
    metadata = {"shop": shop_id, "payment_id": payment_id, "request": request}
    return metadata if admin_id is None else {**metadata, "admin_id": str(admin_id)}


def review_request(intent_id: str, again: int) -> str:
    """The request to give back what came in by a PaymentIntent under review: whoever decides it, it is one.

    ``again`` counts those that have failed before.
    """
    return f"review-{intent_id}{_after_others(again)}"


def order_request(update_id: int) -> str:
    """An admin's order, by the update that brings it: one that is handled twice orders once."""
    return f"u{update_id}"


def probe(nonce: str) -> str:
    """The doctor's PaymentIntent, a new one each time it is asked to."""
    return f"probe/{nonce}"


# Events of our own making.


def decision_event(payment_id: str, action: str) -> str:
    """An admin's decision about a payment that is under review: ``deliver`` or ``refund``."""
    return f"decision/{payment_id}/{action}"


def stripe_note(payment_id: str, what: str) -> str:
    """Stripe is told once that a receipt has a number, once how a review ended, and of each new address."""
    return f"stripe/{Kind.STRIPE_NOTE}/{payment_id}/{what}"


def stripe_fees(payment_id: str, asked: int, times_paid: int) -> str:
    """Stripe is asked once more what it takes, after it has not said so ``asked`` times; anew where it is paid anew."""
    again = f"/paid-{times_paid}-times" if times_paid > 1 else ""
    return f"stripe/{Kind.STRIPE_NOTE}/{payment_id}/fees-{asked}{again}"


def stripe_refund(payment_id: str, intent_id: str, again: int) -> str:
    return f"stripe/{Kind.STRIPE_REFUND}/{payment_id}/{intent_id}{_after_others(again)}"


def _after_others(again: int) -> str:
    return f"/again-{again}" if again else ""


def found_event(object_id: str, asserted: str, asked_at: datetime | None) -> str:
    """What only a look-up has shown, ``asked_at`` (UTC): a later one may find the same anew, and be news again."""
    when = f"/{asked_at:%Y%m%dT%H%M%S}" if asked_at else ""
    return f"{_FOUND}{object_id}/{asserted}{when}"


def is_found_event(event_id: str) -> bool:
    """Whether the id is one of found_event's: Stripe's own have no slash."""
    return event_id.startswith(_FOUND)


# What a customer is told.


def pay_message(payment_id: str, version: int, status: str) -> str:
    return f"chat/{Kind.PAY_MESSAGE}/{payment_id}/{version}-{status}"


def pay_message_left(payment_id: str, chat_message_id: int) -> str:
    return f"chat/{Kind.PAY_MESSAGE}/{payment_id}/left-{chat_message_id}"


def pay_message_as_sent(payment_id: str, chat_message_id: int) -> str:
    return f"chat/{Kind.PAY_MESSAGE}/{payment_id}/as-sent-{chat_message_id}"


def pay_message_readdressed(payment_id: str, again: int) -> str:
    """The chat's receipt names another address, since the receipt was mailed there ``again``."""
    return f"chat/{Kind.PAY_MESSAGE}/{payment_id}/to-{again}"


def pay_message_in_words(payment_id: str, update_id: int) -> str:
    """The customer has chosen another language by this update."""
    return f"chat/{Kind.PAY_MESSAGE}/{payment_id}/in-words-{update_id}"


def newer_payment(payment_id: str) -> str:
    """An expired pay message loses its button once, when there is a newer one for the same product."""
    return f"chat/{Kind.PAY_MESSAGE}/{payment_id}/newer"


def told_on_both(channel: Channel, payment_id: str, content: ToldOnBoth) -> str:
    return "/".join((channel, content.kind, payment_id, _which(content)))


def payment_file(payment_id: str, file: PaymentFile) -> str:
    again = _again(file.receipt)
    return f"chat/{Kind.PAYMENT_FILE}/{payment_id}/{file.number}" + (f"/{again}" if again else "")


def code_undelivered(telegram_user_id: int, code: str) -> str:
    return f"chat/{Kind.CODE_UNDELIVERED}/{telegram_user_id}/{code}"


def mail_undelivered(payment_id: str, lost: ToldOnBoth) -> str:
    return f"chat/{Kind.MAIL_UNDELIVERED}/{payment_id}/{lost.kind}/{_which(lost)}"


def _which(content: ToldOnBoth) -> str:
    """Which of its kind it is among all that is told of one payment."""
    match content:
        case PaymentPaid():
            return _again(content)
        case PaymentFailed():
            return content.attempt_key
        case PaymentRefunded():
            if content.refund_id:
                return f"{content.refund_id}/{content.state}" + ("/corrected" if content.corrects else "")
            return f"{content.amount_refunded}-{content.refunds_failed}"


def _again(receipt: PaymentPaid) -> str:
    """Empty for the first receipt."""
    return "" if receipt.again is None else f"again-{receipt.request or receipt.again}"


# What each admin is told.


def maybe_arrived(payment_id: str, message_id: int, admin_id: int) -> str:
    return f"chat/maybe-arrived/{payment_id}/{message_id}/{admin_id}"


def unreachable(payment_id: str, missed: ToldOnBoth, admin_id: int) -> str:
    """One alert a payment and kind, and one more for each receipt that was sent again."""
    again = _again(missed) if isinstance(missed, PaymentPaid) else ""
    subject = f"{payment_id}/{missed.kind}" + (f"/{again}" if again else "")
    return f"chat/{Kind.ADMIN_UNREACHABLE}/{subject}/{admin_id}"


def review(payment_id: str, reason: str, admin_id: int) -> str:
    return f"chat/{Kind.ADMIN_REVIEW}/{payment_id}/{reason}/{admin_id}"


def review_turned(payment_id: str, reason: str, version: int, admin_id: int) -> str:
    """The alert with this ``reason`` is brought up to date. A review may end and begin anew: as in ``to_do``."""
    return f"chat/{Kind.ADMIN_REVIEW}/{payment_id}/{reason}/{version}/{admin_id}"


def paid_twice(payment_id: str, intent_ids: tuple[str, ...], admin_id: int) -> str:
    return f"chat/{Kind.ADMIN_PAID_TWICE}/{payment_id}/{' '.join(intent_ids)}/{admin_id}"


def dispute(payment_id: str, dispute_id: str, admin_id: int) -> str:
    return f"chat/{Kind.ADMIN_DISPUTE}/{payment_id}/{dispute_id}/{admin_id}"


def dispute_turned(payment_id: str, dispute_id: str, status: str, at: datetime, admin_id: int) -> str:
    """It may come back to a state that it had before; ``at`` (UTC) is when Stripe said so."""
    return f"chat/{Kind.ADMIN_DISPUTE}/{payment_id}/{dispute_id}/{status}/{at:%Y%m%dT%H%M%S}/{admin_id}"


def fraud_warning(payment_id: str, warning_id: str, admin_id: int) -> str:
    return f"chat/{Kind.ADMIN_FRAUD_WARNING}/{payment_id}/{warning_id}/{admin_id}"


def refund_failed(payment_id: str, refund_id: str, admin_id: int) -> str:
    return f"chat/{Kind.ADMIN_REFUND_FAILED}/{payment_id}/{refund_id}/{admin_id}"


def refund_done(payment_id: str, refund_id: str, admin_id: int) -> str:
    return f"chat/{Kind.ADMIN_REFUND_DONE}/{payment_id}/{refund_id}/{admin_id}"


def first_payment(admin_id: int) -> str:
    """Once in a shop's life, whichever payment an older backup makes the first."""
    return f"chat/{Kind.ADMIN_FIRST_PAYMENT}/{admin_id}"


def invoice_paid(payment_id: str, sku: str, admin_id: int) -> str:
    return f"chat/{Kind.ADMIN_INVOICE_PAID}/{payment_id}/{sku}/{admin_id}"


def sold(payment_id: str, admin_id: int) -> str:
    return f"chat/{Kind.ADMIN_SOLD}/{payment_id}/{admin_id}"


def to_do(payment_id: str, version: int, admin_id: int) -> str:
    """It may turn out more than once that a person has to: ``version`` is the row's before it did."""
    return f"chat/{Kind.ADMIN_TO_DO}/{payment_id}/{version}/{admin_id}"


def to_do_turned(kind: Kind, payment_id: str, version: int, admin_id: int) -> str:
    """The alert is brought up to date; as in ``to_do``."""
    return f"chat/{kind}/{payment_id}/turned-{version}/{admin_id}"


def no_webhooks(last: datetime | None, admin_id: int) -> str:
    """Each silence is told once: it began with the ``last`` webhook, None where none has ever come."""
    return f"chat/{Kind.ADMIN_NO_WEBHOOKS}/{last.isoformat() if last else 'never'}/{admin_id}"


def webhooks_back(since: datetime, admin_id: int) -> str:
    """``since`` is when the silence that is over began."""
    return f"chat/{Kind.ADMIN_WEBHOOKS_BACK}/{since:%Y%m%dT%H%M%S}/{admin_id}"


def service_down(service: str, since: datetime, admin_id: int) -> str:
    return f"chat/{Kind.ADMIN_SERVICE_DOWN}/{service}/{since:%Y-%m-%dT%H:%M:%S}/{admin_id}"


def service_back(service: str, since: datetime, admin_id: int) -> str:
    """``since`` is when it went away."""
    return f"chat/{Kind.ADMIN_SERVICE_BACK}/{service}/{since:%Y-%m-%dT%H:%M:%S}/{admin_id}"


def payments_refused(refusal: str, since: datetime, admin_id: int) -> str:
    """``refusal`` by its name; ``since`` is when it began."""
    return f"chat/{Kind.ADMIN_PAYMENTS_REFUSED}/{refusal}/{since:%Y%m%dT%H%M%S}/{admin_id}"


def payments_taken(refusal: str, since: datetime, admin_id: int) -> str:
    """``since`` is when the refusal that is over began."""
    return f"chat/{Kind.ADMIN_PAYMENTS_TAKEN}/{refusal}/{since:%Y%m%dT%H%M%S}/{admin_id}"


def trouble_found(trouble: str, since: datetime, admin_id: int) -> str:
    """``since`` is when it was seen first."""
    return f"chat/{Kind.ADMIN_TROUBLE_FOUND}/{trouble}/{since:%Y%m%dT%H%M%S}/{admin_id}"


def trouble_over(trouble: str, since: datetime, admin_id: int) -> str:
    """``since`` is when the trouble that is over was seen first."""
    return f"chat/{Kind.ADMIN_TROUBLE_OVER}/{trouble}/{since:%Y%m%dT%H%M%S}/{admin_id}"


def passed_on(key: str, gone: str, admin_id: int) -> str:
    """The key that the same has for this admin: what is about an admin's own ends with whose it is."""
    return f"{key.removesuffix(f'/{gone}')}/{admin_id}"


def daily_summary(day: date, admin_id: int) -> str:
    return f"chat/{Kind.ADMIN_SUMMARY}/{day.isoformat()}/{admin_id}"
