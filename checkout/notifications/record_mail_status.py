"""What became of a mail is noted with it; where it has died, the chat makes up for it."""

import logging
from dataclasses import replace

from checkout.model.events import MailEvent
from checkout.model.mail_status import DEAD, MailDeath, stronger_status
from checkout.notifications.channel_fallback import fall_back_for_mail
from checkout.ports.runtime import Clock, Wake
from checkout.ports.storage import Storage

log = logging.getLogger(__name__)


class RecordMailStatus:
    def __init__(self, storage: Storage, clock: Clock, wake: Wake, admin_ids: tuple[int, ...]) -> None:
        self._storage, self._clock, self._wake, self._admin_ids = storage, clock, wake, admin_ids

    async def record(self, event: MailEvent) -> None:
        """Returns once the status and what follows from it are committed. A mail that is not ours is left alone."""
        if not stronger_status("", event.mail_status):
            return
        if await self._noted_as_dead(event):
            self._wake()

    async def _noted_as_dead(self, event: MailEvent) -> bool:
        now = self._clock.now()
        async with self._storage.begin() as tx:
            mail = await tx.outbox.mail_told_of(event)
            if mail is None:
                return False
            noted = replace(mail, mail_status=stronger_status(mail.mail_status, event.mail_status))
            if noted.mail_status == mail.mail_status:
                return False
            dies = noted.mail_status in DEAD
            await tx.outbox.record_mail_status(noted, event.mail_id, _reason(event) if dies else None, now)
            if not dies or mail.mail_status in DEAD:
                return False
            death = MailDeath(noted.mail_status, event.cause, event.reason or event.cause)
            await tx.outbox.add(await fall_back_for_mail(tx, noted, death, self._admin_ids, now))
        log.warning("%s by mail has not arrived: %s", mail.kind, _reason(event), extra={"payment_id": mail.payment_id})
        return True


def _reason(event: MailEvent) -> str:
    return ": ".join(part for part in (event.mail_status, event.cause, event.reason) if part)
