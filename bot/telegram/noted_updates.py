"""What the database knows of updates: which were handled, and which are kept to be."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from checkout.errors import ServiceUnavailable
from checkout.ports.customers import KeptUpdate
from checkout.ports.runtime import Clock
from checkout.ports.storage import Storage

PROOF = "heartbeat"  # a checkpoint that says nothing else


class StorageDown(ServiceUnavailable):
    """The database did not answer, or does not write: nothing can be handled until it does."""


@contextmanager
def down_where_it_fails(how: str) -> Iterator[None]:
    """Raises StorageDown for whatever the database raises: drivers have a hundred kinds."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 -- as said above
        raise StorageDown(f"the database {how} ({type(error).__name__})") from None


class NotedUpdates:
    """Raises StorageDown. ``has_failed`` is set by whoever meets that, until it was seen to write again."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage, self._clock = storage, clock
        self.has_failed = False

    async def prove_writing(self) -> None:
        """Where it has failed nobody is answered before it writes again: they would be answered anew at each try.

        A disk that is full, or a standby, can be read all the same.
        """
        if not self.has_failed:
            return
        now = self._clock.now()
        with down_where_it_fails("does not write"):
            async with self._storage.begin() as tx:
                await tx.checkpoints.put(PROOF, now, now)
        self.has_failed = False

    async def is_handled(self, update_id: int) -> bool:
        with down_where_it_fails("does not answer"):
            async with self._storage.read() as tx:
                return await tx.updates.seen(update_id, self._clock.now())

    async def note(self, update_id: int) -> None:
        """It was handled, and is kept no more."""
        with down_where_it_fails("does not write"):
            async with self._storage.begin() as tx:
                await tx.updates.note(update_id, self._clock.now())
                await tx.updates.drop_kept(update_id)

    async def keep(self, rows: Sequence[KeptUpdate]) -> None:
        with down_where_it_fails("does not keep updates"):
            async with self._storage.begin() as tx:
                await tx.updates.keep(rows, self._clock.now())

    async def kept(self, before: timedelta, most: int) -> Sequence[KeptUpdate]:
        """Those that were kept ``before`` now, by whichever process."""
        with down_where_it_fails("does not answer"):
            async with self._storage.read() as tx:
                return await tx.updates.kept(self._clock.now() - before, most)
