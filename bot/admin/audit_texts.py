"""What admins did, in words."""

from collections.abc import Mapping

from checkout.model.audit import Action, AuditEntry
from checkout.model.customer import mask_email
from checkout.model.money import Money
from checkout.model.outgoing import Button, OutgoingChat
from checkout.reporting.audit_trail import AuditPage
from messages import callbacks
from messages.language.refund_refusals import name_refund_refusal
from messages.language.text import fill, shorten
from messages.language.translator import Translator

NAME, DETAIL = 40, 80  # characters


def page(translator: Translator, found: AuditPage, *, is_first: bool) -> OutgoingChat:
    if not found.entries:
        return OutgoingChat(translator.t_html("No admin has done anything yet that is kept here."))
    heading = translator.t_html("<b>What admins did</b>, the newest first:")
    blocks = [_entry(translator, one) for one in found.entries]
    onward = []
    if not is_first:
        onward.append(Button(translator.t("Newest"), callback_data=callbacks.AUDIT_PAGE.data(0)))
    if found.more:
        older = callbacks.AUDIT_PAGE.data(found.entries[-1].audit_id)
        onward.append(Button(translator.t("Older"), callback_data=older))
    return OutgoingChat("\n\n".join([heading, *blocks]), (tuple(onward),) if onward else ())


def _entry(translator: Translator, entry: AuditEntry) -> str:
    when = translator.time(entry.at)
    who = shorten(entry.admin_name, NAME) or str(entry.admin_id)
    line = fill("{when} · <b>{who}</b>\n", when=when, who=who) + what_was_done(translator, entry)
    return line + fill(" · <code>{payment_id}</code>", payment_id=entry.payment_id) if entry.payment_id else line


def what_was_done(translator: Translator, entry: AuditEntry) -> str:
    """One line of HTML, without who, when and to which payment."""
    amount = _amount(translator, entry)
    details = {name: shorten(value, DETAIL) for name, value in entry.details.items()}
    words: dict[str, str] = {
        Action.REFUND_ASKED: translator.t_html("asked to refund {amount}", amount=amount),
        Action.REFUND_REQUESTED: translator.t_html("Stripe took the refund of {amount}", amount=amount),
        Action.REFUND_REFUSED: translator.t_html(
            "Stripe refused the refund of {amount}: {reason}",
            amount=amount,
            reason=_refusal(translator, details),
        ),
        Action.REVIEW_DELIVERED: translator.t_html("had a payment under review delivered"),
        Action.REVIEW_REFUNDED: translator.t_html("had a payment under review refunded"),
        Action.REFUND_REPEATED: translator.t_html("asked for that refund again"),
        Action.WARNING_KEPT: translator.t_html("kept the payment in spite of a fraud warning"),
        Action.HANDED_OVER: translator.t_html("saw to it that the customer has what was bought"),
        Action.NOT_HANDED_OVER: translator.t_html("said that it is still to be handed over"),
        Action.RECEIPT_RESENT: translator.t_html(
            "sent the receipt again to {email}", email=mask_email(details.get("email", ""))
        ),
        Action.OUTBOX_TRIED: translator.t_html("had a waiting message tried at once"),
        Action.OUTBOX_DROPPED: translator.t_html("dropped a waiting message"),
        Action.EXPORTED: _with(translator.t_html("exported payments"), details, "from", "to"),
        Action.INVOICE_MADE: _with(
            translator.t_html("made an invoice"), {**details, "amount": amount}, "title", "amount"
        ),
        Action.INVOICE_CANCELED: _with(translator.t_html("withdrew an invoice"), details, "title"),
        Action.NOTIFY_SET: _with(translator.t_html("set the line for every sale"), details, "sales"),
        Action.SHOP_CLOSED: _with(translator.t_html("closed the shop"), details, "text"),
        Action.SHOP_OPENED: translator.t_html("opened the shop again"),
        Action.SUMMARY_SET: _with(translator.t_html("set the daily summary"), details, "at")
        if details.get("at") != "off"
        else translator.t_html("turned the daily summary off"),
    }
    return words.get(entry.action) or fill("{action}", action=entry.action)


def _refusal(translator: Translator, details: Mapping[str, str]) -> str:
    code = details.get("code", "")
    return name_refund_refusal(code, translator.language) or code or details.get("reason", "")


def _with(words: str, details: Mapping[str, str], *names: str) -> str:
    """``words`` and behind them those of the details that are there."""
    told = [details[name] for name in names if details.get(name)]
    return words + fill(": {told}", told=" – ".join(told)) if told else words


def _amount(translator: Translator, entry: AuditEntry) -> str:
    amount, currency = entry.details.get("amount", ""), entry.details.get("currency", "")
    return translator.money(Money(int(amount), currency)) if amount.isdecimal() and currency else ""
