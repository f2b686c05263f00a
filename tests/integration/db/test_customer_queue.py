"""One customer's updates in their order, over several replicas at one PostgreSQL."""

import asyncio
from contextlib import AbstractAsyncContextManager

import pytest

from bot.telegram.customer_queue import InMemoryCustomerQueue
from checkout.errors import DatabaseAway
from db.engine.connection import Connection, Database
from db.engine.postgres import PostgresDatabase
from db.replicas.customer_queue import DatabaseCustomerQueue
from tests.support.databases import ask
from tests.support.shop import until

ANNA, BEN = 42, 43


async def waiting(database: Database) -> list[int]:
    return [row[0] for row in await ask(database, "SELECT update_id FROM waiting_updates ORDER BY update_id")]


async def until_waiting(database: Database, *update_ids: int) -> None:
    async def they_wait() -> bool:
        return await waiting(database) == sorted(update_ids)

    await until(they_wait, f"{update_ids} to wait")


class Handling:
    """Handlers that tell when they began and ended, and end when they are let go."""

    def __init__(self, *held: int) -> None:
        self.began: list[int] = []
        self.ended: list[int] = []
        self.running: dict[int, int] = {}
        self.most_at_once: dict[int, int] = {}
        self.gates = {update_id: asyncio.Event() for update_id in held}

    def begin(self, queues: DatabaseCustomerQueue, customer: int, update_id: int) -> "asyncio.Task[None]":
        return asyncio.create_task(self._handle(queues, customer, update_id))

    async def _handle(self, queues: DatabaseCustomerQueue, customer: int, update_id: int) -> None:
        async with queues.in_order(customer, update_id):
            self.began.append(update_id)
            self.running[customer] = self.running.get(customer, 0) + 1
            self.most_at_once[customer] = max(self.most_at_once.get(customer, 0), self.running[customer])
            if update_id in self.gates:
                await self.gates[update_id].wait()
            else:
                await asyncio.sleep(0)
            self.running[customer] -= 1
            self.ended.append(update_id)

    async def until_began(self, update_id: int) -> None:
        async def it_began() -> bool:
            return update_id in self.began

        await until(it_began, f"update {update_id} to begin")


async def test_one_customer_s_updates_keep_their_order_over_all_replicas(replicas: list[Database]) -> None:
    handling, queues = Handling(1), [DatabaseCustomerQueue(one) for one in replicas]
    first = handling.begin(queues[0], ANNA, 1)
    await handling.until_began(1)
    as_the_network_brings_them = (4, 3, 6, 2, 5, 7)
    others = [handling.begin(queues[update_id % 3], ANNA, update_id) for update_id in as_the_network_brings_them]
    await until_waiting(replicas[0], 1, 2, 3, 4, 5, 6, 7)
    assert handling.began == [1]
    handling.gates[1].set()
    await asyncio.gather(first, *others)
    assert handling.ended == [1, 2, 3, 4, 5, 6, 7]
    assert await waiting(replicas[0]) == []


