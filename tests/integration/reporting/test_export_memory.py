"""A file of payments takes no more memory than a page of them."""

import gc
import tempfile
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.rows import filled
from checkout.reporting.export_payments import ExportPayments
from db.engine.database_url import parse_database_url
from db.storage import DatabaseStorage
from tests.support.statistics_data import EVERYTHING, nobody


@contextmanager
def collected() -> Iterator[None]:
    """As often as in the shop: the tests collect so seldom that what waits for it would count as kept."""
    seldom = gc.get_threshold()
    gc.collect()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*seldom)


async def memory_and_size(folder: Path, payments: int) -> tuple[int, int]:
    """The most bytes that Python held at once while it wrote so many payments, and how many it wrote."""
    database = await filled(parse_database_url(f"sqlite:///{folder}/{payments}.db"), payments)
    try:
        with tempfile.TemporaryFile() as file, collected():
            tracemalloc.start()
            count = await ExportPayments(DatabaseStorage(database)).write(EVERYTHING, file, nobody, in_a_hurry=True)
            peak = tracemalloc.get_traced_memory()[1]
            assert count == payments
            return peak, file.tell()
    finally:
        tracemalloc.stop()
        await database.close()


async def test_many_thousand_payments_take_no_more_memory_than_a_few(tmp_path: Path) -> None:
    few, few_bytes = await memory_and_size(tmp_path, 2_000)
    many, many_bytes = await memory_and_size(tmp_path, 14_000)

    # A page takes ten times its bytes; on a busy machine a second one may be read before the first is let go of.
    assert many - few < (many_bytes - few_bytes) / 4, "nothing of the file is kept, but a page or two"
