"""The database that is there already: that of another shop, or of the other mode, stops the start."""

from contextlib import suppress

from app.settings import Settings
from app.setup.context import Setup
from checkout.errors import CheckoutError
from checkout.sentence import joined


async def look_whose_database(setup: Setup, settings: Settings) -> None:
    """Says nothing of one that is not there yet, or cannot be asked from here: doctor looks deeper."""
    # Half a second of imports, for the end of the set-up alone.
    from db.maintenance.schema import is_newest
    from db.maintenance.shop_identity import other_shop
    from db.storage import open_database

    # In a container another user than the shop's sets it up, to whom the database is closed.
    with suppress(CheckoutError, OSError):
        if not await is_newest(settings.database):
            return
        database = await open_database(settings.database)
        try:
            other = await other_shop(database, setup.shop_id, livemode=settings.livemode)
        finally:
            await database.close()
        if other is not None:
            setup.left(joined(": ", ["DATABASE_URL", other.whole]))
