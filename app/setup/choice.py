"""What was chosen by flags, typed."""

from collections.abc import Mapping
from dataclasses import dataclass

SHOP_FLAGS = (
    "shop_name", "seller", "support", "timezone", "product_title", "product_price", "product_currency", "product_file"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chosen:
    """``settings`` by the settings' names, ``shop`` by SHOP_FLAGS."""

    settings: Mapping[str, str]
    shop: Mapping[str, str]
    may_remove_webhook: bool = False
    may_delete_endpoints: bool = False
    is_stripe_secret_rolled: bool = False
