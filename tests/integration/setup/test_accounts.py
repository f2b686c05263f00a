"""What setup and doctor learn of the services' accounts, and tell them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from stripe import _telemetry_id

from bot.telegram.account import TelegramAccount, over_http
from checkout.errors import PaymentRefused, ServiceRefused, ServiceUnavailable
from providers.resend_account import ResendAccount
from providers.stripe_account import StripeAccount, check_publishable_key, fingerprint
from providers.stripe_permissions import NEEDED, missing_permissions
from sandbox.environment import Sandbox
from sandbox.fake_resend.lists import new_domain
from sandbox.fake_stripe.http_layer import Keys
from sandbox.fake_telegram.chats import MIRA, Person
from tests.support.project import CATALOG

URL = "https://pay.example.com/webhooks/stripe"
AS_TYPED = "https://Pay.Example.com:443/webhooks/stripe"  # as a release before registered it
RESTRICTED = "rk_test_sandbox_restricted_0001"
ENOUGH = {
    "rak_payment_intent_write", "rak_charge_write", "rak_dispute_read", "rak_event_read", "rak_webhook_write",
    "rak_payment_method_domain_write", "rak_accounts_kyc_basic_read",
}  # fmt: skip


@dataclass
class World:
    sandbox: Sandbox
    http: aiohttp.ClientSession

    @property
    def stripe(self) -> StripeAccount:
        return StripeAccount(self.sandbox.stripe.secret_key, self.http, self.sandbox.stripe.url)

    @property
    def resend(self) -> ResendAccount:
        return ResendAccount(self.sandbox.resend.api_key, self.http, self.sandbox.resend.url)

    @property
    def telegram(self) -> TelegramAccount:
        return over_http(self.http, self.sandbox.telegram.url, self.sandbox.telegram.token)

    def restrict(self, permissions: set[str]) -> None:
        self.sandbox.stripe.keys = Keys(RESTRICTED, self.sandbox.stripe.publishable_key)
        self.sandbox.stripe.keys.permissions = frozenset(permissions)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with Sandbox() as sandbox, aiohttp.ClientSession() as http:
        yield World(sandbox, http)


async def test_an_endpoint_is_unfinished_until_its_secret_is_in_a_safe_place(world: World) -> None:
    endpoint_id, secret = await world.stripe.create_endpoint(AS_TYPED)
    (made,) = await world.stripe.endpoints()
    assert made.is_ours and made.url == URL
    assert not made.is_signed_with((secret,))
    await world.stripe.note_secrets(endpoint_id, (secret,), "shop-abc")
    (made,) = await world.stripe.endpoints()
    assert made.is_signed_with(("whsec_other", secret))
    assert not made.is_signed_with(())
    assert (set(made.fingerprints), made.shop) == ({fingerprint(secret)}, "shop-abc")
    assert secret not in str(world.sandbox.stripe.store.webhook_endpoints)


async def test_stripe_is_asked_by_a_user_who_has_no_home(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.setattr(_telemetry_id, "_loaded", False)
    assert (await world.stripe.state()).charges_enabled


async def test_a_domain_that_was_switched_off_is_switched_on_again(world: World) -> None:
    assert await world.stripe.domain("pay.example.com") is None
    await world.stripe.register_domain("pay.example.com")
    (known,) = world.sandbox.stripe.store.payment_method_domains.values()
    known["enabled"] = False
    found = await world.stripe.domain("pay.example.com")
    assert found is not None
    assert not found.enabled
    await world.stripe.enable_domain(found.domain_id)
    assert known["enabled"]


@pytest.mark.parametrize("missing", sorted(ENOUGH))
async def test_a_restricted_keys_missing_permission_is_named(world: World, missing: str) -> None:
    world.restrict(ENOUGH - {missing})
    (named,) = await missing_permissions(RESTRICTED, world.http, world.sandbox.stripe.url)
    assert named.endswith(f"({missing})")


async def test_a_key_with_all_that_is_needed_or_without_restrictions_lacks_nothing(world: World) -> None:
    url = world.sandbox.stripe.url
    assert await missing_permissions(world.sandbox.stripe.secret_key, world.http, url) == ()
    world.restrict(ENOUGH)
    assert await missing_permissions(RESTRICTED, world.http, url) == ()
    world.restrict(set())
    assert len(await missing_permissions(RESTRICTED, world.http, url)) == len(NEEDED)
    assert not world.sandbox.stripe.payment_intents
    with pytest.raises(PaymentRefused):
        await missing_permissions("rk_test_nobodys_key_at_all", world.http, url)


async def test_a_publishable_key_is_known_or_not(world: World) -> None:
    url = world.sandbox.stripe.url
    await check_publishable_key(world.sandbox.stripe.publishable_key, world.http, url)
    with pytest.raises(PaymentRefused):
        await check_publishable_key("pk_test_nobodys_key_at_all", world.http, url)


async def test_resend_tells_domains_with_their_records(world: World) -> None:
    world.sandbox.resend.domains = {"d1": new_domain("shop.example", "pending")}
    (domain,) = await world.resend.domains()
    assert (domain.name, domain.is_verified) == ("shop.example", False)
    records = await world.resend.records(domain.domain_id)
    assert [(one.kind, one.name, one.priority) for one in records] == [
        ("MX", "send", "10"), ("TXT", "send", ""), ("TXT", "resend._domainkey", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "sending", "receiving", "capability", "may_send"),
    [
        ("verified", "verified", "verified", "enabled", True),
        ("partially_verified", "verified", "pending", "enabled", True),
        ("partially_failed", "verified", "failed", "enabled", True),
        ("partially_verified", "pending", "verified", "enabled", False),
        ("partially_failed", "failed", "verified", "enabled", False),
        ("verified", "verified", "verified", "disabled", False),
        ("failed", "failed", "failed", "enabled", False),
    ],
)
async def test_a_domain_may_send_whatever_it_is_to_receive(
    world: World, status: str, sending: str, receiving: str, capability: str, may_send: bool
) -> None:
    domain = new_domain("shop.example", sending)
    domain["status"], domain["capabilities"]["sending"] = status, capability
    domain["records"].append({**domain["records"][0], "record": "Receiving", "status": receiving})
    world.sandbox.resend.domains = {"d1": domain}
    (found,) = await world.resend.domains()
    assert found.is_verified == may_send
    assert (await world.resend.domain_state("Shop.example") == "verified") == may_send


async def test_a_name_below_a_verified_one_is_to_be_verified_itself(world: World) -> None:
    world.sandbox.resend.domains = {"d1": new_domain("shop.example", "verified")}
    assert await world.resend.domain_state("shop.example") == "verified"
    for other in ("mail.shop.example", "example", "ashop.example"):
        assert await world.resend.domain_state(other) is None
    world.sandbox.resend.domains["d2"] = new_domain("mail.shop.example", "pending")
    assert await world.resend.domain_state("mail.shop.example") == "pending"


async def test_resends_webhook_is_mended_and_tells_its_secret_again(world: World) -> None:
    secret = world.sandbox.resend.add_webhook(AS_TYPED, events=("email.sent",))
    (hook,) = await world.resend.webhooks(URL)
    assert "email.bounced" in hook.missing
    assert await world.resend.webhook_secret(hook.webhook_id) == secret
    await world.resend.mend_webhook(hook.webhook_id)
    (hook,) = await world.resend.webhooks(URL)
    assert hook.enabled
    assert hook.missing == ()
    await world.resend.delete_webhook(hook.webhook_id)
    assert await world.resend.webhooks(URL) == []


async def test_a_key_that_only_sends_is_told_from_a_wrong_one(world: World) -> None:
    world.sandbox.resend.only_sends = True
    with pytest.raises(ServiceUnavailable) as refused:
        await world.resend.domains()
    assert refused.value.code == "restricted_api_key"


async def test_the_admin_is_who_comes_with_the_nonce_and_no_update_is_lost(world: World) -> None:
    stranger = Person(555, "Stranger")
    world.sandbox.telegram.press_start(stranger, "guide")
    world.sandbox.telegram.press_start(MIRA, "right")
    found = await world.telegram.who_pressed_start("right", 5)
    assert found is not None
    assert found.id == MIRA.id
    assert await world.telegram.who_pressed_start("other", 0.01) is None
    assert len(world.sandbox.telegram.queue.pending) == 2


async def test_a_webhook_is_in_the_way_of_learning_who_it_is(world: World) -> None:
    assert (await world.telegram.updates_target()).url == ""
    await world.telegram.prepare("webhook", "https://elsewhere.example")
    assert (await world.telegram.updates_target()).url == "https://elsewhere.example/webhooks/telegram"
    with pytest.raises(ServiceRefused) as refused:
        await world.telegram.who_pressed_start("right", 5)
    assert refused.value.code == "409"


async def test_more_waiting_updates_than_telegram_shows_are_said(world: World) -> None:
    for _ in range(100):
        world.sandbox.telegram.say(MIRA, "hello")
    with pytest.raises(ServiceRefused):
        await world.telegram.who_pressed_start("right", 5)


async def test_the_bot_is_described_in_both_languages_but_the_owners_words_stay(world: World) -> None:
    said = world.sandbox.telegram.profile.descriptions
    said["short_description", ""] = "My own words"
    await world.telegram.describe(CATALOG.shop)
    assert said["description", ""].startswith("Night Market: press Start")
    assert said["description", "ru"].startswith("Night Market: нажмите")
    assert said["short_description", ""] == "My own words"
    assert ("short_description", "ru") not in said
