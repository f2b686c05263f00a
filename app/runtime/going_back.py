"""A database that goes back while the shop runs: a backup is put into it, or a server that lacks something takes over.

What has been told is known at a start alone, and so are the numbers of receipts that the older state does not know:
others would get the same ones.
"""

import asyncio
import logging
from dataclasses import replace

from checkout.errors import GoneBack
from db.engine.connection import Database
from db.maintenance.health import Newest, newest
from db.recording.group_writer import GroupWriter

log = logging.getLogger(__name__)
LOOK_SECONDS = 5.0


async def notice_going_back(database: Database, writer: GroupWriter, gone_back: asyncio.Event) -> None:
    """Sets ``gone_back`` once a receipt or a message that was there is there no more, or is another one.

    What is lost may be of the last second, and nobody has looked since: ``writer`` knows what it has given.
    """
    seen = Newest()
    while True:
        receipt, holder = writer.newest_receipt
        seen = replace(seen, receipt=receipt, holder=holder)
        try:
            found = await newest(database, seen)
        except GoneBack:
            gone_back.set()
            return
        except Exception as error:  # noqa: BLE001 -- away, or without its tables for as long as it is restored
            log.debug("not known whether the database has gone back: %s", type(error).__name__)
        else:
            if found and found.is_older_than(seen):
                gone_back.set()
                return
            if found:
                seen = found
                writer.note_receipt(found.receipt, found.holder)
        await asyncio.sleep(LOOK_SECONDS)
