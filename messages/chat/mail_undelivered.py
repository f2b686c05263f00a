"""What a customer is told in chat when a mail did not arrive: what it said, why, and how to mend the address."""

from datetime import datetime

from checkout.model.mail_status import MailDeath
from checkout.model.message_content import CodeUndelivered, MailUndelivered, PaymentFailed, PaymentPaid, PaymentRefunded
from checkout.model.outgoing import Button, OutgoingChat
from checkout.model.payment import PAYABLE, Fulfilment, Payment
from messages import callbacks
from messages.chat.customer_chat import failed_chat, refunded_chat
from messages.chat.pay_message import TITLE_LIMIT, change_address
from messages.language.failure_reasons import explain_death
from messages.language.payment_phrases import PaymentPhrases
from messages.language.text import escape, shorten

ADDRESS_LIMIT = 100


def undelivered_chat(
    payment: Payment, undelivered: MailUndelivered, phrases: PaymentPhrases, now: datetime
) -> OutgoingChat:
    match undelivered.lost:
        case PaymentPaid():
            return _receipt(payment, undelivered, phrases)
        case PaymentFailed() as failed:
            may_change = payment.status_at(now) in PAYABLE and not undelivered.death.is_the_shops
            buttons = (change_address(phrases),) if may_change else ()
            told = failed_chat(payment, failed, phrases, now)
            return OutgoingChat(_with_note(told, undelivered, phrases), (*told.buttons, *buttons))
        case PaymentRefunded() as refunded:
            return OutgoingChat(_with_note(refunded_chat(payment, refunded, phrases), undelivered, phrases))


NO_MAILBOX = frozenset({"General", "NoEmail", "Suppressed"})


def code_undelivered_chat(content: CodeUndelivered, email: str, phrases: PaymentPhrases) -> OutgoingChat:
    address, death = shorten(email, ADDRESS_LIMIT), MailDeath(content.mail_status, content.cause)
    bounce = death.bounce
    if death.is_the_shops:
        said = phrases.t_html(
            "The mail to {email} could not be sent just now; nothing is wrong with the address. Ask for a new code a"
            " little later, or write to {support}.",
            email=address,
            support=shorten(phrases.shop.support, ADDRESS_LIMIT),
        )
    elif content.mail_status == "suppressed" or (content.mail_status == "bounced" and bounce in NO_MAILBOX):
        said = phrases.t_html(
            "The mail to {email} came back: there seems to be no such mailbox. Send me another address.", email=address
        )
    elif content.mail_status == "bounced" and bounce == "MailboxFull":
        said = phrases.t_html(
            "The mail to {email} came back: the mailbox is full. Make room and ask again, or send me another address.",
            email=address,
        )
    else:
        said = phrases.t_html("The mail to {email} did not arrive. Send me another address.", email=address)
    return OutgoingChat(f"✉️ {said}")


def _with_note(told: OutgoingChat, undelivered: MailUndelivered, phrases: PaymentPhrases) -> str:
    if undelivered.death.is_the_shops:
        not_now = phrases.t_html("The mail about this could not be sent just now; nothing is wrong with your address.")
        return "\n".join([told.text, "", "✉️ " + not_now])
    note = phrases.t_html("The mail about this did not arrive at {email}.", email=_address(undelivered))
    return "\n".join([told.text, "", "✉️ " + note, escape(explain_death(undelivered.death, phrases.language))])


def _receipt(payment: Payment, undelivered: MailUndelivered, phrases: PaymentPhrases) -> OutgoingChat:
    """The receipt stands in the chat already, and with it what the program sends."""
    title = shorten(phrases.title_of(payment), TITLE_LIMIT)
    if payment.fulfilment is Fulfilment.DELIVERED:
        above = phrases.t_html("“{title}”: receipt and purchase are in this chat and in /orders.", title=title)
    else:
        above = phrases.t_html("“{title}”: the receipt is in this chat and in /orders.", title=title)
    if undelivered.death.is_the_shops:
        not_now = phrases.t_html(
            "The mail with your receipt could not be sent just now; nothing is wrong with your address."
        )
        return OutgoingChat(f"✉️ {not_now}\n\n{above}")
    lines = [
        "✉️ " + phrases.t_html("The mail with your receipt did not arrive at {email}.", email=_address(undelivered)),
        escape(explain_death(undelivered.death, phrases.language)),
        "",
        above,
        phrases.t_html("Correct the address, and the mail goes out again."),
    ]
    correct = callbacks.EMAIL_CORRECT.data(payment.payment_id)
    return OutgoingChat("\n".join(lines), ((Button(phrases.t("Correct the address"), callback_data=correct),),))


def _address(undelivered: MailUndelivered) -> str:
    return shorten(undelivered.address, ADDRESS_LIMIT)
