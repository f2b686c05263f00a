import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.cli import main
from app.runtime.logs import OURS, Discreet, JsonLines
from app.settings import SettingsError, load_settings
from app.settings_values import duration
from tests.support.settings import GOOD_SETTINGS, WEBHOOK_SECRETS


def mistakes(folder: Path, **changes: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings({**GOOD_SETTINGS, **changes}, folder)
    return list(map(str, caught.value.mistakes))


def test_good_settings_are_read_with_their_defaults(tmp_path: Path) -> None:
    settings = load_settings(GOOD_SETTINGS, tmp_path)
    assert settings.stripe_webhook_secrets == WEBHOOK_SECRETS
    assert settings.admin_ids == (1, 2)
    assert settings.public_url == "https://pay.example.com"
    assert (settings.port, settings.telegram_updates, settings.livemode) == (8080, "polling", False)
    assert settings.pay_link_ttl == timedelta(hours=24)
    assert settings.mails_per_second == 4
    assert load_settings({**GOOD_SETTINGS, "MAILS_PER_SECOND": "0.5"}, tmp_path).mails_per_second == 0.5
    assert str(settings.database.shown) == "SQLite file data/checkout.db"


def test_every_missing_setting_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({}, tmp_path)
    assert str(caught.value.helps).startswith(f"there is no .env in {tmp_path}: cd into the shop's folder first")
    for environment in ({"PUBLIC_URL": "https://pay.example.com"}, {}):  # as docker compose sets it, and with a file
        with pytest.raises(SettingsError, match="BOT_TOKEN is missing") as begun:
            load_settings(environment, tmp_path)
        assert str(begun.value.helps).startswith("checkout-bot setup asks for what is missing")
        (tmp_path / ".env").touch()
    assert [str(line).split()[0] for line in caught.value.mistakes] == [
        "BOT_TOKEN", "STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "RESEND_API_KEY", "MAIL_FROM",
        "PUBLIC_URL", "SECRET_KEY",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("BOT_TOKEN", "nonsense", "must be the token from @BotFather"),
        ("STRIPE_SECRET_KEY", "pk_test_abc", "must look like sk_test_... or sk_live_..."),
        ("STRIPE_PUBLISHABLE_KEY", "pk_live_abc", "must be of the same mode"),
        ("PUBLIC_URL", "http://pay.example.com", "must begin with https://"),
        ("PUBLIC_URL", "pay.example.com", "must be the address customers reach"),
        ("PUBLIC_URL", "https://https://pay.example.com", "must be the address customers reach"),
        ("PUBLIC_URL", "https://https//pay.example.com", "must be the address customers reach"),
        ("PUBLIC_URL", "https://pay.example.com//shop/", "must be the address customers reach"),
        ("MAIL_FROM", "Shop", "must be an address with a name"),
        ("MAIL_FROM", "Shop <a@b.c>\nBcc: x@y.z", "must be an address with a name"),
        ("SECRET_KEY", "short", "is too short with 5; it must be at least 32 random characters"),
        ("ADMIN_IDS", "anna", "must be Telegram user ids"),
        ("PORT", "70000", "must be a port number"),
        ("HOST", "999.1.1.1", "must be an address of this machine"),
        ("HOST", "127.0.0.1:8080", "must be an address of this machine"),
        ("HOST", "http://127.0.0.1", "must be an address of this machine"),
        ("HOST", "two words", "must be an address of this machine"),
        ("PAY_LINK_TTL", "1 day", "must be a duration like"),
        ("TELEGRAM_UPDATES", "push", "must be polling or webhook"),
        ("TELEGRAM_UPDATES", "webhook", "TELEGRAM_WEBHOOK_SECRET is missing"),
        ("DATABASE_URL", "mysql://x", "must look like sqlite:///"),
        ("STRIPE_API_URL", "localhost", "must be a web address"),
        ("STRIPE_API_URL", "https://api.example.com:port", "must be a web address"),
        ("STRIPE_API_URL", "https://[::1", "must be a web address"),
        ("STRIPE_API_URL", "https://api.example.com; script-src *", "must be a web address"),
        ("STRIPE_JS_URL", "http://js.stripe.com/endive/stripe.js", "must be the https address of a script"),
        ("STRIPE_JS_URL", "https://js.stripe.com/;script-src", "must be the https address of a script"),
        ("STRIPE_JS_URL", "https://js.stripe.com/ *", "must be the https address of a script"),
        ("STRIPE_JS_URL", "https://js.stripe.com/'self'", "must be the https address of a script"),
        ("STRIPE_JS_URL", 'https://js.stripe.com/"x', "must be the https address of a script"),
        ("STRIPE_JS_URL", "https://js.stripe.com,https://x.example", "must be the https address of a script"),
        ("STRIPE_JS_URL", "//js.stripe.com/endive/stripe.js", "must be the https address of a script"),
        ("PUBLIC_URL", "https://*.example.com", "must be the address customers reach"),
        ("PUBLIC_URL", "https://pay..example.com", "must be the address customers reach"),
        ("PUBLIC_URL", "https://pay.example%2ecom", "must be the address customers reach"),
        ("PUBLIC_URL", "https://pay.example.com/<b>", "must be the address customers reach"),
        ("PUBLIC_URL", "https://pay.example.com:99999", "must be the address customers reach"),
        ("CATALOG", "~/shop/catalog.toml", "CATALOG has a ~ where the path begins"),
        ("CATALOG", "~shop/catalog.toml", "write the whole path"),
        ("LOG_FORMAT", "xml", "must be console or json"),
        ("MAILS_PER_SECOND", "0", "must be a number above 0"),
        ("MAILS_PER_SECOND", "fast", "must be a number above 0"),
    ],
)
def test_a_malformed_setting_says_what_it_should_look_like(tmp_path: Path, name: str, value: str, said: str) -> None:
    (mistake,) = mistakes(tmp_path, **{name: value})
    assert said in mistake


