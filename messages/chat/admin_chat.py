"""What an admin is told: what happened, to which payment, and what to do next."""

from dataclasses import replace

from checkout.model.customer import shown_email
from checkout.model.intent_facts import INQUIRY_OPEN
from checkout.model.message_content import (
    Dispute,
    FirstPayment,
    FraudWarning,
    InvoicePaid,
    PaidTwice,
    PaymentAlert,
    RefundDone,
    RefundFailed,
    Review,
    Sold,
    ToDo,
    Unreachable,
)
from checkout.model.message_kind import Kind
from checkout.model.money import Money
from checkout.model.outbox import edited_by
from checkout.model.outgoing import Button, ButtonRows, OutgoingChat
from checkout.model.payment import Payment, Status
from messages import callbacks
from messages.chat.sale_alerts import Told, sale_lines, seen_to
from messages.language.bank_reasons import name_bank_reason
from messages.language.failure_reasons import explain_failure
from messages.language.formats import format_amounts
from messages.language.mismatch import came_in, explain_decision, explain_mismatch
from messages.language.payment_phrases import PaymentPhrases
from messages.language.refund_refusals import explain_refund_refusal
from messages.language.text import escape, shorten
from messages.links import dashboard_urls

ERROR_LIMIT = 600


def admin_chat(payment: Payment, alert: PaymentAlert, phrases: PaymentPhrases) -> OutgoingChat:
    lines = [*_lines(payment, alert, phrases), "", *_about(payment, phrases)]
    buttons = (
        *_choices(payment, alert, phrases),
        *_open_button(payment, phrases),
        *_stripe_buttons(payment, alert, phrases),
    )
    told = OutgoingChat("\n".join(lines), buttons)
    return replace(told, edits=edited, or_anew=False) if (edited := edited_by(alert)) else told


def _lines(payment: Payment, alert: PaymentAlert, phrases: PaymentPhrases) -> Told:
    match alert:
        case Review():
            return _review(payment, alert, phrases)
        case PaidTwice():
            return _paid_twice(alert, phrases)
        case Dispute():
            return _dispute(payment, alert, phrases)
        case FraudWarning():
            return _fraud_warning(payment, alert, phrases)
        case Unreachable():
            return _unreachable(payment, alert, phrases)
        case RefundFailed():
            return _refund_failed(payment, alert, phrases)
        case RefundDone():
            return _refund_done(payment, alert, phrases)
        case FirstPayment() | InvoicePaid() | Sold() | ToDo():
            return sale_lines(payment, alert, phrases)


def _choices(payment: Payment, alert: PaymentAlert, phrases: PaymentPhrases) -> ButtonRows:
    match alert:
        case RefundFailed() | Review() if payment.may_refund_again and not _is_decided(payment, alert):
            again = callbacks.REVIEW_REFUND.data(payment.payment_id)
            return ((Button(phrases.t("Refund again"), callback_data=again),),)
        case Review():
            return _deliver_or_refund(payment, phrases)
        case FraudWarning() if not _comes_too_late(payment):
            return _refund_or_keep(payment, phrases)
        case ToDo() | InvoicePaid() | Unreachable() if payment.waits_for_a_person:
            return _done_or_send(payment, phrases)
    return ()


def _about(payment: Payment, phrases: PaymentPhrases) -> Told:
    about = [shorten(phrases.title_of(payment), 200), phrases.price(payment), shown_email(payment.email)]
    return [
        escape(" · ".join(part for part in about if part)),
        f"{phrases.t_html('Payment')}: <code>{escape(payment.payment_id)}</code>",
    ]


def _open_button(payment: Payment, phrases: PaymentPhrases) -> ButtonRows:
    """Opens what /payment shows."""
    return ((Button(phrases.t("What happened so far"), callback_data=callbacks.OPEN.data(payment.payment_id)),),)


def _stripe_buttons(payment: Payment, alert: PaymentAlert, phrases: PaymentPhrases) -> ButtonRows:
    """To what does not match, which may be another PaymentIntent than the one that was paid."""
    odd = payment.facts.mismatches.get(alert.reason) if isinstance(alert, Review) else None
    urls = dashboard_urls(payment, odd.intent_id if odd else "")
    if len(urls) == 1:
        return ((Button(phrases.t("Open in Stripe"), url=urls[0]),),)
    return tuple((Button(phrases.t("Open in Stripe: {n}", n=n), url=url),) for n, url in enumerate(urls, 1))


