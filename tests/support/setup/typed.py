"""What somebody types who sets a shop up on a terminal, by what is asked in each language."""

import re
from dataclasses import dataclass

from sandbox.fake_telegram.chats import MIRA
from tests.support.setup.new_shop import NewShop
from tests.support.setup.pseudo_terminal import PseudoTerminal


@dataclass(frozen=True)
class Words:
    """``asked`` are the questions in their order, the press of Start between the first two."""

    lang: str
    asked: tuple[str, ...]
    done: str


ENGLISH = Words(
    "en_US.UTF-8",
    (
        "Bot token", "Secret key", "Publishable key", "API key",
        "Sender [Sandbox Shop <shop@sandbox.example>]", "Address:", "Name of the shop", "Seller",
        "Where customers ask", "Time zone", "First product", "Its currency", "Its price", "The file",
    ),
    "Nothing remains",
)  # fmt: skip
RUSSIAN = Words(
    "ru_RU.UTF-8",
    (
        "Токен бота", "Секретный ключ", "Публикуемый ключ", "Ключ API",
        "Отправитель [Sandbox Shop <shop@sandbox.example>]",
        "Адрес:", "Название магазина", "Продавец", "Куда писать", "Часовой пояс",
        "Первый товар", "Валюта", "Цена", "Файл",
    ),
    "Всё готово",
)  # fmt: skip


async def answer_all(terminal: PseudoTerminal, new_shop: NewShop, words: Words) -> None:
    """The host's name as people write it, and Enter where something is suggested."""
    sandbox, (token, *others) = new_shop.sandbox, words.asked
    await terminal.until(token)
    await terminal.until(": ")
    terminal.type(sandbox.telegram.token)
    link = await terminal.until("\n\n  ")
    while "start=" not in link:
        link = await terminal.until("\n\n  ")
    found = re.search(r"\?start=([\w-]+)", link)
    assert found is not None
    sandbox.telegram.press_start(MIRA, found[1])
    answers = (
        sandbox.stripe.secret_key, sandbox.stripe.publishable_key, sandbox.resend.api_key, "", "pay.example.com",
        "Ночные книги", "ИП Иванов", "@nightbooks", "Europe/Tallinn", "Путеводитель", "eur", "19,00", "",
    )  # fmt: skip
    for question, answer in zip(others, answers, strict=True):
        await terminal.until(question)
        if not question.endswith(":"):
            await terminal.until(": ")
        terminal.type(answer)
