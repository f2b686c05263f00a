"""How a router says which commands and buttons it takes."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import Message

from messages.callbacks import Callback

Handler = Callable[..., Awaitable[Any]]


def on_command(router: Router, handler: Handler, *names: str, about: Callable[[str], bool] | None = None) -> None:
    """Typed as a message of its own, in any case, with the bot's name behind it or without.

    With ``about`` only where it says yes to what stands behind the command.
    """
    fits = F.args.func(lambda args: about((args or "").strip())) if about else None
    typed = Command(*names, ignore_case=True, ignore_mention=True, magic=fits)
    router.message.register(handler, F.text, typed, lambda message: not is_passed_on(message))


def is_passed_on(message: Message) -> bool:
    """Forwarded, or written by another bot in somebody's name: its words are not those of whoever sent it.

    Servers of the Bot API before 7.0 mark a forward by ``forward_date`` and no origin.
    """
    is_forward = message.forward_origin or message.forward_date or message.is_automatic_forward
    return bool(is_forward or message.via_bot or message.sender_business_bot)


def on_button(router: Router, handler: Handler, pressed: Callback | str) -> None:
    """A button with this data, or with data that begins so."""
    is_it = F.data == pressed if isinstance(pressed, str) else F.data.startswith(pressed.prefix)
    router.callback_query.register(handler, is_it)
