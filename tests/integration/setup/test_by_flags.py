"""From an empty folder to a shop without a terminal: nothing is asked, and what is missing is said."""

import stat

import pytest

from app.settings import load_settings
from checkout.catalog.load_catalog import load_catalog
from providers.stripe_account import fingerprint
from providers.stripe_events import HANDLED_TYPES
from providers.stripe_gateway import API_VERSION
from tests.support.project import PUBLIC_URL
from tests.support.setup.new_shop import NewShop


def files(new_shop: NewShop) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in new_shop.folder.iterdir()}


async def test_one_command_makes_a_shop(new_shop: NewShop) -> None:
    said = await new_shop.set_up()
    assert (said.code, said.remains) == (0, [])
    assert sorted(files(new_shop)) == [".env", "catalog.toml"]
    assert stat.S_IMODE((new_shop.folder / ".env").stat().st_mode) == 0o600
    settings = load_settings({}, new_shop.folder)
    shop = load_catalog(new_shop.folder / "catalog.toml").shop
    assert shop.shop_id.startswith("night-books-")
    sandbox = new_shop.sandbox
    (endpoint,) = sandbox.stripe.store.webhook_endpoints.values()
    assert endpoint["url"] == f"{PUBLIC_URL}/webhooks/stripe"
    assert set(endpoint["enabled_events"]) == set(HANDLED_TYPES)
    assert endpoint["api_version"] == API_VERSION
    (secret,) = settings.stripe_webhook_secrets
    assert sandbox.stripe.webhooks.endpoints[endpoint["id"]].secret == secret
    assert endpoint["metadata"] == {"secret_fingerprint": fingerprint(secret), "shop": shop.shop_id}
    (domain,) = sandbox.stripe.store.payment_method_domains.values()
    assert domain["domain_name"] == "pay.example.com"
    (hook,) = sandbox.resend.webhooks.endpoints.values()
    assert (hook.endpoint, hook.signing_secret) == (f"{PUBLIC_URL}/webhooks/resend", *settings.resend_webhook_secrets)
    assert sandbox.telegram.queue.webhook is None
    assert sandbox.telegram.profile.descriptions["description", "ru"].startswith("Night Books")


async def test_no_secret_is_said(new_shop: NewShop) -> None:
    said = await new_shop.set_up()
    secrets = [value for name, value in new_shop.env().items() if value and ("SECRET" in name or "KEY" in name)]
    assert len(secrets) == 7
    assert not [one for one in (*secrets, new_shop.sandbox.telegram.token) if one in said.text]


@pytest.mark.parametrize("again", ["with the same flags", "without any"])
async def test_repeating_changes_nothing(new_shop: NewShop, again: str) -> None:
    await new_shop.set_up()
    before, stripe = files(new_shop), new_shop.sandbox.stripe.store
    made = dict(stripe.webhook_endpoints), dict(stripe.payment_method_domains)
    hooks = dict(new_shop.sandbox.resend.webhooks.endpoints)
    said = await new_shop.set_up(None if again == "with the same flags" else {})
    assert said.code == 0
    assert files(new_shop) == before
    assert (stripe.webhook_endpoints, stripe.payment_method_domains) == made
    assert new_shop.sandbox.resend.webhooks.endpoints == hooks


async def test_a_domain_whose_wallets_went_off_is_switched_on_again(new_shop: NewShop) -> None:
    await new_shop.set_up()
    (domain,) = new_shop.sandbox.stripe.store.payment_method_domains.values()
    domain.update(enabled=False, apple_pay={"status": "inactive"})
    assert (await new_shop.set_up({})).code == 0
    assert (domain["enabled"], domain["apple_pay"]) == (True, {"status": "active"})


