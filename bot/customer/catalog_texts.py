"""What is said about products."""

import contextlib
from collections.abc import Sequence

from bot.customer import keyboards
from bot.customer.email_address_texts import code_before_link, why_a_code
from checkout.errors import InvalidInput
from checkout.model.catalog import Product
from checkout.model.outgoing import Attachment, OutgoingChat
from checkout.model.payment import Payment, Status
from messages.language.payment_phrases import paid_at
from messages.language.text import LONGEST_CAPTION, fill, visible_length
from messages.language.translator import Translator
from messages.pictures import chat_picture

PRODUCTS_A_PAGE = 9


def greeting(translator: Translator) -> str:
    return translator.t_html("Welcome to <b>{shop}</b>! Choose what you would like to buy.", shop=translator.shop.name)


def shop_closed(translator: Translator, text: str) -> str:
    """``text`` is the admin's own."""
    heading = translator.t_html("<b>{shop}</b> is closed at the moment.", shop=translator.shop.name)
    links = translator.t_html("A payment link that you have still works: /orders.")
    return "\n\n".join((heading, fill("{text}", text=text), links))


def choose(translator: Translator) -> str:
    return translator.t_html("This is on sale now:")


def is_it_meant(translator: Translator) -> str:
    return translator.t_html(
        "Perhaps you are looking for this. If not, a person answers at {support}.", support=translator.shop.support
    )


def not_on_sale(translator: Translator) -> str:
    return translator.t_html("This is not on sale. This is what there is:")


def sold_out(translator: Translator, wanted: Product) -> str:
    return translator.t_html("“{title}” cannot be bought now. This is what there is:", title=translator.title(wanted))


def catalogue(
    translator: Translator, offered: Sequence[Product], opening: str, page: int = 0, *, without: str
) -> OutgoingChat:
    """One page of the products: a button for each, a line for what is sold out, and the way to the other pages.

    ``page`` counts from 0; one that is not there any more is the last. ``without`` is what all pages leave out.
    """
    last = max(0, len(offered) - 1) // PRODUCTS_A_PAGE
    page = min(page, last)
    shown = offered[page * PRODUCTS_A_PAGE : (page + 1) * PRODUCTS_A_PAGE]
    lines = [_sold_out_line(translator, one) for one in shown if not one.is_on_sale]
    number = translator.t_html("Page {page} of {pages}", page=page + 1, pages=last + 1) if last else ""
    text = "\n\n".join(filter(None, [opening, "\n".join(lines), number]))
    return OutgoingChat(text, (*keyboards.products(translator, shown), *keyboards.pages(page, last, without)))


def _sold_out_line(translator: Translator, product: Product) -> str:
    return fill("<b>{title}</b> — {state}", title=translator.title(product), state=translator.t("sold out"))


def product_and_question(translator: Translator, shown: Product) -> OutgoingChat:
    """For whoever follows a link to a product and has no verified address yet."""
    text = described_question(translator, shown).text
    return OutgoingChat(text, keyboards.buy(translator, shown), picture=_picture(shown, text))


def described_question(translator: Translator, shown: Product) -> OutgoingChat:
    """For whoever has seen no more of it than a button."""
    ask = translator.t_html("Which e-mail address shall the receipt go to? Send it to me as a message.")
    return OutgoingChat(f"{_product(translator, shown)}\n\n{ask}\n{why_a_code(translator)}")


def product_and_code(translator: Translator, shown: Product, email: str) -> OutgoingChat:
    awaited = code_before_link(translator, email, shown)
    text = "\n\n".join([_product(translator, shown), awaited.text])
    buttons = (*keyboards.buy(translator, shown), *awaited.buttons)
    return OutgoingChat(text, buttons, picture=_picture(shown, text))


def _picture(shown: Product, text: str) -> Attachment | None:
    """None where there is none, or more to say than Telegram takes beneath a picture."""
    if shown.image is None or visible_length(text) > LONGEST_CAPTION:
        return None
    with contextlib.suppress(InvalidInput):  # it was there at the start
        picture = chat_picture(shown.image)
        return Attachment(f"{shown.sku}.jpg", picture.content, picture.content_type)
    return None


def _product(translator: Translator, shown: Product) -> str:
    lines = [fill("<b>{title}</b>", title=translator.title(shown))]
    if shown.description:
        lines.append(fill("{text}", text=shown.description.in_(translator.language)))
    lines.append(translator.t_html("Price: <b>{price}</b>", price=translator.money(shown.price)))
    return "\n".join(lines)


def ask_email(translator: Translator, wanted: Product | None) -> OutgoingChat:
    if wanted is None:
        first = translator.t_html("Which e-mail address shall I use? Send it to me as a message.")
    else:
        first = translator.t_html(
            "“{title}”: which e-mail address shall the receipt go to? Send it to me as a message.",
            title=translator.title(wanted),
        )
    return OutgoingChat(f"{first}\n\n{why_a_code(translator)}")


def waits_for_payment(translator: Translator, payment: Payment) -> str:
    return translator.t_html("“{title}” is waiting for payment.", title=translator.title_of(payment))


def bought_before(translator: Translator, bought: Payment) -> str:
    return translator.t_html(
        "You bought this on {date}: it is in /orders. Pay only if you want it once more.",
        date=translator.date(paid_at(bought)),
    )


def no_second_payment(translator: Translator, under_way: Payment) -> str:
    """Why the same payment is shown again; empty where it says so itself."""
    if under_way.status is Status.REVIEW:
        return ""
    if under_way.voucher is None:
        return translator.t_html(
            "A payment for this is on its way already. So that you do not pay twice, there is no second link until the "
            "bank has answered."
        )
    return translator.t_html(
        "You have payment details for this already. So that you do not pay twice, there is no second link while they "
        "can be used."
    )
