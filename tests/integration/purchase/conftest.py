"""A purchase must end well whatever keeps it."""

from collections.abc import AsyncIterator

import pytest

from db.replicas.earlier_clock import EarlierClock
from tests.support.shop import Shop, running_shop


@pytest.fixture
async def shop(database_setting: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shop]:
    """The whole application, on both kinds of database; where a test moves the clock, the database's moves with it."""

    async def as_right_as_ours(clock: EarlierClock) -> None:
        pass

    monkeypatch.setattr(EarlierClock, "look", as_right_as_ours)
    async with running_shop(database_setting) as running:
        yield running
