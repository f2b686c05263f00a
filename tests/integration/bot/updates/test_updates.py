"""Updates: each customer's in order, different customers' at once, each once."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

import pytest

import bot.context
import bot.telegram.polling
import bot.telegram.updates
from bot.context import ANSWER_TRIES
from bot.telegram.customer_queue import InMemoryCustomerQueue
from bot.telegram.updates import TRIES, UpdateIntake
from checkout.errors import DatabaseAway, RecipientUnreachable, ServiceRefused, ServiceUnavailable
from checkout.ports.storage import Transaction
from sandbox.base.fake_server import FaultMode
from sandbox.base.waiting import until
from sandbox.fake_telegram.chats import ANNA, BEN
from tests.support.bot_dispatcher import RecordingHandlers, intake_of, nothing_kept, said
from tests.support.bot_shop import BotShop


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Backing off is told by what is retried, not by how long it takes."""
    short = timedelta(milliseconds=10)
    for module in (bot.telegram.updates, bot.telegram.polling, bot.context):
        monkeypatch.setattr(module, "backoff", lambda attempts, retry_after=None: short)
    monkeypatch.setattr(bot.telegram.updates, "database_backoff", lambda attempts: short)


async def test_one_slow_customer_does_not_hold_up_the_others(shop: BotShop) -> None:
    handlers = RecordingHandlers(held={ANNA.id})
    intake = intake_of(shop, handlers)
    slow, quick = said(shop, (ANNA, "slow"), (BEN, "quick"))

    first = intake.accept(slow)
    await intake.handle(quick)

    assert handlers.ended == ["quick"] and not first.done()
    handlers.let_go(ANNA.id)
    await first


async def test_one_customer_s_updates_are_handled_one_after_another(shop: BotShop) -> None:
    handlers = RecordingHandlers(held={ANNA.id})
    intake = intake_of(shop, handlers)
    tasks = [intake.accept(update) for update in said(shop, (ANNA, "1"), (ANNA, "2"), (ANNA, "3"), (BEN, "x"))]

    await tasks[-1]
    await until(lambda: sorted(handlers.began) == ["1", "x"])
    handlers.let_go(ANNA.id)
    await asyncio.gather(*tasks)

    assert [text for text in handlers.ended if text != "x"] == ["1", "2", "3"]


async def test_a_repeated_update_is_ignored_in_flight_and_afterwards(shop: BotShop) -> None:
    handlers = RecordingHandlers(held={ANNA.id})
    intake = intake_of(shop, handlers)
    (update,) = said(shop, (ANNA, "once"))

    tasks = [intake.accept(update), intake.accept(update)]
    handlers.let_go(ANNA.id)
    await asyncio.gather(*tasks)
    await intake.handle(update)
    await intake_of(shop, handlers).handle(update)

    assert handlers.ended == ["once"]


async def test_a_caller_that_goes_away_does_not_end_the_handling(shop: BotShop) -> None:
    handlers = RecordingHandlers(held={ANNA.id})
    intake = intake_of(shop, handlers)
    caller = asyncio.create_task(intake.handle(said(shop, (ANNA, "kept"))[0]))
    await until(lambda: bool(handlers.began))
    caller.cancel()
    handlers.let_go(ANNA.id)
    await intake.drain()

    assert handlers.ended == ["kept"]


async def test_a_failing_handler_is_apologised_for_in_the_customer_s_language(
    shop: BotShop, caplog: pytest.LogCaptureFixture
) -> None:
    handlers = RecordingHandlers(failures={"мой секрет": [RuntimeError("anna@example.com 123456")]})
    intake = intake_of(shop, handlers)
    (update,) = said(shop, (ANNA, "мой секрет"))
    with caplog.at_level(logging.DEBUG, logger="bot"):
        await intake.handle(update)
    await intake.handle(update)

    assert handlers.began == ["мой секрет"]
    assert "что-то пошло не так" in shop.telegram.chat(ANNA)[-1].text
    assert f"update {update['update_id']} failed: RuntimeError" in caplog.text
    assert "anna@example.com" not in caplog.text and "123456" not in caplog.text


