"""Reads updates, also where a part of one is not as this version of aiogram expects it."""

from collections.abc import Mapping
from typing import Any

from aiogram import Bot
from aiogram.types import Update
from pydantic import ValidationError

SPOKEN = ("message", "edited_message")
# Who says what to whom, and whether the words are their own: where any of that cannot be read nothing is.
NEEDED = frozenset(
    "message_id date edit_date chat from from_user text forward_origin forward_date is_automatic_forward via_bot"
    " sender_business_bot".split()
)


def read_update(update: Mapping[str, Any], bot: Bot) -> Update:
    """Leaves out of a message what it can do without: a poll as older servers send it, say, or the message that is
    replied to. Whoever wrote it waits for an answer. Raises ValidationError.
    """
    try:
        return _read(update, bot)
    except ValidationError as error:
        if any(one["loc"][1:] == ("from", "first_name") for one in error.errors()):
            return read_update({kind: _named(told) for kind, told in update.items()}, bot)
        unreadable = {one["loc"][:2] for one in error.errors()}
        if any(len(at) < 2 or at[0] not in SPOKEN or at[1] in NEEDED for at in unreadable):
            raise
    kinds, parts = {str(kind) for kind, _ in unreadable}, {part for _, part in unreadable}
    spared = {kind: {name: told for name, told in update[kind].items() if name not in parts} for kind in kinds}
    return _read({**update, **spared}, bot)


def _named(event: Any) -> Any:
    """Whoever has no name has an empty one."""
    person = event.get("from") if isinstance(event, dict) else None
    return {**event, "from": {**person, "first_name": ""}} if isinstance(person, dict) else event


def _read(update: Mapping[str, Any], bot: Bot) -> Update:
    return Update.model_validate(update, context={"bot": bot})
