"""What is said about the shop's figures and about the file of its payments."""

import html
import re
from datetime import datetime

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from checkout.errors import ServiceError
from checkout.model.catalog import Catalog
from checkout.model.outgoing import OutgoingChat
from checkout.model.periods import Period
from checkout.reporting.export_payments import Progress
from checkout.reporting.statistics import CurrencyFigures, ProductSold, ShopFigures
from messages.language.declines import explain_decline
from messages.language.formats import format_days, format_span
from messages.language.translator import Speech, fill, shorten

TITLE, REASON = 50, 90  # characters
CURRENCIES = 20  # more would not fit into one message
SENTENCE = re.compile(r"(?<=[.!?])\s")
TAG = re.compile(r"<[^>]*>")


def which_days(speech: Speech) -> OutgoingChat:
    return OutgoingChat(speech.t_html("I know three spans: /stats 7, /stats 30 and /stats 90 days. /stats alone is 7."))


def nothing_sold(speech: Speech, figures: ShopFigures) -> OutgoingChat:
    text = speech.t_html(
        "Nobody has tried to pay in these days ({days}). As soon as somebody does, there is something to see here.",
        days=days_of(speech, figures.period),
    )
    return OutgoingChat(text)


def heading(speech: Speech, figures: ShopFigures) -> str:
    length, days = figures.period.length, days_of(speech, figures.period)
    return speech.nt("<b>The last {n} day</b> · {days}", "<b>The last {n} days</b> · {days}", length, days=days)


def figures(speech: Speech, figures: ShopFigures, catalog: Catalog) -> OutgoingChat:
    found = figures.currencies
    blocks = [heading(speech, figures), *(_currency(speech, one, len(found)) for one in found[:CURRENCIES])]
    if (more := len(found) - CURRENCIES) > 0:
        blocks.append(speech.nt("And {n} more currency: see /export.", "And {n} more currencies: see /export.", more))
    if any(one.growth is not None for one in found):
        length = figures.period.length
        before = speech.nt("▲▼ against the day before", "▲▼ against the {n} days before", length)
        blocks[-1] += f"\n{before}"
    if figures.median_wait is not None:
        wait = format_span(figures.median_wait, speech.language)
        blocks.append(speech.t_html("From the link to the payment: {wait} (median)", wait=wait))
    if figures.products:
        sold = [_product(speech, one, catalog) for one in figures.products]
        blocks.append("\n".join([speech.t_html("<b>Sold most</b>"), *sold]))
    if figures.declines:
        said = [_decline(speech, code, times) for code, times in figures.declines]
        blocks.append("\n".join([speech.t_html("<b>Declined most</b>, as customers were told"), *said]))
    return OutgoingChat("\n\n".join(blocks))


def _currency(speech: Speech, one: CurrencyFigures, of: int) -> str:
    growth = "" if one.growth is None else f" ({_change(speech, one.growth)})"
    lines = [
        *([fill("<b>{currency}</b>", currency=one.currency.upper())] if of > 1 else []),
        speech.t_html("Gross: <b>{amount}</b>{growth}", amount=speech.money(one.gross), growth=growth),
        speech.t_html("Refunds: {amount}", amount=speech.money(one.refunded)),
        speech.t_html("Net: <b>{amount}</b>", amount=speech.money(one.net)),
        speech.t_html("Paid: {paid} of {tried}", paid=_number(speech, one.paid), tried=_number(speech, one.had_result)),
    ]
    if one.success_rate is not None:
        lines[-1] += f" ({_percent(speech, one.success_rate)})"
    return "\n".join(lines)


def _change(speech: Speech, growth: float) -> str:
    sign = "▲" if growth > 0 else "▼" if growth < 0 else "="
    return f"{sign} {_percent(speech, abs(growth))}"


def _product(speech: Speech, one: ProductSold, catalog: Catalog) -> str:
    product = catalog.find(one.sku)
    title = speech.title(product) if product else one.title or one.sku
    return fill(
        "• {title}: {number} · {amount}",
        title=shorten(title, TITLE),
        number=_number(speech, one.paid),
        amount=speech.money(one.gross),
    )


