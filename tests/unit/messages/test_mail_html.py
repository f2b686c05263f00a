"""What mail programs make of a mail: they drop style sheets, load nothing, and know tables better than anything."""

import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from checkout.model.catalog import Catalog
from checkout.model.message_content import PaymentFailed, PaymentPaid, PaymentRefunded, StoredContent
from checkout.model.outbox import Channel
from checkout.model.outgoing import OutgoingMail
from messages.links import reply_address
from messages.renderer import MessageRenderer
from tests.support.message_samples import message, with_files
from tests.support.payments import a_paid_payment
from tests.support.project import CATALOG, PUBLIC_URL

CODE = "verification_code"
CONTENTS: dict[str, StoredContent] = {
    "paid": PaymentPaid(), "failed": PaymentFailed("insufficient_funds"), "refunded": PaymentRefunded(500)
}  # fmt: skip
EVERY_MAIL = pytest.mark.parametrize("kind", [CODE, *CONTENTS])
LANGUAGES = pytest.mark.parametrize("language", ["en", "ru"])
VOID = {"meta", "br"}
INVISIBLE = dict.fromkeys(map(ord, "\u034f\u200c\u00a0"), None)


def sent(kind: str, language: str = "en", catalog: Catalog = CATALOG) -> OutgoingMail:
    renderer = MessageRenderer(catalog, PUBLIC_URL, "Shop <shop@example.com>", lambda: "night_bot")
    if kind == CODE:
        return renderer.code_mail("anna@example.com", "048213", language, "v_1")
    payment = a_paid_payment(language=language, sku="course")
    return renderer.mail(message(CONTENTS[kind], Channel.MAIL), payment, language)


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    above: "Element | None"
    text: str = ""

    def style(self, name: str) -> str:
        """The last declaration of it; empty where there is none."""
        declared = [one.partition(":") for one in self.attributes.get("style", "").split(";")]
        return next((value.strip() for key, _, value in reversed(declared) if key.strip() == name), "")

    def inherited(self, name: str) -> str:
        return self.style(name) or (self.above.inherited(name) if self.above else "")


@dataclass
class Page(HTMLParser):
    elements: list[Element] = field(default_factory=list)
    open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self.open[-1] if self.open else None)
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.open[-1].text += data.strip()

    def all(self, tag: str) -> list[Element]:
        return [one for one in self.elements if one.tag == tag]


def page(mail: OutgoingMail) -> Page:
    parsed = Page()
    parsed.feed(mail.html)
    assert parsed.open == []
    return parsed


@LANGUAGES
@EVERY_MAIL
def test_whatever_is_read_has_colour_and_font_without_a_style_sheet(kind: str, language: str) -> None:
    body = [one for one in page(sent(kind, language)).elements if one.text and one.above and one.tag != "style"]
    read = [one for one in body if one.tag not in ("title", "style")]

    assert len(read) > 4
    for element in read:
        assert re.fullmatch(r"#[0-9a-f]{6}", element.inherited("color")), element
        assert re.fullmatch(r"#[0-9a-f]{6}", element.inherited("background-color")), element
        if element.attributes.get("class") != "preheader":
            assert element.inherited("font-family").endswith(("sans-serif", "monospace")), element
    for link in page(sent(kind, language)).all("a"):
        assert link.style("color"), "mail programs make links blue by themselves"


@LANGUAGES
@EVERY_MAIL
def test_every_class_that_dark_changes_is_there_and_has_its_light_colour_in_place(kind: str, language: str) -> None:
    parsed = page(sent(kind, language))
    [dark] = re.findall(r"prefers-color-scheme: ?dark\) ?\{((?:[^{}]*\{[^{}]*\})*)", parsed.all("style")[0].text)
    changed = re.findall(r"\.(\w+) ?\{\s*(background-color|border-color|color):", dark)

    assert len(changed) >= 8
    for name, quality in changed:
        light = "border" if quality == "border-color" else quality
        for element in parsed.elements:
            if name in element.attributes.get("class", "").split():
                assert "#" in (element.style(light) or element.style("border-top")), (name, element)


@LANGUAGES
@EVERY_MAIL
def test_a_mail_is_titled_speaks_its_language_and_says_that_it_knows_dark(kind: str, language: str) -> None:
    mail = sent(kind, language)
    parsed = page(mail)

    assert parsed.all("html")[0].attributes["lang"] == language
    assert parsed.all("title")[0].text == mail.subject
    assert {"name": "color-scheme", "content": "light dark"} in [one.attributes for one in parsed.all("meta")]


