"""What a customer is told in chat besides the message with the pay button."""

from datetime import datetime

from checkout.model.message_content import PaymentFailed, PaymentFile, PaymentRefunded
from checkout.model.outgoing import OutgoingChat
from checkout.model.payment import PAYABLE, Payment
from messages.chat.pay_message import amount_line, payment_line, title_line, try_again
from messages.language.declines import explain_decline
from messages.language.handover_phrases import handover_sentence
from messages.language.payment_phrases import PaymentPhrases, receipt_number
from messages.language.refund_phrases import refund_sentences
from messages.language.text import LONGEST_CAPTION, escape, shorten_visible, visible_length
from messages.mail.attachments import product_file, receipt_attachment

EMAIL_LIMIT = 254


def paid_chat(payment: Payment, phrases: PaymentPhrases) -> OutgoingChat:
    """The receipt as a document; its caption tells the rest, and ends with the product's own text if that fits."""
    lines = ["✅ " + phrases.t_html("Thank you! Your payment has arrived."), "", title_line(payment)]
    lines.append(amount_line(payment, phrases))
    if number := receipt_number(payment):
        lines.append(phrases.t_html("Receipt No. {number}", number=number))
    if payment.email:
        lines.append(phrases.t_html("A copy goes to {email}", email=payment.email[:EMAIL_LIMIT]))
    if seen_to := handover_sentence(payment, phrases):
        lines += ["", escape(seen_to)]
    caption = "\n".join(lines)
    hint = phrases.t_html("The whole text is in the mail.")
    return OutgoingChat(
        caption + delivery_text(payment, phrases, LONGEST_CAPTION - visible_length(caption), hint),
        document=receipt_attachment(payment, phrases),
    )


def delivery_text(payment: Payment, phrases: PaymentPhrases, room: int, hint: str) -> str:
    """The product's own text, cut where it needs more than ``room``; then ``hint`` tells where the whole of it is."""
    product = phrases.product_of(payment)
    text = product.text.in_(phrases.language) if product else ""
    if not text:
        return ""
    if visible_length(escape(text)) + 2 <= room:
        return f"\n\n{escape(text)}"
    return f"\n\n{escape(shorten_visible(text, room - 4 - visible_length(hint)))}\n\n{hint}"


def file_chat(payment: Payment, file: PaymentFile, phrases: PaymentPhrases) -> OutgoingChat:
    """One file of the product, or how to get it when it is there no more."""
    document = product_file(payment, file.number, phrases)
    if document:
        return OutgoingChat(title_line(payment), document=document)
    seen_to = handover_sentence(payment, phrases, is_whole=False)
    lines = [title_line(payment), escape(seen_to), payment_line(payment, phrases)]
    return OutgoingChat("\n".join(filter(None, lines)))


def failed_chat(payment: Payment, failed: PaymentFailed, phrases: PaymentPhrases, now: datetime) -> OutgoingChat:
    lines = [
        "❌ " + phrases.t_html("The payment did not go through."),
        title_line(payment),
        amount_line(payment, phrases),
        "",
        escape(explain_decline(failed.code, phrases.language)),
        phrases.t_html("No money was taken."),
    ]
    may_pay = payment.status_at(now) in PAYABLE
    return OutgoingChat("\n".join(lines), try_again(payment, phrases) if may_pay else ())


def refunded_chat(payment: Payment, refunded: PaymentRefunded, phrases: PaymentPhrases) -> OutgoingChat:
    first, *others = refund_sentences(payment, refunded, phrases)
    sign = "⚠️ " if refunded.state == "failed" else "↩️ "
    lines = [sign + escape(first), title_line(payment), "", *map(escape, others), payment_line(payment, phrases)]
    return OutgoingChat("\n".join(lines))
