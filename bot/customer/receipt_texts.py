"""What is said about a receipt that did not arrive and goes out again."""

from bot.customer import keyboards
from bot.customer.email_address_texts import why_a_code
from checkout.model.customer import Customer
from checkout.model.outgoing import OutgoingChat
from checkout.model.payment import Payment
from messages.language.translator import Translator


def ask_right_address(translator: Translator, payment: Payment, customer: Customer) -> OutgoingChat:
    """The confirmed address is offered, be it the one that failed: a full mailbox is emptied, and no code is needed."""
    ask = translator.t_html(
        "“{title}”: which e-mail address is right? Send it to me as a message, and the receipt goes there.",
        title=translator.title_of(payment),
    )
    text = f"{ask}\n\n{why_a_code(translator)}"
    if customer.email:
        return OutgoingChat(text, keyboards.send_receipt_to(translator, customer.email, payment.payment_id))
    return OutgoingChat(text)


def receipt_sent(translator: Translator, email: str) -> str:
    return translator.t_html("✉️ The receipt is on its way to <b>{email}</b>.", email=email)


def not_yours(translator: Translator) -> str:
    return translator.t("This button belongs to no payment of yours. /orders shows your payments.")


def not_paid(translator: Translator) -> str:
    return translator.t("This payment is not paid, so there is no receipt to send.")


def sent_since(translator: Translator) -> str:
    return translator.t("The receipt was mailed once more since then, and that mail has not come back.")
