"""A customer proves to own an e-mail address with a six-digit code."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal, Protocol

from checkout import limits
from checkout.customer import Customer, likely_typo, mailbox_key
from checkout.errors import NotFound, ServiceError
from checkout.ports import Clock, MailSender, Renderer, Storage
from checkout.verification import Hasher, PendingCode, check_limits, new_code


class Addresses(Protocol):
    def normalise(self, typed: str) -> str:
        """The address as it is kept. Raises InvalidEmail."""
        ...


@dataclass(frozen=True, slots=True)
class CodeSent:
    """``suggestion`` is what a likely typo in the domain was meant to be."""

    email: str
    suggestion: str | None


@dataclass(frozen=True, slots=True)
class CodeChecked:
    """``email`` is the proven address when ``reason`` is ``ok``. ``gone``: none, expired, used up or out of tries."""

    reason: Literal["ok", "wrong", "gone"]
    email: str | None = None
    attempts_left: int = 0


class VerifyEmail:
    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        addresses: Addresses,
        hasher: Hasher,
        renderer: Renderer,
        mail_sender: MailSender,
    ) -> None:
        self._storage, self._clock, self._addresses = storage, clock, addresses
        self._hasher, self._renderer, self._mail_sender = hasher, renderer, mail_sender

    async def request_code(self, customer: Customer, typed: str) -> CodeSent:
        """Mails a new code; the one before is void.

        Raises InvalidEmail, LimitReached (the last code stays valid), or ServiceError when the mail did not
        leave: then the send counts against no limit.
        """
        return await self._send_code(customer, self._addresses.normalise(typed))

    async def request_again(self, customer: Customer) -> CodeSent:
        """A new code to the address that waits for one. Raises NotFound when none does; else as request_code."""
        async with self._storage.read() as tx:
            pending = await tx.codes.pending(customer.telegram_user_id)
        if pending is None:
            raise NotFound("no address waits for a code")
        return await self._send_code(customer, pending.email)

    async def check(self, customer: Customer, code: str) -> CodeChecked:
        """Every guess costs a try; the right one uses the code up and verifies the address."""
        now, who = self._clock.now(), customer.telegram_user_id
        async with self._storage.begin() as tx:
            # The try is spent first: its row lock makes guesses queue up, on every database and replica.
            pending = await tx.codes.spend_try(who, now)
            if pending is None:
                return CodeChecked("gone")
            email = await tx.codes.use_up(who, self._hasher.code(who, code))
            if email is None:
                return CodeChecked("wrong" if pending.attempts_left else "gone", None, pending.attempts_left)
            stored = await tx.customers.get(who) or customer
            await tx.customers.save(replace(stored, email=email, email_verified_at=now), now)
            return CodeChecked("ok", email)

    async def _send_code(self, customer: Customer, email: str) -> CodeSent:
        code = new_code()
        send_id = await self._keep_code(customer.telegram_user_id, email, code)
        mail = self._renderer.code_mail(email, code, customer.language)
        try:
            await self._mail_sender.send(mail, f"checkout/code/{self._hasher.mailbox(email)[:16]}/{send_id}")
        except ServiceError:
            async with self._storage.begin() as tx:
                await tx.codes.forget_send(send_id)
            raise
        return CodeSent(email, likely_typo(email))

    async def _keep_code(self, who: int, email: str, code: str) -> int:
        now, mailbox = self._clock.now(), self._hasher.mailbox(mailbox_key(email))
        async with self._storage.begin() as tx:
            check_limits(await tx.codes.sends(who, mailbox, now - timedelta(days=1)), now)
            pending = PendingCode(
                telegram_user_id=who,
                email=email,
                code_hash=self._hasher.code(who, code),
                expires_at=now + limits.code_lifetime(),
                attempts_left=limits.code_tries(),
            )
            return await tx.codes.replace(pending, mailbox, now)
