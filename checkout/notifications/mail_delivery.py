"""One try to send one mail: rendered once, stored, then sent."""

import asyncio
from dataclasses import replace
from datetime import datetime
from functools import partial

from checkout.errors import KeyTaken, SenderRefused
from checkout.model import keys
from checkout.model.outbox import OutboxMessage
from checkout.model.outgoing import OutgoingMail
from checkout.notifications.delivery import CardLookUp, LookAgain, Sent, payment_and_language, to_remember
from checkout.notifications.send_slot import Keep, SendSlot
from checkout.ports.providers import MailSender, Renderer
from checkout.ports.storage import Storage, Transaction


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
        return Sent(await self._send(message, mail, now, slot, keep), to_remember(message, now))

    async def _stored(self, rendered: bytes) -> OutgoingMail | None:
        """None where a file of it is not kept any more: it waited for so long that no key knows it."""
        async with self._storage.read() as tx:
            files = await tx.outbox.files(OutgoingMail.digests_in(rendered))
        try:
            return OutgoingMail.from_bytes(rendered, files)
        except KeyError:
            return None

    async def _rendered(self, message: OutboxMessage, now: datetime) -> OutgoingMail:
        payment, language = await payment_and_language(self._storage, self._cards, self._goods, message, now)
        return await asyncio.to_thread(self._renderer.mail, message, payment, language)

    async def _send(
        self, message: OutboxMessage, mail: OutgoingMail, now: datetime, slot: SendSlot, keep: Keep | None
    ) -> str:
        key = keys.idempotency(message.dedupe_key)
        while True:
            await slot.wait(keep)
            try:
                return await self._sender.send(mail, key)
            except SenderRefused as refused:
                # MAIL_FROM was mended since the mail was stored, or the shop has another domain. Every later try sends
                # it from this one, whatever MAIL_FROM is then: this one may be taken, and nobody hear of it.
                mail = replace(mail, sender=refused.present)
                key, keep = keys.idempotency(message.dedupe_key), partial(_keep, message, mail, now)
            except KeyTaken:
                # Another mail had this key: the database is older than that one, say. Whether it told what this one
                # tells nobody knows, so this one leaves too, under a key of its own.
                own = keys.idempotency_of_bytes(message.dedupe_key, mail.to_bytes())
                if key == own:
                    raise
                key, keep = own, None