async def test_with_telegrams_webhook_it_is_set_with_a_secret(new_shop: NewShop) -> None:
    said = await new_shop.set_up(more="--telegram-updates webhook")
    webhook = new_shop.sandbox.telegram.queue.webhook
    assert said.code == 0
    assert webhook is not None
    assert (webhook.url, webhook.secret_token) == (
        f"{PUBLIC_URL}/webhooks/telegram", new_shop.env()["TELEGRAM_WEBHOOK_SECRET"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        ("--bot-token", "BOT_TOKEN is missing: --bot-token"),
        ("--admin-ids", "ADMIN_IDS is missing: --admin-ids"),
        ("--stripe-secret-key", "STRIPE_SECRET_KEY is missing: --stripe-secret-key"),
        ("--stripe-publishable-key", "STRIPE_PUBLISHABLE_KEY is missing: --stripe-publishable-key"),
        ("--resend-api-key", "RESEND_API_KEY is missing: --resend-api-key"),
        ("--mail-from", "MAIL_FROM is missing: --mail-from"),
        ("--public-url", "PUBLIC_URL is missing: --public-url"),
        ("--shop-name", "--shop-name: missing, and"),
        ("--seller", "--seller: missing, and"),
        ("--support", "--support: missing, and"),
        ("--product-title", "--product-title: missing, and"),
        ("--product-price", "--product-price: missing, and"),
        ("--product-currency", "--product-currency: missing, and"),
    ],
)
async def test_what_is_missing_is_said_and_the_rest_is_kept_for_the_next_time(
    new_shop: NewShop, flag: str, words: str
) -> None:
    said = await new_shop.set_up(new_shop.without(flag))
    assert said.code == 1
    assert any(one.startswith(words) for one in said.remains)
    shop = {
        name: value for name, value in new_shop.flags.items() if name.startswith(("--shop", "--se", "--su", "--pr"))
    }
    again = await new_shop.set_up({flag: new_shop.flags[flag], **(shop if flag in shop else {})})
    assert (again.code, again.remains) == (0, [])


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"--bot-token": "1234567:" + "x" * 35}, "Telegram does not know this BOT_TOKEN"),
        ({"--bot-token": "no token"}, "This does not look like BOT_TOKEN"),
        ({"--admin-ids": "@mira"}, "This does not look like ADMIN_IDS"),
        ({"--stripe-secret-key": "sk_test_nobodys"}, "Stripe does not know this STRIPE_SECRET_KEY"),
        ({"--stripe-publishable-key": "pk_test_nobodys"}, "Stripe does not know this STRIPE_PUBLISHABLE_KEY"),
        ({"--stripe-secret-key": "pk_test_x", "--stripe-publishable-key": "sk_test_x"}, "are swapped"),
        ({"--stripe-secret-key": "pk_test_xyz", "--stripe-publishable-key": ""}, "This is the publishable key"),
        ({"--stripe-publishable-key": "sk_test_xyz"}, "This is the secret key"),
        ({"--stripe-secret-key": "sk_live_xyz"}, "mixed: the secret one is of live mode"),
        ({"--stripe-publishable-key": "pk_live_xyz"}, "the publishable one of live mode"),
        ({"--resend-api-key": "re_nobodys"}, "Resend does not know this RESEND_API_KEY"),
        ({"--mail-from": "no address"}, "This does not look like MAIL_FROM"),
        ({"--mail-from": "A <a@elsewhere.example>"}, "Resend has no domain elsewhere.example"),
        ({"--public-url": "pay.example.com"}, "This does not look like PUBLIC_URL"),
        ({"--public-url": "http://pay.example.com"}, "This does not look like PUBLIC_URL"),
        ({"--timezone": "Mars/Olympus"}, "--timezone: Mars/Olympus is no time zone"),
        ({"--product-currency": "XXX"}, "--product-currency: XXX is no currency that Stripe takes; write one like EUR"),
        ({"--product-currency": "₽"}, "; write one like RUB"),
        ({"--product-price": "0.10"}, "--product-price: 0.10 is no price in EUR"),
        ({"--product-price": "1,000.00"}, "--product-price: 1,000.00 is no price in EUR"),
        ({"--product-file": "nowhere.pdf"}, "--product-file: There is no file nowhere.pdf"),
        ({"--product-file": "~$guide.docx"}, "--product-file: There is no file ~$guide.docx"),
    ],
)
async def test_each_answer_is_checked_and_a_wrong_one_named(
    new_shop: NewShop, changed: dict[str, str], words: str
) -> None:
    said = await new_shop.set_up({**new_shop.flags, **changed})
    assert said.code == 1
    assert any(words in one for one in said.remains), said.remains


