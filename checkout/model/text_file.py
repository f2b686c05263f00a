"""Text files as people's programs save them, Windows' too."""

import codecs
from pathlib import Path

from checkout.errors import InvalidInput

SAVE_AS_UTF8 = 'save it as UTF-8 (in Notepad: "Save as", "Encoding")'


def read_text_file(path: Path) -> str:
    """UTF-8, or UTF-16 where its mark stands before it; lines end in ``\\n``, and no mark is left.

    Raises InvalidInput for another encoding, and OSError.
    """
    content = path.read_bytes()
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidInput(f"line {line} is not in UTF-8; {SAVE_AS_UTF8}") from None
    if "\0" in text:  # UTF-16 without its mark, or no text at all
        raise InvalidInput(f"it is not in UTF-8; {SAVE_AS_UTF8}")
    return text.replace("\r\n", "\n").replace("\r", "\n")
