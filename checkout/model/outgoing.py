"""What leaves by mail and chat, ready to be sent: plain values that can be stored as bytes."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO, Self


@dataclass(frozen=True, slots=True)
class Attachment:
    """``digest`` is the content's SHA-256 where many messages carry the same one, a product's file; else empty."""

    filename: str
    content: bytes
    content_type: str
    digest: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """One mail to one address. ``tags`` are Resend's: names and values of letters, digits, ``_`` and ``-``.

    ``sender`` is as in MAIL_FROM; empty in mails that older releases have stored: then the present one sends it.
    ``reply_to`` is a bare address, or empty: then answers go to the sender.
    """

    to: str
    subject: str
    html: str
    text: str
    tags: Mapping[str, str]
    attachments: tuple[Attachment, ...] = ()
    sender: str = ""
    reply_to: str = ""

    def to_bytes(self) -> bytes:
        """The mail as it is stored, so that every try sends the same bytes. Of shared attachments only the digest."""
        attachments = [
            [one.filename, None, one.content_type, one.digest]
            if one.digest
            else [one.filename, base64.b64encode(one.content).decode(), one.content_type]
            for one in self.attachments
        ]
        parts = [self.to, self.subject, self.html, self.text, dict(self.tags), attachments, self.sender]
        # What older releases have stored must give the same bytes again: the idempotency key is made of them.
        return json.dumps([*parts, self.reply_to] if self.reply_to else parts).encode()

    @property
    def shared_files(self) -> dict[str, bytes]:
        """By their digests."""
        return {one.digest: one.content for one in self.attachments if one.digest}

    @classmethod
    def digests_in(cls, stored: bytes) -> list[str]:
        """Which shared files ``from_bytes`` needs."""
        return [digest[0] for _, content, _, *digest in json.loads(stored)[5] if content is None]

    @classmethod
    def from_bytes(cls, stored: bytes, shared: Mapping[str, bytes]) -> Self:
        """Raises KeyError where a shared file is missing."""
        to, subject, html, text, tags, attachments, *sender_and_reply_to = json.loads(stored)
        files = tuple(
            Attachment(name, shared[digest[0]], type_, digest[0])
            if content is None
            else Attachment(name, base64.b64decode(content), type_)
            for name, content, type_, *digest in attachments
        )
        return cls(to, subject, html, text, tags, files, *sender_and_reply_to)


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button: exactly one of ``url`` and ``callback_data`` (64 bytes at most)."""

    text: str
    url: str = ""
    callback_data: str = ""


ButtonRows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class LargeFile:
    """One that is not held in memory: ``content`` is open for reading until the message has left."""

    filename: str
    content: BinaryIO


@dataclass(frozen=True, slots=True)
class OutgoingChat:
    """A chat message: ``text`` in Telegram's HTML, ``buttons`` in rows.

    Where there is a document, a picture or a large file (one of them at most), the text is its caption.
    ``edits`` is the message id to edit instead of sending a new one; where it is gone one is sent all the same, unless
    ``or_anew`` is False.
    """

    text: str
    buttons: ButtonRows = ()
    document: Attachment | None = None
    edits: int | None = None
    silent: bool = False
    picture: Attachment | None = None
    large_file: LargeFile | None = None
    or_anew: bool = True
