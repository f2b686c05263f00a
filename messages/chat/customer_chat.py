"""What a customer is told in chat besides the message with the pay button."""

from dataclasses import replace
from datetime import datetime

from checkout.model.intent_facts import TAKEN_BACK
from checkout.model.message_content import PaymentFailed, PaymentFile, PaymentRefunded
from checkout.model.outgoing import OutgoingChat
from checkout.model.payment import PAYABLE, Payment
from messages.chat.pay_message import TITLE_LIMIT, amount_line, payment_line, receipt, title_line
from messages.language.declines import explain_decline, is_called_off
from messages.language.handover_phrases import handover_sentence
from messages.language.payment_phrases import PaymentPhrases
from messages.language.refund_phrases import refund_sentences
from messages.language.text import LONGEST_CAPTION, escape, shorten, shorten_visible, visible_length
from messages.mail.attachments import product_file


def receipt_again(payment: Payment, phrases: PaymentPhrases) -> OutgoingChat:
    """Somebody wanted it once more; what was bought follows it."""
    return replace(receipt(payment, phrases, phrases.t_html("Here is your receipt once more.") + "\n"), silent=False)


def delivery_text(payment: Payment, phrases: PaymentPhrases, room: int, hint: str) -> str:
    """The product's own text, cut where it needs more than ``room``; then ``hint`` tells where the whole of it is."""
    product = phrases.product_of(payment)
    text = product.text.in_(phrases.language) if product else ""
    if not text:
        return ""
    if visible_length(escape(text)) + 2 <= room:
        return f"\n\n{escape(text)}"
    return f"\n\n{escape(shorten_visible(text, room - 4 - visible_length(hint)))}\n\n{hint}"


def purchase_chat(payment: Payment, file: PaymentFile, phrases: PaymentPhrases, *, mail_is_dead: bool) -> OutgoingChat:
    """What was bought: the first message thanks and tells, the product's other files follow without a sound."""
    product, document = phrases.product_of(payment), product_file(payment, file.number, phrases)
    is_whole = product is not None and (document is not None or not product.files)
    if file.number:
        return OutgoingChat("", document=document, silent=True) if document else _missing(payment, phrases)
    seen_to = handover_sentence(payment, phrases, is_whole=is_whole)
    is_here = not seen_to and bool(document or (product and product.text.in_(phrases.language)))
    thanks = _thanks(payment, file, phrases, is_here=is_here, mail_is_dead=mail_is_dead)
    caption = "\n\n".join(filter(None, [thanks, escape(seen_to)]))
    if not is_whole:
        caption += f"\n{payment_line(payment, phrases)}"
    if mail_is_dead:
        support = shorten(phrases.shop.support, TITLE_LIMIT)
        hint = phrases.t_html("Write to {support} for the whole text.", support=support)
    else:
        hint = phrases.t_html("The whole text is in the mail.")
    text = delivery_text(payment, phrases, LONGEST_CAPTION - visible_length(caption), hint)
    return OutgoingChat(caption + text, document=document)


def _missing(payment: Payment, phrases: PaymentPhrases) -> OutgoingChat:
    seen_to = handover_sentence(payment, phrases, is_whole=False)
    return OutgoingChat(
        "\n".join(filter(None, [title_line(payment, phrases), escape(seen_to), payment_line(payment, phrases)]))
    )


def _thanks(payment: Payment, file: PaymentFile, phrases: PaymentPhrases, *, is_here: bool, mail_is_dead: bool) -> str:
    title = shorten(phrases.title_of(payment), TITLE_LIMIT)
    if is_here and file.receipt.again is not None:
        return phrases.t_html("Here is your “{title}”.", title=title)
    if is_here:
        said = phrases.t_html("Thank you! Here is your “{title}”.", title=title)
    else:
        said = phrases.t_html("Thank you! “{title}” is paid.", title=title)
    if mail_is_dead:
        where = phrases.t_html("The receipt is above.")
    else:
        where = phrases.t_html("The receipt is above and in your mail.")
    return f"✅ {said} {where}"


def failed_chat(payment: Payment, failed: PaymentFailed, phrases: PaymentPhrases, now: datetime) -> OutgoingChat:
    """The button is in the pay message alone: there it goes once it is paid. It may be days above by now, or gone."""
    happened, why = phrases.t_html("The payment did not go through."), explain_decline(failed.code, phrases.language)
    reason = [] if is_called_off(failed.code) else [escape(why)]
    lines = [
        f"❌ {happened if reason else escape(why)}",
        title_line(payment, phrases),
        amount_line(payment, phrases),
        "",
        *reason,
        phrases.t_html("No money was taken."),
    ]
    if failed.code == TAKEN_BACK:
        lines.append(phrases.t_html("Please do not pay by the details that you were given: they are void."))
    product = phrases.product_of(payment)
    if payment.status_at(now) in PAYABLE and product is not None and product.is_on_sale:
        lines.append(phrases.t_html("The pay button is in /orders."))
    return OutgoingChat("\n".join(lines))


def refunded_chat(payment: Payment, refunded: PaymentRefunded, phrases: PaymentPhrases) -> OutgoingChat:
    first, *others = refund_sentences(payment, refunded, phrases)
    sign = "⚠️ " if refunded.state == "failed" else "↩️ "
    lines = [
        sign + escape(first),
        title_line(payment, phrases),
        "",
        *map(escape, others),
        payment_line(payment, phrases),
    ]
    return OutgoingChat("\n".join(lines))
