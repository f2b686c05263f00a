"""Updates that are kept and those that were handled, on both databases."""

from datetime import timedelta

from checkout.ports.customers import KeptUpdate
from db.storage import DatabaseStorage
from tests.support.clock import NOON

FIRST, SECOND = KeptUpdate(900, '{"text": "\\u0000\\ud83d"}', False), KeptUpdate(2**62, "{}", True)
LATER = KeptUpdate(5, "{}", False)


async def test_kept_updates_come_back_as_they_came_until_they_are_dropped(storage: DatabaseStorage) -> None:
    async with storage.begin() as tx:
        await tx.updates.keep([SECOND, FIRST], NOON)
        await tx.updates.keep([FIRST, LATER], NOON + timedelta(minutes=1))
    async with storage.begin() as tx:
        assert await tx.updates.kept(NOON + timedelta(hours=1), 10) == [FIRST, SECOND, LATER]
        assert await tx.updates.kept(NOON, 10) == [FIRST, SECOND]
        assert await tx.updates.kept(NOON, 1) == [FIRST]
        await tx.updates.drop_kept(FIRST.update_id)
        assert await tx.updates.kept(NOON, 10) == [SECOND]


async def test_an_update_is_seen_as_long_as_telegram_may_send_it_again(storage: DatabaseStorage) -> None:
    async with storage.begin() as tx:
        await tx.updates.note(7, NOON)
        assert await tx.updates.seen(7, NOON + timedelta(days=1))
        assert not await tx.updates.seen(8, NOON)
        assert not await tx.updates.seen(7, NOON + timedelta(days=7))
        await tx.updates.note(7, NOON + timedelta(days=7))
        assert await tx.updates.seen(7, NOON + timedelta(days=7))
