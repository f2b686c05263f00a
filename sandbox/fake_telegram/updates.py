"""Updates on their way to the bot: long polling with its offset, or the webhook with its retries."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp

from sandbox.fake_telegram.rules import TelegramError, bad_request, is_loopback

Update = dict[str, Any]
LEFT_OUT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
WEBHOOK_IS_ACTIVE = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
OTHER_POLL = "terminated by other getUpdates request; make sure that only one bot instance is running"
LONGEST_POLL = 50  # seconds
FAR_BEYOND = 1000  # an offset so far behind the newest update is ignored
WEBHOOK_TIMEOUT = aiohttp.ClientTimeout(total=60)


@dataclass
class Webhook:
    """Where updates are posted to; the last error as getWebhookInfo tells it."""

    url: str
    secret_token: str
    max_connections: int
    last_error: str = ""
    last_error_at: int = 0


class UpdateQueue:
    """Keeps every update until it is confirmed: by a higher offset, or by a 2xx of the webhook."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self.all: dict[int, Update] = {}
        self._next_id = 100_000_001
        self.confirmed_offset = 0
        self.webhook: Webhook | None = None
        self.allowed: list[str] | None = None
        self.polls = 0  # that have begun
        self.waits_for_news = True  # False: as behind a proxy that ends every long poll at once
        self.retry_seconds = 0.3  # before the first repeat of a webhook call; doubles up to ten seconds
        self._pending: list[Update] = []
        self._repeats: set[int] = set()
        self._arrived = asyncio.Event()
        self._log = log
        self._sender: asyncio.Task[None] | None = None

    @property
    def pending(self) -> list[Update]:
        """What the bot has not confirmed, oldest first."""
        return list(self._pending)

    def add(self, kind: str, payload: dict[str, Any]) -> int:
        """Queues an update of this kind, if the bot asked for the kind; its id either way."""
        update_id = self._next_id
        self._next_id += 1
        self.all[update_id] = {"update_id": update_id, kind: payload}
        if self._is_wanted(kind):
            self._pending.append(self.all[update_id])
            self._wake()
        return update_id

    def renumber(self, next_id: int) -> None:
        """As after a week without updates: the next one has this id, lower than the last perhaps."""
        self._next_id = next_id

    def repeat(self, update_id: int) -> None:
        """Delivers an update once more, confirmed or not, as Telegram does after trouble of its own."""
        self._pending.insert(0, self.all[update_id])
        self._repeats.add(update_id)
        self._wake()

    async def poll(self, offset: int, limit: int, timeout: int, allowed: list[str] | None) -> list[Update]:
        """getUpdates; raises TelegramError 409 when a webhook is set or another poll has begun."""
        if self.webhook is not None:
            raise TelegramError(409, f"Conflict: {WEBHOOK_IS_ACTIVE}")
        if allowed is not None:
            self.allowed = allowed
        self.polls += 1
        mine = self.polls
        self._wake()  # an older poll ends here
        self._confirm(offset)
        deadline = time.monotonic() + (min(timeout, LONGEST_POLL) if self.waits_for_news else 0)
        while not self._pending and (left := deadline - time.monotonic()) > 0:
            arrived = self._arrived
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(arrived.wait(), left)
            self._refuse_older(mine)
        taken = self._pending[: max(1, min(limit, 100))]
        self._repeats.difference_update(update["update_id"] for update in taken)
        return taken

    def set_webhook(self, webhook: Webhook | None, allowed: list[str] | None, drop_pending: bool) -> None:
        """Starts or ends delivery by webhook; raises TelegramError for an address that is not https."""
        if webhook is not None and not webhook.url.startswith("https://") and not is_loopback(webhook.url):
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if allowed is not None:
            self.allowed = allowed
        if drop_pending:
            self._pending.clear()
        self.webhook = webhook
        if webhook is not None and (self._sender is None or self._sender.done()):
            self._sender = asyncio.create_task(self._send_all())
        self._wake()

    async def close(self) -> None:
        """Ends delivery by webhook."""
        self.webhook = None
        if self._sender is not None:
            self._sender.cancel()
            await asyncio.gather(self._sender, return_exceptions=True)

    def _is_wanted(self, kind: str) -> bool:
        return kind in self.allowed if self.allowed else kind not in LEFT_OUT_BY_DEFAULT

    def _wake(self) -> None:
        self._arrived.set()
        self._arrived = asyncio.Event()

    def _refuse_older(self, mine: int) -> None:
        if mine != self.polls:
            raise TelegramError(409, f"Conflict: {OTHER_POLL}")

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            offset = self._pending[offset:][0]["update_id"] if self._pending else 0
        if offset > self._next_id + FAR_BEYOND:
            return
        self.confirmed_offset = offset or self.confirmed_offset
        self._pending = [
            update for update in self._pending
            if update["update_id"] >= offset or update["update_id"] in self._repeats
        ]  # fmt: skip

    async def _send_all(self) -> None:
        """Posts what is pending, at most `max_connections` at a time, until the webhook is taken away."""
        under_way: dict[asyncio.Task[None], int] = {}
        async with aiohttp.ClientSession(timeout=WEBHOOK_TIMEOUT) as session:
            try:
                while self.webhook is not None:
                    arrived = asyncio.create_task(self._arrived.wait())
                    busy = set(under_way.values())
                    free = self.webhook.max_connections - len(busy)
                    waiting = [update for update in self._pending if update["update_id"] not in busy]
                    for update in waiting[: max(free, 0)]:
                        task = asyncio.create_task(self._send(session, update))
                        under_way[task] = update["update_id"]
                    await asyncio.wait({arrived, *under_way}, return_when=asyncio.FIRST_COMPLETED)
                    arrived.cancel()
                    under_way = {task: key for task, key in under_way.items() if not task.done()}
            finally:
                for task in under_way:
                    task.cancel()
                await asyncio.gather(*under_way, return_exceptions=True)

    async def _send(self, session: aiohttp.ClientSession, update: Update) -> None:
        pause = self.retry_seconds
        while (webhook := self.webhook) is not None and update in self._pending:
            error = await self._post(session, webhook, update)
            if not error:
                self._pending.remove(update)
                self.confirmed_offset = max(self.confirmed_offset, update["update_id"] + 1)
                self._repeats.discard(update["update_id"])
                return
            webhook.last_error, webhook.last_error_at = error, int(time.time())
            self._log(f"webhook: {error}; again in {pause:.1f} s")
            await asyncio.sleep(pause)
            pause = min(pause * 2, 10)

    async def _post(self, session: aiohttp.ClientSession, webhook: Webhook, update: Update) -> str:
        """What went wrong, in getWebhookInfo's words; "" when the update was taken."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret_token} if webhook.secret_token else {}
        try:
            async with session.post(webhook.url, json=update, headers=headers) as response:
                body = await response.read()
                if not 200 <= response.status < 300:
                    return f"Wrong response from the webhook: {response.status} {response.reason}"
                if b"method" in body:
                    self._log("webhook: its answer calls a method, which the sandbox does not carry out")
                return ""
        except TimeoutError:
            return "Read timeout expired"
        except aiohttp.ClientError as error:
            return f"Connection failed: {type(error).__name__}"
