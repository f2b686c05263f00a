"""`checkout-bot copy FROM TO`: moves a shop from one database to another, of whatever kind each is."""

import asyncio
from collections.abc import Callable

from app.progress import bar, said_when_slow
from checkout.model.money import Money
from checkout.sentence import Said, Sentence, t
from db.copying.copy_database import Copied, copy_database
from db.copying.side import Sold
from db.engine.database_url import DatabaseUrl

Say = Callable[[Said], None]


def copy(old: DatabaseUrl, new: DatabaseUrl, say: Say) -> int:
    """Returns the exit code. Raises CopyRefused, AlreadyServed and ServiceUnavailable: then nothing was copied."""
    for line in _report(asyncio.run(_copied(old, new))):
        say(line)
    say(t("{new} holds what {old} does, compared row by row.", new=new.shown, old=old.shown))
    say(t("Set DATABASE_URL to it, start the shop, and never start it with the old one again."))
    return 0


async def _copied(old: DatabaseUrl, new: DatabaseUrl) -> Copied:
    async with said_when_slow() as progress:
        return await copy_database(old, new, lambda part, what: progress.show(f"{bar(part)} {what}"))


def _report(copied: Copied) -> list[Sentence]:
    tables = [t("{name:<20} {rows:>12,} rows", name=name, rows=rows) for name, rows in copied.rows.items()]
    return [*tables, *(_sold(one) for one in copied.sold)]


def _sold(sold: Sold) -> Sentence:
    paid, back = Money(sold.amount, sold.currency), Money(sold.refunded, sold.currency)
    return t(
        "paid in {currency:<12} {payments:>12,}, {taken:,} taken, {back:,} given back",
        currency=sold.currency.upper(),
        payments=sold.payments,
        taken=paid.major,
        back=back.major,
    )
