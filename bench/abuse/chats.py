"""What customers can do in the chat, and Telegram by itself."""

import asyncio
import time

from sandbox.base.fake_server import FaultMode
from sandbox.environment import Sandbox
from sandbox.fake_telegram.chats import ANNA, BEN, Person


def chatty_customer(sandbox: Sandbox) -> None:
    """200 messages at once."""
    for number in range(200):
        sandbox.telegram.forward(ANNA, f"look at this {number}")


def chats_that_wait(sandbox: Sandbox) -> None:
    """40 customers, each of whom Telegram makes wait: more than handlers have places."""
    crowd = [Person(5000 + number, f"Waiting {number}", "", f"waiting{number}", "en") for number in range(40)]
    faults = sandbox.telegram.faults
    faults.set(FaultMode.RATE_LIMITED, remaining=len(crowd), path_contains="sendMessage", retry_after=20)
    for person in crowd:
        sandbox.telegram.meet(person)
        sandbox.telegram.say(person, "/help")


def numbers_anew(sandbox: Sandbox) -> None:
    """After a quiet week Telegram numbers updates anew, lower."""
    sandbox.telegram.queue.renumber(1000)
    sandbox.telegram.say(ANNA, "/help")


def unreadable(sandbox: Sandbox) -> None:
    for _ in range(20):
        sandbox.telegram.queue.add("message", {"no": "message"})


async def answered_after(sandbox: Sandbox, longest: float) -> float:
    """Seconds until another customer is answered; ``longest`` when that is later."""
    began = time.perf_counter()
    said = sandbox.telegram.say(BEN, "/start")
    try:
        await sandbox.telegram.wait_for(BEN, lambda one: one.message_id > said.message_id, timeout=longest)
    except TimeoutError:
        return longest
    return time.perf_counter() - began


async def polls_per_second(sandbox: Sandbox, seconds: float) -> float:
    before = sandbox.telegram.queue.polls
    await asyncio.sleep(seconds)
    return (sandbox.telegram.queue.polls - before) / seconds
