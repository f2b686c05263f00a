"""The commands, in the order of the menu. Admins' own are added to theirs."""

from dataclasses import dataclass

from messages.language.i18n import N_, texts


@dataclass(frozen=True, slots=True)
class Command:
    """``description`` is the English sentence of the menu, translated when it is shown; so is ``usage``, what may
    stand behind the name."""

    name: str
    description: str
    usage: str = ""

    def in_(self, language: str) -> str:
        return texts("chat", language).gettext(self.description)

    def usage_in(self, language: str) -> str:
        """Empty for a command that stands alone."""
        return texts("chat", language).gettext(self.usage) if self.usage else ""


CUSTOMER_COMMANDS = (
    Command("start", N_("See what is on sale")),
    Command("buy", N_("Buy something")),
    Command("orders", N_("Your payments")),
    Command("email", N_("Your e-mail address")),
    Command("language", N_("Language")),
    Command("help", N_("How it works")),
    Command("paysupport", N_("Help with a payment")),
    Command("terms", N_("Terms of sale")),
    Command("cancel", N_("Stop what you have begun")),
    Command("mydata", N_("What is kept about you")),
    Command("forget", N_("Erase what is kept about you")),
)
ADMINS_OWN = Command("admin", N_("What admins can do here"))
ADMIN_COMMANDS = (
    Command("payments", N_("All payments, the newest first"), N_("[status]")),
    Command("payment", N_("Everything about one payment"), N_("<id, pi_… or receipt number>")),
    Command("find", N_("Find a customer's payments"), N_("<e-mail, id, @name, last four digits, receipt number>")),
    Command("stats", N_("How the shop is doing"), N_("[days or month]")),
    Command("export", N_("Payments as a CSV file"), N_("[days or month, or from and to]")),
    Command("refund", N_("Give money back"), N_("<receipt number or id> [amount]")),
    Command("invoice", N_("An invoice, for what is not in the catalogue"), N_("<amount> <currency> <title>")),
    Command("resend", N_("Send receipt and files again"), N_("<receipt number or id> [e-mail]")),
    Command("todo", N_("What waits for you")),
    Command("outbox", N_("Messages that have not left")),
    Command("summary", N_("Every day's summary, when you want it"), N_("[21:00 or off]")),
    Command("notify", N_("A line for every sale, or not"), N_("[on or off]")),
    Command("close", N_("Take a break: no new purchases"), N_("<what customers are told>")),
    Command("open", N_("Open the shop again")),
    Command("audit", N_("What admins did")),
    ADMINS_OWN,
)
