"""The real process is killed while Stripe is asked for a refund: the money goes back once."""

import os
import signal
from pathlib import Path

import pytest

from sandbox.base.fake_server import FaultMode
from sandbox.fake_telegram.chats import BEN, MIRA, ChatMessage
from tests.support.processes.commands import end_server, shop_without_server, start_server
from tests.support.shop import Shop, free_port, until


async def asked(shop: Shop) -> ChatMessage:
    """Ben has paid; Mira is asked whether to refund a part."""
    await shop.ask(MIRA, "/start")
    token = await shop.verified(BEN, "ben@example.org")
    intent_id = await shop.intent(token)
    shop.stripe.pay(intent_id)
    await shop.resend.wait_for_mail("ben@example.org", "payment_paid")
    shop.telegram.say(MIRA, f"/refund {intent_id} 5")
    return await shop.telegram.wait_for(MIRA, lambda one: any(data.startswith("yes:refund:") for data in one.callbacks))


async def stripe_is_asked(shop: Shop) -> bool:
    """And holds its answer back."""
    return any("hang" in entry.text and "/v1/refunds" in entry.text for entry in shop.sandbox.log)


@pytest.mark.parametrize("stripe_does_it", [False, True])
async def test_a_refund_survives_a_kill_and_is_made_once(tmp_path: Path, stripe_does_it: bool) -> None:
    port, log = free_port(), tmp_path / "log"
    async with shop_without_server(port) as shop:
        process = await start_server(shop.sandbox.settings(port), shop.sandbox.folder, log)
        question = await asked(shop)
        shop.stripe.faults.set(FaultMode.HANG, path_contains="/v1/refunds")
        shop.telegram.press(MIRA, question.message_id, question.callbacks[0])
        await until(lambda: stripe_is_asked(shop), "Stripe to be asked")
        if stripe_does_it:
            os.kill(process.pid, signal.SIGSTOP)  # it never reads the answer
            shop.stripe.faults.set(FaultMode.OK)
            await until(lambda: made(shop), "the refund")
        process.kill()
        await process.wait()
        assert len(shop.stripe.refunds) == int(stripe_does_it)
        shop.stripe.faults.set(FaultMode.OK)
        process = await start_server(shop.sandbox.settings(port), shop.sandbox.folder, log)
        await shop.telegram.wait_for(MIRA, lambda one: "is requested" in one.text)
        await shop.telegram.wait_for(MIRA, lambda one: "The refund is done" in one.text)
        assert [one["amount"] for one in shop.stripe.refunds.values()] == [500]
        await shop.resend.wait_for_mail("ben@example.org", "payment_refunded")
        assert len(shop.resend.mails_to("ben@example.org", "payment_refunded")) == 1
        await end_server(process)
    assert "Traceback" not in log.read_text()


async def made(shop: Shop) -> bool:
    return bool(shop.stripe.refunds)
