"""/close and /open: the shop takes a holiday, and comes back."""

from aiogram import Router
from aiogram.filters import CommandObject
from aiogram.types import Message

from bot.admin.filters import admin_router
from bot.context import ChatContext
from bot.routing import on_command
from checkout.model.outgoing import OutgoingChat
from checkout.model.text import says_something, visible
from messages.language.translator import Translator

LONGEST = 1000  # characters: with all that stands around it, well below Telegram's 4096


def closing_router() -> Router:
    router = admin_router("closing")
    on_command(router, close, "close")
    on_command(router, reopen, "open")
    return router


async def close(message: Message, command: CommandObject, chat: ChatContext) -> None:
    text = visible(command.args or "").strip()
    if not says_something(text):
        await chat.say(OutgoingChat(state(chat.translator, await chat.dependencies.close_shop.closed_text())))
    elif len(text) > LONGEST:
        await chat.say(OutgoingChat(too_long(chat.translator, len(text))))
    else:
        await chat.dependencies.close_shop.close(chat.chat_id, text)
        await chat.say(OutgoingChat(closed(chat.translator, text)))


async def reopen(message: Message, command: CommandObject, chat: ChatContext) -> None:
    was_closed = await chat.dependencies.close_shop.open(chat.chat_id)
    await chat.say(OutgoingChat(opened(chat.translator, was_closed=was_closed)))


def closed(translator: Translator, text: str) -> str:
    return translator.t_html(
        "The shop is closed: nothing new is begun, links that were given out stay payable. Customers are told:\n\n"
        "<blockquote>{text}</blockquote>\n\n/open opens it again.",
        text=text,
    )


def opened(translator: Translator, *, was_closed: bool) -> str:
    if was_closed:
        return translator.t_html("The shop is open again.")
    return translator.t_html("The shop is open.")


def state(translator: Translator, text: str | None) -> str:
    if text is not None:
        return closed(translator, text)
    return translator.t_html(
        "The shop is open. To close it, write what customers are to be told:\n"
        "<code>/close We are away until 1 June</code>"
    )


def too_long(translator: Translator, length: int) -> str:
    return translator.t_html("{length} characters are too many; at most {longest} fit.", length=length, longest=LONGEST)
