"""Whose database this is: known from the first start on, and no other shop is served from it.

The shop may go on with another bot.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from checkout.errors import CheckoutError
from checkout.sentence import Sentence, joined, t
from db.engine.connection import Database
from db.engine.sql_loader import queries

SQL = queries("shop_identity")
SHOP_ID, MODE, BOT = "shop_id", "mode", "bot"
# Messages and updates by their ids, which another bot gives to others.
OF_ONE_BOT = ("forget_pay_messages", "forget_sent", "forget_edits", "forget_updates")
log = logging.getLogger(__name__)


class OtherShop(CheckoutError):
    """The settings are not those of the shop in the database; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Other:
    """In what the settings differ from the shop that the database ``kept``: its id, or its mode."""

    name: str
    kept: str
    given: str

    @property
    def whole(self) -> Sentence:
        return joined(": ", [self.finding, self.what_helps])

    @property
    def finding(self) -> Sentence:
        if self.name == SHOP_ID:
            return t('the database belongs to the shop "{kept}", the catalogue is that of "{given}"', **self._both)
        return t("the database is that of a {kept} shop, STRIPE_SECRET_KEY is a {given} key", **self._both)

    @property
    def what_helps(self) -> Sentence:
        if self.name == SHOP_ID:
            return t(
                'put id = "{kept}" back under [shop], or give the other shop a database of its own (DATABASE_URL)',
                kept=self.kept,
            )
        return t(
            "give the {given} shop a database of its own (DATABASE_URL, or move the old one away), or put the {kept}"
            " keys back",
            **self._both,
        )

    @property
    def _both(self) -> dict[str, str]:
        return {"kept": self.kept, "given": self.given}


async def remember_shop(database: Database, shop_id: str, *, livemode: bool) -> None:
    """The first shop that starts with a database is the one it belongs to. Raises OtherShop for any other.

    With another id the events of what is under way would not be known as ours any more; and test payments among real
    ones would be told, counted and numbered like them.
    """
    given = {SHOP_ID: shop_id, MODE: _mode(livemode)}
    async with database.begin() as connection:
        await connection.lock("shop identity")
        await connection.execute_many(SQL["add"], [{"name": name, "value": value} for name, value in given.items()])
        kept = {str(name): str(value) for name, value in await connection.fetch(SQL["all"], {})}
    if other := _other(kept, given):
        raise OtherShop(other.whole)


async def other_shop(database: Database, shop_id: str, *, livemode: bool) -> Other | None:
    """What would stop the shop's start with this database; nothing is remembered. No ``shop_id`` stands for any."""
    async with database.read() as connection:
        kept = {str(name): str(value) for name, value in await connection.fetch(SQL["all"], {})}
    return _other(kept, {SHOP_ID: shop_id or kept.get(SHOP_ID, ""), MODE: _mode(livemode)})


def _other(kept: Mapping[str, str], given: Mapping[str, str]) -> Other | None:
    return next((Other(one, kept[one], given[one]) for one in given if kept.get(one, given[one]) != given[one]), None)


def _mode(livemode: bool) -> str:
    return "live" if livemode else "test"


async def remember_bot(database: Database, bot_id: int) -> None:
    """Another bot than the last time has chats of its own: by the ids of the messages that the one before has sent, it
    would write over what it has said itself."""
    async with database.begin() as connection:
        await connection.lock("shop identity")
        kept = {str(name): str(value) for name, value in await connection.fetch(SQL["all"], {})}
        before = kept.get(BOT, str(bot_id))  # a database of before this was noted knows none
        await connection.execute(SQL["put"], {"name": BOT, "value": str(bot_id)})
        if before == str(bot_id):
            return
        for forget in OF_ONE_BOT:
            await connection.execute(SQL[forget], {})
    log.warning("the shop has another bot now: what the one before has said stays as it is, and receipts come anew")