def _deliver_or_refund(payment: Payment, phrases: PaymentPhrases) -> ButtonRows:
    """What ends a review."""
    if not payment.waits_for_a_decision:
        return ()
    deliver = Button(phrases.t("Deliver anyway"), callback_data=callbacks.REVIEW_DELIVER.data(payment.payment_id))
    refund = Button(phrases.t("Refund"), callback_data=callbacks.REVIEW_REFUND.data(payment.payment_id))
    return ((deliver, refund),)


def _refund_or_keep(payment: Payment, phrases: PaymentPhrases) -> ButtonRows:
    refund = Button(phrases.t("Refund"), callback_data=callbacks.REFUND.data(payment.payment_id))
    keep = Button(phrases.t("Keep"), callback_data=callbacks.KEEP.data(payment.payment_id))
    return ((refund, keep),)


def _done_or_send(payment: Payment, phrases: PaymentPhrases) -> ButtonRows:
    done = Button(phrases.t("Done"), callback_data=callbacks.TO_DO_DONE.data(payment.payment_id))
    send = Button(phrases.t("Send again"), callback_data=callbacks.RESEND.data(payment.payment_id))
    return ((done, send),)


def _review(payment: Payment, alert: Review, phrases: PaymentPhrases) -> Told:
    told = [
        f"⚠️ <b>{phrases.t_html('A payment does not match')}</b>",
        _code(explain_mismatch(alert.reason, payment, phrases.language)),
    ]
    if payment.facts.decision and _is_decided(payment, alert):
        return [*told, f"✅ {escape(explain_decision(payment.facts.decision, phrases.language))}"]
    if payment.paid_at:
        return [
            *told,
            phrases.t_html("The payment itself was paid and delivered. Find out in Stripe what this one is."),
        ]
    if payment.status is not Status.REVIEW:
        return [*told, f"✅ {phrases.t_html('Nobody has to decide any more: it has ended in Stripe.')}"]
    if received := came_in(payment):
        told.append(phrases.t_html("Received: {amount}", amount=format_amounts(received, phrases.language)))
    else:
        return [
            *told,
            phrases.t_html("No money has come in for it so far."),
            phrases.t_html("Nothing was delivered. Cancel it in Stripe: then the customer can pay anew."),
        ]
    return [
        *told,
        phrases.t_html("Nothing was delivered. Compare it with Stripe, then decide with the buttons below."),
    ]


def _is_decided(payment: Payment, alert: PaymentAlert) -> bool:
    """Also where it leaves only now; but money that comes after the decision is news, and somebody's to look at."""
    is_of_all = isinstance(alert, Review) and (alert.edits or len(payment.facts.odd_intents) < 2)
    return payment.facts.decision is not None and bool(is_of_all)


def _paid_twice(alert: PaidTwice, phrases: PaymentPhrases) -> Told:
    return [
        f"⚠️ <b>{phrases.t_html('Paid twice')}</b>",
        *[_code(intent_id) for intent_id in alert.intent_ids],
        phrases.t_html("The product was delivered once. Refund one of these payments in Stripe."),
    ]


def _dispute(payment: Payment, alert: Dispute, phrases: PaymentPhrases) -> Told:
    amount = phrases.money(Money(alert.amount, alert.currency[:3] or payment.currency))
    match alert.status:
        case "won":
            return [
                f"✅ <b>{phrases.t_html('The dispute is won')}</b>",
                phrases.t_html("Disputed: {amount}", amount=amount),
            ]
        case "warning_closed" | "prevented":
            ended = f"✅ <b>{phrases.t_html('The dispute is closed; nothing was taken back')}</b>"
            return [ended, phrases.t_html("Disputed: {amount}", amount=amount)]
        case "lost":
            lost = phrases.t_html("Stripe has taken {amount} back and given it to the customer.", amount=amount)
            return [f"⚠️ <b>{phrases.t_html('The dispute is lost')}</b>", lost]
    due_by = phrases.deadline(alert.due_by) if alert.due_by else ""
    if alert.status in INQUIRY_OPEN:
        said, remedy = phrases.t_html("The customer's bank asks about the payment"), _of_inquiry(due_by, phrases)
        about = phrases.t_html("Amount: {amount}", amount=amount)
    else:
        said, remedy = phrases.t_html("The customer disputes the payment"), _of_dispute(due_by, phrases)
        about = phrases.t_html("Disputed: {amount}", amount=amount)
    told = [f"⚠️ <b>{said}</b>", about]
    if alert.reason:
        told.append(phrases.t_html("Reason given: {reason}", reason=name_bank_reason(alert.reason, phrases.language)))
    return [*told, remedy]


