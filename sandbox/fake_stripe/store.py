"""What the Stripe stand-in knows: its objects, its events, and what is to happen later."""

import asyncio
import contextlib
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sandbox.fake_stripe import refund_objects
from sandbox.fake_stripe.cards import CardDetails
from sandbox.fake_stripe.errors import ApiError, no_such
from sandbox.fake_stripe.objects import Wire


class Delivery(StrEnum):
    NORMAL = "normal"
    TWICE = "twice"
    LATE = "late"
    SHUFFLED = "shuffled"
    NONE = "none"


@dataclass
class Switches:
    """What the desk decides; it holds for every confirmation and delivery until it is changed.

    `decline` is a decline code for any card. `processing_seconds` keeps a payment in ``processing``
    (``math.inf``: until it is released). `answer_seconds` delays every API answer. `refusal` is answered to everything
    that is asked of PaymentIntents and refunds with the secret key. `wallets` are those of the customer's browser.
    """

    decline: str | None = None
    require_3ds: bool = False
    processing_seconds: float | None = None
    delivery: Delivery = Delivery.NORMAL
    late_seconds: float = 10.0
    answer_seconds: float = 0.0
    refusal: ApiError | None = None
    wallets: tuple[str, ...] = ()
    wallet_card: str = "4242424242424242"


_PAGE = {
    "payment_intent": "payment_intents",
    "charge": "charges",
    "refund": "refunds",
    "dispute": "disputes",
    "payment_method": "payment_methods",
    "webhook_endpoint": "webhook_endpoints",
    "payment_method_domain": "payment_method_domains",
    "radar.early_fraud_warning": "warnings",
}
_NO_REQUEST: Wire = {"id": None, "idempotency_key": None}


class Store:
    """Every object by its id, in the order of their making."""

    def __init__(self) -> None:
        self.payment_intents: dict[str, Wire] = {}
        self.charges: dict[str, Wire] = {}
        self.refunds: dict[str, Wire] = {}
        self.disputes: dict[str, Wire] = {}
        self.payment_methods: dict[str, Wire] = {}
        self.warnings: dict[str, Wire] = {}
        self.webhook_endpoints: dict[str, Wire] = {}
        self.payment_method_domains: dict[str, Wire] = {}
        self.events: list[Wire] = []
        self.cards: dict[str, CardDetails] = {}  # by payment method
        self.on_event: Callable[[Wire], None] = lambda event: None
        self.endpoints_for: Callable[[str], int] = lambda kind: 0
        self._request = _NO_REQUEST

    def page(self, kind: str) -> dict[str, Wire]:
        """All objects of a kind (Stripe's own word for it)."""
        found: dict[str, Wire] = getattr(self, _PAGE[kind])
        return found

    def keep(self, thing: Wire) -> Wire:
        """Adds a new object."""
        self.page(thing["object"])[thing["id"]] = thing
        return thing

    def find(self, kind: str, object_id: str, param: str = "id", status: int = 404) -> Wire:
        """Raises ApiError (404; 400 when a parameter names it) for an unknown id."""
        found = self.page(kind).get(object_id)
        if found is None:
            raise no_such(kind, object_id, param, status)
        return found

    def find_event(self, event_id: str) -> Wire:
        """Raises ApiError 404 for an unknown id."""
        for event in self.events:
            if event["id"] == event_id:
                return event
        raise no_such("event", event_id)

    @contextlib.contextmanager
    def requested(self, request_id: str, idempotency_key: str | None) -> Iterator[None]:
        """Events made inside name this API request as their cause."""
        self._request = {"id": request_id, "idempotency_key": idempotency_key}
        try:
            yield
        finally:
            self._request = _NO_REQUEST

    def emit(self, kind: str, subject: Wire, previous: Wire | None = None) -> Wire:
        """Records an event with the object as it is now and hands it on for delivery."""
        snapshot = copy.deepcopy(subject)
        pending = self.endpoints_for(kind)
        made = refund_objects.event(kind, snapshot, previous, dict(self._request), pending)
        self.events.append(made)
        self.on_event(made)
        return made


class Timers:
    """Calls things after a while and forgets all of it when closed."""

    def __init__(self) -> None:
        self._handles: set[asyncio.TimerHandle] = set()

    def after(self, seconds: float, act: Callable[..., object], *arguments: Any) -> None:
        """Calls `act` in so many seconds."""

        def run() -> None:
            self._handles.discard(timer)
            act(*arguments)

        timer = asyncio.get_running_loop().call_later(seconds, run)
        self._handles.add(timer)

    def close(self) -> None:
        """Forgets what has not happened yet."""
        for timer in self._handles:
            timer.cancel()
        self._handles.clear()
