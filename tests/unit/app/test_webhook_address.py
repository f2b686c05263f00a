"""Where Telegram sends updates to, and where it never would."""

from pathlib import Path

import pytest

from app.settings import SettingsError, load_settings
from tests.support.settings import GOOD_SETTINGS

WEBHOOK = {"TELEGRAM_UPDATES": "webhook", "TELEGRAM_WEBHOOK_SECRET": "Xq7rT2mZ9kLw4VnB6sJd"}
SERVER = {"TELEGRAM_API_URL": "http://127.0.0.1:8081"}


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "https://pay.example.com:9443", "http://[::1]"])
def test_an_address_that_telegram_refuses_is_said_at_the_start(tmp_path: Path, url: str) -> None:
    settings = {**GOOD_SETTINGS, **WEBHOOK, "PUBLIC_URL": url}
    with pytest.raises(SettingsError) as caught:
        load_settings(settings, tmp_path)
    (mistake,) = map(str, caught.value.mistakes)
    assert mistake.startswith(f"TELEGRAM_UPDATES must be polling where PUBLIC_URL is {url}: ")
    for fits in ({"TELEGRAM_UPDATES": "polling"}, {"PUBLIC_URL": "https://pay.example.com:8443/shop"}, SERVER):
        load_settings({**settings, **fits}, tmp_path)
