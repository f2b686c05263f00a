"""Whose database this is: known from the first start on, and no other shop is served from it.

The shop may go on with another bot.
"""

import logging

from checkout.errors import CheckoutError
from db.engine.connection import Database
from db.engine.sql_loader import queries

SQL = queries("shop_identity")
SHOP_ID, MODE, BOT = "shop_id", "mode", "bot"
# Messages and updates by their ids, which another bot gives to others.
OF_ONE_BOT = ("forget_pay_messages", "forget_sent", "forget_edits", "forget_updates")
log = logging.getLogger(__name__)


class OtherShop(CheckoutError):
    """The settings are not those of the shop in the database; the message says what to do."""


async def remember_shop(database: Database, shop_id: str, *, livemode: bool) -> None:
    """The first shop that starts with a database is the one it belongs to. Raises OtherShop for any other.

    With another id the events of what is under way would not be known as ours any more; and test payments among real
    ones would be told, counted and numbered like them.
    """
    given = {SHOP_ID: shop_id, MODE: "live" if livemode else "test"}
    async with database.begin() as connection:
        await connection.lock("shop identity")
        await connection.execute_many(SQL["add"], [{"name": name, "value": value} for name, value in given.items()])
        kept = {str(name): str(value) for name, value in await connection.fetch(SQL["all"], {})}
    if kept[SHOP_ID] != shop_id:
        raise OtherShop(
            f'the database belongs to the shop "{kept[SHOP_ID]}", the catalogue is that of "{shop_id}": put '
            f'id = "{kept[SHOP_ID]}" back under [shop], or give the other shop a database of its own (DATABASE_URL)'
        )
    if kept[MODE] != given[MODE]:
        raise OtherShop(
            f"the database is that of a {kept[MODE]} shop, STRIPE_SECRET_KEY is a {given[MODE]} key: give the "
            f"{given[MODE]} shop a database of its own (DATABASE_URL, or move the old one away), or put the "
            f"{kept[MODE]} keys back"
        )


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
