"""Who is told of what needs a person: the id comes with a press of Start, nobody looks it up."""

import asyncio
import secrets

from app.settings_values import telegram_ids
from app.setup.context import Question, Setup, settled
from app.setup.terminal import NobodyThere
from checkout.errors import InvalidInput, ServiceError
from messages.links import SETUP_START, chat_url

PATIENCE_SECONDS = 900.0  # long enough to find the telephone and install Telegram
LISTENED_TO_ELSEWHERE = "409"


async def ask_admin(setup: Setup) -> None:
    t = setup.t
    setup.terminal.heading(t("You, the admin"))
    if not setup.answers.value("ADMIN_IDS") and setup.terminal.is_interactive:
        await _learn(setup)
    question = Question(
        "ADMIN_IDS",
        t("Your Telegram user id"),
        t("Without an admin nobody hears of what needs a person. @userinfobot tells a user id."),
    )

    async def check(value: str) -> str:
        return t("Admins: {ids}", ids=", ".join(map(str, telegram_ids(value))))

    value = await settled(setup, question, check)
    setup.admin_ids = telegram_ids(value)
    for admin_id in setup.admin_ids:
        await _look_at(setup, admin_id)


async def _learn(setup: Setup) -> None:
    """Writes ADMIN_IDS, unless nobody comes or something is in the way."""
    if setup.telegram is None or setup.identity is None or setup.has_foreign_webhook:
        return
    t, nonce = setup.t, f"{SETUP_START}{secrets.token_urlsafe(9)}"
    setup.terminal.line("  " + t("Open this on your telephone or here, and press Start:"))
    setup.terminal.line(f"\n      {chat_url(setup.identity.username, nonce)}\n")
    setup.terminal.line("  " + t("Waiting for it ... (or type your Telegram user id; Enter alone goes on without)"))
    pressed = asyncio.create_task(setup.telegram.who_pressed_start(nonce, PATIENCE_SECONDS))
    typed = asyncio.create_task(setup.terminal.next_line())
    try:
        await asyncio.wait({pressed, typed}, return_when=asyncio.FIRST_COMPLETED)
        if typed.done():
            _take(setup, typed.result())
        elif person := pressed.result():
            setup.answers.keep("ADMIN_IDS", str(person.id))
            setup.terminal.good(t("Welcome, {name}", name=person.name))
    except NobodyThere:
        pass
    except ServiceError as error:
        setup.terminal.wrong(_explained(setup, error))
    finally:
        for task in (pressed, typed):
            task.cancel()
        await asyncio.gather(pressed, typed, return_exceptions=True)


def _take(setup: Setup, typed: str) -> None:
    try:
        if telegram_ids(typed):
            setup.answers.keep("ADMIN_IDS", typed)
    except InvalidInput:
        setup.terminal.wrong(setup.t("A Telegram user id is a number, like 123456789"))


def _explained(setup: Setup, error: ServiceError) -> str:
    if error.code == LISTENED_TO_ELSEWHERE:
        return setup.t("Another program listens to this bot: stop it (a `checkout-bot serve`?), or type the id")
    return str(error)


async def _look_at(setup: Setup, admin_id: int) -> None:
    if setup.telegram is None or setup.identity is None:
        return
    try:
        if not await setup.telegram.can_write_to(admin_id):
            link = chat_url(setup.identity.username)
            setup.also(setup.t("Admin {id} has not pressed Start yet: {link}", id=admin_id, link=link))
    except ServiceError as error:
        setup.left(f"Telegram: {error}")
