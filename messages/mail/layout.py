"""The one layout of every mail: a letter is written once and printed as HTML and as text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from checkout.model.outgoing import Attachment, OutgoingMail
from messages.language.payment_phrases import PaymentPhrases
from messages.language.text import shorten
from messages.links import reply_address, support_url

SUBJECT_LIMIT = 150
PREHEADER_LIMIT = 140  # what mail programs show beside the subject, in the widest window
# Nothing to see, but room that they would else fill with the first lines of the mail itself.
PADDING = "\u034f\u200c\u00a0" * 60


@dataclass(frozen=True, slots=True)
class Letter:
    """Plain text throughout. ``code`` is shown large; ``facts`` are labels and values; ``delivery`` is the
    product's own text; ``button`` is a label and an address. ``preheader`` is shown beside the subject in lists of
    mails, and nowhere else; unless it is given, the paragraphs are.
    """

    subject: str
    heading: str
    paragraphs: tuple[str, ...]
    code: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    delivery: str = ""
    button: tuple[str, str] | None = None
    closing: tuple[str, ...] = ()
    preheader: str = ""


def print_letter(
    letter: Letter, phrases: PaymentPhrases, to: str, tags: Mapping[str, str], attachments: tuple[Attachment, ...] = ()
) -> OutgoingMail:
    """The mail to ``to``. The subject is one line; tags keep only the characters that Resend allows."""
    subject = shorten(letter.subject, SUBJECT_LIMIT)
    values = {
        "letter": letter,
        "subject": subject,
        "preheader": shorten(letter.preheader or " ".join(letter.paragraphs), PREHEADER_LIMIT),
        "padding": PADDING,
        "shop": phrases.shop,
        "support_url": support_url(phrases.shop.support),
        "language": phrases.language,
        "t": phrases.t,
    }
    return OutgoingMail(
        to=to,
        subject=subject,
        html=_inliner().inline(_templates().get_template("letter.html").render(values)),
        text=_templates().get_template("letter.txt").render(values).strip() + "\n",
        tags={name: re.sub(r"[^A-Za-z0-9_-]", "_", value)[:256] for name, value in tags.items() if value},
        attachments=attachments,
        reply_to=reply_address(phrases.shop.support),
    )


@lru_cache
def _inliner() -> CSSInliner:
    """Moves the template's styles to its elements: Gmail cuts a forwarded mail's style sheet off, Outlook half of it.

    What is for dark and narrow windows alone stays in the head.
    """
    return CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@lru_cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # those of the version that runs, also between an update and the restart
    )
