"""The buttons, and the callback data behind them: buttons in old messages are pressed too, so it never changes."""

from checkout.model.catalog import Product
from checkout.model.outgoing import Button
from messages.language.text import shorten
from messages.language.translator import Translator

BUY = "buy:"
CODE_AGAIN = "code:again"
EMAIL_CHANGE = "email:change"
EMAIL_USE = "email:use"
EMAIL_CORRECT = "email:correct:"  # shown by messages/undelivered.py
EMAIL_SEND = "email:send:"
LANGUAGE = "lang:"
YES_FORGET = "yes:forget:"
NO_FORGET = "no:forget:"
LANGUAGE_NAMES = {"en": "English", "ru": "Русский"}
TITLE_ON_BUTTON = 40  # characters; phones cut longer ones

Rows = tuple[tuple[Button, ...], ...]


def products(translator: Translator, offered: tuple[Product, ...]) -> Rows:
    """A button for each product."""
    return tuple((_product(translator, one),) for one in offered)


def _product(translator: Translator, product: Product) -> Button:
    title = shorten(translator.title(product), TITLE_ON_BUTTON)
    return Button(f"{title} · {translator.money(product.price)}", callback_data=BUY + product.sku)


def buy(translator: Translator, product: Product) -> Rows:
    price = translator.money(product.price)
    return ((Button(translator.t("Buy for {price}", price=price), callback_data=BUY + product.sku),),)


def change_address(translator: Translator) -> Rows:
    return ((Button(translator.t("Change the address"), callback_data=EMAIL_CHANGE),),)


def code(translator: Translator, suggestion: str = "") -> Rows:
    """Under everything that is said about a code."""
    again = (Button(translator.t("Send the code again"), callback_data=CODE_AGAIN),)
    if not suggestion:
        return (again, *change_address(translator))
    use = (Button(translator.t("Yes, {email}", email=suggestion), callback_data=EMAIL_USE),)
    return (use, again, *change_address(translator))


def send_receipt_to(translator: Translator, email: str, payment_id: str) -> Rows:
    """To an address that is confirmed already."""
    return ((Button(translator.t("Send it to {email}", email=email), callback_data=EMAIL_SEND + payment_id),),)


def languages() -> Rows:
    return (tuple(Button(name, callback_data=LANGUAGE + code) for code, name in LANGUAGE_NAMES.items()),)


def forget(translator: Translator, nonce: str) -> Rows:
    return (
        (Button(translator.t("Yes, erase it"), callback_data=YES_FORGET + nonce),),
        (Button(translator.t("No, keep it"), callback_data=NO_FORGET + nonce),),
    )
