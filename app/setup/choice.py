"""What was chosen by flags, typed."""

from collections.abc import Mapping
from dataclasses import dataclass

from checkout.sentence import N_

# What the first catalogue needs, each with what it is.
SHOP_FLAGS = {
    "shop_name": N_("the shop's name"),
    "seller": N_("who sells: name, address, tax number, as it stands on receipts"),
    "support": N_("where customers ask: @name, an address or a phone number"),
    "timezone": N_("times on receipts and in the chat, like Europe/Tallinn"),
    "product_title": N_("the first product"),
    "product_price": N_("as people write it, like 19.00"),
    "product_currency": N_("like EUR"),
    "product_file": N_("what its buyers get; none: a person delivers it"),
}


def flag_of(name: str) -> str:
    """``--bot-token`` for ``BOT_TOKEN``, ``--shop-name`` for ``shop_name``."""
    return f"--{name.lower().replace('_', '-')}"


@dataclass(frozen=True, slots=True)
class Chosen:
    """``settings`` by the settings' names, ``shop`` by SHOP_FLAGS."""

    settings: Mapping[str, str]
    shop: Mapping[str, str]
    may_remove_webhook: bool = False
    may_delete_endpoints: bool = False
    is_stripe_secret_rolled: bool = False
