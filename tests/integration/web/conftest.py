"""The web application over fakes that remember."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

import web.connections
from tests.support.faults.attacks import open_web
from tests.support.payments import a_payment
from tests.support.web_fakes import Fakes
from web.application import build_web_app


@pytest.fixture
def fakes() -> Fakes:
    return Fakes()


@pytest.fixture
async def client(fakes: Fakes) -> AsyncIterator[TestClient[Any, Any]]:
    async with TestClient(TestServer(build_web_app(fakes.dependencies()))) as client:
        yield client


@pytest.fixture
async def port(fakes: Fakes, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """Where the application listens, with a payment that is open; for whoever speaks HTTP by hand."""
    monkeypatch.setattr(web.connections, "draining_seconds", lambda: 0.2)
    fakes.pages.put(a_payment())
    async with open_web(fakes.dependencies()) as port:
        yield port
