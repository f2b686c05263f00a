"""How fast a provider is called."""

import asyncio
from collections import OrderedDict

from checkout.model.outgoing import OutgoingMail
from checkout.ports.providers import MailSender
from checkout.ports.runtime import RateLimit


class RateLimiter:
    """Calls at most ``per_second``, and to one recipient none for ``pause`` seconds after the last. The loop's clock.

    Each call counts from when it really went: after a standstill nobody catches up.
    """

    def __init__(self, per_second: float, pause: float = 0.0) -> None:
        self._interval, self._pause = 1.0 / per_second, pause
        self._line, self._next = asyncio.Lock(), 0.0
        self._next_to: OrderedDict[str, float] = OrderedDict()

    async def wait(self, recipient: str) -> None:
        """Returns when this call may go."""
        if self._pause:
            now = asyncio.get_running_loop().time()
            free_at = max(now, self._next_to.get(recipient, 0.0))
            self._rests_until(free_at + self._pause, recipient)
            await _until(free_at)
        async with self._line:
            await _until(self._next)
            self._next = asyncio.get_running_loop().time() + self._interval

    async def ended(self, recipient: str) -> None:
        """The call is over, however long it took: the recipient's pause begins."""
        if self._pause:
            self._rests_until(asyncio.get_running_loop().time() + self._pause, recipient)

    def _rests_until(self, at: float, recipient: str) -> None:
        self._next_to[recipient] = at
        self._next_to.move_to_end(recipient)
        now = asyncio.get_running_loop().time()
        while len(self._next_to) > 1000 and next(iter(self._next_to.values())) < now:
            self._next_to.popitem(last=False)


async def _until(at: float) -> None:
    """By the loop's clock; whoever need not wait goes on at once."""
    if (seconds := at - asyncio.get_running_loop().time()) > 0:
        await asyncio.sleep(seconds)


class RateLimitedMailSender:
    """Mails that somebody waits for, within the same limit as those from the outbox.

    One of them at a time stands in that line: however many codes are asked for, a receipt waits behind one at most.
    """

    def __init__(self, sender: MailSender, rate_limiter: RateLimit) -> None:
        self._sender, self._rate_limiter = sender, rate_limiter
        self._line = asyncio.Lock()

    async def send(self, mail: OutgoingMail, idempotency_key: str) -> str:
        async with self._line:
            await self._rate_limiter.wait(mail.to)
        return await self._sender.send(mail, idempotency_key)
