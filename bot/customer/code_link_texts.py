"""What is said to whoever opens the link of a code's mail and is not confirmed by it."""

from bot.customer import keyboards
from checkout.model.outgoing import OutgoingChat
from messages.language.translator import Translator


def elsewhere(translator: Translator) -> OutgoingChat:
    return OutgoingChat(translator.t_html("This link belongs to the chat that asked for it. Nothing was changed."))


def incomplete(translator: Translator) -> OutgoingChat:
    return OutgoingChat(
        translator.t_html("This link is not whole. Open it from the mail once more, or send me the six-digit code.")
    )


def superseded(translator: Translator) -> OutgoingChat:
    text = translator.t_html("This link is from an earlier mail, and only the newest counts.")
    return OutgoingChat(text, keyboards.code(translator))


def gone(translator: Translator, confirmed: str | None) -> OutgoingChat:
    """``confirmed`` is the customer's address where nothing is left to do."""
    if confirmed:
        return OutgoingChat(
            translator.t_html(
                "This link has done its work: it works once, within 10 minutes. Your address <b>{email}</b> is"
                " confirmed. /start shows what is on sale.",
                email=confirmed,
            )
        )
    text = translator.t_html(
        "This link does not work any more: it lives for 10 minutes, as the code does, and works once."
        " I can send you a new mail."
    )
    return OutgoingChat(text, keyboards.code(translator))
