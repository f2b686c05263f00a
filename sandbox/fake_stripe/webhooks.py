"""Delivery of events to webhook endpoints: signed, retried, and out of order when the desk wants it so."""

import asyncio
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import aiohttp
from stripe import WebhookSignature

from sandbox.base.background import Background
from sandbox.base.waiting import LONGEST
from sandbox.fake_stripe.objects import Wire
from sandbox.fake_stripe.store import Delivery, Store, Switches

LONGEST_PAUSE = 15.0
ANSWER_TIMEOUT = 10.0
SHUFFLE_WINDOW = 1.0  # how long events gather before they leave in another order


@dataclass(frozen=True)
class Attempt:
    """One try to deliver; `status` 0 when there was no answer. `at` in seconds since the epoch."""

    at: float
    event_id: str
    kind: str
    url: str
    status: int


@dataclass
class Endpoint:
    """Where events go, with the secret that signs them; both sign while one is being rolled.

    `endpoint_id` is that of its API object."""

    endpoint_id: str
    url: str
    secret: str
    events: tuple[str, ...] = ("*",)
    expiring_secret: str = ""
    delivered: set[str] = field(default_factory=set)

    def roll(self, secret: str) -> None:
        """As *Roll secret* in the dashboard, with the old one valid for a while."""
        self.secret, self.expiring_secret = secret, self.secret

    def signature_of(self, body: str) -> str:
        """The Stripe-Signature header."""
        at = int(time.time())
        header = str(WebhookSignature.generate_signature_header(body, self.secret, at))
        if not self.expiring_secret:
            return header
        older = WebhookSignature.generate_signature_header(body, self.expiring_secret, at)
        return f"{header},{older.partition(',')[2]}"

    def wants(self, kind: str) -> bool:
        return "*" in self.events or kind in self.events


class Webhooks:
    """Owns every delivery under way; `close` ends them."""

    def __init__(
        self,
        store: Store,
        switches: Switches,
        log: Callable[..., None],
        retry_pause: float,
        most_attempts: int,
    ) -> None:
        self._store, self._switches, self._log = store, switches, log
        self._retry_pause, self._most_attempts = retry_pause, most_attempts
        self.endpoints: dict[str, Endpoint] = {}
        self.attempts: list[Attempt] = []
        # Goes before the switch: after which pauses (seconds) the copies of event n leave; without one it is lost.
        self.detours: Callable[[int], Sequence[float]] | None = None
        self.lost: list[str] = []
        self._background = Background()
        self._gathered: list[Wire] = []
        self._session: aiohttp.ClientSession | None = None

    def wanting(self, kind: str) -> int:
        """How many endpoints get events of this kind."""
        return sum(endpoint.wants(kind) for endpoint in self.endpoints.values())

    def take(self, event: Wire) -> None:
        """A new event: sends it as the switches say."""
        self._log(f"event {event['type']}", event_id=event["id"], about=event["data"]["object"]["id"])
        mode = self._switches.delivery
        if self.detours is not None:
            self._send_around(event, self.detours(len(self._store.events)))
        elif mode is Delivery.NONE:
            self._log(f"not sent: {event['type']}", event_id=event["id"])
        elif mode is Delivery.SHUFFLED:
            self._gather(event)
        else:
            pause = self._switches.late_seconds if mode is Delivery.LATE else 0.0
            self.send(event, pause)
            if mode is Delivery.TWICE:
                self.send(event, pause)

    def send(self, event: Wire, pause: float = 0.0) -> None:
        """Delivers to every endpoint that wants the event, after `pause` seconds."""
        for endpoint in list(self.endpoints.values()):
            if endpoint.wants(event["type"]):
                self._background.start(self._deliver(endpoint, event, pause))

    def _send_around(self, event: Wire, pauses: Sequence[float]) -> None:
        if not pauses:
            self.lost.append(event["id"])
        for pause in pauses:
            self.send(event, pause)

    @property
    def is_idle(self) -> bool:
        """Whether no delivery is under way."""
        return not self._background.tasks

    def _gather(self, event: Wire) -> None:
        self._gathered.append(event)
        if len(self._gathered) == 1:
            self._background.start(self._send_shuffled())

    async def _send_shuffled(self) -> None:
        await asyncio.sleep(SHUFFLE_WINDOW)
        gathered, self._gathered = self._gathered, []
        order = gathered[:]
        random.shuffle(order)
        if order == gathered:
            order.reverse()
        for event in order:
            for endpoint in list(self.endpoints.values()):
                if endpoint.wants(event["type"]) and not await self._attempt(endpoint, event):
                    self._background.start(self._deliver(endpoint, event, self._retry_pause, first=2))

    async def _deliver(self, endpoint: Endpoint, event: Wire, pause: float, first: int = 1) -> None:
        await asyncio.sleep(pause)
        pause = self._retry_pause
        for number in range(first, self._most_attempts + 1):
            if endpoint.endpoint_id not in self.endpoints or await self._attempt(endpoint, event):
                return
            if number < self._most_attempts:
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
        self._log(f"gave up on {event['type']} after {self._most_attempts} attempts", event_id=event["id"])

    async def _attempt(self, endpoint: Endpoint, event: Wire) -> bool:
        status = await self._post(endpoint, event)
        attempt = Attempt(time.time(), event["id"], event["type"], endpoint.url, status)
        self.attempts.append(attempt)
        answer = f"answered {status}" if status else "no answer"
        self._log(f"webhook {event['type']}: {answer}", event_id=event["id"], status=status)
        if not 200 <= status < 300:
            return False
        if event["id"] not in endpoint.delivered:
            endpoint.delivered.add(event["id"])
            event["pending_webhooks"] = max(0, event["pending_webhooks"] - 1)
        return True

    async def _post(self, endpoint: Endpoint, event: Wire) -> int:
        body = json.dumps(event, indent=2, ensure_ascii=False)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Accept": "*/*; q=0.5, application/xml",
            "Cache-Control": "no-cache",
            "Stripe-Signature": endpoint.signature_of(body),
        }
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_TIMEOUT))
        try:
            async with self._session.post(
                endpoint.url, data=body.encode(), headers=headers, allow_redirects=False
            ) as response:
                await response.read()
                return response.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return 0

    def was_delivered(self, event: Wire) -> bool:
        """Whether every endpoint that wants the event has taken it."""
        wanting = [e for e in self.endpoints.values() if e.wants(event["type"])]
        return all(event["id"] in endpoint.delivered for endpoint in wanting)

    async def wait_delivered(self, seconds: float = LONGEST) -> None:
        """Waits until nothing is under way any more. Raises TimeoutError after so many seconds."""
        async with asyncio.timeout(seconds):
            while tasks := set(self._background.tasks):
                await asyncio.wait(tasks)

    async def close(self) -> None:
        """Ends all deliveries."""
        await self._background.close()
        if self._session is not None:
            await self._session.close()
            self._session = None
