"""A customer proves to own an e-mail address with a six-digit code."""

import hmac
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from checkout import limits
from checkout.errors import InvalidEmail, KeyTaken, LimitReached, NotFound, RecipientUnreachable, ServiceError
from checkout.model import keys
from checkout.model.activity import ActivityEntry, Step
from checkout.model.customer import Customer, mailbox_key
from checkout.model.message_kind import Trouble
from checkout.model.outgoing import OutgoingMail
from checkout.model.verification import CodeSend, Hasher, PendingCode, budget_reached, limit_reached, new_code
from checkout.notifications.self_examination import tell_found, tell_over
from checkout.ports.providers import MailSender, Renderer
from checkout.ports.runtime import Clock, Meter
from checkout.ports.storage import Storage, Transaction
from checkout.purchase.typos import likely_typo, only_address, with_points, without_ending, without_spaces
from checkout.resilience.metering import SILENT

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CodeSent:
    """``email`` as it is kept."""

    email: str


@dataclass(frozen=True, slots=True)
class CodeChecked:
    """``email`` is the proven address when ``reason`` is ``ok``. ``gone``: none, expired, used up or out of tries;
    ``elsewhere``: a link that was mailed for another customer's chat."""

    reason: Literal["ok", "wrong", "gone", "elsewhere"]
    email: str | None = None
    attempts_left: int = 0


