"""What became of a mail is noted with it; where it has died, the chat makes up for it."""

import logging
from dataclasses import replace
from datetime import datetime

from checkout.model import keys
from checkout.model.events import MailEvent
from checkout.model.mail_status import DEAD, DELIVERED, MailDeath, stronger_status
from checkout.model.message_content import CodeUndelivered
from checkout.model.message_kind import Trouble
from checkout.model.outbox import Channel, Mail, NewMessage
from checkout.notifications.channel_fallback import fall_back_for_mail
from checkout.notifications.self_examination import since_when, tell_found, tell_over
from checkout.ports.runtime import Clock, Wake
from checkout.ports.storage import Storage, Transaction

VERIFICATION_CODE = "verification_code"  # the kind that such a mail is tagged with
log = logging.getLogger(__name__)


class RecordMailStatus:
    def __init__(self, storage: Storage, clock: Clock, wake: Wake, admin_ids: tuple[int, ...]) -> None:
        self._storage, self._clock, self._wake, self._admin_ids = storage, clock, wake, admin_ids

    async def record(self, event: MailEvent) -> None:
        """Returns once the status and what follows from it are committed. A mail that is not ours is left alone."""
        if not stronger_status("", event.mail_status):
            return
        if await self._is_news(event):
            self._wake()

    async def _is_news(self, event: MailEvent) -> bool:
        """Notes it; whether there is something to say."""
        now = self._clock.now()
        async with self._storage.begin() as tx:
            mail = await tx.outbox.mail_told_of(event)
            if mail is None:
                return await self._code_undelivered(tx, event, now)
            noted = replace(mail, mail_status=stronger_status(mail.mail_status, event.mail_status))
            if noted.mail_status == mail.mail_status:
                return False
            is_told = event.mail_status == DELIVERED and await self._sends_again(tx, mail, now)
            dies = noted.mail_status in DEAD
            death = MailDeath(noted.mail_status, event.cause, event.reason or event.cause)
            await tx.outbox.record_mail_status(noted, event.mail_id, death.noted if dies else None, now)
            if not dies or mail.mail_status in DEAD:
                return is_told
            await self._tell_if_the_shops(tx, death, now)
            await tx.outbox.add(await fall_back_for_mail(tx, noted, death, self._admin_ids, now))
        log.warning("%s by mail has not arrived: %s", mail.kind, death.noted, extra={"payment_id": mail.payment_id})
        return True

    async def _code_undelivered(self, tx: Transaction, event: MailEvent, now: datetime) -> bool:
        """Whoever still waits for that code hears of it."""
        if event.kind != VERIFICATION_CODE or event.mail_status not in DEAD:
            return False
        waiting = [code for address in event.to for code in await tx.codes.pending_to(address.lower())]
        for code in waiting:
            content = CodeUndelivered(code.beginning, event.mail_status, event.cause)
            who = code.telegram_user_id
            key = keys.code_undelivered(who, content.code)
            await tx.outbox.add([NewMessage(key, Channel.CHAT, content, str(who), "", now)])
        if waiting:
            await self._tell_if_the_shops(tx, MailDeath(event.mail_status, event.cause), now)
        return bool(waiting)

    async def _tell_if_the_shops(self, tx: Transaction, death: MailDeath, now: datetime) -> None:
        """Once, however many mails are lost by it."""
        if death.keeps_others:
            await tell_found(tx, Trouble.MAILS, self._admin_ids, now)

    async def _sends_again(self, tx: Transaction, mail: Mail, now: datetime) -> bool:
        """A mail that was made after the trouble was seen has arrived: it is over, and the admins hear."""
        since = await since_when(tx, Trouble.MAILS)
        return (
            since is not None and mail.created_at > since and await tell_over(tx, Trouble.MAILS, self._admin_ids, now)
        )
