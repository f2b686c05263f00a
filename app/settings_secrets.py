"""What a secret must have before anything is trusted to it. No message repeats one."""

import base64
import math
import re
from collections import Counter
from itertools import groupby, pairwise

from checkout.errors import InvalidInput
from checkout.sentence import N_, Sentence, t

SHORTEST_KEY, KEY_BITS = 32, 60
SHORTEST_SIGNING_SECRET, SIGNING_BITS = 16, 40
SHORTEST_TOKEN = 8
FEW_STEPS = 1.5  # bits of each: what is made by chance has more of them
RUN = 4  # letters of each on the average: what is made by chance has half as many
KEYBOARD = "1234567890 qwertyuiop asdfghjkl zxcvbnm 1qaz 2wsx 3edc 4rfv 5tgb 6yhn 7ujm"

STRIPE_SIGNING = N_("the signing secret of the webhook endpoint, like whsec_... (see: checkout-bot setup)")
RESEND_SIGNING = N_("the signing secret of Resend's webhook, whole, like whsec_... (see: checkout-bot setup)")
NEW_KEY = N_('at least 32 random characters; python3 -c "import secrets; print(secrets.token_urlsafe(32))" makes some')
FOR_TELEGRAM = N_("8-256 random characters of A-Z a-z 0-9 _ -")


def must_be(looks: str) -> Sentence:
    """``looks`` is English, and one of the texts that have their Russian."""
    return t("must be {looks}", looks=Sentence(looks))


def signing_secrets(value: str) -> tuple[str, ...]:
    """Stripe's, of which there are several while one is being rolled. Raises InvalidInput."""
    parts = tuple(part.strip() for part in value.split(",") if part.strip())
    for part in parts:
        found = re.fullmatch(r"whsec_([A-Za-z0-9+/=_-]+)", part, re.ASCII)
        if found is None or _is_guessable(found[1].encode(), SHORTEST_SIGNING_SECRET, SIGNING_BITS):
            raise InvalidInput(must_be(STRIPE_SIGNING))
    if not parts:
        raise InvalidInput(must_be(STRIPE_SIGNING))
    return parts


def svix_secrets(value: str) -> tuple[str, ...]:
    """Resend's, of which there are several while one takes another's place. Raises InvalidInput."""
    parts = tuple(part.strip() for part in value.split(",") if part.strip())
    if not parts:
        raise InvalidInput(must_be(RESEND_SIGNING))
    return tuple(map(_svix_secret, parts))


def _svix_secret(value: str) -> str:
    """The key is what its base64 says."""
    encoded = value.removeprefix("whsec_")
    try:
        key = base64.b64decode(encoded, validate=True)
    except ValueError:
        key = b""
    if encoded == value or _is_guessable(key, SHORTEST_SIGNING_SECRET, SIGNING_BITS):
        raise InvalidInput(must_be(RESEND_SIGNING))
    return value


def secret_key(value: str) -> str:
    """Raises InvalidInput for one that is short, or that a list of words finds."""
    if len(value) < SHORTEST_KEY:
        raise InvalidInput(t("is too short with {n}; it must be {looks}", n=len(value), looks=Sentence(NEW_KEY)))
    if _is_guessable(value.encode(), SHORTEST_KEY, KEY_BITS):
        raise InvalidInput(t("can be guessed; it must be {looks}", looks=Sentence(NEW_KEY)))
    return value


def telegram_secret(value: str) -> str:
    """Raises InvalidInput for what Telegram does not take, and for what a stranger finds by trying.

    Nobody can try but over the network, and against Telegram's own addresses: eight signs made by chance are enough,
    though a few of them may be the same.
    """
    period = _period(value)
    once = value[:period] if len(value) - period >= RUN else value
    if not re.fullmatch(r"[A-Za-z0-9_-]{8,256}", value) or len(once) < SHORTEST_TOKEN or _is_a_pattern(once):
        raise InvalidInput(must_be(FOR_TELEGRAM))
    return value


def _is_a_pattern(text: str) -> bool:
    """Of one sign or two, of runs, of two that take turns (a1b2c3d4), or of one whose signs are repeated (aabbbccc)."""
    apart = "".join(sign for sign, _ in groupby(text))
    runs = min(_runs(text), _runs(text[::2]) + _runs(text[1::2]), 2 * _runs(apart))
    return len(set(text)) < 3 or RUN * runs <= len(text)


def _is_guessable(secret: bytes, shortest: int, bits: float) -> bool:
    return len(secret) < shortest or estimated_bits(secret) < bits


def estimated_bits(secret: bytes) -> float:
    """Shannon's estimate from how often each byte is there, or each step to the next where most are the same, as in an
    alphabet. Of what is repeated, one time counts."""
    unit = secret[: _period(secret)]
    steps = _bits_of_each(bytes((after - before) % 256 for before, after in pairwise(unit)))
    return len(unit) * (steps if steps < FEW_STEPS else _bits_of_each(unit))


def _bits_of_each(text: bytes) -> float:
    return -sum(count / len(text) * math.log2(count / len(text)) for count in Counter(text).values())


def _runs(text: str) -> int:
    """Of signs that are the same, or follow each other as in an alphabet (each or every second) or on a keyboard."""
    runs, going = 1, None
    for before, after in pairwise(text.lower()):
        ways = _ways(before, after)
        going = ways if going is None else going & ways
        if not going:
            runs, going = runs + 1, None
    return runs


def _ways(before: str, after: str) -> set[tuple[str, int]]:
    """How one leads to the other: so many letters further, or keys."""
    letters = ord(after) - ord(before)
    keys = [by for by, pair in ((1, before + after), (-1, after + before)) if pair in KEYBOARD]
    return {*(("letters", by) for by in [letters] if abs(by) <= 2), *(("keys", by) for by in keys)}


def _period(secret: bytes | str) -> int:
    """After how many bytes it begins again."""
    return next((size for size in range(1, len(secret)) if secret[size:] == secret[:-size]), len(secret))