def _decline(speech: Speech, code: str, times: int) -> str:
    """The first sentence says what happened; what follows is advice to the customer."""
    reason = SENTENCE.split(explain_decline(code, speech.language))[0].rstrip(".")
    return fill(
        "• {times} × {reason} (<code>{code}</code>)",
        times=_number(speech, times),
        reason=shorten(reason, REASON),
        code=code,
    )


def which_period(speech: Speech) -> OutgoingChat:
    text = speech.t_html(
        "Which payments shall I export? Write it like this:\n"
        "/export — the last 30 days\n"
        "/export 90 — the last 90 days\n"
        "<code>/export 2026-11-01 2026-11-30</code> — from the first day to the last\n"
        "<code>/export 2026-11-01</code> — from this day until today\n"
        "<code>/export all</code> — everything"
    )
    return OutgoingChat(text)


def one_at_a_time(speech: Speech) -> OutgoingChat:
    return OutgoingChat(speech.t_html("An export for you is being written already. Ask again when it has arrived."))


def export_begins(speech: Speech, period: Period) -> OutgoingChat:
    return OutgoingChat(speech.t_html("⏳ Writing the payments of {days} …", days=days_of(speech, period)))


def export_goes_on(speech: Speech, progress: Progress) -> OutgoingChat:
    reached = datetime.fromisoformat(progress.reached).astimezone(speech.shop.timezone)
    text = speech.nt(
        "⏳ {number} payment so far, up to {day} …",
        "⏳ {number} payments so far, up to {day} …",
        progress.payments,
        number=_number(speech, progress.payments),
        day=format_date(reached, "d MMMM y", locale=speech.language),
    )
    return OutgoingChat(text)


def export_leaves(speech: Speech, payments: int) -> OutgoingChat:
    return OutgoingChat(_counted(speech, payments, "⏳") + " " + speech.t_html("The file is being sent …"))


def export_done(speech: Speech, payments: int) -> OutgoingChat:
    return OutgoingChat(_counted(speech, payments, "✅"))


def _counted(speech: Speech, payments: int, sign: str) -> str:
    number = _number(speech, payments)
    return speech.nt("{sign} {number} payment.", "{sign} {number} payments.", payments, sign=sign, number=number)


def export_caption(speech: Speech, period: Period, payments: int) -> str:
    made = speech.nt(
        "{number} payment made in this time: {days}.",
        "{number} payments made in this time: {days}.",
        payments,
        number=_number(speech, payments),
        days=days_of(speech, period),
    )
    columns = speech.t_html(
        "<code>amount</code> is in minor units (cents), <code>amount_major</code> as people write it; "
        "times are in UTC. The file holds your customers’ addresses: keep it safe."
    )
    return f"{made}\n\n{columns}"


def nothing_to_export(speech: Speech, period: Period) -> OutgoingChat:
    text = speech.t_html("No payment was made in this time: {days}.", days=days_of(speech, period))
    return OutgoingChat(text)


def export_too_large(speech: Speech) -> OutgoingChat:
    text = speech.t_html(
        "This is more than Telegram takes (50 MB), even packed. Export fewer days at once, "
        "<code>/export 2026-11-01 2026-11-30</code> say, or on the server: "
        "<code>checkout-bot export FILE.csv</code>"
    )
    return OutgoingChat(text)


def export_failed(speech: Speech) -> OutgoingChat:
    text = speech.t_html(
        "The file could not be written: is the server’s disk full, or its database away? "
        "The log says more. /export begins anew."
    )
    return OutgoingChat(text)


def export_not_taken(speech: Speech, error: ServiceError) -> OutgoingChat:
    text = speech.t_html("The file is written, but could not be sent: {reason}. /export begins anew.", reason=error)
    return OutgoingChat(text)


def days_of(speech: Speech, period: Period) -> str:
    if period.is_everything:
        return speech.t("everything until now")
    return format_days(period.first, period.last, speech.language)


def shown_length(text: str) -> int:
    """As Telegram counts: UTF-16 units without the markup."""
    return len(html.unescape(TAG.sub("", text)).encode("utf-16-le")) // 2


def _number(speech: Speech, number: int) -> str:
    return str(format_decimal(number, locale=speech.language))


def _percent(speech: Speech, part: float) -> str:
    return str(format_percent(round(part, 2), locale=speech.language))
