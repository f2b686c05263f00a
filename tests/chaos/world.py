"""What there is to judge at the end: what Stripe knows, what the database says, and what people got."""

import math
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import asyncpg

from checkout.model.outbox import MAYBE_TOLD
from db.engine.database_url import parse_database_url
from sandbox.environment import Sandbox
from sandbox.fake_resend.mails import Mail
from sandbox.fake_telegram.chats import MIRA, ChatMessage

ROWS = "SELECT payment_id, payment_intent_id, status, amount_refunded, receipt_number, pay_token FROM payments"
PUT_OFF = "mail/payment_failed/"  # it waits ten minutes for a payment, longer than a run
# What an older copy of the database has set aside is for an admin, who sends what was not told and drops the rest.
OUTBOX = f"""SELECT dedupe_key,
    CASE WHEN state = 'parked' AND last_error = '{MAYBE_TOLD}' THEN 'set aside' ELSE state END
FROM outbox WHERE state IN ('waiting', 'parked')"""
ADMIN = MIRA.id


@dataclass(frozen=True, slots=True)
class Intent:
    """A PaymentIntent as Stripe has it. Amounts in minor units; ``declines`` counts its failed attempts.

    ``receipt`` and ``review`` are what Stripe remembers for the shop, ``decision`` is what the admin has decided in a
    review: ``deliver`` or ``refund``. A duplicate was made beside the shop.
    """

    intent_id: str
    payment_id: str
    customer: int
    email: str
    sku: str
    status: str
    amount: int
    refunds: tuple[int, ...] = ()
    is_disputed: bool = False
    declines: int = 0
    receipt: str = ""
    review: str = ""
    decision: str = ""
    is_duplicate: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A payment as the database has it."""

    payment_id: str
    intent_id: str | None
    status: str
    amount_refunded: int
    receipt_number: int | None
    pay_token: str = ""


@dataclass(frozen=True, slots=True)
class SentMail:
    """A mail that was accepted; ``at`` in seconds since the epoch."""

    at: float
    to: str
    kind: str
    payment_id: str
    subject: str
    text: str
    key: str


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message of the bot: ``first`` is its text when it was sent, ``text`` the one it has now.

    ``pay_token`` is of the link that its button opens, ``is_there`` False once it was taken away.
    """

    at: float
    chat: int
    first: str
    text: str
    document: str = ""
    pay_token: str = ""
    is_there: bool = True


@dataclass(slots=True)
class Restored:
    """``at``, in seconds since the epoch, an older copy was put back; by then everybody had heard of the
    payments ``told``.
    """

    at: float = math.inf
    told: frozenset[str] = frozenset()


@dataclass(slots=True)
class World:
    """``interruptions``: when a process was killed or an answer of Telegram was cut off after the work was done, in
    seconds since the epoch. ``other_bytes`` counts mails refused because their key was used for other bytes.
    ``complaints`` is what the driver itself has seen to be wrong.
    """

    intents: Sequence[Intent] = ()
    rows: Sequence[Row] = ()
    mails: Sequence[SentMail] = ()
    chats: Sequence[SentMessage] = ()
    waiting: Sequence[str] = ()
    parked: Sequence[str] = ()
    other_bytes: int = 0
    interruptions: Sequence[float] = ()
    put_off: Sequence[str] = ()
    unfinished: Sequence[str] = ()
    restored: Restored = field(default_factory=Restored)
    complaints: list[str] = field(default_factory=list)


def observe(sandbox: Sandbox, rows: Sequence[Row], outbox: Iterable[tuple[str, str]]) -> World:
    """Everything as it is now, but for what the driver itself knows."""
    kept = list(outbox)
    shown = [message for chat in sandbox.telegram.chats.by_id.values() for message in chat.messages.values()]
    return World(
        intents=_intents(sandbox),
        rows=rows,
        mails=[_sent_mail(mail) for mail in sandbox.resend.mails],
        chats=[_sent_message(message) for message in shown if message.by_bot],
        waiting=[key for key, state in kept if state == "waiting" and not key.startswith(PUT_OFF)],
        put_off=[key.split("/")[2] for key, state in kept if state != "parked" and key.startswith(PUT_OFF)],
        parked=[key for key, state in kept if state == "parked"],
    )


async def read_database(database_url: str) -> tuple[list[Row], list[tuple[str, str]]]:
    """The payments' rows, and the outbox messages that have not left: ``(dedupe key, state)``."""
    address = parse_database_url(database_url)
    if address.file is not None:
        connection = sqlite3.connect(f"file:{address.file}?mode=ro", uri=True, timeout=10)
        try:
            return [Row(*row) for row in connection.execute(ROWS)], list(connection.execute(OUTBOX))
        finally:
            connection.close()
    server = await asyncpg.connect(database_url)
    try:
        rows, outbox = await server.fetch(ROWS), await server.fetch(OUTBOX)
    finally:
        await server.close()
    return [Row(*row) for row in rows], [(key, state) for key, state in outbox]


def _intents(sandbox: Sandbox) -> list[Intent]:
    stripe = sandbox.stripe
    refunds: dict[str, list[int]] = defaultdict(list)
    for one in stripe.refunds.values():
        refunds[one["payment_intent"]].append(one["amount"])
    disputed = {one["payment_intent"] for one in stripe.disputes.values()}
    kinds = Counter((one["type"], one["data"]["object"]["id"]) for one in stripe.events)
    return [
        Intent(
            intent_id=intent_id,
            payment_id=wire["metadata"]["payment_id"],
            customer=int(wire["metadata"]["telegram_user_id"]),
            email=wire["metadata"]["email"],
            sku=wire["metadata"]["sku"],
            status=wire["status"],
            amount=wire["amount"],
            refunds=tuple(refunds[intent_id]),
            is_disputed=intent_id in disputed,
            declines=kinds["payment_intent.payment_failed", intent_id],
            receipt=wire["metadata"].get("receipt", ""),
            review=wire["metadata"].get("review", ""),
        )
        for intent_id, wire in stripe.payment_intents.items()
    ]


def _sent_mail(mail: Mail) -> SentMail:
    return SentMail(
        at=mail.at,
        to=mail.to[0],
        kind=mail.kind,
        payment_id=mail.tags.get("payment_id", ""),
        subject=mail.subject,
        text=mail.text,
        key=mail.idempotency_key,
    )


def _sent_message(message: ChatMessage) -> SentMessage:
    first = message.earlier_texts[0] if message.earlier_texts else message.text
    document = message.document.filename if message.document else ""
    tokens = [url.rpartition("/pay/")[2] for url in message.urls if "/pay/" in url]
    pay_token = tokens[0] if tokens else ""
    return SentMessage(message.at, message.chat_id, first, message.text, document, pay_token, not message.deleted)
