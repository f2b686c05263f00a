"""What happened to mails is noted here; and a shop whose chats are told."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from checkout.notifications.record_mail_status import RecordMailStatus
from db.storage import DatabaseStorage
from tests.support.bot_shop import BotShop
from tests.support.clock import MovedClock
from tests.support.notifications import ADMIN, Wakes


@pytest.fixture
async def bot_shop(tmp_path: Path) -> AsyncIterator[BotShop]:
    shop = BotShop(tmp_path)
    await shop.open()
    yield shop
    await shop.close()


@pytest.fixture
def wakes() -> Wakes:
    return Wakes()


@pytest.fixture
def note(storage: DatabaseStorage, clock: MovedClock, wakes: Wakes) -> RecordMailStatus:
    return RecordMailStatus(storage, clock, wakes, (ADMIN,))
