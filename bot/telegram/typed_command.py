"""A command as it was meant: with what a phone put behind it, or typed on the Russian layout."""

import re

from bot.commands import ADMIN_COMMANDS, CUSTOMER_COMMANDS

NAMES = frozenset(command.name for command in (*CUSTOMER_COMMANDS, *ADMIN_COMMANDS))
# There the key of the slash has a full stop.
COMMAND = re.compile(r"[/.](?P<name>\w+)(?P<mention>@\w+)?[.,!?:;…]*(?=\s|$)")
LATIN = str.maketrans("йцукенгшщзфывапролдячсмить", "qwertyuiopasdfghjklzxcvbnm")


def as_meant(text: str) -> str:
    """All else stays as it is."""
    written = COMMAND.match(text)
    name = written["name"].lower().translate(LATIN) if written else ""
    if written is None or name not in NAMES or (text[0] == "." and written["name"].isascii()):
        return text
    return f"/{name}{written['mention'] or ''}{text[written.end() :]}"
