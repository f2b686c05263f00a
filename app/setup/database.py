"""The database that is there already: that of another shop, or of the other mode, stops the start."""

from contextlib import suppress

from app.settings import Settings
from app.setup.context import Setup
from checkout.errors import CheckoutError


async def look_whose_database(setup: Setup, settings: Settings) -> None:
    """Says nothing of one that is not there yet, or cannot be asked from here: doctor looks deeper."""
    # Half a second of imports, for the end of the set-up alone.
    from db.maintenance.schema import is_newest
    from db.maintenance.shop_identity import SHOP_ID, other_shop
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
        if other is None:
            return
        t = setup.t
        if other.name == SHOP_ID:
            words = t('The database belongs to the shop "{kept}", the catalogue to "{given}": put id = "{kept}" back'
                      " under [shop], or set another DATABASE_URL. Until then serve does not start",
                      kept=other.kept, given=other.given)  # fmt: skip
        else:
            words = t("STRIPE_SECRET_KEY is of the other mode than the shop in the database, and test payments do not"
                      " belong among real ones: set another DATABASE_URL, or move the file away. Until then serve does"
                      " not start")  # fmt: skip
        setup.left(words)
