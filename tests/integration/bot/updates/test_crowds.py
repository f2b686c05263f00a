"""One customer, or many whom Telegram makes wait, hold up nobody else; and what waits for long outlives the process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

import bot.context
import bot.telegram.updates
from bot.telegram.client import build_bot
from bot.telegram.places import Places, given_back
from bot.telegram.polling import Poller
from bot.telegram.updates import AT_ONCE, MOST_WAITING, UpdateIntake
from checkout.errors import ServiceUnavailable
from checkout.model.outgoing import OutgoingMail
from checkout.resilience.other_poller import OtherPoller
from checkout.resilience.service_health import ServiceHealth
from sandbox.base.fake_server import FaultMode
from sandbox.base.waiting import until
from sandbox.fake_telegram.api import TOKEN
from sandbox.fake_telegram.chats import ANNA, BEN, Person
from tests.support.bot_dispatcher import RecordingHandlers, intake_of, kept, nothing_kept, said
from tests.support.bot_shop import BotShop
from tests.support.clock import MovedClock
from tests.support.shop import until as eventually

TOO_MANY = "That was a lot at once"


def strangers(many: int) -> list[Person]:
    return [Person(5000 + number, f"Stranger {number}", "en", f"stranger{number}") for number in range(many)]


@asynccontextmanager
async def polled(shop: BotShop, intake: UpdateIntake) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(
        Poller(shop.bot, intake, ServiceHealth("Telegram", MovedClock()), OtherPoller(shop.storage, shop.clock)).run(
            stop
        )
    )
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 20)


async def test_a_chatty_customer_is_answered_a_few_times_and_told_once(shop: BotShop) -> None:
    handlers = RecordingHandlers(held={ANNA.id})
    intake = intake_of(shop, handlers)
    updates = said(shop, *[(ANNA, str(number)) for number in range(250)])
    tasks = [intake.accept(update) for update in updates]
    await intake.handle(said(shop, (BEN, "meanwhile"))[0])
    handlers.let_go(ANNA.id)
    await asyncio.gather(*tasks)
    for update in updates:
        await intake.handle(update)  # Telegram sends some of them again

    assert handlers.ended == ["meanwhile", *map(str, range(MOST_WAITING))]
    assert [one.text[:9] for one in shop.telegram.chat(ANNA) if one.by_bot] == ["Слишком м"]
    await intake.handle(said(shop, (ANNA, "afterwards"))[0])
    assert handlers.ended[-1] == "afterwards"


async def test_the_window_of_polling_is_not_filled_by_one_customer(shop: BotShop) -> None:
    handlers = RecordingHandlers(held={ANNA.id})
    async with polled(shop, intake_of(shop, handlers)):
        said(shop, *[(ANNA, str(number)) for number in range(300)])
        (last,) = said(shop, (BEN, "behind them all"))
        await until(lambda: handlers.ended == ["behind them all"])
        await until(lambda: shop.telegram.confirmed_offset == last["update_id"] + 1)
        handlers.let_go(ANNA.id)
        await until(lambda: len(handlers.ended) == 1 + MOST_WAITING)
        await eventually(lambda: nothing_kept(shop), "the last update to be done with")


async def test_the_window_of_polling_is_not_filled_by_many_who_wait(shop: BotShop) -> None:
    crowd = strangers(120)
    handlers = RecordingHandlers(held={person.id for person in crowd})
    async with polled(shop, intake_of(shop, handlers)):
        for person in crowd:
            shop.telegram.meet(person)
        waiting = said(shop, *[(person, "hello") for person in crowd])
        said(shop, (BEN, "behind them all"))
        await until(lambda: handlers.ended == ["behind them all"])
        assert waiting[0]["update_id"] in await kept(shop)
        for person in crowd:
            handlers.let_go(person.id)
        await until(lambda: len(handlers.ended) == 1 + len(crowd))
    await eventually(lambda: nothing_kept(shop), "the last update to be done with")


async def test_what_is_kept_goes_on_after_a_restart_in_order_and_once(
    shop: BotShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UpdateIntake.drain, "__defaults__", (0.1,))
    handlers = RecordingHandlers(held={BEN.id})
    async with polled(shop, intake_of(shop, handlers)):
        (last, *_) = reversed(said(shop, *[(BEN, str(number)) for number in range(99)]))
        await until(lambda: shop.telegram.confirmed_offset > last["update_id"])
    assert len(await kept(shop)) == MOST_WAITING + 1
    assert handlers.ended == []

    again = RecordingHandlers()
    async with polled(shop, intake_of(shop, again)):
        await until(lambda: len(again.ended) == MOST_WAITING)
        await until(lambda: shop.telegram.chat(BEN)[-1].text.startswith(TOO_MANY))
        said(shop, (BEN, "new"))
        await until(lambda: "new" in again.ended)
    assert again.ended == [*map(str, range(MOST_WAITING)), "new"]
    await eventually(lambda: nothing_kept(shop), "the last update to be done with")


async def test_a_webhook_is_answered_while_its_customer_waits(shop: BotShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.telegram.updates, "ANSWER_SECONDS", 0.05)
    handlers = RecordingHandlers(held={ANNA.id})
    intake = intake_of(shop, handlers)
    (slow,) = said(shop, (ANNA, "slow"))
    await intake.handle(slow)
    assert await kept(shop) == [slow["update_id"]]
    await intake.drain(0.05)

    again = RecordingHandlers()
    intake = intake_of(shop, again)
    await intake.take_up_kept()
    await intake.drain()
    assert again.ended == ["slow"]
    await eventually(lambda: nothing_kept(shop), "the last update to be done with")


async def test_what_is_kept_is_tried_again_and_given_up_in_the_end(
    shop: BotShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = timedelta(milliseconds=10)
    monkeypatch.setattr(bot.telegram.updates, "backoff", lambda attempts, retry_after=None: short)
    handlers = RecordingHandlers(held={BEN.id}, failures={"lost": [ServiceUnavailable("away")] * 9})
    intake = intake_of(shop, handlers)
    task = intake.accept(said(shop, (BEN, "lost"))[0])
    await intake.keep(shop.telegram.queue.all)
    handlers.let_go(BEN.id)
    await task
    assert len(handlers.began) == bot.telegram.updates.TRIES
    await eventually(lambda: nothing_kept(shop), "the last update to be done with")


async def test_chats_that_telegram_makes_wait_take_no_places(shop: BotShop, monkeypatch: pytest.MonkeyPatch) -> None:
    long = timedelta(seconds=30)
    monkeypatch.setattr(bot.context, "backoff", lambda attempts, retry_after=None: long)
    crowd = strangers(AT_ONCE + 8)
    shop.telegram.faults.set(FaultMode.RATE_LIMITED, remaining=len(crowd), path_contains="sendMessage", retry_after=30)
    for person in crowd:
        shop.telegram.meet(person)
        shop.telegram.say(person, "/help")
    waiting = [shop.intake.accept(update) for update in shop.telegram.updates[-len(crowd) :]]
    await until(lambda: shop.telegram.faults.remaining == 0)

    (answer,) = await shop.say(BEN, "/start")
    assert "Welcome" in answer.text
    assert not any(task.done() for task in waiting)


async def test_a_crowd_whose_codes_are_long_in_leaving_takes_no_places(
    shop: BotShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many ask at once, or Resend is slow to answer."""
    answered, crowd, send = asyncio.Event(), strangers(AT_ONCE + 8), shop.mails.send

    async def slowly(mail: OutgoingMail, idempotency_key: str) -> str:
        await answered.wait()
        return await send(mail, idempotency_key)

    monkeypatch.setattr(shop.mails, "send", slowly)
    for number, person in enumerate(crowd):
        shop.telegram.meet(person)
        shop.telegram.say(person, f"/email stranger{number}@example.com")
    waiting = [shop.intake.accept(update) for update in shop.telegram.updates[-len(crowd) :]]
    assert "Welcome" in (await asyncio.wait_for(shop.say(BEN, "/start"), 20))[0].text
    assert not any(task.done() for task in waiting)
    answered.set()
    await asyncio.gather(*waiting)
    assert len(shop.mails.sent) == len(crowd)


