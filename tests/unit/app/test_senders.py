"""MAIL_FROM: what Resend can read as a sender, on every Python alike; everything else is a mail that never leaves."""

from pathlib import Path

import pytest

from app.settings import SettingsError, load_settings
from app.settings_values import sending_domain
from tests.support.settings import GOOD_SETTINGS


@pytest.mark.parametrize(
    ("sender", "domain"),
    [
        ("shop@example.com", "example.com"),
        ("<shop@example.com>", "example.com"),
        ("Shop <shop@example.com>", "example.com"),
        ("Shop<shop@Mail.Example.com>", "mail.example.com"),
        ('"Shop, Inc." <shop@example.com>', "example.com"),
        ('"Shop: Riga" <shop@example.com>', "example.com"),
        ("Shop & Co. (Riga) <shop+sales@example.com>", "example.com"),
        ("O'Brien <o'brien@example.com>", "example.com"),
        ("Лавка «У дома» <shop@example.com>", "example.com"),
        ('Лавка "У дома" <shop@example.com>', "example.com"),
        ("Лавка <shop@магазин.рф>", "магазин.рф"),
        ("Shop <first.last@a-b.co.uk>", "a-b.co.uk"),
    ],
)
def test_a_sender_is_understood(tmp_path: Path, sender: str, domain: str) -> None:
    assert load_settings({**GOOD_SETTINGS, "MAIL_FROM": sender}, tmp_path).mail_from == sender
    assert sending_domain(sender) == domain


@pytest.mark.parametrize(
    "sender",
    [
        "Shop", "Shop <shop>", "Shop shop@example.com", "Shop shop@example.com>", "<shop@example.com",
        "Shop <shop@example.com", "shop@example.com <Shop>", "Shop, Inc. <shop@example.com>",
        "Shop: <shop@example.com>", "Shop [EU] <shop@example.com>", "@shop <shop@example.com>",
        "shop@example.com, other@example.com", "Shop <shop@example.com>, other@example.com",
        "Shop <shop@example.com> <other@example.com>", "Shop <mailto:shop@example.com>", "Shop <shop@example.com>.",
        "Shop <shop@example>", "Shop <shop@example.com.>", "Shop <shop@example..com>", "Shop <shop@-example.com>",
        "Shop <.shop@example.com>", "Shop <shop@exam ple.com>", "Shop <shop @example.com>", "Shop <@example.com>",
        "Shop <shop@example.com>\nBcc: x@example.com",
    ],
)  # fmt: skip
def test_what_is_no_sender_stops_the_start(tmp_path: Path, sender: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({**GOOD_SETTINGS, "MAIL_FROM": sender}, tmp_path)
    assert str(caught.value) == "MAIL_FROM must be an address with a name, like Shop <shop@example.com>"


@pytest.mark.parametrize("quote", ["'", '"'])
def test_quotes_that_others_take_away_are_taken_away_here(tmp_path: Path, quote: str) -> None:
    (tmp_path / "token").write_text(f"{quote}{GOOD_SETTINGS['BOT_TOKEN']}{quote}\n")
    quoted = {name: f"{quote}{value}{quote}" for name, value in GOOD_SETTINGS.items() if name != "BOT_TOKEN"}
    plain = load_settings(GOOD_SETTINGS, tmp_path)
    assert load_settings({**quoted, "BOT_TOKEN_FILE": str(tmp_path / "token")}, tmp_path) == plain
    for sender in ('"Shop" <shop@example.com>', '"Shop, Inc." <shop@example.com>'):
        assert load_settings({**GOOD_SETTINGS, "MAIL_FROM": sender}, tmp_path).mail_from == sender
