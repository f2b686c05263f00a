"""What is said about the shop's statistics and about the file of its payments."""

from datetime import date, datetime

from babel.numbers import format_decimal, format_percent

from checkout.errors import ServiceError
from checkout.model.catalog import Catalog
from checkout.model.invoice import is_invoice
from checkout.model.outgoing import OutgoingChat
from checkout.model.periods import Period
from checkout.reporting.export_payments import Progress
from checkout.reporting.statistics import CurrencyStatistics, ProductSold, ShopStatistics
from messages.language.declines import name_decline
from messages.language.failure_reasons import explain_failure
from messages.language.formats import format_days, format_span
from messages.language.text import fill, shorten
from messages.language.translator import Translator

TITLE, REASON = 50, 90  # characters
CURRENCIES = 20  # more would not fit into one message


def which_days(translator: Translator, most: int) -> OutgoingChat:
    text = translator.t_html(
        "Of which days? {most} at most. Write it like this:\n"
        "/stats — the last 7 days\n"
        "/stats 30 — the last 30 days\n"
        "<code>/stats month</code>, <code>/stats last month</code>, <code>/stats november</code>\n"
        "<code>/stats 2026-11-01 2026-11-30</code> — from the first day to the last",
        most=most,
    )
    return OutgoingChat(text)


def nothing_sold(translator: Translator, statistics: ShopStatistics, today: date) -> OutgoingChat:
    days = days_of(translator, statistics.period)
    text = translator.t_html("Nobody has tried to pay in these days ({days}).", days=days)
    if statistics.period.last == today:
        text += " " + translator.t_html("As soon as somebody does, there is something to see here.")
    return OutgoingChat(text)


def heading(translator: Translator, period: Period, today: date) -> str:
    length, days = period.length, days_of(translator, period)
    if period.last != today:
        return fill("<b>{days}</b>", days=days)
    if length == 1:
        return translator.t_html("<b>Today</b> · {days}", days=days)
    return translator.nt("<b>The last {n} day</b> · {days}", "<b>The last {n} days</b> · {days}", length, days=days)


def statistics(translator: Translator, statistics: ShopStatistics, today: date, catalog: Catalog) -> OutgoingChat:
    found, begins = statistics.currencies, heading(translator, statistics.period, today)
    blocks = [begins, *(_currency(translator, one, len(found)) for one in found[:CURRENCIES])]
    if (more := len(found) - CURRENCIES) > 0:
        blocks.append(
            translator.nt("And {n} more currency: see /export.", "And {n} more currencies: see /export.", more)
        )
    if any(one.growth is not None for one in found):
        length = statistics.period.length
        before = translator.nt("▲▼ against the {n} day before", "▲▼ against the {n} days before", length)
        if length == 1:
            before = translator.t_html("▲▼ against the day before")
        blocks[-1] += f"\n{before}"
    if statistics.median_wait is not None:
        wait = format_span(statistics.median_wait, translator.language)
        blocks.append(translator.t_html("From the link to the payment: {wait} (median)", wait=wait))
    if statistics.products:
        sold = [_product(translator, one, catalog) for one in statistics.products]
        blocks.append("\n".join([translator.t_html("<b>Sold most</b>"), *sold]))
    if statistics.declines:
        said = [_decline(translator, code, times) for code, times in statistics.declines]
        blocks.append("\n".join([translator.t_html("<b>Declined most</b>, as customers were told"), *said]))
    return OutgoingChat("\n\n".join(blocks))


def _currency(translator: Translator, one: CurrencyStatistics, of: int) -> str:
    """Stripe may settle in a currency that nothing is sold in: then there are its fees alone."""
    lines = [fill("<b>{currency}</b>", currency=one.currency.upper())] if of > 1 else []
    if one.attempts or one.gross.amount or one.refunded.amount or one.lost.amount:
        lines += _sold(translator, one)
    if one.fees.amount:
        lines.append(translator.t_html("Stripe's fees, as far as known: {amount}", amount=translator.money(one.fees)))
        if one.gross.amount:
            lines[-1] += " " + translator.t_html("(leaves {amount})", amount=translator.money(one.after_fees))
    return "\n".join(lines)


def _sold(translator: Translator, one: CurrencyStatistics) -> list[str]:
    growth = "" if one.growth is None else f" ({_change(translator, one.growth)})"
    lines = [
        translator.t_html("Gross: <b>{amount}</b>{growth}", amount=translator.money(one.gross), growth=growth),
        translator.t_html("Refunds: {amount}", amount=translator.money(one.refunded)),
    ]
    if one.lost.amount:
        lines.append(translator.t_html("Lost in disputes: {amount}", amount=translator.money(one.lost)))
    lines += [
        translator.t_html("Net: <b>{amount}</b>", amount=translator.money(one.net)),
        translator.t_html(
            "Paid: {paid} of {tried}", paid=_number(translator, one.paid), tried=_number(translator, one.attempts)
        ),
    ]
    if one.success_rate is not None:
        lines[-1] += f" ({_percent(translator, one.success_rate)})"
    return lines