def test_no_mistake_repeats_a_secret(tmp_path: Path) -> None:
    said = " ".join(mistakes(tmp_path, BOT_TOKEN="hunter2", STRIPE_SECRET_KEY="hunter2", SECRET_KEY="hunter2"))
    assert "hunter2" not in said


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://checkout:hun/ter2@db.example.com/checkout",
        "postgresql://checkout:hun?ter2@db.example.com/checkout",
        "postgresql://checkout:hun#ter2@db.example.com/checkout",
        "postgresql://checkout:hun/ter2",
        "postgresql://checkout:[hunter2@db.example.com/checkout",
        "postgresql://checkout:h@un:ter2@db.example.com/checkout",
        "postgresql://checkout:hun\uff0fter2@db.example.com/checkout",
        "postgresql://checkout:hunter2@db.example.com",
    ],
)
def test_a_database_address_that_is_wrong_does_not_show_its_password(tmp_path: Path, url: str) -> None:
    (mistake,) = mistakes(tmp_path, DATABASE_URL=url)
    assert "ter2" not in mistake
    assert mistake.startswith("DATABASE_URL ")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("ADMIN_ID", "ADMIN_IDS"),
        ("admin_ids", "ADMIN_IDS"),
        ("ADMIN-IDS", "ADMIN_IDS"),
        ("STRIPE_WEBHOOK_SECRETS", "STRIPE_WEBHOOK_SECRET"),
        ("RESEND_WEBHOK_SECRET_FILE", "RESEND_WEBHOOK_SECRET"),
        ("DATABASE_URI", "DATABASE_URL"),
        ("LOGLEVEL", "LOG_LEVEL"),
    ],
)
def test_a_name_that_is_nearly_a_settings_is_said(tmp_path: Path, name: str, meant: str) -> None:
    settings = load_settings({**GOOD_SETTINGS, name: "value"}, tmp_path)
    assert [*map(str, settings.warnings)] == [f"{name} is no setting: is {meant} meant?"]
    (tmp_path / ".env").write_text(f"{name}=value")
    assert load_settings(GOOD_SETTINGS, tmp_path).warnings == settings.warnings


def test_in_the_env_file_a_looser_likeness_is_enough_and_a_missing_setting_says_it_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("BOTS_TOKENS=1234567:AAaaAAaaAAaaAAaaAAaaAAaaAAaaAAaaAAa\n")
    assert mistakes(tmp_path, BOT_TOKEN="") == [
        "BOT_TOKEN is missing; it must be the token from @BotFather, like 123456789:AAE...",
        "BOTS_TOKENS is no setting: is BOT_TOKEN meant?",
    ]


