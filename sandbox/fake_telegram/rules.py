"""What Telegram refuses, in its own words: texts, captions, keyboards, addresses of buttons."""

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

LONGEST_TEXT = 4096  # UTF-16 code units, after entities are parsed
LONGEST_CAPTION = 1024
LONGEST_CALLBACK_DATA = 64  # bytes
LARGEST_FILE = 50 * 1024 * 1024  # bytes a bot may upload
MOST_BUTTONS = 100
MOST_BUTTONS_IN_A_ROW = 8
BUTTON_ACTIONS = (
    "url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay",
)  # fmt: skip


class TelegramError(Exception):
    """The Bot API answers with an error; `retry_after` in seconds goes with a 429."""

    def __init__(self, status: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.retry_after = retry_after


def bad_request(reason: str) -> TelegramError:
    """The refusal that nearly all mistakes get."""
    return TelegramError(400, f"Bad Request: {reason}")


def utf16_length(text: str) -> int:
    """Telegram counts UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def check_text(text: str) -> None:
    """Raises TelegramError for an empty or too long message text."""
    if not text:
        raise bad_request("message text is empty")
    if utf16_length(text) > LONGEST_TEXT:
        raise bad_request("message is too long")


def check_caption(caption: str) -> None:
    """Raises TelegramError for a too long caption."""
    if utf16_length(caption) > LONGEST_CAPTION:
        raise bad_request("message caption is too long")


def check_file(content: bytes) -> None:
    """Raises TelegramError for a file that is empty or above 50 MB."""
    if not content:
        raise bad_request("file must be non-empty")
    if len(content) > LARGEST_FILE:
        raise TelegramError(413, "Request Entity Too Large")


def check_keyboard(markup: InlineKeyboardMarkup) -> list[list[dict[str, Any]]]:
    """The inline keyboard as Telegram keeps it (no empty rows); raises TelegramError."""
    rows = [row for row in markup.inline_keyboard if row]
    if sum(len(row) for row in rows) > MOST_BUTTONS or any(len(row) > MOST_BUTTONS_IN_A_ROW for row in rows):
        raise bad_request("reply markup is too long")
    return [[_checked(button) for button in row] for row in rows]


def _checked(button: InlineKeyboardButton) -> dict[str, Any]:
    kept = button.model_dump(mode="json", exclude_none=True)
    actions = [action for action in BUTTON_ACTIONS if action in kept]
    if not button.text.strip():
        raise bad_request("can't parse inline keyboard button: Text must be non-empty")
    if len(actions) != 1:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if button.callback_data is not None:
        _check_callback_data(button.callback_data)
    if button.url is not None:
        check_button_url(button.url)
    if button.web_app is not None:
        _check_web_app_url(button.web_app.url)
    return kept


def _check_callback_data(data: str) -> None:
    if not 1 <= len(data.encode()) <= LONGEST_CALLBACK_DATA:
        raise bad_request("BUTTON_DATA_INVALID")


def check_button_url(url: str) -> None:
    """Telegram takes public http(s) and tg:// addresses; the sandbox takes loopback IP addresses besides."""
    parts = _split(url)
    if parts.scheme == "tg":
        return
    if parts.scheme not in ("http", "https", "ton"):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol")
    if not is_public_host(parts.hostname or "") and not is_loopback(url):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def _check_web_app_url(url: str) -> None:
    if not is_loopback(url) and (_split(url).scheme != "https" or not is_public_host(_split(url).hostname or "")):
        raise bad_request(f"inline keyboard button Web App URL '{url}' is invalid: Only HTTPS links are allowed")


def is_public_host(host: str) -> bool:
    """A name with a dot in it, or a public IP address."""
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host.strip(".") and not host.endswith(".localhost")


def is_loopback(url: str) -> bool:
    """Whether the URL points at this machine by IP address: what the sandbox itself serves."""
    try:
        return ip_address(_split(url).hostname or "").is_loopback
    except ValueError:
        return False


def _split(url: str) -> Any:
    try:
        return urlsplit(url)
    except ValueError:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL") from None
