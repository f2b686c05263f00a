"""How all the tests run. The process that hands them out reads this too, before any begins: it imports little."""

import gc
import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Started in a shell's background, where Ctrl-C is ignored: what is started here would inherit that, and not end.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The tests read English, whatever the terminal speaks, and so do the commands that they start.
for name in ("LC_ALL", "LC_MESSAGES"):
    os.environ.pop(name, None)
os.environ["LANG"] = "C.UTF-8"

# How long an example takes is the machine's matter, and the same code is to pass or fail in every run.
# `--hypothesis-profile=search` draws new examples.
settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("steady", settings.get_profile("search"), derandomize=True)
settings.load_profile("steady")

SELDOM = 10_000, 10, 10  # how many new objects, and collections of the younger, until the next


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is imported and collected stays to the end: looked through again and again, it took a quarter of the CPU."""
    gc.disable()
    yield
    gc.freeze()
    gc.enable()
    gc.set_threshold(*SELDOM)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What waits the longest comes first, with three of the workers, who are dealt even parts of this list: at the end
    it would be waited for, and each worker would begin a browser of its own for its share."""
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    chaos, browser = ([one for one in items if one.nodeid.startswith(room)] for room in ("tests/chaos/", "tests/e2e/"))
    firsts = [chaos, browser[: len(browser) // 2], browser[len(browser) // 2 :]]
    if workers <= len(firsts):
        return
    long = {*chaos, *browser}
    rest = [one for one in items if one not in long]
    ordered: list[pytest.Item] = []
    for first in firsts:
        others = max(len(items) // workers - len(first), 0)
        ordered += first + rest[:others]
        rest = rest[others:]
    items[:] = ordered + rest


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Here, so that each worker has one server, whatever it tests."""
    from tests.support.databases import embedded_postgres

    with embedded_postgres() as url:
        yield url
