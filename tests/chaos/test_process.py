"""The real process: killed without warning, and asked to end."""

from pathlib import Path

from sandbox.fake_telegram.chats import BEN
from tests.support.processes.commands import end_server, run_command, shop_without_server, start_server
from tests.support.shop import free_port


async def test_what_was_acknowledged_is_told_once_after_a_kill(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    async with shop_without_server(port) as shop:
        process = await start_server(shop.sandbox.settings(port), shop.sandbox.folder, log)
        token = await shop.verified(BEN, "ben@example.org")
        intent_id = await shop.intent(token)
        await shop.telegram.take_down()
        await shop.resend.take_down()
        shop.stripe.pay(intent_id)
        await shop.until_status(token, "paid")
        process.kill()
        await process.wait()
        await shop.telegram.bring_back()
        await shop.resend.bring_back()
        process = await start_server(shop.sandbox.settings(port), shop.sandbox.folder, log)
        await shop.resend.wait_for_mail("ben@example.org", "payment_paid")
        await shop.telegram.wait_for(BEN, lambda one: bool(one.document and "guide" in one.document.filename))
        assert len(shop.resend.mails_to("ben@example.org", "payment_paid")) == 1
        receipts = [one for one in shop.telegram.chat(BEN) if one.document and "receipt" in one.document.filename]
        assert len(receipts) == 1
        await end_server(process)
    lines = log.read_text()
    for secret in ("ben@example.org", token, shop.stripe.secret_key, shop.telegram.token, "_secret_"):
        assert secret not in lines.replace("pi_***", "")
    assert "Traceback" not in lines


async def test_a_conversation_goes_on_after_a_kill(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    async with shop_without_server(port) as shop:
        process = await start_server(shop.sandbox.settings(port), shop.sandbox.folder, log)
        offer = await shop.ask(BEN, "/start guide")
        await shop.press(BEN, offer, "buy:guide")
        process.kill()
        await process.wait()
        shop.telegram.say(BEN, "ben@example.org")
        process = await start_server(shop.sandbox.settings(port), shop.sandbox.folder, log)
        await shop.resend.wait_for_mail("ben@example.org", "verification_code")
        assert len(shop.resend.mails_to("ben@example.org")) == 1
        await end_server(process)


async def test_a_second_process_at_the_same_file_is_refused_until_the_first_has_gone(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    async with shop_without_server(port) as shop:
        settings, folder = shop.sandbox.settings(port), shop.sandbox.folder
        first = await start_server(settings, folder, log)
        code, said = await run_command(("serve",), {**settings, "PORT": str(free_port())}, folder)
        assert (code, "another `checkout-bot serve` has" in said) == (1, True)
        first.kill()
        await first.wait()
        await end_server(await start_server(settings, folder, log))
