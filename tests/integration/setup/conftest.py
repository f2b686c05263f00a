"""An empty folder before the stand-ins."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.environment import Sandbox
from tests.support.setup.new_shop import NewShop


@pytest.fixture
async def new_shop(tmp_path: Path) -> AsyncIterator[NewShop]:
    async with Sandbox() as sandbox:
        yield NewShop(sandbox, tmp_path)
