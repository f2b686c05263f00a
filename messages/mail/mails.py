"""The four mails: the code, the receipt, the decline and the refund."""

from checkout import limits
from checkout.model.intent_facts import TAKEN_BACK
from checkout.model.message_content import PaymentFailed, PaymentRefunded
from checkout.model.payment import Payment
from messages.language.declines import explain_decline, is_called_off
from messages.language.formats import format_wait
from messages.language.handover_phrases import handover_sentence
from messages.language.payment_method import describe_method
from messages.language.payment_phrases import PaymentPhrases, paid_at, receipt_number
from messages.language.refund_phrases import refund_amount, refund_heading, refund_sentences, refund_subject
from messages.mail.attachments import Delivery
from messages.mail.layout import Letter


def code_letter(code: str, phrases: PaymentPhrases, link: str, bot_username: str) -> Letter:
    """The code comes first in the subject: a phone shows it without opening the mail. ``link`` saves typing it.

    The mail may be read where no link leads to the chat: its name does.
    """
    if bot_username:
        what_to_do = phrases.t("Send this code to @{bot} in Telegram.", bot=bot_username)
    else:
        what_to_do = phrases.t("Send this code to the shop's bot in Telegram.")
    lifetime = format_wait(limits.code_lifetime().total_seconds(), phrases.language)
    return Letter(
        subject=phrases.t("{code} is your code for {shop}", code=code, shop=phrases.shop.name),
        heading=phrases.t("Your code"),
        paragraphs=(what_to_do, phrases.t("It is valid for {time}.", time=lifetime)),
        code=code,
        button=(phrases.t("Confirm with one tap"), link) if link else None,
        closing=(phrases.t("If you did not ask for it, ignore this mail: without the code nothing happens."),),
    )


def paid_letter(payment: Payment, delivery: Delivery, phrases: PaymentPhrases) -> Letter:
    """Thanks, what was bought, and what hangs on the mail."""
    product = phrases.product_of(payment)
    attached = _attached(len(delivery.files), phrases)
    seen_to = handover_sentence(payment, phrases, is_whole=delivery.is_whole)
    return Letter(
        subject=phrases.t("Your receipt from {shop}: {title}", shop=phrases.shop.name, title=phrases.title_of(payment)),
        heading=phrases.t("Thank you! Your payment has arrived."),
        paragraphs=(attached, seen_to) if seen_to else (attached,),
        facts=_paid_facts(payment, delivery, phrases),
        delivery=product.text.in_(phrases.language) if product else "",
        closing=() if payment.is_real_money else (phrases.t("This was a test payment: no money has moved."),),
        preheader=f"{phrases.t('{amount} paid.', amount=phrases.price(payment))} {seen_to or attached}",
    )


def _attached(files: int, phrases: PaymentPhrases) -> str:
    if not files:
        return phrases.t("The receipt is attached.")
    if files == 1:
        return phrases.t("The receipt and your file are attached.")
    return phrases.t("The receipt and your files are attached.")


def failed_letter(payment: Payment, failed: PaymentFailed, phrases: PaymentPhrases) -> Letter:
    title, why = phrases.title_of(payment), explain_decline(failed.code, phrases.language)
    is_void = failed.code == TAKEN_BACK
    if is_called_off(failed.code):
        subject, heading = phrases.t("The payment was canceled: {title}", title=title), why.rstrip(".")
        button = phrases.t("Pay {amount}", amount=phrases.price(payment))
        said = (phrases.t("Please do not pay by the details that you were given: they are void."),) if is_void else ()
    else:
        subject = phrases.t("The payment did not go through: {title}", title=title)
        heading, said, button = phrases.t("The payment did not go through"), (why,), phrases.t("Try again")
    return Letter(
        subject=subject,
        heading=heading,
        paragraphs=(
            *said,
            phrases.t("No money was taken. If your bank shows the amount as reserved, it will be released by itself."),
        ),
        facts=_facts(payment, phrases),
        button=None if is_void else (button, phrases.pay_url(payment)),
        closing=() if is_void else (phrases.t("If the link no longer works, ask the bot for a new one."),),
    )


def refunded_letter(payment: Payment, refunded: PaymentRefunded, phrases: PaymentPhrases) -> Letter:
    amount = refund_amount(payment, refunded, phrases)
    return Letter(
        subject=refund_subject(payment, refunded, phrases),
        heading=refund_heading(payment, refunded, phrases),
        paragraphs=refund_sentences(payment, refunded, phrases),
        facts=(*_facts(payment, phrases), (phrases.t("Refund amount"), amount)),
    )


def _facts(payment: Payment, phrases: PaymentPhrases) -> tuple[tuple[str, str], ...]:
    return (
        (phrases.t("Product"), phrases.title_of(payment)),
        (phrases.t("Amount"), phrases.price(payment)),
        (phrases.t("Payment"), payment.payment_id),
    )


def _paid_facts(payment: Payment, delivery: Delivery, phrases: PaymentPhrases) -> tuple[tuple[str, str], ...]:
    product, amount, payment_id = _facts(payment, phrases)
    known = (
        (phrases.t("Attached"), ", ".join(file.filename for file in delivery.files)),
        (phrases.t("Date"), phrases.moment(paid_at(payment))),
        (phrases.t("Paid with"), describe_method(payment.facts.card)),
        (phrases.t("Receipt No."), receipt_number(payment)),
        (phrases.t("Refunded"), phrases.money(payment.given_back) if payment.amount_refunded else ""),
    )
    return (product, amount, *((label, value) for label, value in known if value), payment_id)
