"""One try to send one message, by mail or chat: rendered once, stored, then sent."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Protocol

from checkout import limits
from checkout.errors import (
    AskedToWait,
    KeyTaken,
    OwnTrouble,
    ServiceError,
    ServiceRefused,
    ServiceUnavailable,
    StaleWrite,
)
from checkout.model import keys
from checkout.model.intent_facts import CardUsed, IntentFacts
from checkout.model.message_content import (
    CodeUndelivered,
    PaymentFile,
    PaymentPaid,
    PayMessage,
    Sold,
    StoredContent,
    is_for_admins,
)
from checkout.model.outbox import NewMessage, OutboxMessage, edited_by
from checkout.model.outgoing import OutgoingMail
from checkout.model.payment import Payment, Status
from checkout.notifications.claimed import declines_over, with_payments
from checkout.notifications.compose import Composer, passed_on
from checkout.notifications.send_slot import Keep, SendSlot
from checkout.ports.providers import ChatSender, MailSender, Renderer
from checkout.ports.storage import Storage, Transaction
from checkout.resilience.patience import patience

RECENT = 20  # of a customer's payments, among which a newer one is looked for
# Without a message to edit these say nothing that another message does not say.
SILENT_WITHOUT_MESSAGE = frozenset(Status) - {Status.PROCESSING, Status.FAILED, Status.REVIEW}


class LookAgain(Protocol):
    async def look_again(self, payment: Payment) -> Payment:
        """The payment as it is once it was looked whether the program can still hand over what was bought."""
        ...


class CardLookUp(Protocol):
    async def card_of(self, intent_id: str) -> CardUsed | None:
        """How the intent was paid; None when the provider does not tell. Raises ServiceError."""
        ...


@dataclass(frozen=True, slots=True)
class Sent:
    """``provider_id`` is the provider's id of what was sent; ``follow_ups`` are to be said after it.

    ``along`` are other messages whose words it has brought too. ``moved`` is where the payment's chat message was and
    where it is, when that is another one now; None where nobody knows.
    """

    provider_id: str
    follow_ups: Sequence[NewMessage] = ()
    along: Sequence[int] = ()
    moved: tuple[int | None, int | None] | None = None


class Delivery(Protocol):
    async def send(self, message: OutboxMessage, now: datetime, slot: SendSlot) -> Sent:
        """Waits for ``slot`` right before each request that says something. Raises ServiceError and NotNow."""
        ...


async def _payment_and_language(
    storage: Storage, cards: CardLookUp, goods: LookAgain, message: OutboxMessage, now: datetime
) -> tuple[Payment, str]:
    payment = message.payment
    if payment is None:
        async with storage.read() as tx:
            (message,) = await with_payments(tx, [message])
            # One that is there and cannot be read says so.
            payment = message.payment or await tx.payments.get(message.payment_id)
    if payment is None:
        raise ServiceRefused(f"payment {message.payment_id} is gone")
    if isinstance(message.content, PaymentPaid | PaymentFile):
        payment = await goods.look_again(payment)
    if isinstance(message.content, PaymentPaid) and payment.facts.card is None:
        payment = await _with_card(storage, cards, payment, now)
    return payment, message.language


async def _with_card(storage: Storage, cards: CardLookUp, payment: Payment, now: datetime) -> Payment:
    """How it was paid stands on the receipt when Stripe tells; the receipt does not wait for it."""
    intent_id = payment.payment_intent_id or ""
    try:
        async with patience(limits.card_timeout().total_seconds()):
            card = await cards.card_of(intent_id)
    except (ServiceError, TimeoutError):
        return payment
    if card is None:
        return payment
    known = payment.with_facts(payment.facts.with_intent(intent_id, IntentFacts(card=card)), now)
    with contextlib.suppress(StaleWrite):  # whoever was first has noted the same
        async with storage.begin() as tx:
            await tx.payments.update(known)
    return known


def _may_come_anew(content: StoredContent, payment: Payment, now: datetime) -> bool:
    """Where there is no message that could be edited. A receipt that is wanted again comes besides, and of a payment
    that was taken in its customer had heard before."""
    if isinstance(content, PaymentPaid):
        return content.again is None
    says_more = payment.chat_message_id is not None or payment.status_at(now) not in SILENT_WITHOUT_MESSAGE
    return says_more and payment.facts.taken_in_at is None


def _to_remember(message: OutboxMessage, now: datetime) -> list[NewMessage]:
    """Once the first channel has told of the receipt, Stripe keeps its number: nobody is told anew after that."""
    is_first = isinstance(message.content, PaymentPaid) and message.content.again is None
    return [Composer((), now).stripe_note(message.payment_id, "receipt")] if is_first else []


async def _keep(message: OutboxMessage, mail: OutgoingMail, now: datetime, tx: Transaction) -> None:
    await tx.outbox.store_files(mail.shared_files, now)
    await tx.outbox.store_rendered(message.message_id, mail.to_bytes())


class MailDelivery:
    """Rendering runs in a thread: a receipt takes milliseconds that a webhook would wait.

    The rendered bytes are stored right before the first try, so that every try sends the same under the same key.
    """

    def __init__(
        self, storage: Storage, renderer: Renderer, sender: MailSender, cards: CardLookUp, goods: LookAgain
    ) -> None:
        self._storage, self._renderer, self._sender = storage, renderer, sender
        self._cards, self._goods = cards, goods

    async def send(self, message: OutboxMessage, now: datetime, slot: SendSlot) -> Sent:
        mail, keep = await self._stored(message.rendered) if message.rendered else None, None
        if mail is None:
            mail = await self._rendered(message, now)
            keep = partial(_keep, message, mail, now)
        return Sent(await self._send(message, mail, slot, keep), _to_remember(message, now))

    async def _stored(self, rendered: bytes) -> OutgoingMail | None:
        """None where a file of it is not kept any more: it waited for so long that no key knows it."""
        async with self._storage.read() as tx:
            files = await tx.outbox.files(OutgoingMail.digests_in(rendered))
        try:
            return OutgoingMail.from_bytes(rendered, files)
        except KeyError:
            return None

    async def _rendered(self, message: OutboxMessage, now: datetime) -> OutgoingMail:
        payment, language = await _payment_and_language(self._storage, self._cards, self._goods, message, now)
        return await asyncio.to_thread(self._renderer.mail, message, payment, language)

    async def _send(self, message: OutboxMessage, mail: OutgoingMail, slot: SendSlot, keep: Keep | None) -> str:
        await slot.wait(keep)
        try:
            return await self._sender.send(mail, keys.idempotency(message.dedupe_key))
        except KeyTaken:
            # Another mail had this key: the database is older than that one, say. Whether it told what this one tells
            # nobody knows, so this one leaves too, under a key of its own.
            await slot.wait()
            return await self._sender.send(mail, keys.idempotency_of_bytes(message.dedupe_key, mail.to_bytes()))


class ChatDelivery:
    """Telegram knows no idempotency keys: a message shows what is true when it is sent.

    ``files_of`` tells how many files a product delivers. Who is not in ``admin_ids`` any more reads
    nothing that is for admins.
    """

    def __init__(
        self,
        storage: Storage,
        renderer: Renderer,
        sender: ChatSender,
        cards: CardLookUp,
        goods: LookAgain,
        files_of: Callable[[str], int],
        admin_ids: tuple[int, ...],
    ) -> None:
        self._storage, self._renderer, self._sender = storage, renderer, sender
        self._cards, self._goods, self._files_of = cards, goods, files_of
        self._admin_ids = admin_ids

    async def send(self, message: OutboxMessage, now: datetime, slot: SendSlot) -> Sent:
        if is_for_admins(message.content) and int(message.recipient) not in self._admin_ids:
            return Sent("", passed_on(message, self._admin_ids, now))
        if not message.payment_id:
            return await self._send_notice(message, slot)
        payment, language = await _payment_and_language(self._storage, self._cards, self._goods, message, now)
        content = message.content
        if isinstance(content, PayMessage):
            if content.left is not None:
                return await self._take_away(int(message.recipient), content.left, payment, language)
            return await self._bring_up_to_date(message, payment, language, now, slot)
        if isinstance(content, PaymentPaid):
            return await self._send_receipt(message, content, payment, language, now, slot)
        if edited_by(content) == 0:
            return Sent("")  # this admin was not told of it
        if isinstance(content, Sold):
            return await self._send_sales(message, payment, language, now, slot)
        return Sent(await self._send(message, payment, language, now, slot))

    async def _send(
        self, message: OutboxMessage, payment: Payment, language: str, now: datetime, slot: SendSlot
    ) -> str:
        chat = await asyncio.to_thread(self._renderer.chat, message, payment, language, now)
        await slot.wait()
        return str(await self._sender.send(int(message.recipient), chat))

    async def _send_receipt(
        self, message: OutboxMessage, told: PaymentPaid, payment: Payment, language: str, now: datetime, slot: SendSlot
    ) -> Sent:
        """The pay message becomes the receipt; one that is wanted again comes anew. The purchase follows either."""
        sent = await self._bring_up_to_date(message, payment, language, now, slot)
        if told.again is not None:
            sent = replace(sent, provider_id=await self._send(message, payment, language, now, slot))
        over = await declines_over(self._storage, payment, now)
        purchase = Composer((), now).files(payment, max(1, self._files_of(payment.sku)), told)
        return replace(sent, follow_ups=[*over, *purchase, *_to_remember(message, now)])

    async def _send_sales(
        self, message: OutboxMessage, payment: Payment, language: str, now: datetime, slot: SendSlot
    ) -> Sent:
        """Telegram takes one message a second to a person; on a good day there are more sales than that."""
        await slot.wait()
        async with self._storage.read() as tx:
            behind = await tx.outbox.waiting_behind(message, now, limits.sales_in_one_message() - 1)
            found = {one.payment_id: one for one in await tx.payments.by_ids(sorted(set(behind.values())))}
        along = {message_id: found[payment_id] for message_id, payment_id in behind.items() if payment_id in found}
        sent_id = await self._sender.send(
            int(message.recipient), self._renderer.sales([payment, *along.values()], language)
        )
        return Sent(str(sent_id), along=list(along))

    async def _send_notice(self, message: OutboxMessage, slot: SendSlot) -> Sent:
        """About the shop as a whole, to an admin; or about a code, to the customer who waits for it."""
        content, who = message.content, int(message.recipient)
        async with self._storage.read() as tx:
            reader = await tx.customers.get(who)
            codes = await tx.codes.pending(who)
        language = reader.language if reader else "en"
        if isinstance(content, CodeUndelivered):
            code = next((one for one in codes if one.code_hash.startswith(content.code)), None)
            if code is None:
                return Sent("")
            notice = self._renderer.code_undelivered(content, code.email, language)
        else:
            notice = self._renderer.notice(message, language)
        await slot.wait()
        return Sent(str(await self._sender.send(int(message.recipient), notice)))

    async def _is_followed(self, payment: Payment) -> bool:
        """By a newer one of this customer for the same product, or by an older one that was paid since."""
        async with self._storage.read() as tx:
            newest = await tx.payments.of_customer(payment.telegram_user_id, RECENT)
        others = [one for one in newest if one.sku == payment.sku and one.payment_id != payment.payment_id]
        return any(payment.created_at < (one.updated_at if one.paid_at else one.created_at) for one in others)

    async def _bring_up_to_date(
        self, message: OutboxMessage, payment: Payment, language: str, now: datetime, slot: SendSlot
    ) -> Sent:
        """Edits the message with the pay button. Doing so again changes nothing."""
        place, or_anew = payment.chat_message_id, _may_come_anew(message.content, payment, now)
        if place is None and not or_anew:
            return Sent("")
        shown = await asyncio.to_thread(self._renderer.pay_message, payment, language, now)
        if payment.status_at(now) is Status.EXPIRED and await self._is_followed(payment):
            shown = replace(shown, buttons=())
        await slot.wait()
        sent = await self._sender.send(int(message.recipient), replace(shown, edits=place, or_anew=or_anew))
        return Sent(str(sent), moved=(place, sent or None) if sent != place else None)

    async def _take_away(self, chat_id: int, chat_message_id: int, payment: Payment, language: str) -> Sent:
        """It says nothing, so it waits for no slot; and nothing that is said waits for it."""
        try:
            await self._sender.remove(chat_id, self._renderer.moved_message(payment, language, chat_message_id))
        except AskedToWait:
            raise
        except ServiceUnavailable as error:
            raise OwnTrouble(str(error), code=error.code) from error
        return Sent("")
