"""The set-up from its first question to the list of what remains."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import aiohttp

from app.settings import FORMS, SettingsError, load_settings
from app.setup.address import ask_address
from app.setup.admin import ask_admin
from app.setup.answers import Answers
from app.setup.bot_token import ask_bot_token
from app.setup.choice import Chosen
from app.setup.context import Setup
from app.setup.database import look_whose_database
from app.setup.mail import ask_mail
from app.setup.register_resend import register_resend
from app.setup.register_stripe import register_stripe
from app.setup.register_telegram import register_telegram
from app.setup.shop import ask_shop
from app.setup.stripe_keys import ask_stripe_keys
from app.setup.terminal import Terminal
from checkout.errors import InvalidInput, ServiceError
from checkout.sentence import joined, words_of

GENERATED = ("SECRET_KEY", "TELEGRAM_WEBHOOK_SECRET")
# Each is asked, and looked at, in a step of its own.
ASKED = frozenset({
    "BOT_TOKEN", "ADMIN_IDS", "STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "RESEND_API_KEY", "MAIL_FROM", "PUBLIC_URL"
})  # fmt: skip


async def set_up(chosen: Chosen, environment: Mapping[str, str], folder: Path, terminal: Terminal) -> int:
    """Returns the exit code: 0 only if nothing remains. Raises InvalidInput for a ``.env`` that cannot be used."""
    answers = Answers(chosen.settings, environment, folder)
    if terminal.is_interactive:
        answers.refuse_unwritable()
    async with aiohttp.ClientSession() as http, terminal.waited():
        setup = Setup(terminal, answers, http, chosen)
        _close_to_others(setup)
        _take_others(setup, chosen.settings)
        await ask_bot_token(setup)
        await ask_admin(setup)
        await ask_stripe_keys(setup)
        await ask_mail(setup)
        await ask_address(setup)
        await ask_shop(setup, chosen.shop)
        _generate(setup)
        await _register(setup)
        await _check_as_a_whole(setup, folder)
    _print_what_was_not_written(setup)
    return _end(setup)


def _close_to_others(setup: Setup) -> None:
    """A `.env` that somebody copied is often readable for everybody."""
    try:
        setup.answers.close_to_others()
    except OSError as error:
        setup.left(setup.t("Others on this machine can read .env ({error}): chmod 600 .env", error=error.strerror))


def _take_others(setup: Setup, flags: Mapping[str, str]) -> None:
    """What nobody is asked for, but may say."""
    for name, value in flags.items():
        if name not in ASKED:
            try:
                FORMS[name](value)
            except InvalidInput as error:
                raise InvalidInput(joined(" ", [name, words_of(error)])) from None
            setup.answers.keep(name, value)


def _generate(setup: Setup) -> None:
    """A value that is there stays, even one that will not do: it may be in use."""
    for name in GENERATED:
        if not setup.answers.value(name):
            setup.answers.keep(name, secrets.token_urlsafe(32))


async def _register(setup: Setup) -> None:
    t = setup.t
    setup.terminal.heading(t("Telling the services"))
    if not setup.public_url:
        return
    if setup.is_loopback:
        setup.terminal.line(
            "  " + t("PUBLIC_URL is this machine alone, where no service reaches it: nothing is registered.")
        )
        setup.terminal.line("  " + t("Payments are found all the same: Stripe is asked every ten minutes."))
        return
    steps: tuple[Callable[[Setup], Awaitable[None]], ...] = (register_stripe, register_resend, register_telegram)
    for step in steps:
        try:
            await step(setup)
        except ServiceError as error:
            setup.left(str(error))


async def _check_as_a_whole(setup: Setup, folder: Path) -> None:
    """By the very reader that `serve` uses; what a step has said already is not said again."""
    try:
        settings = load_settings(setup.answers.environment(), folder)
    except SettingsError as error:
        said = " ".join(setup.remains)
        for mistake in error.mistakes:
            if str(mistake).partition(" ")[0] not in said:
                setup.left(mistake)
    else:
        await look_whose_database(setup, settings)


def _print_what_was_not_written(setup: Setup) -> None:
    if names := ", ".join(setup.answers.left_behind):
        setup.also(setup.t("The environment has {names} as it was before: start anew what it comes from"
                           " (docker compose up -d)", names=names))  # fmt: skip
    if setup.answers.to_print:
        setup.terminal.heading(setup.t("Put this where the shop's settings come from; it is shown this once:"))
        for name, value in setup.answers.to_print.items():
            setup.terminal.line(f"{name}={value}")
        if not setup.answers.is_from_environment:
            setup.remains.append(setup.t("Put what is printed above where the shop's settings come from"))


def _end(setup: Setup) -> int:
    t, terminal = setup.t, setup.terminal
    if setup.remains:
        terminal.heading(t("What remains:"))
        for number, text in enumerate(setup.remains, 1):
            terminal.line(f"  {number}. {text}")
        terminal.line("  " + t("Then run setup again: what is done stays done."))
    else:
        terminal.heading(t("Nothing remains. Start the shop: checkout-bot serve"))
    for text in setup.later:
        terminal.line(f"  -  {text}")
    terminal.line("  " + t("While it runs, `checkout-bot doctor --probe` tries everything out."))
    return 1 if setup.remains else 0
