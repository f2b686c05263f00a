"""Text as editors on every system save it."""

import codecs
from pathlib import Path

import pytest

from checkout.errors import InvalidInput
from checkout.model.text import read_text_file

TEXT = "name = Ночной рынок\nprice = €19\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r\n").encode("utf-16"),
        TEXT.replace("\n", "\r").encode(),
        # Put together from two: each brings its mark, and Windows' own copy ends them with another.
        codecs.BOM_UTF8 + TEXT.replace("price", "\ufeffprice").encode(),
        codecs.BOM_UTF8 * 2 + TEXT.encode() + b"\x1a",
        (TEXT + "\x1a").encode("utf-16"),
    ],
)
def test_it_is_read_whatever_program_saved_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    assert read_text_file(tmp_path / "file") == TEXT


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("shop = 1\nname = Ночной рынок".encode("cp1251"), "line 2 is not in UTF-8; save it as UTF-8"),
        ("name = Café".encode("cp1252"), "line 1 is not in UTF-8; save it as UTF-8"),
        (TEXT.encode("utf-16-le"), "save it as UTF-8"),
        (TEXT.encode("utf-32"), "save it as UTF-8"),
        (codecs.BOM_UTF16_LE + b"a", "save it as UTF-8"),
        (b"name = a\0b", "save it as UTF-8"),
    ],
)
def test_another_encoding_is_said_with_what_to_do(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(InvalidInput, match=said):
        read_text_file(tmp_path / "file")
