"""What admins are asked and told of receipts that are sent once more."""

from checkout.model.customer import shown_email
from checkout.model.outgoing import OutgoingChat
from checkout.model.payment import Payment
from checkout.notifications.handover import Handover
from checkout.notifications.resend_receipt import SentAgain
from messages.language.text import shorten
from messages.language.translator import Translator

TYPED = 60  # characters of an address that are said back


def which_receipt(translator: Translator) -> OutgoingChat:
    return OutgoingChat(
        translator.t_html(
            "Which payment? Write the command with its receipt's number or its id, and with an e-mail address if the"
            " receipt shall go to another one:\n<code>/resend 42 anna@example.com</code>\n/payments shows the newest"
            " payments, /find those of a customer."
        )
    )


def ask_resend(translator: Translator, payment: Payment, email: str) -> str:
    return translator.t_html(
        "Send receipt and files of <code>{payment_id}</code> to <b>{new}</b>?\n"
        "The payment has the address {old}; from then on it has the new one.",
        payment_id=payment.payment_id,
        new=shown_email(email),
        old=shown_email(payment.email),
    )


def address_changed(translator: Translator, email: str) -> str:
    """Another admin was first."""
    return translator.t_html(
        "The payment's address has changed since you were asked: {email} now. Nothing was sent; /resend asks again.",
        email=shown_email(email),
    )


def nothing_resent(translator: Translator) -> str:
    return translator.t("Nothing was sent, and the payment keeps its address.")


def receipt_again(translator: Translator, sent: SentAgain) -> str:
    if not sent.is_new:
        return translator.t_html(
            "The receipt was sent to <b>{email}</b> less than a minute ago. To send one more, use /resend.",
            email=sent.email,
        )
    if sent.handover is not Handover.PROGRAM:
        return _receipt_alone_again(translator, sent)
    if sent.in_chat:
        return translator.t_html(
            "✉️ Receipt and files are on their way again: to <b>{email}</b>, and to the customer's chat.",
            email=sent.email,
        )
    return translator.t_html(
        "✉️ Receipt and files are on their way again, to <b>{email}</b>. This payment has that address from now on.",
        email=sent.email,
    )


def _receipt_alone_again(translator: Translator, sent: SentAgain) -> str:
    said = translator.t_html("✉️ The receipt is on its way again: to <b>{email}</b>.", email=sent.email)
    if sent.handover is Handover.PERSON:
        return f"{said}\n{translator.t_html('What was bought is yours to hand over: /todo')}"
    missing = translator.t_html(
        "What was bought is still missing: it left the catalogue, or a file of it is gone. Once it is back, it leaves "
        "by itself."
    )
    return f"{said}\n{missing}"


def wrong_address(translator: Translator, typed: str) -> OutgoingChat:
    return OutgoingChat(
        translator.t_html(
            "Mail cannot be sent to “{typed}”. Nothing was sent; please check the address, like"
            " <code>anna@example.com</code>.",
            typed=shorten(typed, TYPED),
        )
    )


def no_receipt(translator: Translator) -> OutgoingChat:
    return OutgoingChat(
        translator.t_html(
            "This payment is not paid, or was given back in a review: there is no receipt. Nothing was sent."
        )
    )
