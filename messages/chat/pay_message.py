"""The one chat message with the pay button: what it shows and which buttons it has, for every status."""

from collections.abc import Callable
from datetime import datetime

from checkout.model.outgoing import Button, OutgoingChat
from checkout.model.payment import Payment, Status
from messages.language.declines import explain_decline
from messages.language.payment_phrases import Voice, escape, one_line, paid_at, receipt_number

TITLE_LIMIT = 200
Buttons = tuple[tuple[Button, ...], ...]
Shown = tuple[list[str], Buttons]


def pay_message(payment: Payment, voice: Voice, now: datetime) -> OutgoingChat:
    """The message as it must look at ``now``. A dispute is the shop's affair and shows as what was paid."""
    shows: dict[Status, Callable[[Payment, Voice], Shown]] = {
        Status.PENDING: _pending,
        Status.PROCESSING: _processing,
        Status.FAILED: _failed,
        Status.CANCELED: _canceled,
        Status.EXPIRED: _expired,
        Status.REVIEW: _review,
    }
    lines, buttons = shows.get(payment.status_at(now), _paid)(payment, voice)
    return OutgoingChat("\n".join(lines), buttons)


def title_line(payment: Payment) -> str:
    return f"<b>{escape(one_line(payment.title, TITLE_LIMIT))}</b>"


def amount_line(payment: Payment, voice: Voice) -> str:
    return voice.t_html("Amount: {amount}", amount=voice.price(payment))


def try_again(payment: Payment, voice: Voice) -> Buttons:
    return ((Button(voice.t("Try again"), url=voice.pay_url(payment)),),)


def change_address(voice: Voice) -> tuple[Button, ...]:
    return (Button(voice.t("Change address"), callback_data="email:change"),)


def _pending(payment: Payment, voice: Voice) -> Shown:
    product = voice.product_of(payment)
    description = product.description.in_(voice.language) if product else ""
    lines = [title_line(payment)]
    if description:
        lines.append(escape(description))
    lines += ["", amount_line(payment, voice)]
    if payment.email:
        lines.append(voice.t_html("The receipt goes to: {email}", email=payment.email))
    lines.append(voice.t_html("The link is valid until {time}", time=voice.deadline(payment.expires_at)))
    pay = Button(voice.t("Pay {amount}", amount=voice.price(payment)), url=voice.pay_url(payment))
    return lines, ((pay,), change_address(voice))


def _processing(payment: Payment, voice: Voice) -> Shown:
    lines = [
        title_line(payment),
        amount_line(payment, voice),
        "",
        "⏳ " + voice.t_html("The payment is being processed. With some banks this takes a few days."),
        voice.t_html("You need do nothing: the answer comes here and by e-mail."),
    ]
    return lines, ()


def _failed(payment: Payment, voice: Voice) -> Shown:
    lines = [
        title_line(payment),
        amount_line(payment, voice),
        "",
        "❌ " + voice.t_html("The payment did not go through."),
        escape(explain_decline(payment.failure_code or "", voice.language)),
        voice.t_html("No money was taken."),
    ]
    return lines, (*try_again(payment, voice), change_address(voice))


def _canceled(payment: Payment, voice: Voice) -> Shown:
    lines = [
        title_line(payment),
        amount_line(payment, voice),
        "",
        voice.t_html("This payment was canceled. No money was taken; you can pay anew."),
    ]
    return lines, (*try_again(payment, voice), change_address(voice))


def _expired(payment: Payment, voice: Voice) -> Shown:
    lines = [title_line(payment), amount_line(payment, voice), "", "⌛ " + voice.t_html("The link has expired.")]
    if voice.product_of(payment) is None:
        lines.append(voice.t_html("To buy this, write to {support}.", support=voice.shop.support))
        return lines, ()
    return lines, ((Button(voice.t("New link"), callback_data=f"buy:{payment.sku}"),),)


def _review(payment: Payment, voice: Voice) -> Shown:
    lines = [
        title_line(payment),
        amount_line(payment, voice),
        "",
        voice.t_html("The shop is looking into this payment and will get back to you. Please do not pay again."),
        voice.t_html("Questions? Write to {support}", support=voice.shop.support),
        payment_line(payment, voice),
    ]
    return lines, ()


def payment_line(payment: Payment, voice: Voice) -> str:
    return f"{voice.t_html('Payment')}: <code>{escape(payment.payment_id)}</code>"


def _paid(payment: Payment, voice: Voice) -> Shown:
    lines = [
        title_line(payment),
        amount_line(payment, voice),
        "",
        "✅ " + voice.t_html("Paid on {time}", time=voice.time(paid_at(payment))),
    ]
    if number := receipt_number(payment):
        lines.append(voice.t_html("Receipt No. {number}", number=number))
    if payment.amount_refunded:
        refunded = voice.money(payment.amount_refunded, payment.currency)
        lines.append("↩️ " + voice.t_html("Refunded: {amount}", amount=refunded))
    return lines, ()
