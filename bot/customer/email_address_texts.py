"""What is said about a customer's e-mail address and the code that proves it."""

from bot.customer import keyboards
from checkout.errors import LimitReached
from checkout.model.catalog import Product
from checkout.model.customer import Customer
from checkout.model.outgoing import OutgoingChat
from messages.language.translator import Translator


def address(translator: Translator, customer: Customer) -> OutgoingChat:
    if customer.email:
        text = translator.t_html("Your e-mail address is <b>{email}</b>. It is confirmed.", email=customer.email)
        return OutgoingChat(text, keyboards.change_address(translator))
    return OutgoingChat(translator.t_html("You have no confirmed e-mail address yet. Send me one as a message."))


def address_is_yours(translator: Translator, email: str) -> OutgoingChat:
    text = translator.t_html(
        "<b>{email}</b> is your confirmed address already. /start shows what is on sale.", email=email
    )
    return OutgoingChat(text, keyboards.change_address(translator))


def email_awaited(translator: Translator) -> str:
    return translator.t_html("I am waiting for your e-mail address: send it as a message, or /cancel.")


def why_a_code(translator: Translator) -> str:
    return translator.t_html("I will mail a six-digit code there, to make sure that the address is yours.")


def no_email(translator: Translator) -> OutgoingChat:
    """Whoever asks why, or what this is, may want a person."""
    return OutgoingChat(
        translator.t_html(
            "This is no e-mail address. I am waiting for yours, like <code>anna@example.com</code>: the receipt goes"
            " there. Questions? Write to {support}. /cancel leaves it.",
            support=translator.shop.support,
        )
    )


def invalid_email(translator: Translator) -> OutgoingChat:
    return OutgoingChat(
        translator.t_html(
            "Mail cannot be sent to this address. Please check it and send it again,"
            " like this: <code>anna@example.com</code>. /cancel leaves it."
        )
    )


def is_it(translator: Translator, address: str, suggestion: str) -> OutgoingChat:
    """Before anything is mailed to what looks mistyped; ``address`` is what may be right as it was typed, or empty."""
    text = translator.t_html("Is it <b>{suggestion}</b>?", suggestion=suggestion)
    return OutgoingChat(text, keyboards.suggestion(translator, address))


def code_sent(translator: Translator, email: str) -> OutgoingChat:
    text = translator.t_html(
        "A six-digit code is on its way to <b>{email}</b>. Send it to me here; it is valid for 10 minutes."
        " If it is not there in a minute, look in the spam folder too.",
        email=email,
    )
    return OutgoingChat(text, keyboards.code(translator))


def code_mailed(translator: Translator) -> str:
    return translator.t("The code is on its way.")


def code_awaited(translator: Translator, email: str) -> OutgoingChat:
    text = translator.t_html(
        "I am waiting for the six-digit code that was mailed to <b>{email}</b>. Send it to me as a message."
        " No mail? Look in the spam folder too, or press a button. Questions? Write to {support}. /cancel leaves it.",
        email=email,
        support=translator.shop.support,
    )
    return OutgoingChat(text, keyboards.code(translator))


def code_before_link(translator: Translator, email: str, wanted: Product) -> OutgoingChat:
    text = translator.t_html(
        "You will get the pay link for “{title}” once you send me the six-digit code that was mailed to"
        " <b>{email}</b>.",
        title=translator.title(wanted),
        email=email,
    )
    return OutgoingChat(text, keyboards.code(translator))


def code_has_six_digits(translator: Translator) -> OutgoingChat:
    return OutgoingChat(translator.t_html("The code has six digits, like 123456. Please send it again."))


def code_wrong(translator: Translator, attempts_left: int) -> OutgoingChat:
    text = translator.nt(
        "This is not the code. You have {n} try left. Only the newest code counts.",
        "This is not the code. You have {n} tries left. Only the newest code counts.",
        attempts_left,
    )
    return OutgoingChat(text, keyboards.code(translator))


def code_gone(translator: Translator) -> OutgoingChat:
    text = translator.t_html(
        "This code does not work any more: a code lives for 10 minutes and five tries, and works once."
        " I can send you a new one."
    )
    return OutgoingChat(text, keyboards.code(translator))


def code_not_asked(translator: Translator, confirmed: str | None) -> OutgoingChat:
    """Who sends the code twice is to know that the first one was enough."""
    if confirmed:
        return OutgoingChat(
            translator.t_html(
                "No code is needed: your address <b>{email}</b> is confirmed. /start goes on.", email=confirmed
            )
        )
    return OutgoingChat(
        translator.t_html("I am not waiting for a code now. /start shows what is on sale, /email your e-mail address.")
    )


def ask_again_in(translator: Translator, limit: LimitReached) -> str:
    """The hint of a button that was pressed too early."""
    return translator.t("You can ask again in {wait}.", wait=translator.wait(limit.retry_after))


def limit_reached(translator: Translator, limit: LimitReached) -> OutgoingChat:
    wait = translator.wait(limit.retry_after)
    if limit.limit == "address":
        text = translator.t_html(
            "Many codes have gone to this address within an hour. A new one can be sent in {wait}, or use"
            " another address.",
            wait=wait,
        )
    elif limit.limit == "customer":
        text = translator.t_html(
            "You have asked for many codes today. A new one can be sent in {wait}."
            " If you need help, write to {support}.",
            wait=wait,
            support=translator.shop.support,
        )
    elif limit.limit == "shop":
        text = translator.t_html(
            "So many people ask for codes that no more can be sent now. Please try again in {wait}."
            " If you need help, write to {support}.",
            wait=wait,
            support=translator.shop.support,
        )
    else:
        text = translator.t_html("A code was sent a moment ago. A new one can be sent in {wait}.", wait=wait)
    if limit.last_still_works:
        text += " " + translator.t_html("The last code still works until it is 10 minutes old.")
    return OutgoingChat(text, keyboards.code(translator))


def mail_not_sent(translator: Translator) -> OutgoingChat:
    text = translator.t_html(
        "The mail with the code could not be sent just now. Nothing was lost: wait a little and press the button."
    )
    return OutgoingChat(text, keyboards.code(translator))


def mail_refused(translator: Translator) -> OutgoingChat:
    text = translator.t_html(
        "The mail with the code could not be sent to this address. Nothing was lost: please check the address,"
        " or try again a little later."
    )
    return OutgoingChat(text, keyboards.code(translator))


def confirmed(translator: Translator, email: str) -> str:
    return translator.t_html("✅ The address <b>{email}</b> is confirmed.", email=email)
