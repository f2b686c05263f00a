"""A secret that can be guessed opens the shop: it is refused at the start, and never repeated."""

import base64
import random
from pathlib import Path

import pytest

from app.settings import SettingsError, load_settings
from tests.support.settings import GOOD_SETTINGS

RESEND_OF_15 = "whsec_" + base64.b64encode(b"nobody signs so").decode()


def said(folder: Path, name: str, value: str) -> str:
    """The one mistake."""
    with pytest.raises(SettingsError) as caught:
        load_settings({**GOOD_SETTINGS, name: value}, folder)
    (mistake,) = map(str, caught.value.mistakes)
    assert mistake.startswith(f"{name} ")
    assert "\n" not in mistake
    return mistake


@pytest.mark.parametrize(
    "value",
    [
        ",",
        ", ,",
        "x",
        "whsec_",
        "whsec_=",
        "whsec_x",
        "whsec_fifteen_letters"[:21],
        "whsec_abcdefghijklmnopqrstuvwx",
        "whsec_0123456789ABCDEFGHIJ",
        "whsec_" + "a" * 40,
        "whsec_" + "ab" * 20,
        "whsec_short, whsec_Xq7rT2mZ9kLw4VnB6sJd",
        "whsec_Xq7rT2mZ9kLw4VnB6sJd, sk_test_Xq7rT2mZ9kLw4VnB6sJd",
        "Xq7rT2mZ9kLw4VnB6sJd",
        "whsec_Xq7rT2mZ 9kLw4VnB6sJd",
        "whsec_Xq7rT2mZ9kLw4VnB6sJdé",
    ],
)
def test_a_signing_secret_of_stripe_that_is_none_is_refused(tmp_path: Path, value: str) -> None:
    mistake = said(tmp_path, "STRIPE_WEBHOOK_SECRET", value)
    assert "whsec_..." in mistake
    assert "Xq7rT2" not in mistake


@pytest.mark.parametrize(
    "value",
    [
        ",",
        "x",
        "whsec_",
        "whsec_=",
        "whsec_====",
        RESEND_OF_15,
        "whsec_" + base64.b64encode(bytes(32)).decode(),
        "whsec_" + base64.b64encode(b"ab" * 20).decode(),
        "whsec_" + base64.b64encode(bytes(range(32))).decode(),
        "whsec_Xq7rT2mZ9kLw4VnB6sJd!",
        "whsec_Xq7rT2mZ9kLw4VnB6sJdX",
        base64.b64encode(b"nobody signs with this").decode(),
    ],
)
def test_a_signing_secret_of_resend_that_is_none_is_refused(tmp_path: Path, value: str) -> None:
    assert "whsec_..." in said(tmp_path, "RESEND_WEBHOOK_SECRET", value)


@pytest.mark.parametrize(
    "value",
    [
        "x",
        "k" * 40,
        "ab" * 30,
        "password" * 5,
        "0123456789" * 4,
        "change-me-please"[:10] * 4,
        "a" * 60 + "bcd",
        "0123456789abcdef" * 2,
        "abcdefghijklmnopqrstuvwxyz012345",
        "zyxwvutsrqponmlkjihgfedcba9876543210",
        "ACEGIKMOQSUWYacegikmoqsuwy02468ACE",
        "a1b2c3d4e5f6g7h8a1b2c3d4e5f6g7h8",
        "1111222233334444" * 2,
        "eXwN0oWvU8aQz3cLr6TgYb1MhDkJp5f",
        " " * 40,
    ],
)
def test_a_secret_key_that_can_be_guessed_is_refused_and_how_to_make_one_is_said(tmp_path: Path, value: str) -> None:
    mistake = said(tmp_path, "SECRET_KEY", value)
    assert "secrets.token_urlsafe(32)" in mistake
    assert value.strip() == "" or value not in mistake or value == "x"


@pytest.mark.parametrize(
    "value",
    """x aaaaaaaaaaaa aaaaaaaa aaaaaaab -------- abcabcab passpass 12345678 87654321 11112222 1234abcd abcdefghij
    acegikmo qwertyui QwErTyUi asdfghjkl lkjhgfdsa zxcvbnm1 qwertyuiop1234567890 1qaz2wsx zaq1xsw2
    a1b2c3d4 1a2b3c4d 1q2w3e4r5t a1a2a3a4 aabbccdd 11223344 11112233 aaabbbcc 111222333 aabbccddeeff
    10000001 1000000000000000000000000000000001 11111211 ababbaba 000111000 secretsecre
    abcdefghijklmnopqrstuvwxyz0123456789 пароль-пароль""".split(),
)
def test_a_secret_of_telegrams_webhook_that_can_be_guessed_is_refused(tmp_path: Path, value: str) -> None:
    said(tmp_path, "TELEGRAM_WEBHOOK_SECRET", value)


@pytest.mark.parametrize(
    "value",
    ["aa1bb1ab", "1a1b1c1a", "00e0e01e", "9c99c9cd", "3f3fa3fa", "77717a17", "55355838", "0123a8f1", "cdefd1e9"],
)
def test_a_secret_of_eight_signs_may_repeat_a_few_as_chance_does(tmp_path: Path, value: str) -> None:
    made = load_settings({**GOOD_SETTINGS, "TELEGRAM_WEBHOOK_SECRET": value}, tmp_path)
    assert made.telegram_webhook_secret == value


def urlsafe(made: bytes) -> str:
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def test_what_the_usual_ways_make_is_strong_enough(tmp_path: Path) -> None:
    chance = random.Random(8)  # the same at each run: of eight signs in hex one in some ten thousand is a pattern
    for _ in range(200):
        made = {
            "STRIPE_WEBHOOK_SECRET": "whsec_" + chance.randbytes(16).hex(),
            "RESEND_WEBHOOK_SECRET": "whsec_" + base64.b64encode(chance.randbytes(24)).decode(),
            "SECRET_KEY": chance.choice([chance.randbytes(16).hex(), urlsafe(chance.randbytes(32))]),
            "TELEGRAM_WEBHOOK_SECRET": chance.choice([chance.randbytes(4).hex(), urlsafe(chance.randbytes(6))]),
        }
        settings = load_settings({**GOOD_SETTINGS, **made}, tmp_path)
        assert settings.stripe_webhook_secrets == (made["STRIPE_WEBHOOK_SECRET"],)


def test_without_stripes_signing_secret_the_shop_starts(tmp_path: Path) -> None:
    assert load_settings({**GOOD_SETTINGS, "STRIPE_WEBHOOK_SECRET": ""}, tmp_path).stripe_webhook_secrets == ()


@pytest.mark.parametrize("value", ["sk_live_51Habc", "pk_test_51Habc", "rk_live_51Habc", "whsec_abc", "1234567:AAaa"])
def test_no_secret_of_another_service_is_sent_to_resend(tmp_path: Path, value: str) -> None:
    assert "this is the secret of another service" in said(tmp_path, "RESEND_API_KEY", value)
