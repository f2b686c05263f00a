"""Text from people, wherever it comes in: what cannot be seen, or cannot be kept, is taken out; files as Windows saves
them are read too.

Marks that turn the direction of writing make a name say something else on an admin's card; zero-width ones make a
title of nothing, and a pasted code or address another one.
"""

import codecs
import unicodedata
from pathlib import Path

from checkout.errors import InvalidInput
from checkout.sentence import t

# They count as letters and signs, and look like nothing.
BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
ENDS_A_NAME = str.maketrans({'"': "'", "\\": "_"})
JOINER, PICTURE_STYLE = "\u200d", "\ufe0f"
SAVE_AS_UTF8 = t('save it as UTF-8 (in Notepad: "Save as", "Encoding")')


def visible(text: str) -> str:
    """Without marks of direction, zero-width and control characters and halves of characters.

    Line breaks and tabs stay, and so does what joins several pictures into one.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_kept(text, place) for place in range(len(text)))


def one_line(text: str) -> str:
    """The same on one line, without space around it; of several spaces one stays."""
    return " ".join(visible(text).split())


def file_name(name: str) -> str:
    """As customers get it: on one line, its letters in one sign each, and without what ends a name in a header."""
    return one_line(unicodedata.normalize("NFC", name)).translate(ENDS_A_NAME) or "file"


def says_something(text: str) -> bool:
    """Whether there is a letter, a digit or a sign in it."""
    return any(unicodedata.category(char)[0] in "LNPS" for char in visible(text))


def _kept(text: str, place: int) -> str:
    char = text[place]
    if char in "\n\t":
        return char
    match unicodedata.category(char):
        case "Zl" | "Zp":
            return "\n"
        case "Cc":
            return " "
        case "Cs":
            return ""
        case "Cf":
            return char if char == JOINER and _joins_pictures(text, place) else ""
    return "" if char in BLANKS else char


def _joins_pictures(text: str, place: int) -> bool:
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    return _is_picture(after) and (_is_picture(before) or before == PICTURE_STYLE)


def _is_picture(char: str) -> bool:
    """Skin tones count too; what this Python does not know yet may be a new one."""
    return char != "" and unicodedata.category(char) in ("So", "Sk", "Cn")


def whole_path(written: str) -> Path:
    """Raises InvalidInput for a home's short name: a folder of that name would be made, and whoever deletes it deletes
    their home."""
    if written.startswith("~"):
        raise InvalidInput(t("has a ~ where the path begins, which nobody reads as a home here: write the whole path"))
    return Path(written)


def read_text_file(path: Path) -> str:
    """UTF-8, or UTF-16 where its mark stands before it; lines end in ``\\n``, and no mark is left: of two files that
    were put together each had its own, and Windows' own copy ends them with one.

    Raises InvalidInput for another encoding, and OSError.
    """
    content = path.read_bytes()
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidInput(t("line {line} is not in UTF-8; {helps}", line=line, helps=SAVE_AS_UTF8)) from None
    if "\0" in text:  # UTF-16 without its mark, or no text at all
        raise InvalidInput(t("it is not in UTF-8; {helps}", helps=SAVE_AS_UTF8))
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "").rstrip("\x1a")
