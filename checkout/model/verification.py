"""The verification code: made, hashed, and when it may be sent again. The plain code lives in one mail only."""

import base64
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from checkout import limits
from checkout.errors import LimitReached

SIX_DIGITS = re.compile(r"(?<![\w+])\d{6}(?!\w)")
DIGITS_IN_GROUPS = re.compile(r"(?<![\w+])\d(?:[ \u00a0–—-]{,3}\d)*(?!\w)")
ADDRESS_OR_LINK = re.compile(r"\S*(?:@|://)\S*")
LINK_PREFIX, LINK_OWNER, LINK_SECRET = "v_", 12, 32  # letters; of four bits each
LINK = re.compile(rf"{LINK_PREFIX}[a-p]{{{LINK_OWNER + LINK_SECRET}}}")
LONGEST_SKU = 32
NO_DIGITS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")  # six digits would pass for the code


@dataclass(frozen=True, slots=True)
class PendingCode:
    """What is kept of a code. ``expires_at`` in UTC."""

    telegram_user_id: int
    email: str
    code_hash: str
    expires_at: datetime
    attempts_left: int

    @property
    def beginning(self) -> str:
        """Enough of its hash to know it again."""
        return self.code_hash[:16]


@dataclass(frozen=True, slots=True)
class CodeSend:
    """One code that was sent, kept for the limits alone. ``request_id`` is what asked for it, where that can come
    again: the customer's update."""

    by_customer: bool
    to_mailbox: bool
    sent_at: datetime
    send_id: int = 0
    request_id: int | None = None


class Hasher:
    """HMACs under SECRET_KEY, each purpose with a prefix of its own."""

    def __init__(self, secret_key: str) -> None:
        self._keyed = hmac.new(secret_key.encode(), digestmod="sha256")  # half of the work for a short text

    def code(self, telegram_user_id: int, code: str) -> str:
        return self._digest(f"code:{telegram_user_id}:{code}").hex()

    def code_link(self, telegram_user_id: int, code_hash: str) -> str:
        """What a deep link carries in the place of the code: whose it is, and then of which code."""
        return self._link_owner(telegram_user_id) + self._letters(f"code-link:{code_hash}", LINK_SECRET)

    def is_own_link(self, telegram_user_id: int, link: str) -> bool:
        """Whether it was made for a code of this customer; of which one, its other half tells."""
        return hmac.compare_digest(self._link_owner(telegram_user_id), link[: len(LINK_PREFIX) + LINK_OWNER])

    def _link_owner(self, telegram_user_id: int) -> str:
        return LINK_PREFIX + self._letters(f"code-link-of:{telegram_user_id}", LINK_OWNER)

    def _letters(self, text: str, length: int) -> str:
        return self._digest(text).hex()[:length].translate(NO_DIGITS)

    def code_asked_by(self, request_id: int, telegram_user_id: int, email: str) -> str:
        """Six digits that nobody can guess, and the same again for a request that comes again."""
        digest = self._digest(f"code-asked-by:{request_id}:{telegram_user_id}:{email}")
        return f"{int.from_bytes(digest[:16]) % 1_000_000:06d}"

    def mailbox(self, key: str) -> str:
        return self._digest(f"mailbox:{key}").hex()

    def content(self, mail: bytes) -> str:
        """Of what holds a code: nobody can try all codes against it."""
        return self._digest_of(b"content:" + mail).hex()

    def pay_token(self, payment_id: str) -> str:
        """Unguessable, and the same again after a lost database: 43 URL-safe characters."""
        return base64.urlsafe_b64encode(self._digest(f"pay-link:{payment_id}")).rstrip(b"=").decode()

    def invoice(self, about: str) -> str:
        """Unguessable, and the same again for the same ``about``: 43 URL-safe characters."""
        return base64.urlsafe_b64encode(self._digest(f"invoice:{about}")).rstrip(b"=").decode()

    def proof(self, nonce: str) -> str:
        """Who answers with it has our SECRET_KEY."""
        return self._digest(f"proof:{nonce}").hex()

    def _digest(self, text: str) -> bytes:
        return self._digest_of(text.encode())

    def _digest_of(self, what: bytes) -> bytes:
        made = self._keyed.copy()
        made.update(what)
        return made.digest()


