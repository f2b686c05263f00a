"""How fast a provider is called."""

import asyncio
from collections import OrderedDict

from checkout.model.outgoing import OutgoingMail
from checkout.ports.providers import MailSender
from checkout.ports.runtime import RateLimit


class RateLimiter:
    """Calls at most ``per_second``, and to one recipient at most one in ``pause`` seconds. Uses the loop's clock."""

    def __init__(self, per_second: float, pause: float = 0.0) -> None:
        self._interval, self._pause = 1.0 / per_second, pause
        self._next = 0.0
        self._next_to: OrderedDict[str, float] = OrderedDict()

    async def wait(self, recipient: str) -> None:
        """Returns when this call may go."""
        now = asyncio.get_running_loop().time()
        free_at = max(now, self._next, self._next_to.get(recipient, 0.0))
        self._next = max(now, self._next) + self._interval
        if self._pause:
            self._next_to[recipient] = free_at + self._pause
            self._next_to.move_to_end(recipient)
            while len(self._next_to) > 1000 and next(iter(self._next_to.values())) < now:
                self._next_to.popitem(last=False)
        if free_at > now:
            await asyncio.sleep(free_at - now)


class RateLimitedMailSender:
    """Mails that somebody waits for, within the same limit as those from the outbox."""

    def __init__(self, sender: MailSender, rate_limiter: RateLimit) -> None:
        self._sender, self._rate_limiter = sender, rate_limiter

    async def send(self, mail: OutgoingMail, idempotency_key: str) -> str:
        await self._rate_limiter.wait(mail.to)
        return await self._sender.send(mail, idempotency_key)
