"""The commands, in the order of the menu. Admins' own are added to theirs."""

from dataclasses import dataclass

from aiogram.types import BotCommand

from messages.i18n import texts


@dataclass(frozen=True, slots=True)
class Command:
    """``description`` is the English sentence of the menu, translated when it is shown."""

    name: str
    description: str

    def in_(self, language: str) -> str:
        return texts("chat", language).gettext(self.description)


def N_(sentence: str) -> str:  # noqa: N802 -- gettext's own name for this mark
    """Marks a sentence for the gettext catalogue."""
    return sentence


CUSTOMER_COMMANDS = (
    Command("start", N_("See what is on sale")),
    Command("buy", N_("Buy something")),
    Command("orders", N_("Your payments")),
    Command("email", N_("Your e-mail address")),
    Command("language", N_("Language")),
    Command("help", N_("How it works")),
    Command("cancel", N_("Leave what was begun")),
    Command("mydata", N_("What is kept about you")),
    Command("forget", N_("Erase what is kept about you")),
)
ADMIN_COMMANDS: tuple[Command, ...] = ()


def menu(commands: tuple[Command, ...], language: str) -> list[BotCommand]:
    """The commands as Telegram's menu takes them."""
    return [BotCommand(command=one.name, description=one.in_(language)) for one in commands]
