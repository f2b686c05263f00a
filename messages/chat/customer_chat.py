"""What a customer is told in chat besides the message with the pay button."""

import html
import re
from collections.abc import Mapping
from datetime import datetime

from checkout.model.outgoing import OutgoingChat
from checkout.model.payment import PAYABLE, Payment
from messages.chat.pay_message import amount_line, payment_line, title_line, try_again
from messages.language.declines import explain_decline
from messages.language.payment_phrases import Voice, escape, receipt_number, refunded_total
from messages.mail.attachments import can_deliver, product_file, receipt_attachment
from messages.mail.mails import refund_sentence, refund_takes, shop_delivers

CAPTION_LIMIT = 1024
EMAIL_LIMIT = 254


def paid_chat(payment: Payment, voice: Voice) -> OutgoingChat:
    """The receipt as a document; its caption tells the rest, and ends with the product's own text if that fits."""
    lines = ["✅ " + voice.t_html("Thank you! Your payment has arrived."), "", title_line(payment)]
    lines.append(amount_line(payment, voice))
    if number := receipt_number(payment):
        lines.append(voice.t_html("Receipt No. {number}", number=number))
    if payment.email:
        lines.append(voice.t_html("A copy goes to {email}", email=payment.email[:EMAIL_LIMIT]))
    if not can_deliver(payment, voice):
        lines += ["", escape(shop_delivers(voice))]
    caption = "\n".join(lines)
    hint = voice.t_html("The whole text is in the mail.")
    return OutgoingChat(
        caption + delivery_text(payment, voice, CAPTION_LIMIT - visible_length(caption), hint),
        document=receipt_attachment(payment, voice),
    )


def delivery_text(payment: Payment, voice: Voice, room: int, hint: str) -> str:
    """The product's own text, cut where it needs more than ``room``; then ``hint`` tells where the whole of it is."""
    product = voice.product_of(payment)
    text = product.text.in_(voice.language) if product else ""
    if not text:
        return ""
    if visible_length(escape(text)) + 2 <= room:
        return f"\n\n{escape(text)}"
    return f"\n\n{escape(shorten(text, room - 4 - visible_length(hint)))}\n\n{hint}"


def file_chat(payment: Payment, details: Mapping[str, str], voice: Voice) -> OutgoingChat:
    """One file of the product, or how to get it when it is there no more."""
    document = product_file(payment, details.get("file", ""), voice)
    if document:
        return OutgoingChat(title_line(payment), document=document)
    return OutgoingChat("\n".join([title_line(payment), escape(shop_delivers(voice)), payment_line(payment, voice)]))


def failed_chat(payment: Payment, details: Mapping[str, str], voice: Voice, now: datetime) -> OutgoingChat:
    lines = [
        "❌ " + voice.t_html("The payment did not go through."),
        title_line(payment),
        amount_line(payment, voice),
        "",
        escape(explain_decline(details.get("code", ""), voice.language)),
        voice.t_html("No money was taken."),
    ]
    may_pay = payment.status_at(now) in PAYABLE
    return OutgoingChat("\n".join(lines), try_again(payment, voice) if may_pay else ())


def refunded_chat(payment: Payment, details: Mapping[str, str], voice: Voice) -> OutgoingChat:
    total = refunded_total(details, payment)
    lines = [
        "↩️ " + escape(refund_sentence(payment, total, voice)),
        title_line(payment),
        "",
        escape(refund_takes(voice)),
        payment_line(payment, voice),
    ]
    return OutgoingChat("\n".join(lines))


def visible_length(text: str) -> int:
    """Of Telegram HTML as it is shown, in UTF-16 units: no reading of *characters* counts more."""
    return len(html.unescape(re.sub(r"<[^>]*>", "", text)).encode("utf-16-le")) // 2


def shorten(text: str, limit: int) -> str:
    """At most ``limit`` UTF-16 units of ``text``, cut between words where there are any, with an ellipsis."""
    cut = text.encode("utf-16-le")[: max(0, limit - 1) * 2].decode("utf-16-le", errors="ignore")
    at_word = cut.rpartition(" ")[0] if " " in cut[-40:] else cut
    return at_word.rstrip() + "…"