async def test_a_number_that_is_given_again_after_days_is_another_update(shop: BotShop) -> None:
    handlers = RecordingHandlers()
    intake = intake_of(shop, handlers)
    (update,) = said(shop, (BEN, "old"))
    await intake.handle(update)
    shop.clock.forward(days=7)
    shop.telegram.queue.renumber(update["update_id"])
    (again,) = said(shop, (BEN, "new"))
    assert again["update_id"] == update["update_id"]
    await intake.handle(again)
    assert handlers.ended == ["old", "new"]


async def test_a_place_is_given_back_only_by_whoever_has_it() -> None:
    places, told = Places(1), list[Any]()

    async def begun_by_the_handler() -> None:
        async with given_back():
            told.append("has none")

    async def second() -> None:
        async with places.taken():
            told.append("second")

    async with places.taken():
        other = asyncio.create_task(second())
        await asyncio.create_task(begun_by_the_handler())
        assert told == ["has none"]
        async with given_back(), given_back():
            await other
        assert told == ["has none", "second"]
    async with given_back():
        pass
    await asyncio.wait_for(second(), 20)


async def test_who_has_begun_comes_before_a_crowd_that_has_not() -> None:
    """Answered, they have only to end: behind everybody who is still to begin they would all be held at once."""
    places, told, answered = Places(1), list[str](), asyncio.Event()

    async def one(name: str, *, waits: bool = False) -> None:
        async with places.taken():
            told.append(f"{name} begins")
            if waits:
                async with given_back():
                    await answered.wait()
                told.append(f"{name} ends")
            await asyncio.sleep(0)

    first = asyncio.create_task(one("first", waits=True))
    await until(lambda: bool(told))
    async with places.taken():
        crowd = [asyncio.create_task(one(name)) for name in ("gone", "second", "third")]
        await asyncio.sleep(0)
        crowd[0].cancel()
        answered.set()
        for _ in range(9):  # so that all of them stand in line
            await asyncio.sleep(0)
    await asyncio.gather(first, *crowd[1:])
    assert told == ["first begins", "first ends", "second begins", "third begins"]


async def test_a_receipt_waits_behind_one_answer_however_many_are_to_be_given(shop: BotShop) -> None:
    in_line, goes_on = list[str](), asyncio.Event()

    class Line:
        async def wait(self, recipient: str) -> None:
            in_line.append(recipient)
            await goes_on.wait()

        async def ended(self, recipient: str) -> None: ...

    await shop.say(BEN, "/start")
    bot, places = build_bot(TOKEN, shop.telegram.url, rate_limiter=Line()), Places(3)
    begun = list[int]()

    async def answer(number: int) -> None:
        async with places.taken():
            begun.append(number)
            await bot.send_message(BEN.id, "an answer")

    answers = [asyncio.create_task(answer(number)) for number in range(9)]
    await until(lambda: len(in_line) == 1)
    receipt = asyncio.create_task(bot.send_message(BEN.id, "a receipt"))
    await until(lambda: len(in_line) == 2)
    # Whoever waits in the shop's own line keeps their place: the others need not even begin.
    assert begun == [0, 1, 2]
    goes_on.set()
    await asyncio.gather(receipt, *answers)
    assert sorted(begun) == list(range(9))
    await bot.session.close()
