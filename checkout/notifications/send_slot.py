"""When a message may leave: within the service's limits, behind webhooks that arrive, and only while it is wanted."""

import contextlib
import time
from collections.abc import Awaitable, Callable

from checkout.errors import DatabaseAway, StaleWrite
from checkout.ports.runtime import RateLimit
from checkout.ports.storage import Transaction

Keep = Callable[[Transaction], Awaitable[None]]


class NotNow(Exception):
    """The message is put off, or somebody else has it, or nobody is to be told any more."""


class SendSlot:
    """Of one message: ``wait`` for it right before each request that says something to ``recipient``.

    ``check`` raises NotNow, and keeps what it is given in the transaction in which it looks. ``waited`` is how many
    seconds it took in all. Until it ``was_given`` once nothing can have been said.
    """

    def __init__(
        self,
        recipient: str,
        webhooks_first: Callable[[], Awaitable[None]],
        rate_limiter: RateLimit,
        check: Callable[[Keep | None], Awaitable[None]],
    ) -> None:
        self._recipient, self._webhooks_first = recipient, webhooks_first
        self._rate_limiter, self._check = rate_limiter, check
        self._is_used = self.was_given = False
        self.waited = 0.0

    async def wait(self, keep: Keep | None = None) -> None:
        """``keep`` writes what must be known before the request. Raises NotNow: then nothing was kept."""
        began = time.perf_counter()
        await self.ended()
        await self._webhooks_first()
        await self._rate_limiter.wait(self._recipient)
        await self._check(keep)
        self._is_used = self.was_given = True
        self.waited += time.perf_counter() - began

    async def ended(self) -> None:
        """The request is over, however long it took: only now the recipient's pause begins."""
        if self._is_used:
            self._is_used = False
            with contextlib.suppress(DatabaseAway, StaleWrite):  # without a pause the service itself asks to wait
                await self._rate_limiter.ended(self._recipient)
