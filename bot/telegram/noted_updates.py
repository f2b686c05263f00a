"""The database that updates are noted in, where it does not answer, or does not write."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from checkout.errors import ServiceUnavailable
from checkout.ports.storage import Storage

PROOF = "heartbeat"  # a checkpoint that says nothing else


class StorageDown(ServiceUnavailable):
    """The database did not answer: nothing can be handled until it does."""


@contextmanager
def down_where_it_fails(how: str) -> Iterator[None]:
    """Raises StorageDown for whatever the database raises: drivers have a hundred kinds."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 -- as said above
        raise StorageDown(f"the database {how} ({type(error).__name__})") from None


async def prove_writing(storage: Storage, now: datetime) -> None:
    """A disk that is full, or a standby, can be read all the same. Raises StorageDown."""
    with down_where_it_fails("does not write"):
        async with storage.begin() as tx:
            await tx.checkpoints.put(PROOF, now, now)
