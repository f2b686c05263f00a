"""The one layout of every mail: a letter is written once and printed as HTML and as text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from checkout.model.outgoing import Attachment, OutgoingMail
from messages.language.payment_phrases import PaymentPhrases
from messages.language.text import shorten
from messages.links import support_url

SUBJECT_LIMIT = 150


@dataclass(frozen=True, slots=True)
class Letter:
    """Plain text throughout. ``code`` is shown large; ``facts`` are labels and values; ``delivery`` is the
    product's own text; ``button`` is a label and an address."""

    subject: str
    heading: str
    paragraphs: tuple[str, ...]
    code: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    delivery: str = ""
    button: tuple[str, str] | None = None
    closing: tuple[str, ...] = ()


def print_letter(
    letter: Letter, phrases: PaymentPhrases, to: str, tags: Mapping[str, str], attachments: tuple[Attachment, ...] = ()
) -> OutgoingMail:
    """The mail to ``to``. The subject is one line; tags keep only the characters that Resend allows."""
    subject = shorten(letter.subject, SUBJECT_LIMIT)
    values = {
        "letter": letter,
        "subject": subject,
        "shop": phrases.shop,
        "support_url": support_url(phrases.shop.support),
        "language": phrases.language,
        "t": phrases.t,
    }
    return OutgoingMail(
        to=to,
        subject=subject,
        html=_templates().get_template("letter.html").render(values),
        text=_templates().get_template("letter.txt").render(values).strip() + "\n",
        tags={name: re.sub(r"[^A-Za-z0-9_-]", "_", value)[:256] for name, value in tags.items() if value},
        attachments=attachments,
    )


@lru_cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
