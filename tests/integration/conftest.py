"""What the tests of several subjects begin with."""

from collections.abc import AsyncIterator

import pytest

from tests.support.fakes import RememberingMails
from tests.support.shop import Shop, running_shop


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """The whole application, on SQLite."""
    async with running_shop() as running:
        yield running


@pytest.fixture
def mails() -> RememberingMails:
    return RememberingMails()
