"""Puts the conversation together: which handler gets which update."""

from aiogram import Dispatcher

from bot.admin.audit import audit_router
from bot.admin.help import help_router
from bot.admin.invoice import invoice_router
from bot.admin.outbox import outbox_router
from bot.admin.payments import payments_router
from bot.admin.refund import refund_router
from bot.admin.reviews import reviews_router
from bot.admin.send_again import send_again_router
from bot.admin.statistics import statistics_router
from bot.admin.to_do import to_do_router
from bot.choices.closing import closing_router
from bot.choices.notify import notify_router
from bot.choices.summary import summary_router
from bot.context import ChatContextMiddleware
from bot.customer.account import account_router
from bot.customer.card_number import card_number_router
from bot.customer.catalog import catalog_router
from bot.customer.code_link import code_link_router
from bot.customer.email_address import email_address_router
from bot.customer.fallback import fallback_router
from bot.customer.orders import orders_router
from bot.customer.receipt import receipt_router
from bot.dependencies import BotDependencies
from bot.telegram.fsm_storage import ConversationStorage
from bot.telegram.registration import AdminMenu

__all__ = ["BotDependencies", "build_dispatcher"]


def build_dispatcher(dependencies: BotDependencies) -> Dispatcher:
    """Updates come to it one at a time for each customer: see updates.py."""
    dispatcher = Dispatcher(storage=ConversationStorage(dependencies.storage, dependencies.clock))
    context = ChatContextMiddleware(dependencies)
    for observer in (dispatcher.message, dispatcher.edited_message, dispatcher.callback_query):
        observer.outer_middleware(context)
    dispatcher.message.outer_middleware(AdminMenu(dependencies.admin_ids))
    dispatcher.include_routers(help_router(), invoice_router(), summary_router())
    dispatcher.include_routers(
        payments_router(), refund_router(), send_again_router(), outbox_router(), audit_router(), statistics_router()
    )
    dispatcher.include_routers(to_do_router(), notify_router(), closing_router())
    dispatcher.include_routers(
        reviews_router(),
        code_link_router(),
        catalog_router(),
        orders_router(),
        account_router(),
        receipt_router(),
        card_number_router(),
        email_address_router(),
        fallback_router(),
    )
    return dispatcher
