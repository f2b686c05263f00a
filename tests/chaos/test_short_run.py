"""Real processes, killed, among failing services: the small sibling of ``make chaos``."""

from pathlib import Path

from sandbox.base.fake_server import FaultMode
from tests.chaos.plan import Size, make_plan
from tests.chaos.run import Result, run
from tests.chaos.table import complaints
from tests.support.databases import fresh_postgres_database

SEED = 20_261_123
PATIENCE = 100.0  # seconds: a replica that was killed keeps its leases for one minute of them


def check(result: Result) -> None:
    assert result.verdict.is_clean, complaints(result)
    assert result.outages == len(result.plan.outages)
    assert result.kills >= len(result.plan.kills)
    assert result.events_lost > 0


async def test_nothing_is_lost_doubled_or_wrong_on_sqlite(tmp_path: Path) -> None:
    kinds = (FaultMode.REFUSE, FaultMode.RESET_BODY, FaultMode.SERVER_ERROR)
    size = Size(payments=16, customers=8, seconds=18, kills=6, kinds=kinds, outages_together=False)
    check(await run(make_plan(SEED, size), tmp_path, patience=PATIENCE))


async def test_nothing_is_lost_doubled_or_wrong_with_replicas_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    url = await fresh_postgres_database(postgres_url, "chaos")
    size = Size(payments=13, customers=13, seconds=8, kills=3, kinds=(FaultMode.HTML,), ends_with_kill=False)
    check(await run(make_plan(SEED, size), tmp_path, database_url=url, replicas=2, patience=PATIENCE))
