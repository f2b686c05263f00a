"""What a shop does that is started before everything is set up."""

from pathlib import Path

import pytest

from sandbox.environment import Sandbox
from tests.support.shop import free_port, opened_shop


async def test_without_stripes_signing_secret_the_shop_is_open_and_stripe_is_asked_to_come_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    environment = {"STRIPE_WEBHOOK_SECRET": "", "DATABASE_URL": f"sqlite:///{tmp_path}/checkout.db"}
    async with (
        Sandbox() as harness,
        opened_shop(harness, environment, free_port()) as shop,
        shop.http.post(f"{shop.url}/webhooks/stripe", data=b"{}", headers={"Stripe-Signature": "t=1,v1=a"}) as answer,
    ):
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) >= 1
    assert "Stripe's webhooks are answered 503" in caplog.text
    assert "run: checkout-bot setup" in caplog.text
