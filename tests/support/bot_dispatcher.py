"""Handlers in the place of the conversation: they note what they do and can be held up."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from aiogram import Dispatcher
from aiogram.types import Message

from bot.telegram.customer_queue import InMemoryCustomerQueue
from bot.telegram.places import given_back
from bot.telegram.updates import UpdateIntake
from tests.support.bot_shop import BotShop


@dataclass
class RecordingHandlers:
    """Handlers that note what they do, and wait at a gate, as for Telegram, for the customers that are held."""

    began: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    failures: dict[str, list[Exception]] = field(default_factory=dict)
    held: set[int] = field(default_factory=set)
    gates: dict[int, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))

    def dispatcher(self) -> Dispatcher:
        dispatcher = Dispatcher()
        dispatcher.message.register(self.handle)
        return dispatcher

    async def handle(self, message: Message) -> None:
        text, customer = message.text or "", message.chat.id
        self.began.append(text)
        if customer in self.held:
            async with given_back():
                await self.gates[customer].wait()
        if self.failures.get(text):
            raise self.failures[text].pop(0)
        self.ended.append(text)

    def let_go(self, customer: int) -> None:
        self.held.discard(customer)
        self.gates[customer].set()


def intake_of(shop: BotShop, handlers: RecordingHandlers) -> UpdateIntake:
    return UpdateIntake(shop.bot, handlers.dispatcher(), shop.storage, shop.clock, InMemoryCustomerQueue())


def said(shop: BotShop, *lines: tuple[Any, str]) -> list[dict[str, Any]]:
    for person, text in lines:
        shop.telegram.say(person, text)
    return shop.telegram.updates[-len(lines) :]


async def kept(shop: BotShop) -> list[int]:
    async with shop.storage.read() as tx:
        return [row.update_id for row in await tx.updates.kept(shop.clock.now(), 1000)]


async def nothing_kept(shop: BotShop) -> bool:
    """A moment after the handler's end: what was kept is taken away then."""
    return await kept(shop) == []