async def test_a_wrong_key_is_not_written_down(new_shop: NewShop) -> None:
    await new_shop.set_up({**new_shop.flags, "--stripe-secret-key": "sk_live_xyz", "--bot-token": "12345:" + "x" * 35})
    assert not {"STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "BOT_TOKEN"} & new_shop.env().keys()


async def test_a_service_that_is_away_loses_no_answer(new_shop: NewShop) -> None:
    await new_shop.sandbox.stripe.take_down()
    said = await new_shop.set_up()
    assert said.code == 1
    assert any(one.startswith("STRIPE_SECRET_KEY could not be checked") for one in said.remains)
    await new_shop.sandbox.stripe.bring_back()
    assert (await new_shop.set_up({})).code == 0


async def test_on_this_machine_alone_nothing_is_registered(new_shop: NewShop) -> None:
    said = await new_shop.set_up({**new_shop.flags, "--public-url": "http://127.0.0.1:8080"})
    sandbox = new_shop.sandbox
    assert said.code == 0
    assert "nothing is registered" in said.text
    assert not sandbox.stripe.store.webhook_endpoints
    assert not sandbox.stripe.store.payment_method_domains
    assert not sandbox.resend.webhooks.endpoints
    asked = {call.path.rpartition("/")[2] for call in sandbox.telegram.calls}
    assert asked == {"getMe", "getWebhookInfo", "getChat"}
    load_settings({}, new_shop.folder)


@pytest.mark.parametrize("pasted", ["'{}'", '"{}"', "\ufeff{}\u200b", " {}\u00a0"])
async def test_what_is_pasted_along_with_an_answer_is_no_part_of_it(new_shop: NewShop, pasted: str) -> None:
    """As in `.env` itself."""
    meant = new_shop.keys()
    flags = new_shop.flags | {name: pasted.format(value) for name, value in meant.items()}
    assert (await new_shop.set_up(flags)).code == 0
    env = new_shop.env()
    assert {name: env[name.strip("-").replace("-", "_").upper()] for name in meant} == meant


async def test_a_value_that_is_there_is_not_overwritten(new_shop: NewShop) -> None:
    (new_shop.folder / ".env").write_text("# mine\nSECRET_KEY=eXwN0oWvU8aQz3cLr6TgYb1MhDkJp5fS\n\nPORT=9999 # why\n")
    await new_shop.set_up()
    text = (new_shop.folder / ".env").read_text()
    assert text.startswith("# mine\nSECRET_KEY=eXwN0oWvU8aQz3cLr6TgYb1MhDkJp5fS\n\nPORT=9999 # why\n")
    assert (new_shop.folder / ".env.bak").read_text().endswith("PORT=9999 # why\n")


async def test_an_env_file_that_others_could_read_is_closed_to_them_even_where_nothing_changes(
    new_shop: NewShop,
) -> None:
    await new_shop.set_up()
    path = new_shop.folder / ".env"
    before = path.read_bytes()
    path.chmod(0o644)
    await new_shop.set_up({})
    assert (stat.S_IMODE(path.stat().st_mode), path.read_bytes()) == (0o600, before)


async def test_a_flag_changes_what_is_there_and_the_old_file_is_kept(new_shop: NewShop) -> None:
    await new_shop.set_up()
    before = (new_shop.folder / ".env").read_bytes()
    await new_shop.set_up({"--public-url": "https://other.example.com"})
    assert new_shop.env()["PUBLIC_URL"] == "https://other.example.com"
    assert (new_shop.folder / ".env.bak").read_bytes() == before


async def test_an_unverified_domain_is_shown_with_its_records(new_shop: NewShop) -> None:
    for domain in new_shop.sandbox.resend.domains.values():
        domain["status"] = "pending"
    said = await new_shop.set_up()
    assert "Resend has not verified sandbox.example (pending)" in said.text
    for record in ("MX    send", "TXT   resend._domainkey", "v=spf1 include:amazonses.com ~all"):
        assert record in said.text


async def test_a_key_that_only_sends_is_told_from_a_wrong_one(new_shop: NewShop) -> None:
    new_shop.sandbox.resend.only_sends = True
    said = await new_shop.set_up()
    assert said.code == 1
    assert any("key may only send" in one for one in said.remains)
    assert new_shop.env()["RESEND_API_KEY"] == new_shop.sandbox.resend.api_key


async def test_a_restricted_keys_missing_permissions_are_named(new_shop: NewShop) -> None:
    new_shop.sandbox.stripe.keys.secret_key = "rk_test_sandbox_restricted_0001"
    new_shop.sandbox.stripe.keys.permissions = frozenset({"rak_payment_intent_write", "rak_event_read"})
    said = await new_shop.set_up({**new_shop.flags, "--stripe-secret-key": "rk_test_sandbox_restricted_0001"})
    assert said.code == 1
    lacking = next(one for one in said.remains if "lacks these permissions" in one)
    assert "Webhook Endpoints: write (rak_webhook_write)" in lacking
    assert "PaymentIntents" not in lacking


async def test_settings_from_the_environment_alone_are_left_there_and_the_secrets_printed(new_shop: NewShop) -> None:
    (new_shop.folder / "catalog.toml").write_text(
        '[shop]\nid = "s-1"\nname = "S"\nsupport = "@s"\nseller = "S"\n'
        '[[product]]\nsku = "a"\ntitle = "A"\nprice = "5"\ncurrency = "EUR"\n'
    )
    pairs = {**new_shop.services(), **new_shop.keys()}
    environment = {flag.strip("-").replace("-", "_").upper(): value for flag, value in pairs.items()}
    said = await new_shop.set_up({}, environment=environment)
    assert said.code == 0
    assert list(files(new_shop)) == ["catalog.toml"]
    (endpoint,) = new_shop.sandbox.stripe.webhooks.endpoints.values()
    (hook,) = new_shop.sandbox.resend.webhooks.endpoints.values()
    lines = said.text.splitlines()
    assert f"STRIPE_WEBHOOK_SECRET={endpoint.secret}" in lines
    assert f"RESEND_WEBHOOK_SECRET={hook.signing_secret}" in lines
    printed = dict(
        line.split("=", 1) for line in lines if line.startswith(("STRIPE_W", "RESEND_W", "SECRET_", "TELEGRAM_W"))
    )
    again = await new_shop.set_up({}, environment={**environment, **printed})
    assert again.code == 0
    assert "whsec_" not in again.text


async def test_resends_secret_is_rotated_by_deleting_its_webhook(new_shop: NewShop) -> None:
    """As docs/looking-after-it.md says."""
    await new_shop.set_up()
    old, endpoints = new_shop.env()["RESEND_WEBHOOK_SECRET"], new_shop.sandbox.resend.webhooks.endpoints
    endpoints.clear()
    assert (await new_shop.set_up({})).code == 0
    (made,) = endpoints.values()
    assert new_shop.env()["RESEND_WEBHOOK_SECRET"] == made.signing_secret != old


async def test_one_of_resends_two_secrets_is_enough_while_one_takes_the_others_place(new_shop: NewShop) -> None:
    await new_shop.set_up()
    old = new_shop.env()["RESEND_WEBHOOK_SECRET"]
    two = f"whsec_{'b2YgYW5vdGhlciB3ZWJob29r' * 2}, {old}"
    assert (await new_shop.set_up({}, more=f"--resend-webhook-secret '{two}'")).code == 0
    assert new_shop.env()["RESEND_WEBHOOK_SECRET"] == two


@pytest.mark.parametrize(("port", "tried"), [("", "80, 443"), (":8443", "8443"), (":443", "80, 443")])
async def test_the_port_of_the_address_is_tried(
    new_shop: NewShop, monkeypatch: pytest.MonkeyPatch, port: str, tried: str
) -> None:
    async def answers(_host: str, _port: int) -> bool:
        return False

    monkeypatch.setattr("app.setup.address._answers", answers)
    said = await new_shop.set_up({**new_shop.flags, "--public-url": f"https://192.0.2.1{port}"})
    assert f"192.0.2.1 does not answer on port {tried}: " in said.text
