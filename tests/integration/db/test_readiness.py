"""Anybody may ask whether the shop is ready, however often: that costs the database little."""

import asyncio

import pytest

from app.runtime.readiness import Readiness
from db.engine.connection import Database
from db.maintenance.health import schema_revision
from tests.support.clock import MovedClock


async def test_however_many_ask_at_once_the_database_is_looked_at_once(
    database: Database, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = list[Database]()

    async def counted(asked: Database) -> str:
        looks.append(asked)
        return await schema_revision(asked)

    monkeypatch.setattr("app.runtime.readiness.schema_revision", counted)
    ready = Readiness(database, clock)
    first, *others = [asyncio.create_task(ready()) for _ in range(50)]
    await asyncio.sleep(0)
    first.cancel()  # whoever goes away takes the answer from nobody
    assert all(set(answer.values()) == {"ok"} for answer in await asyncio.gather(*others))
    assert len(looks) == 1
    await ready()
    assert len(looks) == 2
