"""A purchase must end well whatever keeps it."""

from collections.abc import AsyncIterator

import pytest

from tests.support.shop import Shop, running_shop


@pytest.fixture
async def shop(database_setting: dict[str, str]) -> AsyncIterator[Shop]:
    """The whole application, on both kinds of database."""
    async with running_shop(database_setting) as running:
        yield running
