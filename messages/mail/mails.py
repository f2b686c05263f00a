"""The four mails: the code, the receipt, the decline and the refund."""

from collections.abc import Mapping

from checkout import limits
from checkout.model.payment import Payment
from messages.language.declines import explain_decline
from messages.language.formats import format_wait
from messages.language.payment_method import describe_method
from messages.language.payment_phrases import REFUND_DAYS, Voice, paid_at, receipt_number, refunded_total
from messages.mail.attachments import Delivery
from messages.mail.layout import Letter


def code_letter(code: str, voice: Voice) -> Letter:
    """The code comes first in the subject: a phone shows it without opening the mail."""
    lifetime = format_wait(limits.code_lifetime().total_seconds(), voice.language)
    return Letter(
        subject=voice.t("{code} is your code for {shop}", code=code, shop=voice.shop.name),
        heading=voice.t("Your code"),
        paragraphs=(
            voice.t("Send this code to the shop's bot in Telegram."),
            voice.t("It is valid for {time}.", time=lifetime),
        ),
        code=code,
        closing=(voice.t("If you did not ask for it, ignore this mail: without the code nothing happens."),),
    )


def paid_letter(payment: Payment, delivery: Delivery, voice: Voice) -> Letter:
    """Thanks, what was bought, and what hangs on the mail."""
    product = voice.product_of(payment)
    attached = _attached(len(delivery.files), voice)
    return Letter(
        subject=voice.t("Your receipt from {shop}: {title}", shop=voice.shop.name, title=payment.title),
        heading=voice.t("Thank you! Your payment has arrived."),
        paragraphs=(attached,) if delivery.is_whole else (attached, shop_delivers(voice)),
        facts=_paid_facts(payment, voice),
        delivery=product.text.in_(voice.language) if product else "",
        closing=() if payment.livemode else (voice.t("This was a test payment: no money has moved."),),
    )


def _attached(files: int, voice: Voice) -> str:
    if not files:
        return voice.t("The receipt is attached.")
    if files == 1:
        return voice.t("The receipt and your file are attached.")
    return voice.t("The receipt and your files are attached.")


def shop_delivers(voice: Voice) -> str:
    """The product is not, or no longer, in the catalogue with all its files."""
    return voice.t(
        "The shop will send you your purchase separately. If it has not come within a day, write to {support}.",
        support=voice.shop.support,
    )


def failed_letter(payment: Payment, details: Mapping[str, str], voice: Voice) -> Letter:
    return Letter(
        subject=voice.t("The payment did not go through: {title}", title=payment.title),
        heading=voice.t("The payment did not go through"),
        paragraphs=(
            explain_decline(details.get("code", ""), voice.language),
            voice.t("No money was taken. If your bank shows the amount as reserved, it will be released by itself."),
        ),
        facts=_facts(payment, voice),
        button=(voice.t("Try again"), voice.pay_url(payment)),
        closing=(voice.t("If the link no longer works, choose the product in the bot again."),),
    )


def refunded_letter(payment: Payment, details: Mapping[str, str], voice: Voice) -> Letter:
    total = refunded_total(details, payment)
    refunded = voice.money(total, payment.currency)
    whole = total >= payment.amount
    return Letter(
        subject=voice.t("Refund of {amount}: {title}", amount=refunded, title=payment.title),
        heading=voice.t("Your money is on its way back") if whole else voice.t("Part of your money is on its way back"),
        paragraphs=(refund_sentence(payment, total, voice), refund_takes(voice)),
        facts=(*_facts(payment, voice), (voice.t("Refunded"), refunded)),
    )


def refund_sentence(payment: Payment, total: int, voice: Voice) -> str:
    """``total`` is everything refunded so far, in minor units."""
    if total >= payment.amount:
        return voice.t("The shop has refunded the whole payment: {amount}.", amount=voice.price(payment))
    refunded = voice.money(total, payment.currency)
    return voice.t("The shop has refunded {refunded} of {amount}.", refunded=refunded, amount=voice.price(payment))


def refund_takes(voice: Voice) -> str:
    return voice.t("The money goes back the way you paid, usually within {days} business days.", days=REFUND_DAYS)


def _facts(payment: Payment, voice: Voice) -> tuple[tuple[str, str], ...]:
    return (
        (voice.t("Product"), payment.title),
        (voice.t("Amount"), voice.price(payment)),
        (voice.t("Payment"), payment.payment_id),
    )


def _paid_facts(payment: Payment, voice: Voice) -> tuple[tuple[str, str], ...]:
    product, amount, payment_id = _facts(payment, voice)
    known = (
        (voice.t("Date"), voice.time(paid_at(payment))),
        (voice.t("Paid with"), describe_method(payment.facts.card)),
        (voice.t("Receipt No."), receipt_number(payment)),
    )
    return (product, amount, *((label, value) for label, value in known if value), payment_id)
