"""What is said about products, addresses and codes."""

from bot.customer import keyboards
from checkout.errors import LimitReached
from checkout.model.catalog import Catalog, Product
from checkout.model.outgoing import OutgoingChat
from messages.language.translator import Speech, fill, shorten

PRODUCTS_A_MESSAGE = 8  # with titles and descriptions of full length this stays below Telegram's 4096
SHORT_DESCRIPTION = 120


def greeting(speech: Speech) -> str:
    return speech.t_html("Welcome to <b>{shop}</b>! Choose what you would like to buy.", shop=speech.shop.name)


def choose(speech: Speech) -> str:
    return speech.t_html("This is on sale now:")


def not_on_sale(speech: Speech) -> str:
    return speech.t_html("This product is not on sale any more. This is what there is:")


def catalogue(speech: Speech, catalog: Catalog, opening: str) -> list[OutgoingChat]:
    """The products in as many messages as they need."""
    offered = tuple(catalog.products.values())
    pages = [offered[at : at + PRODUCTS_A_MESSAGE] for at in range(0, len(offered), PRODUCTS_A_MESSAGE)]
    messages = []
    for number, page in enumerate(pages):
        blocks = [_in_catalogue(speech, one) for one in page]
        text = "\n\n".join([opening, *blocks] if number == 0 else blocks)
        messages.append(OutgoingChat(text, keyboards.products(speech, page)))
    return messages


def _in_catalogue(speech: Speech, product: Product) -> str:
    price = speech.money(product.price)
    line = fill("<b>{title}</b> — {price}", title=speech.title(product), price=price)
    description = shorten(product.description.in_(speech.language), SHORT_DESCRIPTION)
    return f"{line}\n{fill('{text}', text=description)}" if description else line


def product(speech: Speech, shown: Product) -> OutgoingChat:
    parts = [fill("<b>{title}</b>", title=speech.title(shown))]
    if shown.description:
        parts.append(fill("{text}", text=shown.description.in_(speech.language)))
    parts.append(speech.t_html("Price: <b>{price}</b>", price=speech.money(shown.price)))
    return OutgoingChat("\n\n".join(parts), keyboards.buy(speech, shown))


def ask_email(speech: Speech, wanted: Product | None) -> OutgoingChat:
    if wanted is None:
        first = speech.t_html("Which e-mail address shall I use? Send it to me as a message.")
    else:
        first = speech.t_html(
            "“{title}”: which e-mail address shall the receipt go to? Send it to me as a message.",
            title=speech.title(wanted),
        )
    return OutgoingChat(f"{first}\n\n{why_a_code(speech)}")


def why_a_code(speech: Speech) -> str:
    return speech.t_html("I will mail a six-digit code there, to make sure that the address is yours.")


def invalid_email(speech: Speech) -> OutgoingChat:
    return OutgoingChat(
        speech.t_html(
            "Mail cannot be sent to this address. Please check it and send it again,"
            " like this: <code>anna@example.com</code>. /cancel leaves it."
        )
    )


def code_sent(speech: Speech, email: str, suggestion: str) -> OutgoingChat:
    text = speech.t_html(
        "A six-digit code is on its way to <b>{email}</b>. Send it to me here; it is valid for 10 minutes."
        " If it is not there in a minute, look in the spam folder too.",
        email=email,
    )
    if suggestion:
        text += "\n\n" + speech.t_html("Did you mean <b>{suggestion}</b>?", suggestion=suggestion)
    return OutgoingChat(text, keyboards.code(speech, suggestion))


def code_awaited(speech: Speech, email: str, suggestion: str = "") -> OutgoingChat:
    text = speech.t_html(
        "I am waiting for the six-digit code that was mailed to <b>{email}</b>. Send it to me as a message.",
        email=email,
    )
    return OutgoingChat(text, keyboards.code(speech, suggestion))


def code_before_link(speech: Speech, email: str, wanted: Product) -> OutgoingChat:
    text = speech.t_html(
        "You will get the pay link for “{title}” once you send me the six-digit code that was mailed to"
        " <b>{email}</b>.",
        title=speech.title(wanted),
        email=email,
    )
    return OutgoingChat(text, keyboards.code(speech))


def code_has_six_digits(speech: Speech) -> OutgoingChat:
    return OutgoingChat(speech.t_html("The code has six digits, like 123456. Please send it again."))


def code_wrong(speech: Speech, attempts_left: int) -> OutgoingChat:
    text = speech.nt(
        "This is not the code. You have {n} try left. Only the newest code counts.",
        "This is not the code. You have {n} tries left. Only the newest code counts.",
        attempts_left,
    )
    return OutgoingChat(text, keyboards.code(speech))


def code_gone(speech: Speech) -> OutgoingChat:
    text = speech.t_html(
        "This code does not work any more: a code lives for 10 minutes and five tries, and works once."
        " I can send you a new one."
    )
    return OutgoingChat(text, keyboards.code(speech))


def code_not_asked(speech: Speech) -> OutgoingChat:
    return OutgoingChat(
        speech.t_html("I am not waiting for a code now. /start shows what is on sale, /email your e-mail address.")
    )


def limit_reached(speech: Speech, limit: LimitReached, suggestion: str = "") -> OutgoingChat:
    wait = speech.wait(limit.retry_after)
    if limit.limit == "address":
        text = speech.t_html(
            "Many codes have gone to this address within an hour. A new one can be sent in {wait}, or use"
            " another address. The last code still works until it is 10 minutes old.",
            wait=wait,
        )
    elif limit.limit == "customer":
        text = speech.t_html(
            "You have asked for many codes today. A new one can be sent in {wait}."
            " The last code still works until it is 10 minutes old. If you need help, write to {support}.",
            wait=wait,
            support=speech.shop.support,
        )
    else:
        text = speech.t_html(
            "A code was sent a moment ago. A new one can be sent in {wait}; the last code still works.", wait=wait
        )
    return OutgoingChat(text, keyboards.code(speech, suggestion))


def mail_not_sent(speech: Speech) -> OutgoingChat:
    text = speech.t_html(
        "The mail with the code could not be sent just now. Nothing was lost: wait a little and press the button."
    )
    return OutgoingChat(text, keyboards.code(speech))


def mail_refused(speech: Speech) -> OutgoingChat:
    text = speech.t_html(
        "The mail with the code could not be sent to this address. Nothing was lost: please check the address,"
        " or try again a little later."
    )
    return OutgoingChat(text, keyboards.code(speech))


def confirmed(speech: Speech, email: str) -> str:
    return speech.t_html("✅ The address <b>{email}</b> is confirmed.", email=email)


def newer_link_below(speech: Speech, title: str) -> str:
    return speech.t_html("“{title}”: the pay link has moved to a newer message below.", title=title)
