"""Puts the conversation together: which handler gets which update."""

from aiogram import Dispatcher

from bot.account import account_router
from bot.address import address_router
from bot.decisions import decisions_router
from bot.desk_actions import actions_router
from bot.desk_audit import audit_router
from bot.desk_figures import figures_router
from bot.desk_help import help_router
from bot.desk_invoice import invoice_router
from bot.desk_outbox import outbox_router
from bot.desk_payments import payments_router
from bot.desk_summary import summary_router
from bot.fsm_storage import ConversationStorage
from bot.other import other_router
from bot.parts import BotParts
from bot.receipt_address import receipt_router
from bot.registration import AdminMenu
from bot.shop import shop_router
from bot.turn import TurnMiddleware

__all__ = ["BotParts", "build_dispatcher"]


def build_dispatcher(parts: BotParts) -> Dispatcher:
    """Updates come to it one at a time for each customer: see updates.py."""
    dispatcher = Dispatcher(storage=ConversationStorage(parts.storage, parts.clock))
    turns = TurnMiddleware(parts)
    for observer in (dispatcher.message, dispatcher.edited_message, dispatcher.callback_query):
        observer.outer_middleware(turns)
    dispatcher.message.outer_middleware(AdminMenu(parts.admin_ids))
    dispatcher.include_routers(help_router(), invoice_router(), summary_router())
    dispatcher.include_routers(payments_router(), actions_router(), outbox_router(), audit_router(), figures_router())
    dispatcher.include_routers(
        decisions_router(), shop_router(), account_router(), receipt_router(), address_router(), other_router()
    )
    return dispatcher
