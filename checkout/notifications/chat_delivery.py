"""One try to send one chat message, or to bring one up to date: rendered as things are then, and sent."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from checkout import limits
from checkout.errors import AskedToWait, OwnTrouble, ServiceUnavailable
from checkout.model.message_content import (
    CodeUndelivered,
    PaymentPaid,
    PayMessage,
    Sold,
    StoredContent,
    is_for_admins,
)
from checkout.model.outbox import Channel, NewMessage, OutboxMessage, edited_by, tells_of_a_decline
from checkout.model.payment import Payment, Status
from checkout.notifications.compose import Composer, passed_on
from checkout.notifications.delivery import CardLookUp, LookAgain, Sent, payment_and_language, to_remember
from checkout.notifications.send_slot import SendSlot
from checkout.ports.providers import ChatSender, Renderer
from checkout.ports.storage import Storage

RECENT = 20  # of a customer's payments, among which a newer one is looked for
# Without a message to edit these say nothing that another message does not say.
SILENT_WITHOUT_MESSAGE = frozenset(Status) - {Status.PROCESSING, Status.FAILED, Status.REVIEW}


def _may_come_anew(content: StoredContent, payment: Payment, now: datetime) -> bool:
    """Where there is no message that could be edited. A receipt that is wanted again comes besides, and of a payment
    that was taken in its customer had heard before."""
    if isinstance(content, PaymentPaid):
        return content.again is None
    says_more = payment.chat_message_id is not None or payment.status_at(now) not in SILENT_WITHOUT_MESSAGE
    return says_more and payment.facts.taken_in_at is None


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
        payment, language = await payment_and_language(self._storage, self._cards, self._goods, message, now)
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
        over = await self._declines_over(payment, now)  # before: what was sent and not noted would be sent again
        sent = await self._bring_up_to_date(message, payment, language, now, slot)
        if told.again is not None:
            sent = replace(sent, provider_id=await self._send(message, payment, language, now, slot))
        purchase = Composer((), now).files(payment, max(1, self._files_of(payment.sku)), told)
        return replace(sent, follow_ups=[*over, *purchase, *to_remember(message, now)])

    async def _declines_over(self, payment: Payment, now: datetime) -> list[NewMessage]:
        """What came anew into the chat goes with the receipt: nobody reads beside it that nothing was paid."""
        if payment.failure_told_at is None:
            return []
        async with self._storage.read() as tx:
            told = await tx.outbox.of_payment(payment.payment_id)
        left = [one for one in told if one.channel == Channel.CHAT and tells_of_a_decline(one.content)]
        gone = Composer((), now).pay_message_left
        return [gone(payment.payment_id, int(one.recipient), int(one.provider_id)) for one in left if one.provider_id]

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
