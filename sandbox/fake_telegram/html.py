"""Telegram's HTML: text and entities out of it, with the Bot API's own complaints."""

import html
import re
from dataclasses import dataclass
from typing import Any

from sandbox.fake_telegram.rules import bad_request, utf16_length

Entity = dict[str, Any]

SIMPLE = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
    "code": "code", "pre": "pre", "blockquote": "blockquote", "a": "text_link", "span": "spoiler",
    "tg-emoji": "custom_emoji",
}  # fmt: skip
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)?((?:\s+[a-zA-Z-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+))?)*)\s*>")
ATTRIBUTE = re.compile(r"([a-zA-Z-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+)))?")
CHARACTER = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
FOUND_IN_TEXT = (
    ("url", re.compile(r"\bhttps?://[^\s<>\"]+[^\s<>\".,;:!?)]")),
    ("email", re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b")),
    ("bot_command", re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,32}(?:@\w+)?\b")),
    ("mention", re.compile(r"(?<![\w@.])@[A-Za-z]\w{3,31}\b")),
)


@dataclass
class _Open:
    tag: str
    attributes: dict[str, str]
    offset: int


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Plain text and entities with UTF-16 offsets; raises TelegramError ("can't parse entities: …")."""
    parser = _Parser(source)
    return _trimmed(parser.text, parser.entities)


def plain(text: str) -> tuple[str, list[Entity]]:
    """Text without markup: only what Telegram recognises by itself is an entity."""
    return _trimmed(text, [])


def found_entities(text: str) -> list[Entity]:
    """Links, addresses, commands and mentions that Telegram marks by itself."""
    found: list[Entity] = []
    for kind, pattern in FOUND_IN_TEXT:
        for match in pattern.finditer(text):
            entity = _entity(kind, text, match.start(), match.end())
            if not any(_overlap(entity, other) for other in found):
                found.append(entity)
    return found


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.text = ""
        self.entities: list[Entity] = []
        self._open: list[_Open] = []
        position = 0
        while position < len(source):
            position = self._step(position)
        if self._open:
            raise _cannot(f'Can\'t find end tag corresponding to start tag "{self._open[-1].tag}"')
        self.entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))

    def _step(self, position: int) -> int:
        if self.source[position] == "<":
            return self._tag(position)
        if match := CHARACTER.match(self.source, position):
            self.text += html.unescape(match.group())
            return match.end()
        self.text += self.source[position]
        return position + 1

    def _tag(self, position: int) -> int:
        at = len(self.source[:position].encode())
        match = TAG.match(self.source, position)
        if match is None:
            raise _cannot(f"Unclosed start tag at byte offset {at}" if ">" not in self.source[position:]
                          else f'Unsupported start tag "" at byte offset {at}')  # fmt: skip
        name = (match[2] or "").lower()
        if match[1]:
            self._close(name, at)
        elif name not in SIMPLE:
            raise _cannot(f'Unsupported start tag "{name}" at byte offset {at}')
        else:
            self._open.append(_Open(name, _attributes(match[3]), utf16_length(self.text)))
            self._check_attributes(self._open[-1], at)
        return match.end()

    def _check_attributes(self, opened: _Open, at: int) -> None:
        if opened.tag == "span" and opened.attributes.get("class") != "tg-spoiler":
            raise _cannot(f'Tag "span" must have class "tg-spoiler" at byte offset {at}')

    def _close(self, name: str, at: int) -> None:
        if not self._open:
            raise _cannot(f"Unexpected end tag at byte offset {at}")
        opened = self._open.pop()
        if name and name != opened.tag:
            raise _cannot(f'Unmatched end tag at byte offset {at}, expected "</{opened.tag}>", found "</{name}>"')
        entity = self._finished(opened)
        if entity["length"] and not (entity["type"] == "text_link" and "url" not in entity):
            self.entities.append(entity)

    def _finished(self, opened: _Open) -> Entity:
        length = utf16_length(self.text) - opened.offset
        entity: Entity = {"type": SIMPLE[opened.tag], "offset": opened.offset, "length": length}
        if opened.tag == "a" and (url := opened.attributes.get("href")):
            entity["url"] = url
        if opened.tag == "tg-emoji":
            entity["custom_emoji_id"] = opened.attributes.get("emoji-id", "")
        if opened.tag == "blockquote" and "expandable" in opened.attributes:
            entity["type"] = "expandable_blockquote"
        return entity


def _attributes(source: str) -> dict[str, str]:
    return {
        match[1].lower(): html.unescape(match[2] or match[3] or match[4] or "") for match in ATTRIBUTE.finditer(source)
    }


def _trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    shift = utf16_length(text) - utf16_length(text.lstrip())
    kept = text.strip()
    end = utf16_length(kept)
    moved = []
    for entity in entities:
        start = max(entity["offset"] - shift, 0)
        length = min(entity["offset"] - shift + entity["length"], end) - start
        if length > 0:
            moved.append({**entity, "offset": start, "length": length})
    extra = [found for found in found_entities(kept) if not any(_overlap(found, entity) for entity in moved)]
    return kept, sorted(moved + extra, key=lambda entity: (entity["offset"], -entity["length"]))


def _entity(kind: str, text: str, start: int, end: int) -> Entity:
    return {"type": kind, "offset": utf16_length(text[:start]), "length": utf16_length(text[start:end])}


def _overlap(one: Entity, other: Entity) -> bool:
    if other["type"] in ("bold", "italic", "underline", "strikethrough", "blockquote"):
        return False  # a link may stand inside bold text
    return bool(one["offset"] < other["offset"] + other["length"] and other["offset"] < one["offset"] + one["length"])


def _cannot(reason: str) -> Exception:
    return bad_request(f"can't parse entities: {reason}")
