"""What is said about a receipt that did not arrive and goes out again."""

from bot.customer import keyboards
from bot.customer.catalog_texts import why_a_code
from checkout.model.customer import Customer
from checkout.model.outgoing import OutgoingChat
from checkout.model.payment import Payment
from messages.language.translator import Speech


def ask_right_address(speech: Speech, payment: Payment, customer: Customer) -> OutgoingChat:
    """The confirmed address is offered, be it the one that failed: a full mailbox is emptied, and no code is needed."""
    ask = speech.t_html(
        "“{title}”: which e-mail address is right? Send it to me as a message, and the receipt goes there.",
        title=payment.title,
    )
    text = f"{ask}\n\n{why_a_code(speech)}"
    if customer.email:
        return OutgoingChat(text, keyboards.send_receipt_to(speech, customer.email, payment.payment_id))
    return OutgoingChat(text)


def receipt_sent(speech: Speech, email: str) -> str:
    return speech.t_html("✉️ The receipt is on its way to <b>{email}</b>.", email=email)


def not_yours(speech: Speech) -> str:
    return speech.t("This button belongs to no payment of yours. /orders shows your payments.")


def not_paid(speech: Speech) -> str:
    return speech.t("This payment is not paid, so there is no receipt to send.")


def sent_since(speech: Speech) -> str:
    return speech.t("The receipt was mailed once more since then, and that mail has not come back.")