def test_marks_that_were_pasted_along_are_no_part_of_a_setting(tmp_path: Path) -> None:
    pasted = {"BOT_TOKEN": f"\u2066{GOOD_SETTINGS['BOT_TOKEN']}\u2069", "PORT": "\ufeff8080\u200b"}
    settings = load_settings({**GOOD_SETTINGS, **pasted}, tmp_path)
    assert (settings.bot_token, settings.port) == (GOOD_SETTINGS["BOT_TOKEN"], 8080)


def test_names_for_others_are_no_slips(tmp_path: Path) -> None:
    others = ("COMPOSE_PROFILES", "POSTGRES_PASSWORD", "PGPASSWORD", "LITESTREAM_BUCKET", "LITESTREAM_ENDPOINT")
    (tmp_path / ".env").write_text("\n".join(f"{name}=x" for name in others))
    machine = {"HOSTNAME": "x", "HOSTTYPE": "x", "PATH": "x", "SUPPORT": "x", "LOGNAME": "x", "PUBLIC_KEY": "x"}
    assert load_settings({**GOOD_SETTINGS, **machine}, tmp_path).warnings == ()


def test_a_secret_named_as_its_own_file_is_not_repeated(tmp_path: Path) -> None:
    (mistake,) = mistakes(tmp_path, SECRET_KEY="", SECRET_KEY_FILE="hunter2-hunter2")
    assert "hunter2" not in mistake
    assert "SECRET_KEY_FILE" in mistake


def test_plain_http_is_for_loopback_alone(tmp_path: Path) -> None:
    for url in ("http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:8080"):
        assert load_settings({**GOOD_SETTINGS, "PUBLIC_URL": url}, tmp_path).public_url == url


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("HTTPS://Pay.Example.COM/", "https://pay.example.com"),
        ("https://pay.example.com.:443/shop/", "https://pay.example.com/shop"),
        ("https://магазин.рф:8443", "https://xn--80aairftm.xn--p1ai:8443"),
        ("https://пример.рф/касса", "https://xn--e1afmkfd.xn--p1ai/%D0%BA%D0%B0%D1%81%D1%81%D0%B0"),
        ("https://192.0.2.7:443", "https://192.0.2.7"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
    ],
)
def test_an_address_is_one_however_it_is_written(tmp_path: Path, typed: str, url: str) -> None:
    """Stripe asks for ASCII, and what is registered there is found again by the same letters."""
    assert load_settings({**GOOD_SETTINGS, "PUBLIC_URL": typed}, tmp_path).public_url == url


@pytest.mark.parametrize("url", ["http://localhost:8080", "http://shop.localhost", "https://shop", "https://shop/a.b"])
def test_an_address_that_telegram_takes_no_button_to_is_said(tmp_path: Path, url: str) -> None:
    (warning,) = load_settings({**GOOD_SETTINGS, "PUBLIC_URL": url}, tmp_path).warnings
    assert str(warning).startswith(f"PUBLIC_URL {url}: Telegram takes no button to a host without a dot")
    assert "127.0.0.1" in str(warning)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080", "http://[::1]:8080", "https://магазин.рф", "https://a.example/b"]
)
def test_of_every_other_address_nothing_is_said(tmp_path: Path, url: str) -> None:
    assert load_settings({**GOOD_SETTINGS, "PUBLIC_URL": url}, tmp_path).warnings == ()


