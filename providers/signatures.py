"""Signed webhooks: read strictly, so that the time that is checked is the very one that was signed."""

import base64
import hmac
import re
from collections.abc import Callable, Iterable, Sequence

from checkout import limits
from checkout.errors import InvalidInput
from checkout.ports.runtime import Clock
from checkout.values import value

# No sign, space, underscore or leading zero: what int() takes as well would be another text for the same number.
TIME = re.compile(r"[1-9][0-9]{0,11}", re.ASCII)
STRIPE_ITEM = r"([a-z][a-z0-9]{0,15})=([A-Za-z0-9+/_-]{1,200}={0,2})"
STRIPE_ITEMS = re.compile(rf"{STRIPE_ITEM}(?:,{STRIPE_ITEM})*", re.ASCII)
STRIPE_SIGNATURE = re.compile(r"[0-9a-f]{64}", re.ASCII)
# As Stripe writes it while no secret is being rolled.
STRIPE_USUAL = re.compile(r"t=([1-9][0-9]{0,11}),v1=([0-9a-f]{64})(?:,v0=[0-9a-f]{64})?", re.ASCII)
# Without a full stop: it parts the id from the time in what is signed.
SVIX_ID = re.compile(r"[A-Za-z0-9_-]{1,200}", re.ASCII)
SVIX_ITEM = r"(v[0-9]{1,2}a?),([A-Za-z0-9+/]{1,200}={0,2})"
SVIX_ITEMS = re.compile(rf"{SVIX_ITEM}(?: {SVIX_ITEM})*", re.ASCII)
LONGEST = 4096  # sixty signatures: nobody rolls so many secrets, and whoever may write anything writes more


@value(frozen=True, slots=True)
class Signature:
    """What a request's headers say of its body. ``signed_at`` in whole seconds since 1970; ``prefix`` goes before the
    body in what is signed; ``given`` are the signatures, several while a secret is being rolled."""

    signed_at: int
    prefix: bytes
    given: tuple[str, ...]
    event_id: str = ""

    def check_age(self, clocks: Iterable[Clock]) -> None:
        """Raises InvalidInput for one from too long before now, or after, by all ``clocks``."""
        for clock in clocks:
            if abs(clock.now().timestamp() - self.signed_at) <= limits.webhook_tolerance().total_seconds():
                return
        raise InvalidInput("the signature is too old or from the future")

    def check_body(self, body: bytes, keys: Iterable[hmac.HMAC], written: Callable[[bytes], str]) -> None:
        """Raises InvalidInput when none of ``keys`` made one of the signatures; ``written`` is how they are written."""
        signed = self.prefix + body
        for key in keys:
            made = key.copy()
            made.update(signed)
            expected = written(made.digest())
            for one in self.given:
                if hmac.compare_digest(expected, one):
                    return
        raise InvalidInput("the signature does not match")


def keyed(key: bytes) -> hmac.HMAC:
    """A key, made ready once for all that is signed with it."""
    return hmac.new(key, digestmod="sha256")


def as_hex(digest: bytes) -> str:
    """As Stripe writes a signature."""
    return digest.hex()


def as_base64(digest: bytes) -> str:
    """As Svix writes one for Resend."""
    return base64.b64encode(digest).decode()


def stripe_signature(header: str) -> Signature:
    """Reads ``Stripe-Signature``. Raises InvalidInput for one that is missing or malformed, or says anything twice
    but ``v1``."""
    if usual := STRIPE_USUAL.fullmatch(header):
        return Signature(int(usual[1]), f"{usual[1]}.".encode(), (usual[2],))
    is_read = len(header) <= LONGEST and STRIPE_ITEMS.fullmatch(header)
    items = re.findall(STRIPE_ITEM, header) if is_read else []
    signed_at, given = _values(items, "t"), _values(items, "v1")
    named_once = [name for name, _ in items if name != "v1"]
    if len(named_once) != len(set(named_once)) or not all(map(STRIPE_SIGNATURE.fullmatch, given)):
        raise InvalidInput("the Stripe-Signature header is malformed")
    if not (given and signed_at and TIME.fullmatch(signed_at[0])):
        raise InvalidInput("the Stripe-Signature header is missing or malformed")
    return Signature(int(signed_at[0]), f"{signed_at[0]}.".encode(), given)


def svix_signature(event_id: str, signed_at: str, header: str) -> Signature:
    """Reads the three headers of Svix. Raises InvalidInput where one is missing or malformed."""
    is_read = len(header) <= LONGEST and SVIX_ITEMS.fullmatch(header)
    given = _values(re.findall(SVIX_ITEM, header), "v1") if is_read else ()
    if not (given and SVIX_ID.fullmatch(event_id) and TIME.fullmatch(signed_at)):
        raise InvalidInput("the Svix headers are missing or malformed")
    return Signature(int(signed_at), f"{event_id}.{signed_at}.".encode(), given, event_id)


def _values(items: Sequence[tuple[str, str]], name: str) -> tuple[str, ...]:
    return tuple(value for named, value in items if named == name)