async def test_what_a_service_answered_is_in_the_log(shop: BotShop, caplog: pytest.LogCaptureFixture) -> None:
    handlers = RecordingHandlers(
        failures={"buy": [ServiceRefused("Telegram refuses: Bad Request: BUTTON_URL_INVALID")]}
    )
    (update,) = said(shop, (BEN, "buy"))
    await intake_of(shop, handlers).handle(update)

    failed = f"update {update['update_id']} failed: ServiceRefused (Telegram refuses: Bad Request: BUTTON_URL_INVALID)"
    assert failed in caplog.text
    assert "went wrong" in shop.telegram.chat(BEN)[-1].text


async def test_telegram_being_away_means_the_update_is_not_handled(shop: BotShop) -> None:
    handlers = RecordingHandlers(failures={"hello": [ServiceUnavailable("away")]})
    intake = intake_of(shop, handlers)
    (update,) = said(shop, (BEN, "hello"))
    with pytest.raises(ServiceUnavailable):
        await intake.handle(update)
    await intake.handle(update)

    assert handlers.ended == ["hello"]


async def test_several_tries_are_made_where_nobody_sends_the_update_again(shop: BotShop) -> None:
    handlers = RecordingHandlers(failures={"hello": [ServiceUnavailable("away")] * 4})
    await intake_of(shop, handlers).accept(said(shop, (BEN, "hello"))[0], tries=5)

    assert handlers.ended == ["hello"]


async def test_a_customer_who_has_gone_is_no_failure(shop: BotShop) -> None:
    handlers = RecordingHandlers(failures={"bye": [RecipientUnreachable("gone")]})
    intake = intake_of(shop, handlers)
    (update,) = said(shop, (BEN, "bye"))
    await intake.handle(update)
    await intake.handle(update)

    assert handlers.began == ["bye"]
    assert not [message for message in shop.telegram.chat(BEN) if message.by_bot]


class FailingStorage:
    """Refuses as long as it is down."""

    def __init__(self, shop: BotShop) -> None:
        self._storage, self.is_down = shop.storage, True
        self.asked = 0

    def begin(self) -> AbstractAsyncContextManager[Transaction]:
        self._check()
        return self._storage.begin()

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        self._check()
        return self._storage.read()

    def try_lock(self, name: str) -> AbstractAsyncContextManager[bool]:
        return self._storage.try_lock(name)

    def _check(self) -> None:
        self.asked += 1
        if self.is_down:
            raise OSError("disk I/O error")


async def test_a_database_that_is_away_is_waited_for_however_long(shop: BotShop) -> None:
    handlers, storage = RecordingHandlers(), FailingStorage(shop)
    intake = UpdateIntake(shop.bot, handlers.dispatcher(), storage, shop.clock, InMemoryCustomerQueue())
    (update,) = said(shop, (BEN, "hello"))
    with pytest.raises(ServiceUnavailable):
        await intake.handle(update)
    task = intake.accept(update, tries=2)
    await until(lambda: storage.asked > 10)
    assert handlers.began == []
    storage.is_down = False
    await task

    assert handlers.ended == ["hello"]


class LostQueue:
    """Nobody can be asked who comes next: what waits loses its place once it is ``cut``, twice."""

    def __init__(self) -> None:
        self.cut, self.times, self.asked = asyncio.Event(), 2, 0

    @asynccontextmanager
    async def in_order(self, telegram_user_id: int, update_id: int) -> AsyncIterator[None]:
        self.asked += 1
        await self.cut.wait()
        if self.times:
            self.times -= 1
            raise DatabaseAway("cut")
        yield


@pytest.mark.parametrize("is_kept", [True, False])
@pytest.mark.parametrize("tries", [1, TRIES], ids=["by webhook", "by polling"])
async def test_an_update_whose_place_in_the_queue_is_lost_goes_on_or_is_sent_again(
    shop: BotShop, tries: int, is_kept: bool
) -> None:
    handlers, queue = RecordingHandlers(), LostQueue()
    intake = UpdateIntake(shop.bot, handlers.dispatcher(), shop.storage, shop.clock, queue)
    (update,) = said(shop, (BEN, "hello"))
    task = intake.accept(update, tries)
    if is_kept:
        await intake.keep([update["update_id"]])
    queue.cut.set()
    if is_kept or tries == TRIES:
        await task
    else:
        with pytest.raises(ServiceUnavailable):
            await task
        await intake_of(shop, handlers).handle(update)

    assert handlers.ended == ["hello"]
    assert await nothing_kept(shop)