def test_a_secret_may_be_in_a_file_and_the_env_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(GOOD_SETTINGS["BOT_TOKEN"] + "\n")
    lines = [f"{name}={value!r}" for name, value in GOOD_SETTINGS.items() if name != "BOT_TOKEN"]
    (tmp_path / ".env").write_text("\n".join([*lines, f"BOT_TOKEN_FILE={tmp_path}/token", "PORT=9000"]))
    settings = load_settings({"PORT": "9001"}, tmp_path)
    assert (settings.bot_token, settings.port) == (GOOD_SETTINGS["BOT_TOKEN"], 9001)
    (missing,) = mistakes(tmp_path, BOT_TOKEN="", BOT_TOKEN_FILE="/nowhere")
    assert "BOT_TOKEN_FILE" in missing
    (missing,) = mistakes(tmp_path, BOT_TOKEN="", BOT_TOKEN_FILE="~/token")
    assert "BOT_TOKEN_FILE, but: has a ~ where the path begins" in missing


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_files_saved_on_windows_are_read(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "token").write_bytes(f"{GOOD_SETTINGS['BOT_TOKEN']}\r\n".encode(encoding))
    named = {
        **GOOD_SETTINGS,
        "BOT_TOKEN": "",
        "BOT_TOKEN_FILE": f"{tmp_path}/token",
        "MAIL_FROM": "Лавка <a@b.example>",
    }
    lines = [f"{name}={value}" for name, value in named.items() if value]
    (tmp_path / ".env").write_bytes("\r\n".join(lines).encode(encoding))
    settings = load_settings({}, tmp_path)
    assert (settings.bot_token, settings.mail_from) == (GOOD_SETTINGS["BOT_TOKEN"], "Лавка <a@b.example>")
    assert settings.admin_ids == (1, 2)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::", "::1", "localhost", "checkout_1", "shop.example.com"])
def test_addresses_and_names_are_hosts(tmp_path: Path, host: str) -> None:
    assert load_settings({**GOOD_SETTINGS, "HOST": host}, tmp_path).host == host


def test_files_in_another_encoding_are_told_how_to_be_saved(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes("токен".encode("cp1251"))
    (mistake,) = mistakes(tmp_path, BOT_TOKEN="", BOT_TOKEN_FILE=f"{tmp_path}/token")
    assert mistake.startswith("BOT_TOKEN is to be read from the file in BOT_TOKEN_FILE, but: line 1 is not in UTF-8")
    (tmp_path / ".env").write_bytes("PORT=8080\r\n# Лавка".encode("cp1251"))
    (mistake,) = mistakes(tmp_path)
    assert mistake.startswith(".env: line 2 is not in UTF-8; save it as UTF-8")


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("30m", 1800), ("24h", 86400), ("7d", 604800)])
def test_durations_are_read(text: str, seconds: int) -> None:
    assert duration(text).total_seconds() == seconds


@pytest.fixture
def restored_logging() -> Iterator[None]:
    """The command sets logging up for its process; the tests' own is put back."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in OURS}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    for name, own in levels.items():
        logging.getLogger(name).setLevel(own)


@pytest.mark.usefixtures("restored_logging")
def test_serve_says_every_mistake_and_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (*GOOD_SETTINGS, "CATALOG"):
        monkeypatch.delenv(name, raising=False)
    assert main(["serve"]) == 1
    said = capsys.readouterr().err
    assert "BOT_TOKEN is missing" in said
    assert "SECRET_KEY is missing" in said
    for name, value in GOOD_SETTINGS.items():
        monkeypatch.setenv(name, value)
    assert main(["serve"]) == 1
    assert "catalog.toml: there is no such file" in capsys.readouterr().err
    shop = '[shop]\nid = "a"\nname = "夜市"\nsupport = "@a"\nseller = "A"\n'
    product = '[[product]]\nsku = "a"\ntitle = "A"\nprice = "5"\ncurrency = "EUR"\n'
    (tmp_path / "catalog.toml").write_text(shop + product, encoding="utf-8")
    assert main(["serve"]) == 1
    assert "catalog.toml: line 3: shop.name: the receipt cannot show 夜市 (Chinese" in capsys.readouterr().err


@pytest.mark.parametrize("formatter", [Discreet, JsonLines])
def test_no_log_line_holds_what_must_not_be_read(formatter: type[Discreet]) -> None:
    message = (
        "POST /pay/AbCdEfGhIjKlMnOp/intent pi_3Abc_secret_XyZ123 anna.sokolova@example.com sk_test_abcdef123 s3cr3t"
        f" {GOOD_SETTINGS['BOT_TOKEN']} payment pay_23456789abcd"
    )
    record = logging.LogRecord("x", logging.INFO, __file__, 1, message, None, None)
    line = formatter(["s3cr3t"]).format(record)
    for hidden in ("AbCdEfGhIjKlMnOp", "XyZ123", "sokolova", "sk_test_abcdef", "s3cr3t", GOOD_SETTINGS["BOT_TOKEN"]):
        assert hidden not in line
    assert "pay_23456789abcd" in line
