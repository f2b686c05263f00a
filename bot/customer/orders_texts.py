"""What is said about the customer's payments."""

from collections.abc import Callable, Sequence
from datetime import datetime

from checkout.model.outgoing import Button, OutgoingChat
from checkout.model.payment import Payment, Status
from messages import callbacks
from messages.language.text import fill, shorten
from messages.language.translator import Translator

TITLE_IN_LIST = 60  # characters

SIGNS = {
    Status.PENDING: "⏳",
    Status.PROCESSING: "⏳",
    Status.PAID: "✅",
    Status.FAILED: "❌",
    Status.CANCELED: "🚫",
    Status.EXPIRED: "⌛",
    Status.REFUNDED: "↩️",
    Status.PARTIALLY_REFUNDED: "↩️",
    Status.DISPUTED: "✅",  # the bank's question is the shop's affair; the customer has paid
    Status.REVIEW: "🔎",
}


def status_word(translator: Translator, status: Status) -> str:
    words = {
        Status.PENDING: translator.t_html("waiting for payment"),
        Status.PROCESSING: translator.t_html("being processed"),
        Status.PAID: translator.t_html("paid"),
        Status.FAILED: translator.t_html("payment failed"),
        Status.CANCELED: translator.t_html("canceled"),
        Status.EXPIRED: translator.t_html("link expired"),
        Status.REFUNDED: translator.t_html("refunded"),
        Status.PARTIALLY_REFUNDED: translator.t_html("partly refunded"),
        Status.DISPUTED: translator.t_html("paid"),
        Status.REVIEW: translator.t_html("the shop is looking into it"),
    }
    return words[status]


def orders(
    translator: Translator,
    payments: Sequence[Payment],
    has_files: Callable[[Payment], bool],
    now: datetime,
) -> OutgoingChat:
    """What is one of several has a number. No button asks to pay: this list is not edited when it has been paid."""
    if not payments:
        return OutgoingChat(translator.t_html("There are no payments yet. /start shows what is on sale."))
    lines: list[str] = []
    rows: list[tuple[Button, ...]] = []
    for number, one in enumerate(payments, 1):
        sign = f"{number} · " if len(payments) > 1 else ""
        lines.append(sign + _order(translator, one, now))
        if one.receipt_number is not None:
            rows.append(_bought(translator, one, sign, has_files=has_files(one)))
    heading = translator.t_html("<b>Your payments</b>")
    return OutgoingChat("\n\n".join([heading, *lines]), tuple(rows))


def _order(translator: Translator, payment: Payment, now: datetime) -> str:
    status = payment.status_at(now)
    return fill(
        "{sign} <b>{title}</b> — {amount}\n{date} · {status}",
        sign=SIGNS[status],
        title=shorten(translator.title_of(payment), TITLE_IN_LIST),
        amount=translator.money(payment.taken),
        date=translator.time(payment.created_at),
        status=status_word(translator, status),
    )


def _bought(translator: Translator, payment: Payment, sign: str, *, has_files: bool) -> tuple[Button, ...]:
    receipt = callbacks.ORDER_RECEIPT.data(payment.payment_id)
    files = callbacks.ORDER_FILES.data(payment.payment_id)
    row = [Button(sign + translator.t("Receipt"), callback_data=receipt)]
    row += [Button(sign + translator.t("Files"), callback_data=files)] if has_files else []
    return tuple(row)


def paid_already(translator: Translator) -> str:
    return translator.t("This is paid already. The list shows how it stands now.")


def not_payable(translator: Translator) -> str:
    return translator.t("This link asks for no money any more. The list shows how it stands now.")


def sent_just_now(translator: Translator) -> str:
    return translator.t("It was sent a moment ago: see below.")


def files_given_back(translator: Translator) -> str:
    return translator.t("The money for this went back to you, so its files are not sent any more.")


def no_files(translator: Translator) -> str:
    return translator.t("There is nothing to send here. Write to {support}.", support=translator.shop.support)
