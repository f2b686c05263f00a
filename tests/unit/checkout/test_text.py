"""Text from people: what is not seen is taken out, what is seen stays."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.model.text import file_name, one_line, says_something, visible
from checkout.model.verification import read_code
from messages.renderer import MessageRenderer
from tests.support.project import CATALOG, PUBLIC_URL


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Anna", "Anna"),
        ("\u202eannA\u202c", "annA"),
        ("\u2066Anna\u2069", "Anna"),
        ("An\u200bna\u200e\u200f\u061c", "Anna"),
        ("\ufeffAnna\u2060\u00ad", "Anna"),
        ("A\u115f\u1160\u3164\uffa0\u2800\u034fB", "AB"),
        ("A\U000e0041\U000e007f", "A"),
        ("A\ud800B\udfff", "AB"),
        ("A\0B", "A B"),
        ("a\nb\tc", "a\nb\tc"),
        ("a\u2028b", "a\nb"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"),
        ("👩\U0001f3fd\u200d🚀", "👩\U0001f3fd\u200d🚀"),
        ("👩\u200d", "👩"),
        ("a\u200d🚀", "a🚀"),
        ("Größe Ёлка é №\u00a01", "Größe Ёлка é №\u00a01"),
        ("שוק لیل", "שוק لیل"),
    ],
)
def test_marks_go_and_letters_stay(text: str, kept: str) -> None:
    assert visible(text) == kept


@pytest.mark.parametrize(
    ("text", "line"), [(" a \n b\r\n", "a b"), ("\u200b \u200b", ""), ("a\u00a0 b", "a b"), ("\u202e", "")]
)
def test_one_line_is_one_line(text: str, line: str) -> None:
    assert one_line(text) == line


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\u202e\u202c", "\ufe0f", "\u3164", "\u0301", "\0", "\ud800"])
def test_what_nobody_sees_says_nothing(text: str) -> None:
    assert not says_something(text)


@pytest.mark.parametrize("text", ["a", "Я", "1", "🚀", "—", "東", "\u200bх"])
def test_a_letter_a_digit_or_a_sign_says_something(text: str) -> None:
    assert says_something(text)


@given(st.text(st.characters()))
def test_whatever_comes_can_be_kept_and_turns_nothing_around(text: str) -> None:
    kept = visible(text)
    assert "\0" not in kept.encode().decode()
    assert visible(kept) == kept
    assert all(unicodedata.category(char) != "Cf" or char == "\u200d" for char in kept)
    assert len(one_line(text).splitlines()) <= 1


WHOLE_MAIL = MessageRenderer(CATALOG, PUBLIC_URL, bot_username=lambda: "bot").code_mail("", "123456", "ru", "v_1").text


@pytest.mark.parametrize(
    "text",
    [
        "123456",
        "123 456",
        "１２３４５６",
        "123456 is your code for Night Market",
        "123456 — ваш код для «Night Market»",
        "Ваш код: 123456.",
        "code 123456 of 2026",
        "(123456)",
        "my code is 123 456",
        "Код: 12-34-56, спасибо",
        "123456 123456",
        WHOLE_MAIL,
        f"From: Night Market <shop@example.com>\nTo: anna654321@example.com\n\n{WHOLE_MAIL}",
        f"{WHOLE_MAIL}\nулица Мира, 1, Москва, 101000",
    ],
)
def test_the_only_six_digits_are_the_code(text: str) -> None:
    assert read_code(text, within=True) == "123456"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12345",
        "1234567",
        "code 1234567",
        "a123456",
        "123456b",
        "+123456",
        "123456 or 654321",
        "anna123456@example.com",
        "call 8 999 123 45 67",
        "12345 or 6",
        "123 456 or 654 321",
        "https://shop.example/123456",
        "/find 123456",
        "no code",
    ],
)
def test_other_digits_are_none(text: str) -> None:
    assert read_code(text, within=True) is None


def test_among_words_six_digits_count_only_when_a_code_is_awaited() -> None:
    assert read_code("I paid 123456 yen") is None


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("Гид «№1».pdf", "Гид «№1».pdf"),
        ('the "final" one.pdf', "the 'final' one.pdf"),
        ("a\r\nX-Evil: 1.pdf", "a X-Evil: 1.pdf"),
        ("C:\\guide.pdf", "C:_guide.pdf"),
        ("guide\u202efdp.exe", "guidefdp.exe"),
        ("\u200b", "file"),
    ],
)
def test_a_files_name_holds_in_every_header(name: str, seen: str) -> None:
    assert file_name(name) == seen