def new_code() -> str:
    """Six digits, all of a million equally likely."""
    return f"{secrets.randbelow(1_000_000):06d}"


def looks_like_link(payload: str) -> bool:
    """A deep link's payload that is longer than a sku can be: products that begin with the same letters are theirs."""
    return payload.startswith(LINK_PREFIX) and len(payload) > LONGEST_SKU


def read_link(payload: str) -> str | None:
    """None for one that has lost or gained letters on its way."""
    return payload if LINK.fullmatch(payload) else None


def read_code(text: str, *, within: bool = False) -> str | None:
    """The six digits in what a customer typed ("123 456", full-width digits), or None.

    With ``within`` they may stand in other words, the whole mail as it was copied, say, if no other six do.
    """
    compact = re.sub(r"[\s\-–—.]", "", text)
    if len(compact) == 6 and compact.isdecimal():
        found = {compact}
    else:
        found = _codes_within(text) if within and not text.startswith("/") else set()
    return "".join(str(int(digit)) for digit in found.pop()) if len(found) == 1 else None


def _codes_within(text: str) -> set[str]:
    """Those alone on their line, as in the mail, before others: an address in its foot may have a postal code. Digits
    in groups count where no six stand together: “my code is 123 456”."""
    words = ADDRESS_OR_LINK.sub(" ", text)
    alone = {line.strip() for line in words.splitlines() if SIX_DIGITS.fullmatch(line.strip())}
    if together := alone or set(SIX_DIGITS.findall(words)):
        return together
    return {run for one in DIGITS_IN_GROUPS.findall(words) if len(run := re.sub(r"\D", "", one)) == 6}


def budget_reached(of_all: Sequence[datetime], sends: Sequence[CodeSend], now: datetime) -> LimitReached | None:
    """``shop``, when all customers together were mailed so many codes within the hour: ``of_all``, the newest first.

    ``sends`` as for ``limit_reached``.
    """
    is_newcomer = sum(send.by_customer for send in sends) < limits.codes_of_a_newcomer()
    budget = limits.codes_of_all_and_hour() if is_newcomer else limits.codes_of_all_and_hour() // 2
    if len(of_all) < budget:
        return None
    return LimitReached("shop", max(60.0, (of_all[budget - 1] + timedelta(hours=1) - now).total_seconds()))


def limit_reached(sends: Sequence[CodeSend], now: datetime, *, is_confirmed: bool = True) -> LimitReached | None:
    """Which limit (``cooldown``, ``address`` or ``customer``) forbids a code at ``now``; None when one may be sent.

    ``sends`` are those of the last day by this customer or to this mailbox. ``is_confirmed`` tells that the
    customer has proven an address since; otherwise the first correction to another address need not pause.
    """
    own = [send for send in sends if send.by_customer]
    corrects = not is_confirmed and len(own) == 1 and not own[0].to_mailbox
    last = max((send.sent_at for send in sends if send.to_mailbox or not corrects), default=None)
    if last and now - last < limits.code_cooldown():
        return LimitReached("cooldown", (last + limits.code_cooldown() - now).total_seconds())
    hour, day = timedelta(hours=1), timedelta(days=1)
    to_mailbox = sorted(send.sent_at for send in sends if send.to_mailbox and now - send.sent_at < hour)
    if len(to_mailbox) >= limits.codes_per_address_and_hour():
        oldest = to_mailbox[-limits.codes_per_address_and_hour()]
        return LimitReached("address", (oldest + hour - now).total_seconds())
    by_customer = sorted(send.sent_at for send in sends if send.by_customer and now - send.sent_at < day)
    if len(by_customer) >= limits.codes_per_customer_and_day():
        oldest = by_customer[-limits.codes_per_customer_and_day()]
        return LimitReached("customer", (oldest + day - now).total_seconds())
    return None