@EVERY_MAIL
def test_tables_are_for_layout_alone_and_nothing_is_wider_than_600(kind: str) -> None:
    mail = sent(kind)
    parsed = page(mail)

    assert all(table.attributes["role"] == "presentation" for table in parsed.all("table"))
    assert re.findall(r"\[if mso\]><table role=\"presentation\" width=\"(\d+)\"", mail.html) == ["600"]
    assert "600px" in [table.style("max-width") for table in parsed.all("table")]
    widths = [value for one in parsed.elements for value in (one.attributes.get("width", ""), one.style("width"))]
    assert {value for value in widths if value and not value.endswith("%")} == set()


@EVERY_MAIL
def test_nothing_is_fetched_when_a_mail_is_opened(kind: str) -> None:
    parsed = page(sent(kind))

    assert not {one.tag for one in parsed.elements} & {"img", "link", "script", "iframe", "form", "svg", "object"}
    assert not [one for one in parsed.elements if {"src", "background", "srcset"} & one.attributes.keys()]
    assert "url(" not in sent(kind).html


@LANGUAGES
@EVERY_MAIL
def test_the_preheader_is_unseen_comes_first_and_adds_to_the_subject(kind: str, language: str) -> None:
    mail = sent(kind, language)
    parsed = page(mail)
    first = parsed.elements[parsed.elements.index(parsed.all("body")[0]) + 1]
    said = first.text.translate(INVISIBLE)

    assert first.style("display") == "none"
    assert 15 < len(said) <= 140
    assert said not in mail.subject
    assert mail.subject not in said


@LANGUAGES
def test_a_paid_mail_names_its_files_and_tells_the_access_in_both_parts(tmp_path: Path, language: str) -> None:
    for name in ("City <map>.pdf", "аудио.zip"):
        (tmp_path / name).write_bytes(b"%PDF")
    catalog = with_files("course", tmp_path / "City <map>.pdf", tmp_path / "аудио.zip", tmp_path / "gone.pdf")
    mail = sent("paid", language, catalog)

    access = CATALOG.products["course"].text.in_(language).splitlines()[0]
    assert "City <map>.pdf, аудио.zip" in mail.text
    assert "City &lt;map&gt;.pdf, аудио.zip" in mail.html
    assert access in mail.text
    assert "gone.pdf" not in mail.text


@pytest.mark.parametrize(
    ("support", "address"),
    [
        ("help@example.com", "help@example.com"),
        ("anna.o'neil+shop@mail.example.co.uk", "anna.o'neil+shop@mail.example.co.uk"),
        ("help@xn--e1afmkfd.xn--p1ai", "help@xn--e1afmkfd.xn--p1ai"),
        ("@nightmarket_help", ""),
        ("https://example.com/help", ""),
        ("https://anna@example.com", ""),
        ("help@example.com or @nightmarket", ""),
        ("a@b.example, c@d.example", ""),
        ("a,b@example.com", ""),
        ("Help <help@example.com>", ""),
        ("help@example", ""),
        ("help@127.0.0.1", ""),
        (".help@example.com", ""),
        ("he..lp@example.com", ""),
        ("help@-example.com", ""),
        ("help@example.com\r\nBcc: x@example.com", ""),
        ("help@example.com\n", ""),
        ("помощь@example.com", ""),
        ("a" * 65 + "@example.com", ""),
    ],
)
def test_answers_go_to_the_support_where_that_is_an_address(support: str, address: str) -> None:
    assert reply_address(support) == address


@EVERY_MAIL
def test_every_mail_carries_where_answers_go_and_its_bytes_give_it_back(kind: str) -> None:
    by_mail = replace(CATALOG, shop=replace(CATALOG.shop, support="help@example.com"))
    mail = sent(kind, "en", by_mail)
    shared = mail.shared_files

    assert mail.reply_to == "help@example.com"
    assert OutgoingMail.from_bytes(mail.to_bytes(), shared) == mail
    assert sent(kind).reply_to == ""


def test_what_is_stored_without_an_address_for_answers_stays_the_same_bytes() -> None:
    stored = b'["a@b.example", "s", "h", "t", {"kind": "payment_paid"}, [], "Shop <shop@example.com>"]'
    assert OutgoingMail.from_bytes(stored, {}).to_bytes() == stored
