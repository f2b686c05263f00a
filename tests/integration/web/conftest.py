"""The web application over fakes that remember."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from tests.support.web_fakes import Fakes
from web.application import build_web_app


@pytest.fixture
def fakes() -> Fakes:
    return Fakes()


@pytest.fixture
async def client(fakes: Fakes) -> AsyncIterator[TestClient[Any, Any]]:
    async with TestClient(TestServer(build_web_app(fakes.dependencies()))) as client:
        yield client
