"""The one chat message with the pay button: what it shows and which buttons it has, for every status."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from checkout.model.intent_facts import NextAction
from checkout.model.outgoing import Button, ButtonRows, OutgoingChat
from checkout.model.payment import Payment, Status
from messages import callbacks
from messages.language.declines import explain_decline
from messages.language.payment_phrases import PaymentPhrases, paid_at, receipt_number
from messages.language.text import escape, shorten
from messages.mail.attachments import receipt_attachment

TITLE_LIMIT = 200
EMAIL_LIMIT = 254
Shown = tuple[list[str], ButtonRows]


def pay_message(payment: Payment, phrases: PaymentPhrases, now: datetime) -> OutgoingChat:
    """The message as it must look at ``now``. A dispute is the shop's affair and shows as what was paid."""
    shows: dict[Status, Callable[[Payment, PaymentPhrases], Shown]] = {
        Status.PENDING: partial(_pending, now=now),
        Status.PROCESSING: _processing,
        Status.FAILED: _failed,
        Status.CANCELED: _canceled,
        Status.EXPIRED: _expired,
        Status.REVIEW: _review,
    }
    show = shows.get(payment.status_at(now))
    if show is None:
        return receipt(payment, phrases)
    lines, buttons = show(payment, phrases)
    return OutgoingChat("\n".join(lines), buttons)


def receipt(payment: Payment, phrases: PaymentPhrases, opening: str = "") -> OutgoingChat:
    """What the message ends as: the receipt as a document, and under it what became of the payment.

    It makes no sound: the purchase, which follows, does. What was given back under review never had a receipt.
    """
    text = "\n".join([*filter(None, [opening]), *receipt_lines(payment, phrases)])
    document = receipt_attachment(payment, phrases) if receipt_number(payment) else None
    return OutgoingChat(text, document=document, silent=True)


def moved_message(payment: Payment, phrases: PaymentPhrases, chat_message_id: int) -> OutgoingChat:
    """What an older message says that cannot be taken away: it is not to show a stale button."""
    title, is_above = phrases.title_of(payment), (payment.chat_message_id or chat_message_id) < chat_message_id
    if is_above and payment.receipt_number:
        said = phrases.t_html("“{title}”: the receipt is in this chat and in /orders.", title=title)
    else:
        said = phrases.t_html("“{title}” has moved to a newer message below.", title=title)
    return OutgoingChat(said, edits=chat_message_id)


def title_line(payment: Payment, phrases: PaymentPhrases) -> str:
    return f"<b>{escape(shorten(phrases.title_of(payment), TITLE_LIMIT))}</b>"


def amount_line(payment: Payment, phrases: PaymentPhrases) -> str:
    return phrases.t_html("Amount: {amount}", amount=phrases.price(payment))


def change_address(phrases: PaymentPhrases) -> tuple[Button, ...]:
    return (Button(phrases.t("Change address"), callback_data=callbacks.EMAIL_CHANGE),)


def _pay(payment: Payment, phrases: PaymentPhrases) -> tuple[Button, ...]:
    return (Button(phrases.t("Pay {amount}", amount=phrases.price(payment)), url=phrases.pay_url(payment)),)


def _pending(payment: Payment, phrases: PaymentPhrases, now: datetime) -> Shown:
    if payment.voucher:
        return _voucher(payment, payment.voucher, phrases, now)
    product = phrases.product_of(payment)
    description = product.description.in_(phrases.language) if product else ""
    lines = [title_line(payment, phrases)]
    if description:
        lines.append(escape(description))
    lines += ["", amount_line(payment, phrases)]
    if payment.email:
        lines.append(phrases.t_html("The receipt goes to: {email}", email=payment.email))
    lines.append(phrases.t_html("Valid until {time}", time=phrases.deadline(payment.expires_at, now)))
    return lines, (_pay(payment, phrases), change_address(phrases))


def _voucher(payment: Payment, voucher: NextAction, phrases: PaymentPhrases, now: datetime) -> Shown:
    until = phrases.deadline(voucher.until, now)
    lines = [
        title_line(payment, phrases),
        amount_line(payment, phrases),
        "",
        "🧾 " + phrases.t_html("The payment details are ready. Pay by {time}.", time=until),
        phrases.t_html("Once the money has come, you will read it here and by e-mail."),
    ]
    details = Button(phrases.t("Payment details"), url=voucher.url)
    return lines, ((details,), (Button(phrases.t("Pay another way"), url=phrases.pay_url(payment)),))


def _processing(payment: Payment, phrases: PaymentPhrases) -> Shown:
    lines = [
        title_line(payment, phrases),
        amount_line(payment, phrases),
        "",
        "⏳ " + phrases.t_html("The payment is being processed. With some banks this takes a few days."),
        phrases.t_html("You need do nothing: the answer comes here and by e-mail."),
    ]
    return lines, ()


def _failed(payment: Payment, phrases: PaymentPhrases) -> Shown:
    lines = [
        title_line(payment, phrases),
        amount_line(payment, phrases),
        "",
        "❌ " + phrases.t_html("The payment did not go through."),
        escape(explain_decline(payment.failure_code or "", phrases.language)),
        phrases.t_html("No money was taken."),
    ]
    again = Button(phrases.t("Try again"), url=phrases.pay_url(payment))
    return lines, ((again,), change_address(phrases))


def _canceled(payment: Payment, phrases: PaymentPhrases) -> Shown:
    lines = [
        title_line(payment, phrases),
        amount_line(payment, phrases),
        "",
        phrases.t_html("This payment was canceled. No money was taken."),
    ]
    return lines, (_pay(payment, phrases), change_address(phrases))


def _expired(payment: Payment, phrases: PaymentPhrases) -> Shown:
    lines = [
        title_line(payment, phrases),
        amount_line(payment, phrases),
        "",
        "⌛ " + phrases.t_html("The link has expired."),
    ]
    if payment.is_untouched:  # as the page: otherwise Stripe may know better
        lines.append(phrases.t_html("No money was taken by it."))
    if phrases.product_of(payment) is None:
        lines.append(phrases.t_html("To buy this, write to {support}.", support=phrases.shop.support))
        return lines, ()
    return lines, ((Button(phrases.t("New link"), callback_data=callbacks.BUY.data(payment.sku)),),)


def _review(payment: Payment, phrases: PaymentPhrases) -> Shown:
    lines = [
        title_line(payment, phrases),
        amount_line(payment, phrases),
        "",
        phrases.t_html("The shop is looking into this payment and will get back to you. Please do not pay again."),
        phrases.t_html("Questions? Write to {support}", support=phrases.shop.support),
        payment_line(payment, phrases),
    ]
    return lines, ()


def payment_line(payment: Payment, phrases: PaymentPhrases) -> str:
    return f"{phrases.t_html('Payment')}: <code>{escape(payment.payment_id)}</code>"


def receipt_lines(payment: Payment, phrases: PaymentPhrases) -> list[str]:
    """What was bought, when it was paid, where the receipt went, what was given back."""
    lines = [
        title_line(payment, phrases),
        amount_line(payment, phrases),
        "✅ " + phrases.t_html("Paid on {time}", time=phrases.moment(paid_at(payment))),
    ]
    if number := receipt_number(payment):
        lines.append(phrases.t_html("Receipt No. {number}", number=number))
    if number and payment.email:
        lines.append(phrases.t_html("Copy by e-mail: {email}", email=payment.email[:EMAIL_LIMIT]))
    if payment.amount_refunded:
        refunded = phrases.money(payment.given_back)
        lines.append("↩️ " + phrases.t_html("Refunded: {amount}", amount=refunded))
    return lines