@pytest.mark.parametrize(("losing", "waiting"), [(1, 1), (1, 2), (2, 2)])
async def test_places_that_are_lost_are_taken_again_in_their_order(
    shop: BotShop, monkeypatch: pytest.MonkeyPatch, losing: int, waiting: int
) -> None:
    """However much sooner the second one asks; where it keeps its own place; and where it comes just then."""
    pauses = iter([timedelta(seconds=0.5)])
    monkeypatch.setattr(bot.telegram.updates, "database_backoff", lambda attempts: next(pauses, timedelta()))
    handlers, queue = RecordingHandlers(), LostQueue()
    queue.times = losing
    intake = UpdateIntake(shop.bot, handlers.dispatcher(), shop.storage, shop.clock, queue)
    first, second = said(shop, (BEN, "first"), (BEN, "second"))
    tasks = [intake.accept(one, TRIES) for one in (first, second)[:waiting]]
    await until(lambda: queue.asked == waiting)
    queue.cut.set()
    await until(lambda: queue.times == 0)
    await asyncio.gather(*tasks, intake.accept(second, TRIES))

    assert handlers.ended == ["first", "second"]


async def test_a_handler_that_lost_the_database_is_begun_again_without_an_apology(shop: BotShop) -> None:
    handlers = RecordingHandlers(failures={"hello": [DatabaseAway("cut")]})
    await intake_of(shop, handlers).accept(said(shop, (BEN, "hello"))[0], tries=2)

    assert handlers.ended == ["hello"]
    assert not [message for message in shop.telegram.chat(BEN) if message.by_bot]


async def test_draining_finishes_what_can_be_and_leaves_the_rest(shop: BotShop) -> None:
    handlers = RecordingHandlers(held={ANNA.id})
    intake = intake_of(shop, handlers)
    stuck, behind, free = (intake.accept(u) for u in said(shop, (ANNA, "stuck"), (ANNA, "behind"), (BEN, "free")))
    await intake.drain(0.3)

    assert handlers.ended == ["free"]
    assert stuck.cancelled() and behind.cancelled() and free.done()


async def test_an_answer_that_telegram_makes_wait_is_given_once(shop: BotShop) -> None:
    shop.telegram.faults.set(FaultMode.RATE_LIMITED, remaining=2, path_contains="sendMessage")
    (answer,) = await shop.say(BEN, "/start")

    assert "Welcome" in answer.text


async def test_a_mail_that_left_is_not_sent_again_when_its_update_comes_again(shop: BotShop) -> None:
    await shop.say(BEN, "/email")
    shop.telegram.faults.set(FaultMode.SERVER_ERROR, remaining=ANSWER_TRIES, path_contains="editMessageText")
    with pytest.raises(ServiceUnavailable):
        await shop.say(BEN, "ben@example.com")
    await shop.intake.handle(shop.telegram.updates[-1])

    assert any("on its way to ben@example.com" in one.text for one in shop.telegram.chat(BEN))
    assert len(shop.mails.sent) == 1


async def test_no_log_line_holds_an_address_a_code_or_the_token(
    shop: BotShop, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await shop.verify(BEN, "ben@example.com")
        shop.telegram.faults.set(FaultMode.RESET, remaining=2, path_contains="sendMessage")
        await shop.say(BEN, "/mydata")

    for secret in ("ben@example.com", shop.bot.token):
        assert secret not in _ours(caplog)
    # Within longer numbers, an update's id, say, the same six digits stand by chance.
    assert shop.mails.last_code("ben@example.com") not in re.findall(r"\d+", _ours(caplog))


def _ours(caplog: pytest.LogCaptureFixture) -> str:
    """What the bot and its libraries log; the database driver's debug lines are never switched on."""
    names = ("bot", "aiogram", "aiohttp")
    return "\n".join(one.getMessage() for one in caplog.records if one.name.split(".")[0] in names)
