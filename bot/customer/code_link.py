"""The link of a code's mail: opened in the chat that asked, it does what typing the code does."""

from aiogram import Router
from aiogram.filters import CommandObject
from aiogram.types import Message

from bot.context import ChatContext
from bot.customer import code_link_texts
from bot.customer.typed_code import go_on_verified, was_verified_by_last_code
from bot.routing import on_command
from checkout.model.verification import looks_like_link, read_link


def code_link_router() -> Router:
    """Comes before the catalogue's: it takes what no product can be called."""
    router = Router(name="code_link")
    on_command(router, open_link, "start", about=looks_like_link)
    return router


async def open_link(message: Message, command: CommandObject, chat: ChatContext) -> None:
    link = read_link((command.args or "").strip())
    if link is None:
        await chat.say_aside(code_link_texts.incomplete(chat.translator))
        return
    checked = await chat.dependencies.verify_email.check_link(chat.customer, link)
    if checked.reason == "ok" and checked.email:
        await go_on_verified(chat, checked.email)
    elif checked.reason == "elsewhere":
        await chat.say_aside(code_link_texts.elsewhere(chat.translator))
    elif checked.reason == "wrong":
        await chat.say(code_link_texts.superseded(chat.translator))
    elif was_verified_by_last_code(chat):
        await go_on_verified(chat, chat.dialogue.sent_to)
    else:
        await chat.say(code_link_texts.gone(chat.translator, None if chat.dialogue.waiting else chat.customer.email))
