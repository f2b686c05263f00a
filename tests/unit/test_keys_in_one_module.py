"""Dedupe keys and what else is made of words and ids: each by a function of one module, none taken apart."""

import ast
from functools import cache
from pathlib import Path

from tests.support.source_tree import ROOMS, ROOT, files, name_of

KEYS = ROOT / "checkout/model/keys.py"
# Whose work is with whole keys: stored, sent to a provider, and made part of the key of an alert about the message.
HANDS_KEYS_ON = {
    "db/repositories/outbox.py",
    "db/repositories/outbox_rows.py",
    "checkout/notifications/mail_delivery.py",
    "checkout/notifications/channel_fallback.py",
    "checkout/notifications/compose.py",
}
# Reads what older releases have stored; a key's end stood there.
READS_OLD_ROWS = {"db/repositories/content_json.py"}


@cache
def _read(path: Path) -> tuple[set[str], bool]:
    """The words with which f-strings begin, and whole words: what a key is made of, or cut to pieces by.

    And whether there is an attribute ``dedupe_key``.
    """
    words, reads_keys = set[str](), False
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr) and isinstance(first := node.values[0], ast.Constant):
            words.add(str(first.value))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith(("/", "-")):
            words.add(node.value)
        elif isinstance(node, ast.Attribute) and node.attr == "dedupe_key":
            reads_keys = True
    return words, reads_keys


def test_every_key_is_made_in_one_module() -> None:
    ours = {word for word in _read(KEYS)[0] if word.endswith(("/", "-")) and len(word) > 1}
    assert {"chat/", "intent/", "again-", "found/"} <= ours
    for room in set(ROOMS) - {"sandbox"}:
        for path in files(room):
            if path != KEYS and "migrations" not in path.parts and name_of(path) not in READS_OLD_ROWS:
                made = _read(path)[0] & ours
                assert not made, f"{name_of(path)} has {made}: a key is made by a function of {name_of(KEYS)}"


def test_no_dedupe_key_is_looked_into() -> None:
    for room in set(ROOMS) - {"sandbox"}:
        for path in files(room):
            assert not _read(path)[1] or name_of(path) in HANDS_KEYS_ON, (
                f"{name_of(path)} reads a key: what it wants to know is data of the row"
            )
