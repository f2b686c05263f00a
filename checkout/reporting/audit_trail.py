"""What admins did, read and written for those steps that change nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checkout.model.audit import Action, AuditEntry
from checkout.ports.runtime import Clock
from checkout.ports.storage import Storage


@dataclass(frozen=True, slots=True)
class AuditPage:
    """The newest first; ``more`` tells that older ones follow."""

    entries: Sequence[AuditEntry]
    more: bool


class AuditTrail:
    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage, self._clock = storage, clock

    async def newest(self, before: int | None, limit: int) -> AuditPage:
        """``before`` is the id of the last entry seen."""
        async with self._storage.read() as tx:
            found = await tx.audit.newest(before, limit + 1)
        return AuditPage(found[:limit], len(found) > limit)

    async def note(self, admin_id: int, action: Action, payment_id: str, details: Mapping[str, str]) -> None:
        """For what has no transaction of its own."""
        async with self._storage.begin() as tx:
            await tx.audit.add(admin_id, action, payment_id, details, self._clock.now())
