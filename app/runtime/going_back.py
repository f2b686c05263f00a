"""A database that goes back while the shop runs: a backup is put into it, or a server that lacks something takes over.

What has been told is known at a start alone, and so are the numbers of receipts that the older state does not know:
others would get the same ones.
"""

import asyncio
import logging

from db.engine.connection import Database
from db.maintenance.health import Newest, newest

log = logging.getLogger(__name__)
LOOK_SECONDS = 5.0


async def notice_going_back(database: Database, gone_back: asyncio.Event) -> None:
    """Sets ``gone_back`` once a receipt or a message that was there is there no more, or is another one."""
    seen = Newest()
    while True:
        try:
            found = await newest(database, seen)
        except Exception as error:  # noqa: BLE001 -- away, or without its tables for as long as it is restored
            log.debug("not known whether the database has gone back: %s", type(error).__name__)
        else:
            if found and found.is_older_than(seen):
                gone_back.set()
                return
            seen = found or seen
        await asyncio.sleep(LOOK_SECONDS)
