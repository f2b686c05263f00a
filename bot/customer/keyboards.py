"""The buttons that customers press."""

from collections.abc import Sequence

from checkout.model.catalog import Product
from checkout.model.outgoing import Button, ButtonRows
from messages import callbacks
from messages.callbacks import Topic
from messages.language.i18n import LANGUAGE_NAMES
from messages.language.text import shorten
from messages.language.translator import Translator

ADDRESS_ON_BUTTON = 60
TITLE_ON_BUTTON = 40  # characters; phones cut longer ones


def products(translator: Translator, offered: Sequence[Product]) -> ButtonRows:
    """A button for each product that can be bought."""
    return tuple((_product(translator, one),) for one in offered if one.is_on_sale)


def _product(translator: Translator, product: Product) -> Button:
    title = shorten(translator.title(product), TITLE_ON_BUTTON)
    return Button(f"{title} · {translator.money(product.price)}", callback_data=callbacks.BUY.data(product.sku))


def pages(page: int, last: int, without: str) -> ButtonRows:
    """To the pages before and behind ``page``, which counts from 0, in the place of this one."""
    turns = [("‹", page - 1)] if page > 0 else []
    turns += [("›", page + 1)] if page < last else []
    row = tuple(Button(sign, callback_data=callbacks.catalogue_page(to, without)) for sign, to in turns)
    return (row,) if row else ()


def buy(translator: Translator, product: Product) -> ButtonRows:
    price = translator.money(product.price)
    return ((Button(translator.t("Buy for {price}", price=price), callback_data=callbacks.BUY.data(product.sku)),),)


def change_address(translator: Translator) -> ButtonRows:
    return ((Button(translator.t("Change the address"), callback_data=callbacks.EMAIL_CHANGE),),)


def code(translator: Translator) -> ButtonRows:
    """Under everything that is said about a code."""
    again = (Button(translator.t("Send the code again"), callback_data=callbacks.CODE_AGAIN),)
    return (again, *change_address(translator))


def suggestion(translator: Translator, address: str) -> ButtonRows:
    """Whether another ``address`` is meant than was typed; it is empty where nothing can be mailed to what was."""
    keep = translator.t("No, another address")
    if address:
        keep = translator.t("No, {email} is right", email=shorten(address, ADDRESS_ON_BUTTON))
    return (
        (Button(translator.t("Yes, send it there"), callback_data=callbacks.EMAIL_USE),),
        (Button(keep, callback_data=callbacks.EMAIL_KEEP),),
    )


def send_receipt_to(translator: Translator, email: str, payment_id: str) -> ButtonRows:
    """To an address that is confirmed already."""
    send = callbacks.EMAIL_SEND.data(payment_id)
    return ((Button(translator.t("Send it to {email}", email=email), callback_data=send),),)


def languages() -> ButtonRows:
    return (tuple(Button(name, callback_data=callbacks.LANGUAGE.data(code)) for code, name in LANGUAGE_NAMES.items()),)


def forget(translator: Translator, nonce: str) -> ButtonRows:
    return (
        (Button(translator.t("Yes, erase it"), callback_data=Topic.FORGET.yes.data(nonce)),),
        (Button(translator.t("No, keep it"), callback_data=Topic.FORGET.no.data(nonce)),),
    )