class VerifyEmail:
    """``normalise`` makes of an address as typed the one that is kept, or raises InvalidEmail."""

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        normalise: Callable[[str], str],
        hasher: Hasher,
        renderer: Renderer,
        mail_sender: MailSender,
        meter: Meter = SILENT,
        admin_ids: tuple[int, ...] = (),
    ) -> None:
        self._storage, self._clock, self._normalise = storage, clock, normalise
        self._hasher, self._renderer, self._mail_sender = hasher, renderer, mail_sender
        self._meter, self._admin_ids = meter, admin_ids

    def likely_meant(self, typed: str) -> tuple[str, str | None]:
        """The address in what was typed, empty where nobody can have it, and the one that was probably meant if it
        looks mistyped.

        Raises InvalidEmail.
        """
        try:
            email = self._normalise(typed)
        except InvalidEmail:
            for guess in (without_ending(typed), only_address(typed), without_spaces(typed), with_points(typed)):
                with suppress(InvalidEmail):
                    meant = self._normalise(guess)
                    return "", likely_typo(meant) or meant
            raise
        return email, likely_typo(email)

    async def request_code(self, customer: Customer, typed: str, request_id: int | None = None) -> CodeSent:
        """Mails a new code; once it has left, the one before is void. The same ``request_id`` again mails the same
        code under the same key, past all limits: the process died while it was asked for, and nobody knows whether the
        mail has left.

        Raises InvalidEmail, LimitReached, or ServiceError when the mail did not leave: then the send counts against
        no limit, unless the address was refused. The last code stays valid.
        """
        return await self._send_code(customer, self._normalise(typed), request_id)

    async def request_again(self, customer: Customer, request_id: int | None = None) -> CodeSent:
        """A new code to the address that waits for one. Raises NotFound when none does; else as request_code."""
        async with self._storage.read() as tx:
            pending = await tx.codes.pending(customer.telegram_user_id)
        if not pending:
            raise NotFound("no address waits for a code")
        return await self._send_code(customer, pending[0].email, request_id)

    async def is_told_lost(self, customer: Customer) -> bool:
        """Whether the chat has said meanwhile that the mail with the code that is waited for did not arrive."""
        who = customer.telegram_user_id
        async with self._storage.read() as tx:
            told = [keys.code_undelivered(who, one.beginning) for one in await tx.codes.pending(who)]
            return any([await tx.outbox.is_known(key) for key in told])

    async def check(self, customer: Customer, code: str) -> CodeChecked:
        """Every guess costs a try; the right one uses the code up and verifies the address."""
        code_hash = self._hasher.code(customer.telegram_user_id, code)
        return await self._checked(customer, lambda pending: pending.code_hash == code_hash)

    async def check_link(self, customer: Customer, link: str) -> CodeChecked:
        """As ``check``, for the link of the same mail. Nobody guesses one: a wrong one costs no try, and one that was
        made for somebody else changes nothing."""
        who, now = customer.telegram_user_id, self._clock.now()
        if not self._hasher.is_own_link(who, link):
            self._meter.verification("elsewhere")
            return CodeChecked("elsewhere")

        def is_right(pending: PendingCode) -> bool:
            return hmac.compare_digest(self._hasher.code_link(who, pending.code_hash), link)

        async with self._storage.read() as tx:
            alive = [one for one in await tx.codes.pending(who) if one.attempts_left > 0 and one.expires_at > now]
        if alive and not any(map(is_right, alive)):
            self._meter.verification("wrong")
            return CodeChecked("wrong")
        return await self._checked(customer, is_right)

    async def _checked(self, customer: Customer, is_right: Callable[[PendingCode], bool]) -> CodeChecked:
        checked = await self._spend(customer, is_right)
        self._meter.verification(checked.reason)
        return checked

    async def _spend(self, customer: Customer, is_right: Callable[[PendingCode], bool]) -> CodeChecked:
        now, who = self._clock.now(), customer.telegram_user_id
        async with self._storage.begin() as tx:
            # The try is spent first: its row lock makes guesses queue up, on every database and replica.
            pending = await tx.codes.spend_try(who, now)
            right = next((one for one in pending if is_right(one)), None)
            if right is None or not await tx.codes.use_up(right):
                left = max((one.attempts_left for one in pending), default=0)
                return CodeChecked("wrong" if left else "gone", None, left)
            email = right.email
            stored = await tx.customers.get_for_update(who) or customer
            await tx.customers.save(replace(stored, email=email, email_verified_at=now), now)
            await tx.activity.note(ActivityEntry(who, Step.VERIFIED, now, email))
            return CodeChecked("ok", email)

    async def _send_code(self, customer: Customer, email: str, request_id: int | None) -> CodeSent:
        who, now = customer.telegram_user_id, self._clock.now()
        code = new_code() if request_id is None else self._hasher.code_asked_by(request_id, who, email)
        sent, code_hash = ActivityEntry(who, Step.CODE_SENT, now, email), self._hasher.code(who, code)
        try:
            send_id = await self._keep_code(sent, code, request_id)
        except LimitReached:
            self._meter.verification("limited")
            raise
        mail = self._renderer.code_mail(email, code, customer.language, self._hasher.code_link(who, code_hash))
        try:
            await self._mail_sender.send(mail, self._key(mail, send_id))
        except ServiceError as error:
            self._meter.verification("unsent")
            async with self._storage.begin() as tx:
                if error.permanent:  # otherwise it may have left all the same
                    await tx.codes.withdraw(who, code_hash)
                # An address that is refused counts: somebody may try addresses one after another.
                if not isinstance(error, RecipientUnreachable):
                    await tx.codes.forget_send(send_id)
                    if error.permanent and not isinstance(error, KeyTaken):
                        await tell_found(tx, Trouble.MAILS, self._admin_ids, now)
                await tx.activity.note(replace(sent, step=Step.CODE_UNSENT))
            raise
        async with self._storage.begin() as tx:
            await tx.codes.has_left(who, code_hash)
        self._meter.verification("sent")
        return CodeSent(email)

    def _key(self, mail: OutgoingMail, send_id: int) -> str:
        return keys.code_mail(self._hasher.mailbox(mail.to), send_id, self._hasher.content(mail.to_bytes()))

    async def _keep_code(self, sent: ActivityEntry, code: str, request_id: int | None) -> int:
        """Noted as sent before the mail leaves: where the process dies in between, the code may have arrived."""
        who, now, email = sent.telegram_user_id, sent.at, sent.details
        mailbox = self._hasher.mailbox(mailbox_key(email))
        pending = PendingCode(
            telegram_user_id=who,
            email=email,
            code_hash=self._hasher.code(who, code),
            expires_at=now + limits.code_lifetime(),
            attempts_left=limits.code_tries(),
        )
        async with self._storage.begin() as tx:
            sends = await tx.codes.sends(who, mailbox, now - timedelta(days=1), now)
            before = await tx.codes.pending(who)
            if kept := _kept_for(request_id, sends):
                if all(one.code_hash != pending.code_hash for one in before):
                    await tx.codes.put(pending)
                return kept.send_id
            is_confirmed = await _has_confirmed(tx, who, sends)
            of_all = await tx.codes.sends_of_all(now - timedelta(hours=1))
            refused = limit_reached(sends, now, is_confirmed=is_confirmed) or budget_reached(of_all, sends, now)
            await self._tell_of_budget(tx, refused, len(of_all), now)
            if refused is None:
                await tx.activity.note(sent)
                await tx.codes.put(pending)
                return await tx.codes.note_send(who, mailbox, now, request_id)
        works = any(one.attempts_left > 0 and one.expires_at > now for one in before)
        raise LimitReached(refused.limit, refused.retry_after, last_still_works=works)

    async def _tell_of_budget(self, tx: Transaction, refused: LimitReached | None, of_all: int, now: datetime) -> None:
        """Once: whoever is new cannot buy until it is over."""
        if refused is not None and refused.limit == "shop" and of_all >= limits.codes_of_all_and_hour():
            if await tell_found(tx, Trouble.CODES, self._admin_ids, now):
                log.warning("%d codes were asked for within an hour: no more are mailed for now", of_all)
        elif of_all <= limits.codes_of_all_and_hour() / 2:
            await tell_over(tx, Trouble.CODES, self._admin_ids, now)


async def _has_confirmed(tx: Transaction, telegram_user_id: int, sends: Sequence[CodeSend]) -> bool:
    """An address, since the first of their codes was sent."""
    known = await tx.customers.get(telegram_user_id)
    own = [send.sent_at for send in sends if send.by_customer]
    return bool(known and known.email_verified_at and own and known.email_verified_at >= min(own))


def _kept_for(request_id: int | None, sends: Sequence[CodeSend]) -> CodeSend | None:
    """The send of an earlier try of the same request."""
    if request_id is None:
        return None
    return next((one for one in sends if one.by_customer and one.request_id == request_id), None)
