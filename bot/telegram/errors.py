"""What aiogram and aiohttp raise, as the domain's errors: the one table of what to do next."""

import re
import traceback
from typing import Any

import aiohttp
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from pydantic import ValidationError

from checkout.errors import (
    AskedToWait,
    RecipientUnreachable,
    ServiceError,
    ServiceRefused,
    ServiceUnavailable,
    UploadBroken,
)
from checkout.model.customer import mask_addresses
from checkout.sentence import N_

# All that a call of the Bot API can end with; ValueError covers an answer that is not text.
CALL_ERRORS = (AiogramError, aiohttp.ClientError, OSError, TimeoutError, ValueError)
UNKNOWN_TOKEN = N_("Telegram does not know BOT_TOKEN: copy it anew from @BotFather, and restart")
_NOBODY_THERE = ("chat not found", "user is deactivated", "user not found", "peer_id_invalid", "bot was blocked")
_BLOCKED, _NO_CHAT = "whoever it is to has blocked the bot", "there is no such chat any more"
# Forbidden too, but by nobody's wish.
_NOT_BLOCKED = {
    "user is deactivated": _NO_CHAT,
    "can't initiate conversation": "whoever it is to has not pressed Start in this bot",
}
_BEHIND_HOST = re.compile(r"(\w://[^\s/'\"]*)/[^\s'\"]*")
ID_LOST = 0  # an edit of it is answered "message to edit not found", and a new message is sent
_DONE = re.compile(r'\s*\{\s*"ok"\s*:\s*true\b')
_NOTHING_TO_CHANGE = "message is not modified"
_NOT_EDITABLE = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "message identifier is not specified",
    "there is no text in the message to edit",
    "there is no caption in the message to edit",
)


class AnswerLost(TelegramNetworkError):
    """Telegram did what it was asked and said so; the rest of its answer was lost on the way, or cannot be read.

    ``message_id`` is that of what was sent, ID_LOST where nobody knows.
    """

    def __init__(self, method: Any, message: str, message_id: int = ID_LOST) -> None:
        super().__init__(method=method, message=message)
        self.message_id = message_id


class UploadLost(TelegramNetworkError):
    """A file did not get through, or nobody answered it; ``is_unclear`` once all of it had been handed over."""

    def __init__(self, method: Any, message: str, *, is_unclear: bool) -> None:
        super().__init__(method=method, message=message)
        self.is_unclear = is_unclear


def translate(error: Exception) -> ServiceError:
    """The domain's error for ``error``; its text holds neither the token nor what was said."""
    if isinstance(error, ServiceError):
        return error
    if isinstance(error, UploadLost):
        return UploadBroken("the file did not get through to Telegram", code="upload", is_unclear=error.is_unclear)
    if isinstance(error, TelegramRetryAfter):
        # Whether it is about this chat or about the bot, Telegram does not say.
        return AskedToWait("Telegram asks to wait", code="429", retry_after=float(error.retry_after))
    if isinstance(error, TelegramForbiddenError):
        said = next((said for reason, said in _NOT_BLOCKED.items() if reason in error.message.lower()), _BLOCKED)
        return RecipientUnreachable(said, code="403")
    if isinstance(error, TelegramEntityTooLarge):
        return ServiceRefused("the file is larger than Telegram takes", code="413")
    if isinstance(error, TelegramBadRequest | TelegramMigrateToChat):
        return _refused(error)
    if isinstance(error, ClientDecodeError):
        return ServiceUnavailable("Telegram's answer cannot be read", code="unreadable")
    if isinstance(error, ValidationError):
        return ServiceRefused("the message cannot be put into Telegram's form", code="invalid")
    # A wrong token (401, 404) is no refusal: the shop mends it, and no message may be lost meanwhile.
    words = UNKNOWN_TOKEN if is_unknown_token(error) else "Telegram cannot be reached"
    return ServiceUnavailable(words, code=type(error).__name__)


def is_unknown_token(error: Exception) -> bool:
    """A token that can be none, one that was cut off in copying say, is not found; an unknown method has more words."""
    if isinstance(error, TelegramNotFound):
        return error.message.lower() == "not found"
    return isinstance(error, TelegramUnauthorizedError)


def says_done(answer: Any) -> bool:
    """Whether an answer that cannot be read, as text or as what it holds, tells that Telegram did what it was asked."""
    if isinstance(answer, str):
        return _DONE.match(answer) is not None
    return isinstance(answer, dict) and answer.get("ok") is True and answer.get("result") is not None


def id_in(answer: Any) -> int:
    """The id of the message that it tells of, or ID_LOST."""
    result = answer.get("result") if isinstance(answer, dict) else None
    told = result.get("message_id") if isinstance(result, dict) else None
    return told if isinstance(told, int) else ID_LOST


def says_telegram_is_down(outcome: Any) -> str | None:
    """Why the outcome of a call, its answer or an exception, means that Telegram is away; None when it is there."""
    if not isinstance(outcome, CALL_ERRORS) or isinstance(outcome, AnswerLost | UploadLost):
        return None
    told = translate(outcome)
    there = told.permanent or isinstance(told, AskedToWait)
    return None if there else f"{told} ({told.code})"


def _refused(error: TelegramAPIError) -> ServiceRefused:
    said = error.message.lower()
    if any(reason in said for reason in _NOBODY_THERE):
        return RecipientUnreachable(_NO_CHAT, code="400")
    # Of an address that is refused the host is enough: behind it stands what pays.
    shown = mask_addresses(_BEHIND_HOST.sub(r"\1/…", error.message))
    return ServiceRefused(f"Telegram refuses: {shown[:200]}", code="400")


def is_not_modified(error: Exception) -> bool:
    """The message says already what it should."""
    return isinstance(error, TelegramBadRequest) and _NOTHING_TO_CHANGE in error.message.lower()


def is_no_text(error: Exception) -> bool:
    """What was to be edited as a text has become a document or a picture."""
    return isinstance(error, TelegramBadRequest) and "there is no text in the message" in error.message.lower()


def is_not_taken(error: Exception) -> bool:
    """Telegram does not take the file, or not there, or not by its id: whatever it says against it but that nobody is
    there."""
    if isinstance(error, TelegramEntityTooLarge):
        return True
    if not isinstance(error, TelegramBadRequest) or is_not_modified(error):
        return False
    return not isinstance(_refused(error), RecipientUnreachable)


def is_not_editable(error: Exception) -> bool:
    """The message is gone or too old: a new one has to be sent."""
    return isinstance(error, TelegramBadRequest) and any(one in error.message.lower() for one in _NOT_EDITABLE)


def where_it_failed(error: BaseException) -> str:
    """Kind and place of an error; its message, which may hold what a customer wrote, only where a service gave it."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = " < ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames))
    said = f" ({error})" if isinstance(error, ServiceError) else ""
    return f"{type(error).__name__}{said} at {places}"