async def test_a_crowd_that_waits_costs_the_database_nothing(
    replicas: list[Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them looked whether it was its turn, three times a second: a hundred who wrote ten messages each kept the
    database from answering anybody."""
    handling, queue = Handling(1), DatabaseCustomerQueue(replicas[0], lease=0.3)
    tasks = [handling.begin(queue, ANNA, update_id) for update_id in range(1, 11)]
    await until_waiting(replicas[1], *range(1, 11))
    await handling.until_began(1)
    asked, begin, read = list[str](), replicas[0].begin, replicas[0].read

    def renewed() -> AbstractAsyncContextManager[Connection]:
        asked.append("renewed")
        return begin()

    def looked() -> AbstractAsyncContextManager[Connection]:
        asked.append("looked")
        return read()

    monkeypatch.setattr(replicas[0], "begin", renewed)
    monkeypatch.setattr(replicas[0], "read", looked)

    async def renewed_often() -> bool:
        return asked.count("renewed") >= 9

    await until(renewed_often, "three leases' time to pass")
    assert set(asked) == {"renewed"}
    transactions = await ask(replicas[1], "SELECT DISTINCT xmin::text FROM waiting_updates")
    assert len(transactions) == 1, "one lease is renewed with all others"
    handling.gates[1].set()
    await asyncio.gather(*tasks)
    assert handling.ended == list(range(1, 11))
    assert await waiting(replicas[1]) == []


async def test_many_that_come_at_once_run_one_at_a_time(replicas: list[Database]) -> None:
    handling, queues = Handling(), [DatabaseCustomerQueue(one) for one in replicas]
    tasks = [
        handling.begin(queues[update_id % 3], customer, 100 * customer + update_id)
        for update_id in range(12)
        for customer in (ANNA, BEN)
    ]
    await asyncio.gather(*tasks)
    assert len(handling.ended) == 24
    assert handling.most_at_once == {ANNA: 1, BEN: 1}


async def test_one_slow_customer_does_not_hold_up_another(replicas: list[Database]) -> None:
    handling, queues = Handling(1), [DatabaseCustomerQueue(one) for one in replicas]
    slow = handling.begin(queues[0], ANNA, 1)
    await handling.until_began(1)
    await handling.begin(queues[1], BEN, 2)
    await handling.begin(queues[0], BEN, 3)
    assert not slow.done()
    handling.gates[1].set()
    await slow


async def test_a_handler_that_takes_longer_than_the_lease_keeps_its_place(replicas: list[Database]) -> None:
    handling, queues = Handling(1), [DatabaseCustomerQueue(one, lease=0.6) for one in replicas]
    slow, behind = handling.begin(queues[0], ANNA, 1), None
    await handling.until_began(1)
    leases = set[tuple[str]]()

    async def renewed_often() -> bool:
        leases.update(await ask(replicas[2], "SELECT lease_until FROM waiting_updates WHERE update_id = 1"))
        return len(leases) > 6

    behind = handling.begin(queues[1], ANNA, 2)
    await until(renewed_often, "two leases' time to pass")
    assert handling.began == [1]
    handling.gates[1].set()
    await asyncio.gather(slow, behind)
    assert handling.ended == [1, 2]


async def test_a_dead_replica_s_updates_hold_nobody_up_for_long(replicas: list[Database]) -> None:
    handling = Handling(1)
    dying = DatabaseCustomerQueue(replicas[0], lease=0.6)
    stuck = [handling.begin(dying, ANNA, 1)]
    await handling.until_began(1)
    stuck.append(handling.begin(dying, ANNA, 2))
    await until_waiting(replicas[1], 1, 2)
    next_one = handling.begin(DatabaseCustomerQueue(replicas[1]), ANNA, 3)
    await until_waiting(replicas[1], 1, 2, 3)
    assert isinstance(replicas[0], PostgresDatabase)
    replicas[0]._pool.terminate()  # as the system does with a killed process
    await next_one
    assert handling.ended == [3]
    assert await waiting(replicas[1]) == []
    for task in stuck:
        task.cancel()
    await asyncio.gather(*stuck, return_exceptions=True)


async def test_an_update_that_came_to_two_replicas_runs_in_one_after_the_other(replicas: list[Database]) -> None:
    handling, queues = Handling(1), [DatabaseCustomerQueue(one) for one in replicas]
    first = handling.begin(queues[0], ANNA, 1)
    await handling.until_began(1)
    again = handling.begin(queues[1], ANNA, 1)
    other = handling.begin(queues[2], BEN, 2)
    await other
    assert handling.began == [1, 2]
    handling.gates[1].set()
    await asyncio.gather(first, again)  # the second asks whether it is handled, and it is
    assert handling.most_at_once[ANNA] == 1


async def test_an_update_whose_holder_is_dead_is_taken_over(replicas: list[Database]) -> None:
    await ask(replicas[0], "INSERT INTO waiting_updates VALUES (1, 42, 'dead', TRUE, '2026-01-01T00:00:00.000000Z')")
    async with DatabaseCustomerQueue(replicas[1]).in_order(ANNA, 1):
        ((holder, is_running),) = await ask(replicas[0], "SELECT holder, is_running FROM waiting_updates")
        assert holder != "dead" and is_running
    assert await waiting(replicas[0]) == []


async def test_a_place_is_given_up_by_errors_and_by_those_who_stop_waiting(replicas: list[Database]) -> None:
    handling, queues = Handling(1), [DatabaseCustomerQueue(one) for one in replicas]
    running = handling.begin(queues[0], ANNA, 1)
    await handling.until_began(1)
    gone = handling.begin(queues[1], ANNA, 2)
    await until_waiting(replicas[0], 1, 2)
    gone.cancel()
    await until_waiting(replicas[0], 1)
    running.cancel()
    await until_waiting(replicas[0])
    with pytest.raises(RuntimeError):
        async with queues[2].in_order(ANNA, 3):
            raise RuntimeError("the handler stumbles")
    assert await waiting(replicas[0]) == []


async def test_a_place_is_given_up_over_a_connection_that_is_cut_just_then(
    replicas: list[Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = replicas[0].begin

    def cut() -> AbstractAsyncContextManager[Connection]:
        monkeypatch.setattr(replicas[0], "begin", begin)
        raise DatabaseAway("cut")

    async with DatabaseCustomerQueue(replicas[0]).in_order(ANNA, 1):
        monkeypatch.setattr(replicas[0], "begin", cut)
    assert await waiting(replicas[0]) == []


async def test_one_process_alone_keeps_the_order_of_arrival() -> None:
    queues, ended = InMemoryCustomerQueue(), list[str]()
    gate = asyncio.Event()

    async def handle(customer: int, name: str) -> None:
        async with queues.in_order(customer, 0):
            if name == "a":
                await gate.wait()
            ended.append(name)

    tasks = [asyncio.create_task(handle(ANNA, name)) for name in "abcd"]
    await asyncio.create_task(handle(BEN, "x"))
    tasks[2].cancel()
    gate.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert ended == ["x", "a", "b", "d"]