def _change(translator: Translator, growth: float) -> str:
    sign = "▲" if growth > 0 else "▼" if growth < 0 else "="
    return f"{sign} {_percent(translator, abs(growth))}"


def _product(translator: Translator, one: ProductSold, catalog: Catalog) -> str:
    product = catalog.find(one.sku)
    unknown = translator.t("An invoice") if is_invoice(one.sku) else one.sku
    title = translator.title(product) if product else one.title or unknown
    return fill(
        "• {title}: {number} · {amount}",
        title=shorten(title, TITLE),
        number=_number(translator, one.paid),
        amount=translator.money(one.gross),
    )


def _decline(translator: Translator, code: str, times: int) -> str:
    return fill(
        "• {times} × {reason} (<code>{code}</code>)",
        times=_number(translator, times),
        reason=shorten(name_decline(code, translator.language), REASON),
        code=code,
    )


def which_period(translator: Translator) -> OutgoingChat:
    text = translator.t_html(
        "Which payments shall I export? Write it like this:\n"
        "/export — the last 30 days\n"
        "/export 90 — the last 90 days\n"
        "<code>/export 2026-11-01 2026-11-30</code> — from the first day to the last\n"
        "<code>/export 2026-11-01</code> — from this day until today\n"
        "<code>/export november</code>, <code>/export 2026</code> — a month, a year\n"
        "<code>/export all</code> — everything"
    )
    return OutgoingChat(text)


def one_at_a_time(translator: Translator) -> OutgoingChat:
    return OutgoingChat(translator.t_html("An export for you is being written already. Ask again when it has arrived."))


def export_begins(translator: Translator, period: Period) -> OutgoingChat:
    return OutgoingChat(translator.t_html("⏳ Writing the payments of {days} …", days=days_of(translator, period)))


def export_goes_on(translator: Translator, progress: Progress) -> OutgoingChat:
    text = translator.nt(
        "⏳ {number} payment so far, up to {day} …",
        "⏳ {number} payments so far, up to {day} …",
        progress.payments,
        number=_number(translator, progress.payments),
        day=translator.date(datetime.fromisoformat(progress.reached)),
    )
    return OutgoingChat(text)


def export_leaves(translator: Translator, payments: int) -> OutgoingChat:
    return OutgoingChat(_counted(translator, payments, "⏳") + " " + translator.t_html("The file is being sent …"))


def export_done(translator: Translator, payments: int) -> OutgoingChat:
    return OutgoingChat(_counted(translator, payments, "✅"))


def _counted(translator: Translator, payments: int, sign: str) -> str:
    number = _number(translator, payments)
    return translator.nt("{sign} {number} payment.", "{sign} {number} payments.", payments, sign=sign, number=number)


def export_caption(translator: Translator, period: Period, payments: int) -> str:
    made = translator.nt(
        "{number} payment made in this time: {days}.",
        "{number} payments made in this time: {days}.",
        payments,
        number=_number(translator, payments),
        days=days_of(translator, period),
    )
    columns = translator.t_html(
        "<b>How to read it</b>: open it in LibreOffice or Google Sheets, or in Excel; where that puts a whole row into "
        "one cell, by <i>Data</i> → <i>From Text/CSV</i>. Cells are separated by commas, cents by a point. The "
        "first columns are for people: <code>date</code>, <code>status</code>, <code>amount_major</code> (19.00) and "
        "<code>currency</code>, <code>title</code> of the product, <code>email</code>. Behind them are ids, and "
        "<code>amount</code> in minor units (1900). <code>date</code> is when it was begun, on the shop’s clock; "
        "<code>paid_at</code> may be another day, and is in UTC."
    )
    safe = translator.t_html("The file holds your customers’ addresses: keep it safe.")
    return f"{columns}\n\n{made}\n\n{safe}"


def nothing_to_export(translator: Translator, period: Period) -> OutgoingChat:
    text = translator.t_html("No payment was made in this time: {days}.", days=days_of(translator, period))
    return OutgoingChat(text)


def export_too_large(translator: Translator) -> OutgoingChat:
    text = translator.t_html(
        "This is more than Telegram takes (50 MB), even packed. Export fewer days at once, "
        "<code>/export 2026-11-01 2026-11-30</code> say, or on the server: "
        "<code>checkout-bot export FILE.csv</code>"
    )
    return OutgoingChat(text)


def export_failed(translator: Translator) -> OutgoingChat:
    text = translator.t_html(
        "The file could not be written: is the server’s disk full, or its database away? "
        "The log says more. /export begins anew."
    )
    return OutgoingChat(text)


def export_not_taken(translator: Translator, error: ServiceError) -> OutgoingChat:
    why = explain_failure(str(error), translator.language)
    text = translator.t_html("The file is written, but could not be sent: {reason}. /export begins anew.", reason=why)
    return OutgoingChat(text)


def days_of(translator: Translator, period: Period) -> str:
    if period.is_everything:
        return translator.t("everything until now")
    return format_days(period.first, period.last, translator.language)


def _number(translator: Translator, number: int) -> str:
    return str(format_decimal(number, locale=translator.language))


def _percent(translator: Translator, part: float) -> str:
    return str(format_percent(round(part, 2), locale=translator.language))
