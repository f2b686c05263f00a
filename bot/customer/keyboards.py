"""The buttons, and the callback data behind them: buttons in old messages are pressed too, so it never changes."""

from checkout.model.catalog import Product
from checkout.model.outgoing import Button
from messages.language.translator import Speech, shorten

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


def products(speech: Speech, offered: tuple[Product, ...]) -> Rows:
    """A button for each product."""
    return tuple((_product(speech, one),) for one in offered)


def _product(speech: Speech, product: Product) -> Button:
    title = shorten(speech.title(product), TITLE_ON_BUTTON)
    return Button(f"{title} · {speech.money(product.price)}", callback_data=BUY + product.sku)


def buy(speech: Speech, product: Product) -> Rows:
    price = speech.money(product.price)
    return ((Button(speech.t("Buy for {price}", price=price), callback_data=BUY + product.sku),),)


def change_address(speech: Speech) -> Rows:
    return ((Button(speech.t("Change the address"), callback_data=EMAIL_CHANGE),),)


def code(speech: Speech, suggestion: str = "") -> Rows:
    """Under everything that is said about a code."""
    again = (Button(speech.t("Send the code again"), callback_data=CODE_AGAIN),)
    if not suggestion:
        return (again, *change_address(speech))
    use = (Button(speech.t("Yes, {email}", email=suggestion), callback_data=EMAIL_USE),)
    return (use, again, *change_address(speech))


def send_receipt_to(speech: Speech, email: str, payment_id: str) -> Rows:
    """To an address that is confirmed already."""
    return ((Button(speech.t("Send it to {email}", email=email), callback_data=EMAIL_SEND + payment_id),),)


def languages() -> Rows:
    return (tuple(Button(name, callback_data=LANGUAGE + code) for code, name in LANGUAGE_NAMES.items()),)


def forget(speech: Speech, nonce: str) -> Rows:
    return (
        (Button(speech.t("Yes, erase it"), callback_data=YES_FORGET + nonce),),
        (Button(speech.t("No, keep it"), callback_data=NO_FORGET + nonce),),
    )
