"""Where Stripe says how a voucher or transfer is paid, and how long it lives: each method in its own words."""

from datetime import UTC, datetime
from typing import Any

import pytest

from providers.fields import Fields
from providers.stripe_events import parse_intent

END = 1_795_000_000
UNTIL = datetime.fromtimestamp(END, UTC)
PAGE = "https://payments.stripe.com/voucher/test_YWNjdF8x?locale=pt-BR#top"
SHAPES: list[tuple[str, dict[str, Any], tuple[str, datetime | None]]] = [
    (
        "boleto_display_details",
        {"expires_at": END, "hosted_voucher_url": PAGE, "number": "1", "pdf": "x"},
        (PAGE, UNTIL),
    ),
    ("konbini_display_details", {"expires_at": END, "hosted_voucher_url": PAGE, "stores": {}}, (PAGE, UNTIL)),
    ("multibanco_display_details", {"expires_at": END, "hosted_voucher_url": PAGE, "entity": "1"}, (PAGE, UNTIL)),
    ("oxxo_display_details", {"expires_after": END, "hosted_voucher_url": PAGE, "number": "1"}, (PAGE, UNTIL)),
    ("pix_display_qr_code", {"expires_at": END, "hosted_instructions_url": PAGE, "data": "x"}, (PAGE, UNTIL)),
    (
        "display_bank_transfer_instructions",
        {"amount_remaining": 1900, "currency": "eur", "hosted_instructions_url": PAGE, "type": "eu_bank_transfer"},
        (PAGE, None),
    ),
    ("verify_with_microdeposits", {"arrival_date": END, "hosted_verification_url": PAGE}, (PAGE, None)),
    ("promptpay_display_qr_code", {"hosted_instructions_url": PAGE, "data": "x"}, ("", None)),
    ("redirect_to_url", {"url": "https://bank.example", "return_url": "https://shop.example"}, ("", None)),
    ("use_stripe_sdk", {"type": "three_d_secure_redirect", "expires_at": "soon"}, ("", None)),
    ("boleto_display_details", {"expires_at": END, "hosted_voucher_url": "javascript:alert(1)"}, ("", None)),
    ("boleto_display_details", {"expires_at": END, "hosted_voucher_url": 'https://x.example/"><script>'}, ("", None)),
    ("boleto_display_details", {"expires_at": END}, ("", None)),
]


@pytest.mark.parametrize(("type_", "details", "told"), SHAPES, ids=[row[0] for row in SHAPES])
def test_the_page_and_the_end_of_each(type_: str, details: dict[str, Any], told: tuple[str, datetime | None]) -> None:
    intent = {"id": "pi_1", "amount": 1900, "currency": "eur", "status": "requires_action"}
    report = parse_intent(Fields({**intent, "next_action": {"type": type_, type_: details}}), "requires_action")
    assert (report.voucher_url, report.voucher_until) == told
