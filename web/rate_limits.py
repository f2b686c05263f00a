"""How often one address and one pay token may ask. Each limit is a function with its reason."""

import ipaddress
import logging
import math
from collections import OrderedDict
from dataclasses import dataclass

from aiohttp import web

from checkout.errors import LimitReached
from checkout.ports.runtime import Clock
from web.peers import customer_address

logger = logging.getLogger(__name__)
# Where a network has IPv6 alone, all of IPv4 comes to it from here (RFC 6052).
TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


def requests_per_address_and_minute() -> int:
    """A whole office or a mobile operator may stand behind one address."""
    return 600


def all_requests_per_address_and_minute() -> int:
    """Pages for a whole office, each with its six files, and each asking for its status."""
    return 3000


def all_requests_at_once() -> int:
    """As many pay pages as one address may open, with files for those browsers that have none yet; a part of a second
    for the processor."""
    return 1000


def requests_per_token_and_minute() -> int:
    """A few open tabs that ask for the status every second or two."""
    return 150


def files_per_token_and_minute() -> int:
    """A few files of a product, on two devices, and once more."""
    return 20


def intents_per_token_and_minute() -> int:
    """Each is a request to Stripe: a customer who reloads the page and tries another card needs a few."""
    return 30


def addresses_remembered() -> int:
    """A bucket is some 200 bytes: however many addresses ask, it is two megabytes."""
    return 10_000


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float


class TokenBuckets:
    """A bucket a key, refilled evenly; the least recently used is forgotten first."""

    def __init__(self, name: str, per_minute: int, clock: Clock, most: int, at_once: int | None = None) -> None:
        """A bucket holds ``at_once``, and a whole minute's where nothing is said."""
        self._name, self._capacity, self._rate = name, float(at_once or per_minute), per_minute / 60
        self._clock, self._most = clock, most
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, key: str) -> None:
        """Raises LimitReached when the bucket is empty."""
        now = self._clock.now().timestamp()
        bucket = self._buckets.setdefault(key, _Bucket(self._capacity, now))
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        bucket.level = min(self._capacity, bucket.level + max(0.0, now - bucket.at) * self._rate)
        bucket.at = now
        if bucket.level < 1:
            raise LimitReached(self._name, math.ceil((1 - bucket.level) / self._rate))
        bucket.level -= 1


class AddressLimit:
    """How much of anything one address may ask for: answers that cost little are many."""

    def __init__(self, clock: Clock) -> None:
        self._buckets = TokenBuckets(
            "everything",
            all_requests_per_address_and_minute(),
            clock,
            addresses_remembered(),
            all_requests_at_once(),
        )

    def reached(self, request: web.Request) -> LimitReached | None:
        """Counts a request; None where it is within the limit, or nobody knows from whom it comes."""
        network = client_network(request)
        try:
            if network is not None:
                self._buckets.take(network)
        except LimitReached as reached:
            return reached
        return None


class PayLimits:
    """The limits of the routes under /pay."""

    def __init__(self, clock: Clock) -> None:
        most, self._has_warned = addresses_remembered(), False
        self._addresses = TokenBuckets("address", requests_per_address_and_minute(), clock, most)
        self._tokens = TokenBuckets("token", requests_per_token_and_minute(), clock, most)
        self._intents = TokenBuckets("intent", intents_per_token_and_minute(), clock, most)
        self._files = TokenBuckets("file", files_per_token_and_minute(), clock, most)

    def check(self, request: web.Request, pay_token: str) -> None:
        """Raises LimitReached."""
        network = client_network(request)
        if network is None:
            self._warn()
        else:
            self._addresses.take(network)
        self._tokens.take(pay_token)

    def _warn(self) -> None:
        """Behind such a proxy one stranger would use up the requests of all customers."""
        if not self._has_warned:
            self._has_warned = True
            logger.warning("X-Forwarded-For names no customer: requests are limited for each pay link alone")

    def check_intent(self, pay_token: str) -> None:
        """Raises LimitReached."""
        self._intents.take(pay_token)

    def check_file(self, pay_token: str) -> None:
        """Raises LimitReached."""
        self._files.take(pay_token)


def client_network(request: web.Request) -> str | None:
    """The address a request comes from; an IPv6 one by its /64, which is what one household has. None: nobody knows."""
    address = customer_address(request)
    if isinstance(address, ipaddress.IPv6Address) and address not in TRANSLATED:
        return str(ipaddress.ip_network((int(address), 64), strict=False))
    return None if address is None else str(address)
