"""Puts the conversation together: which handler gets which update."""

from aiogram import Dispatcher

from bot.account import account_router
from bot.address import address_router
from bot.fsm_storage import ConversationStorage
from bot.other import other_router
from bot.parts import BotParts
from bot.shop import shop_router
from bot.turn import TurnMiddleware

__all__ = ["BotParts", "build_dispatcher"]


def build_dispatcher(parts: BotParts) -> Dispatcher:
    """Updates come to it one at a time for each customer: see updates.py."""
    dispatcher = Dispatcher(storage=ConversationStorage(parts.storage, parts.clock))
    turns = TurnMiddleware(parts)
    for observer in (dispatcher.message, dispatcher.edited_message, dispatcher.callback_query):
        observer.outer_middleware(turns)
    dispatcher.include_routers(shop_router(), account_router(), address_router(), other_router())
    return dispatcher
