"""What the steps of the set-up share: who is asked, what is known so far, and what remains."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp

from app.settings import FORMS
from app.settings_sources import pasted
from app.settings_values import is_loopback
from app.setup.answers import Answers
from app.setup.choice import Chosen, flag_of
from app.setup.terminal import NobodyThere, Terminal
from bot.telegram.account import Identity, TelegramAccount
from checkout.errors import CheckoutError, InvalidInput, ServiceError
from checkout.model.catalog import Catalog
from checkout.sentence import Said, joined, words_of
from providers.resend_account import ResendAccount
from providers.stripe_account import StripeAccount


class Wrong(CheckoutError):
    """The answer cannot be used: it is asked again, and not written down. The message says why."""


class Unfinished(CheckoutError):
    """The answer may be right and is written down; the message says what is left to do about it."""


@dataclass(frozen=True, slots=True)
class Question:
    """``asked`` and ``where`` (where the answer is found, one line) are in the terminal's language.

    ``tidied`` makes of what people type what they mean; ``slip`` says what they confused it with, if anything.
    """

    setting: str
    asked: str
    where: str
    is_secret: bool = False
    tidied: Callable[[str], str] = str
    slip: Callable[[str], str] = lambda _: ""

    @property
    def flag(self) -> str:
        return flag_of(self.setting)


@dataclass
class Setup:
    """A service is None until its key is known to be right; ``public_url`` is empty likewise.

    ``remains`` is for whoever sets up, before setup is done; ``later`` is what a shop needs beside it.
    """

    terminal: Terminal
    answers: Answers
    http: aiohttp.ClientSession
    chosen: Chosen
    telegram: TelegramAccount | None = None
    identity: Identity | None = None
    has_foreign_webhook: bool = False
    admin_ids: tuple[int, ...] = ()
    stripe: StripeAccount | None = None
    resend: ResendAccount | None = None
    public_url: str = ""
    catalog: Catalog | None = None
    remains: list[str] = field(default_factory=list)
    later: list[str] = field(default_factory=list)

    @property
    def is_loopback(self) -> bool:
        return is_loopback(urlsplit(self.public_url).hostname or "")

    @property
    def shop_id(self) -> str:
        return self.catalog.shop.shop_id if self.catalog else ""

    def t(self, sentence: str, **values: object) -> str:
        return self.terminal.t(sentence, **values)

    def left(self, words: Said) -> None:
        """Says it now, and once more at the end."""
        text = self.terminal.said(words)
        self.terminal.wrong(text)
        if text not in self.remains:
            self.remains.append(text)

    def also(self, text: str) -> None:
        """As ``left``, for what setup needs not wait for."""
        self.terminal.line(f"       {text}")
        self.later.append(text)


Check = Callable[[str], Awaitable[str]]


async def settled(setup: Setup, question: Question, check: Check, default: str = "") -> str:
    """The answer that passes ``check``, as it is set or as somebody types it; empty where there is none.

    ``check`` returns what is to be said of a good one, and raises Wrong, Unfinished, or ServiceError where the service
    does not tell.
    """
    try:
        value = setup.answers.value(question.setting)
    except InvalidInput as error:
        setup.left(joined(" ", [question.setting, words_of(error)]))
        return ""
    while True:
        value = value or await _typed(setup, question, default)
        if not value:
            setup.left(setup.t("{setting} is missing: {flag}. {where}", setting=question.setting,
                               flag=question.flag, where=question.where))  # fmt: skip
            return ""
        try:
            said = await _checked(setup, question, check, value)
        except Wrong as error:
            if not setup.terminal.is_interactive:
                setup.left(str(error))
                return ""
            setup.terminal.wrong(str(error))
            value = ""
            continue
        except Unfinished as error:
            setup.left(str(error))
        else:
            setup.terminal.good(said)
        setup.answers.keep(question.setting, value)
        return value


async def confirmed(setup: Setup, question: str, is_said: bool) -> bool:
    """By its flag, or asked on a terminal."""
    if is_said or not setup.terminal.is_interactive:
        return is_said
    try:
        return await setup.terminal.confirm(question)
    except NobodyThere:
        return False


async def _typed(setup: Setup, question: Question, default: str) -> str:
    if not setup.terminal.is_interactive:
        return ""
    try:
        ask, is_secret = setup.terminal.ask, question.is_secret
        typed = await ask(question.asked, question.where, default=default, is_secret=is_secret)
        return question.tidied(pasted(typed))
    except NobodyThere:
        return ""


async def _checked(setup: Setup, question: Question, check: Check, value: str) -> str:
    if slip := question.slip(value):
        raise Wrong(slip)
    try:
        FORMS[question.setting](value)
    except InvalidInput:
        words = setup.t("This does not look like {setting}. {where}", setting=question.setting, where=question.where)
        raise Wrong(words) from None
    try:
        return await check(value)
    except ServiceError as error:
        words = setup.t("{setting} could not be checked: {error}. Run setup again later.",
                        setting=question.setting, error=error)  # fmt: skip
        raise Unfinished(words) from None
