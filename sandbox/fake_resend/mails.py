"""A mail as Resend would take it: every limit checked, every attachment decoded."""

import base64
import binascii
import mimetypes
import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from resend import Emails

from sandbox.fake_resend.types import ResendError, check, invalid, missing

MOST_RECIPIENTS = 50
LARGEST_MAIL = 40 * 1024 * 1024  # bytes of attachments after base64
TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
ADDRESS = re.compile(r"[^\s@<>\"(),:;\[\]\\]{1,64}@(?:[^\s@<>\".,]{1,63}\.)+[^\s@<>\".,]{2,63}")
NAMED = re.compile(r"(?P<name>[^<>\r\n]*)<(?P<address>[^<>]+)>")
FORMAT = "`email@example.com` or `Name <email@example.com>` format"


@dataclass(frozen=True)
class MailAttachment:
    """A decoded attachment; `path` is set instead of `content` for a remote one."""

    filename: str
    content: bytes
    content_type: str
    path: str = ""


@dataclass
class Mail:
    """A mail that was taken; `at` in seconds since the epoch, `last_event` in Resend's words."""

    id: str
    sender: str
    to: list[str]
    subject: str
    html: str
    text: str
    cc: list[str]
    bcc: list[str]
    reply_to: list[str]
    headers: dict[str, str]
    tags: dict[str, str]
    attachments: list[MailAttachment]
    idempotency_key: str
    at: float = field(default_factory=time.time)
    last_event: str = "queued"

    @property
    def kind(self) -> str:
        """The tag `kind`, by which the product tells its mails apart."""
        return self.tags.get("kind", "")

    @property
    def message_id(self) -> str:
        return f"<{self.id}@mail.sandbox.example>"

    @property
    def created_at(self) -> str:
        return stamp(self.at)

    def wire(self) -> dict[str, Any]:
        """As Resend's Email."""
        return {
            "object": "email", "id": self.id, "message_id": self.message_id, "to": self.to, "from": self.sender,
            "created_at": self.created_at, "subject": self.subject, "html": self.html, "text": self.text,
            "bcc": self.bcc, "cc": self.cc, "reply_to": self.reply_to, "last_event": self.last_event,
        }  # fmt: skip


def stamp(at: float) -> str:
    """A moment as Resend writes it, in UTC."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at)) + f".{int(at % 1 * 1e6):06d}+00"


def read_mail(body: dict[str, Any], idempotency_key: str) -> Mail:
    """The mail of a `POST /emails`; raises ResendError for whatever Resend would refuse."""
    check(Emails.SendParams, body)
    for name in ("from", "to", "subject"):
        if not body.get(name):
            raise missing(name)
    if "\n" in body["subject"] or "\r" in body["subject"]:
        raise invalid("The `\\n` is not allowed in the `subject` field.")
    if not (body.get("html") or body.get("text") or body.get("template")):
        raise missing("html` or `text")
    address_of(body["from"], "from")
    return Mail(
        id=str(uuid.uuid4()), sender=body["from"], subject=body["subject"],
        to=_recipients(body["to"], "to"), html=body.get("html", ""), text=body.get("text", ""),
        cc=_recipients(body.get("cc", []), "cc"), bcc=_recipients(body.get("bcc", []), "bcc"),
        reply_to=_recipients(body.get("reply_to", []), "reply_to"),
        headers=_headers(body.get("headers", {})), tags=_tags(body.get("tags", [])),
        attachments=_attachments(body.get("attachments", [])), idempotency_key=idempotency_key,
    )  # fmt: skip


def address_of(written: str, name: str = "to") -> str:
    """The bare address of ``Name <address>``; raises ResendError."""
    named = NAMED.fullmatch(written.strip())
    address = (named["address"] if named else written).strip()
    if "\n" in written or "\r" in written or not ADDRESS.fullmatch(address):
        raise invalid(f"Invalid `{name}` field. The email address needs to follow the {FORMAT}.")
    return address


def _recipients(written: str | list[str], name: str) -> list[str]:
    several = [written] if isinstance(written, str) else written
    if len(several) > MOST_RECIPIENTS:
        raise invalid(f"The `{name}` field can have at most {MOST_RECIPIENTS} email addresses.")
    for one in several:
        address_of(one, name)
    return several


def _headers(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name) or "\n" in value or "\r" in value:
            raise invalid(f"Invalid header `{name[:60]}`.")
    return headers


def _tags(tags: list[dict[str, str]]) -> dict[str, str]:
    for tag in tags:
        for part in (tag["name"], tag.get("value", "")):
            if not TAG.fullmatch(part):
                raise invalid(
                    "Tags should only contain ASCII letters, numbers, underscores, or dashes "
                    f"and have 1 to 256 characters: `{part[:60]}`."
                )
    if len({tag["name"] for tag in tags}) != len(tags):
        raise invalid("Tag names must be unique.")
    return {tag["name"]: tag.get("value", "") for tag in tags}


def _attachments(attachments: list[dict[str, Any]]) -> list[MailAttachment]:
    size = sum(len(item.get("content", "")) for item in attachments)
    if size > LARGEST_MAIL:
        raise invalid("The total size of attachments must not exceed 40 MB after Base64 encoding.")
    return [_attachment(item) for item in attachments]


def _attachment(item: dict[str, Any]) -> MailAttachment:
    filename = item.get("filename", "")
    if item.get("path"):
        return MailAttachment(filename, b"", "", item["path"])
    if not filename:
        raise ResendError(422, "invalid_attachment", "Attachment must have a `filename`.")
    content = _decoded(item["content"])
    guessed = mimetypes.guess_type(filename)[0] or "application/octet-stream"
    return MailAttachment(filename, content, item.get("content_type") or guessed)


def _decoded(content: str | list[int]) -> bytes:
    try:
        decoded = bytes(content) if isinstance(content, list) else base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise ResendError(422, "invalid_attachment", "Attachment `content` must be Base64.") from None
    if not decoded:
        raise ResendError(422, "invalid_attachment", "Attachment must have either a `content` or `path`.")
    return decoded
