"""What a customer is told in chat when a mail did not arrive: what it said, why, and how to mend the address."""

from datetime import datetime

from checkout.model.mail_status import MailDeath
from checkout.model.message_content import CodeUndelivered, MailUndelivered, PaymentFailed, PaymentPaid, PaymentRefunded
from checkout.model.outgoing import Button, OutgoingChat
from checkout.model.payment import PAYABLE, Payment
from messages import callbacks
from messages.chat.customer_chat import delivery_text, failed_chat, refunded_chat
from messages.chat.pay_message import amount_line, change_address, title_line
from messages.language.payment_phrases import PaymentPhrases, receipt_number
from messages.language.text import LONGEST_CAPTION, escape, shorten, visible_length
from messages.mail.attachments import receipt_attachment

ADDRESS_LIMIT = 100
REASON_LIMIT = 200


def undelivered_chat(
    payment: Payment, undelivered: MailUndelivered, phrases: PaymentPhrases, now: datetime
) -> OutgoingChat:
    match undelivered.lost:
        case PaymentPaid():
            return _receipt(payment, undelivered, phrases)
        case PaymentFailed() as failed:
            buttons = (change_address(phrases),) if payment.status_at(now) in PAYABLE else ()
            told = failed_chat(payment, failed, phrases, now)
            return OutgoingChat(_with_note(told, undelivered, phrases), (*told.buttons, *buttons))
        case PaymentRefunded() as refunded:
            return OutgoingChat(_with_note(refunded_chat(payment, refunded, phrases), undelivered, phrases))


NO_MAILBOX = frozenset({"General", "NoEmail", "Suppressed"})


def code_undelivered_chat(content: CodeUndelivered, email: str, phrases: PaymentPhrases) -> OutgoingChat:
    address, subtype = shorten(email, ADDRESS_LIMIT), content.cause.rpartition("/")[2]
    if content.mail_status == "suppressed" or (content.mail_status == "bounced" and subtype in NO_MAILBOX):
        said = phrases.t_html(
            "The mail to {email} came back: there seems to be no such mailbox. Send me another address.", email=address
        )
    elif content.mail_status == "bounced" and subtype == "MailboxFull":
        said = phrases.t_html(
            "The mail to {email} came back: the mailbox is full. Make room and ask again, or send me another address.",
            email=address,
        )
    else:
        said = phrases.t_html("The mail to {email} did not arrive. Send me another address.", email=address)
    return OutgoingChat(f"✉️ {said}")


def _with_note(told: OutgoingChat, undelivered: MailUndelivered, phrases: PaymentPhrases) -> str:
    note = phrases.t_html("The mail about this did not arrive at {email}.", email=_address(undelivered))
    return "\n".join([told.text, "", "✉️ " + note, *_why(undelivered.death, phrases)])


def _receipt(payment: Payment, undelivered: MailUndelivered, phrases: PaymentPhrases) -> OutgoingChat:
    """The receipt as a document; the product's files were sent in the chat when it was paid."""
    lines = [
        "✉️ " + phrases.t_html("The mail with your receipt did not arrive at {email}.", email=_address(undelivered)),
        *_why(undelivered.death, phrases),
        "",
        title_line(payment),
        amount_line(payment, phrases),
    ]
    if number := receipt_number(payment):
        lines.append(phrases.t_html("Receipt No. {number}", number=number))
    lines += ["", phrases.t_html("Here is the receipt. Correct the address, and the mail goes out again.")]
    caption = "\n".join(lines)
    hint = phrases.t_html("The whole text comes with that mail.")
    return OutgoingChat(
        caption + delivery_text(payment, phrases, LONGEST_CAPTION - visible_length(caption), hint),
        ((Button(phrases.t("Correct the address"), callback_data=callbacks.EMAIL_CORRECT.data(payment.payment_id)),),),
        document=receipt_attachment(payment, phrases),
    )


def _address(undelivered: MailUndelivered) -> str:
    return shorten(undelivered.address, ADDRESS_LIMIT)


def _why(death: MailDeath, phrases: PaymentPhrases) -> list[str]:
    told = [escape(explain_death(death, phrases))]
    if reason := shorten(death.reason, REASON_LIMIT):
        told.append(phrases.t_html("The mail service says: {reason}", reason=reason))
    return told


def explain_death(death: MailDeath, phrases: PaymentPhrases) -> str:
    """One sentence. The cause of a bounce is Resend's type and subtype; an unknown one is a plain refusal."""
    if death.mail_status == "suppressed" or "suppress" in death.cause.lower():
        return phrases.t("Earlier mails there came back or were marked as spam, so nothing is sent there any more.")
    if death.mail_status != "bounced":
        return phrases.t("The mail could not be sent.")
    match death.cause.rpartition("/")[2]:
        case "General" | "NoEmail":
            return phrases.t("There is no such mailbox, or it takes no mail.")
        case "MailboxFull":
            return phrases.t("The mailbox is full.")
        case "MessageTooLarge" | "ContentRejected" | "AttachmentRejected" | "MessageRejected":
            return phrases.t("The mail server there did not take the mail with its attachments.")
    return phrases.t("The mail server there refused the mail.")
