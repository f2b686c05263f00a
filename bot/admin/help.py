"""/admin: what admins can do."""

from aiogram import Router
from aiogram.types import Message

from bot.admin.filters import admin_router
from bot.commands import ADMIN_COMMANDS
from bot.context import ChatContext
from bot.routing import on_command
from checkout.model.outgoing import OutgoingChat
from messages.language.text import fill
from messages.language.translator import Translator


def help_router() -> Router:
    router = admin_router("help")
    on_command(router, show, "admin")
    return router


async def show(message: Message, chat: ChatContext) -> None:
    await chat.say(OutgoingChat(listed(chat.translator)))


def listed(translator: Translator) -> str:
    """One line each; what stands in ``<>`` must be written, what stands in ``[]`` may be."""
    lines = [_line(one.name, one.usage_in(translator.language), one.in_(translator.language)) for one in ADMIN_COMMANDS]
    closing = translator.t_html("Nobody else sees these commands, and in groups there are none.")
    return "\n".join([translator.t_html("<b>What admins can do</b>"), "", *lines, "", closing])


def _line(name: str, usage: str, description: str) -> str:
    pattern = "/{name} {usage} — {description}" if usage else "/{name} — {description}"
    return fill(pattern, name=name, usage=usage, description=description)