def _of_inquiry(due_by: str, phrases: PaymentPhrases) -> str:
    if not due_by:
        return phrases.t_html("No money was taken back so far. Answer in Stripe, or end it by a full refund.")
    return phrases.t_html(
        "No money was taken back so far. Answer in Stripe by {time}, or end it by a full refund.", time=due_by
    )


def _of_dispute(due_by: str, phrases: PaymentPhrases) -> str:
    if not due_by:
        return phrases.t_html("Answer in Stripe with evidence, or accept the dispute.")
    return phrases.t_html("Answer in Stripe with evidence by {time}, or accept the dispute.", time=due_by)


def _comes_too_late(payment: Payment) -> bool:
    """Whether a warning finds nothing that a refund could prevent."""
    is_disputed = payment.status is Status.DISPUTED and not payment.facts.is_asked_about
    return is_disputed or payment.status is Status.REFUNDED


def _fraud_warning(payment: Payment, alert: FraudWarning, phrases: PaymentPhrases) -> Told:
    told = [f"⚠️ <b>{phrases.t_html('A bank warns of fraud')}</b>"]
    if alert.fraud_type:
        told.append(phrases.t_html("Kind of fraud: {kind}", kind=name_bank_reason(alert.fraud_type, phrases.language)))
    if payment.status is Status.REFUNDED:
        return [*told, phrases.t_html("The money was given back already: there is nothing to do.")]
    if _comes_too_late(payment):
        return [*told, phrases.t_html("The payment is disputed already: a refund would not help any more.")]
    return [*told, phrases.t_html("A dispute may follow. A full refund now usually prevents it, and its fee.")]


def _unreachable(payment: Payment, alert: Unreachable, phrases: PaymentPhrases) -> Told:
    if alert.may_have_arrived:
        return [
            f"⚠️ <b>{phrases.t_html('A file may not have arrived in the chat')}</b>",
            phrases.t_html("It was sent three times, and Telegram never answered. The mail carries it too."),
            phrases.t_html("Ask the customer, or send it again: /outbox shows it."),
        ]
    told = [
        f"⚠️ <b>{phrases.t_html('The customer could not be reached')}</b>",
        phrases.t_html("Neither chat nor mail could be delivered."),
        phrases.t_html("What is missing: {what}", what=_missing(alert.missed, phrases)),
        phrases.t_html("Why: {reason}", reason=shorten(explain_failure(alert.reason, phrases.language), ERROR_LIMIT)),
    ]
    if alert.edits and not payment.waits_for_a_person:
        return [*told, *seen_to(payment, phrases)]
    return [*told, phrases.t_html("Reach the customer another way, or send it again with /resend.")]


def _missing(kind: Kind, phrases: PaymentPhrases) -> str:
    match kind:
        case Kind.PAYMENT_PAID:
            return phrases.t("the receipt and what was bought")
        case Kind.PAYMENT_REFUNDED:
            return phrases.t("the notice of a refund")
        case _:
            return phrases.t("the notice of a decline")


def _refund_failed(payment: Payment, alert: RefundFailed, phrases: PaymentPhrases) -> Told:
    told = [
        f"⚠️ <b>{phrases.t_html('A refund failed')}</b>",
        phrases.t_html("Not refunded: {amount}", amount=_amount(alert.amount, payment, phrases)),
    ]
    # The code stands in brackets at the end of what is noted.
    if known := explain_refund_refusal(alert.reason.rpartition("(")[2].removesuffix(")"), phrases.language):
        return [*told, escape(known)]  # and what to do now
    if alert.reason:
        words = shorten(alert.reason.removeprefix("Stripe: "), ERROR_LIMIT)
        told.append(phrases.t_html("Stripe says: {reason}", reason=words))
    else:
        told.append(phrases.t_html("The money is back in your Stripe balance."))
    if payment.may_refund_again:
        return [
            *told,
            phrases.t_html("Try once more with the button, or ask the customer for another way to return it."),
        ]
    return [*told, phrases.t_html("Ask the customer for another way to return it.")]


def _refund_done(payment: Payment, alert: RefundDone, phrases: PaymentPhrases) -> Told:
    return [
        f"✅ <b>{phrases.t_html('The refund is done')}</b>",
        phrases.t_html("Given back: {amount}", amount=_amount(alert.amount, payment, phrases)),
        phrases.t_html("The customer is told by chat and mail."),
    ]


def _code(text: str) -> str:
    """Errors come as long as a service writes them; the message must stay within Telegram's 4096."""
    return f"<code>{escape(shorten(text, ERROR_LIMIT))}</code>"


def _amount(amount: int, payment: Payment, phrases: PaymentPhrases) -> str:
    return phrases.money(payment.part(amount))
