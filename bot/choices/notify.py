"""/notify: whether an admin hears of every sale."""

from aiogram import Router
from aiogram.filters import CommandObject
from aiogram.types import Message

from bot.admin.filters import admin_router
from bot.context import ChatContext
from bot.routing import on_command
from checkout.model.outgoing import OutgoingChat
from messages.language.text import shorten
from messages.language.translator import Translator

ON = frozenset({"on", "yes", "вкл", "да"})
OFF = frozenset({"off", "no", "выкл", "нет"})
TYPED = 40  # characters


def notify_router() -> Router:
    router = admin_router("notify")
    on_command(router, notify, "notify")
    return router


async def notify(message: Message, command: CommandObject, chat: ChatContext) -> None:
    await chat.say(OutgoingChat(await _answer(chat, (command.args or "").strip(" ."))))


async def _answer(chat: ChatContext, typed: str) -> str:
    word, alerts = typed.lower(), chat.dependencies.sale_alerts
    if word in ON | OFF:
        await alerts.choose(chat.chat_id, hears=word in ON)
        return f"✅ {state(chat.translator, hears=word in ON)}"
    now = state(chat.translator, hears=await alerts.chosen(chat.chat_id))
    if not typed:
        return f"{now}\n\n{how(chat.translator)}"
    wrong = chat.translator.t_html("“{typed}” is neither on nor off.", typed=shorten(typed, TYPED))
    return f"{wrong} {now}\n\n{how(chat.translator)}"


def state(translator: Translator, *, hears: bool) -> str:
    if hears:
        return translator.t_html("You get a line for every sale.")
    return translator.t_html("You get no line for each sale; what needs you is told all the same.")


def how(translator: Translator) -> str:
    return translator.t_html(
        "<code>/notify on</code> — a line for every sale\n<code>/notify off</code> — only what needs you"
    )
