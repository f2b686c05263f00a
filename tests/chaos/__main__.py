"""``python -m tests.chaos``: breaks everything for a few minutes, on SQLite and on PostgreSQL with three replicas.

Ends with 1 unless nothing was lost, sent twice or wrong.
"""

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import bot.lazy_models  # noqa: F401 -- before anything imports aiogram
from tests.chaos.plan import Size, make_plan
from tests.chaos.run import Result, run
from tests.chaos.table import complaints, table
from tests.support.databases import embedded_postgres, fresh_postgres_database

DATABASES = ("sqlite", "postgres")
PAYMENTS_A_CUSTOMER = 5
SECONDS_BETWEEN_KILLS_ALONE = 1.6
SHORTEST, SECONDS_A_PAYMENT = 60.0, 0.3  # 500 payments: two and a half minutes of outages


def main() -> int:
    chosen = _parser().parse_args()
    seed = chosen.seed if chosen.seed is not None else random.SystemRandom().randrange(1_000_000)
    size = replace(_size(chosen.payments), interlude=chosen.interlude)
    command = f"python -m tests.chaos --payments {chosen.payments} --seed {seed} --on {' '.join(chosen.on)}"
    command += " --no-interlude" * (not chosen.interlude)
    report(f"{command}\n{size.seconds:.0f} s of faults on each of: {', '.join(chosen.on)}; then until all is delivered")
    results = [_on(database, seed, size, chosen.replicas) for database in chosen.on]
    report(f"\n{command}\n\n{table(results)}\n")
    return 0 if all(one.verdict.is_clean for one in results) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--payments", type=int, default=500)
    parser.add_argument("--seed", type=int, help="of an earlier run, to have the same plan again")
    parser.add_argument("--replicas", type=int, default=3, help="on PostgreSQL")
    parser.add_argument(
        "--interlude",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="an older backup is put back, then the shop moves twice",
    )
    parser.add_argument("--on", choices=DATABASES, nargs="+", default=list(DATABASES))
    return parser


def _size(payments: int) -> Size:
    """A kill every second."""
    seconds = max(SHORTEST, payments * SECONDS_A_PAYMENT)
    customers = max(1, payments // PAYMENTS_A_CUSTOMER)
    return Size(payments, customers, seconds=seconds, kills=int(seconds), slow_line=True)


def _on(database: str, seed: int, size: Size, replicas: int) -> Result:
    folder = Path(tempfile.mkdtemp(prefix=f"chaos-{database}-"))
    report(f"{database}: the processes' log is in {folder}")
    with embedded_postgres() as maintenance:
        url = asyncio.run(fresh_postgres_database(maintenance, "chaos"))
        between, moved = f"sqlite:///{folder / 'between.db'}", f"sqlite:///{folder / 'moved.db'}"
        if database == "sqlite":
            # A start takes most of a second: one process that is killed every second would hardly ever live.
            alone = make_plan(seed, replace(size, kills=int(size.seconds / SECONDS_BETWEEN_KILLS_ALONE)))
            result = asyncio.run(run(alone, folder, onward=[url, moved], report=report))
        else:
            onward = [between, asyncio.run(fresh_postgres_database(maintenance, "moved"))]
            result = asyncio.run(
                run(make_plan(seed, size), folder, database_url=url, replicas=replicas, onward=onward, report=report)
            )
    report(complaints(result))
    if result.verdict.is_clean:
        shutil.rmtree(folder, ignore_errors=True)
    return result


def report(text: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n" if text.strip() else "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
