"""Errors of the domain. Each carries what its caller must decide next.

CheckoutError
├── InvalidInput            the sender can mend it: say what is wrong
│   ├── InvalidEmail
│   ├── InvalidAmount
│   └── CatalogError        stops the start; names file, key and reason
├── NotFound                unknown token, payment or product
├── LimitReached            carries retry_after (seconds)
├── LinkExpired             the pay link is past its time
├── NotOnSale               no money is taken for it
├── AlreadyPaid             nothing more to pay
├── NotPaid                 there is no receipt yet
├── CannotRefund            carries why, and what is left (minor units)
├── AddressChanged          carries the address that the payment has now
├── StaleWrite              somebody else moved the row first: read again
├── DatabaseAway            nothing can be read or kept now: do the whole step again later
└── ServiceError            a provider did not do it; carries retry_after and permanent
    ├── ServiceUnavailable  try again later: nothing is known to have happened
    │   ├── AskedToWait     it answers: this one request comes again later
    │   │   └── SenderRefused   this mail's sender may not send any more; carries the one who may
    │   ├── AnswerKept      it repeats a failure of its own: only another key leads further
    │   └── OwnTrouble      this one message comes again later, nobody else waits
    │       └── UploadBroken    a large one did not get through
    └── ServiceRefused      the same request will be refused again
        ├── PaymentRefused  by Stripe: carries what must be mended first
        ├── RecipientUnreachable  nobody takes this one message
        └── KeyTaken        its key carried something else before: this has not left
"""

from collections.abc import Sequence
from enum import StrEnum

from checkout.sentence import Said, joined


class CheckoutError(Exception):
    """Something the caller has to decide about."""


class InvalidInput(CheckoutError):
    """The sender can mend what was sent."""


class InvalidEmail(InvalidInput):
    """This is not an e-mail address that mail can be sent to."""


class InvalidAmount(InvalidInput):
    """This is not an amount that can be charged in its currency.

    ``why`` is one of ``no_number``, ``other_currency``, ``decimals``, ``not_above_zero``, ``too_large``, ``too_small``
    and ``currency`` (there is no such one).
    """

    def __init__(self, why: str, message: Said) -> None:
        super().__init__(message)
        self.why = why


class CatalogError(InvalidInput):
    """The catalogue cannot be used; ``lines`` name file, line, product, key and reason, one for each mistake.

    ``mistakes`` are keys and reasons alone, where the file could be read.
    """

    def __init__(self, lines: Sequence[Said], mistakes: Sequence[Said] = ()) -> None:
        super().__init__(joined("\n", lines))
        self.lines, self.mistakes = lines, mistakes


class NotFound(CheckoutError):
    """There is no such thing."""


class LimitReached(CheckoutError):
    """Too often. ``retry_after`` is in seconds; ``limit`` names which limit it was.

    ``last_still_works``: of a code, that the one before can be typed.
    """

    def __init__(self, limit: str, retry_after: float, *, last_still_works: bool = False) -> None:
        super().__init__(f"{limit}: try again in {retry_after:.0f} s")
        self.limit = limit
        self.retry_after = retry_after
        self.last_still_works = last_still_works


class LinkExpired(CheckoutError):
    """The pay link is past its time."""


class NotOnSale(CheckoutError):
    """The product is sold out, has left the catalogue, or could not be delivered now."""


class AlreadyPaid(CheckoutError):
    """The payment is paid; there is nothing more to pay."""


class NotPaid(CheckoutError):
    """The payment is not paid: there is no receipt of it."""


class CannotRefund(CheckoutError):
    """Nothing is asked of the provider. ``left`` is what could be given back, in minor units of ``currency``.

    ``why`` is one of ``not_paid``, ``under_review``, ``paid_twice``, ``nothing_left``, ``on_its_way`` (what is left
    is being given back already), ``more_than_left`` and ``changed`` (something else has gone back since it was asked).
    """

    def __init__(self, why: str, payment_id: str, left: int = 0, currency: str = "") -> None:
        super().__init__(f"payment {payment_id} cannot be refunded: {why}")
        self.why = why
        self.payment_id = payment_id
        self.left = left
        self.currency = currency


class AddressChanged(CheckoutError):
    """The payment's address is another one than was asked about. ``email`` is the one of now."""

    def __init__(self, email: str) -> None:
        super().__init__("the payment's address is another one by now")
        self.email = email


class StaleWrite(CheckoutError):
    """The row was moved by somebody else since it was read."""


class DatabaseAway(CheckoutError):
    """The database did not answer. Whether what was being committed is kept is not known."""


class GoneBack(DatabaseAway):
    """The database is in an older state than it was, or may be: it is begun anew with."""


class ServiceError(CheckoutError):
    """A provider did not do what it was asked.

    ``retry_after`` is in seconds, None when the provider did not say; ``permanent`` tells that the same
    request will be refused again; ``code`` is the provider's own word for the reason.
    """

    permanent = False

    def __init__(self, message: Said, *, code: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after


class ServiceUnavailable(ServiceError):
    """The provider cannot be reached, did not answer in time, or asked to wait."""


class AskedToWait(ServiceUnavailable):
    """The provider answers and asks to come again later.

    ``everyone`` tells that this holds for all requests; otherwise it may be about this recipient alone.
    """

    def __init__(
        self, message: str, *, code: str = "", retry_after: float | None = None, everyone: bool = False
    ) -> None:
        super().__init__(message, code=code, retry_after=retry_after)
        self.everyone = everyone


class SenderRefused(AskedToWait):
    """The sender that is stored with the mail may not send any more. ``present`` is the shop's sender now."""

    def __init__(self, message: str, *, code: str, present: str) -> None:
        super().__init__(message, code=code)
        self.present = present


class AnswerKept(ServiceUnavailable):
    """A failure of the provider's own, which it repeats to whoever asks again under the same key.

    Whether the first request was carried out is not known.
    """


class OwnTrouble(ServiceUnavailable):
    """Of this one message: that tells nothing of the service, and nobody else waits.

    ``is_unclear`` tells that all of it had been handed over: it may have arrived.
    """

    def __init__(self, message: str, *, code: str = "", is_unclear: bool = False) -> None:
        super().__init__(message, code=code)
        self.is_unclear = is_unclear


class UploadBroken(OwnTrouble):
    """A large message broke off, or nobody answered it."""


class ServiceRefused(ServiceError):
    """The provider understood the request and will not do it."""

    permanent = True

    @property
    def is_missing(self) -> bool:
        """What was asked about is nothing of the provider's: it is another account's, or of the other mode."""
        return self.code == "resource_missing"


class RefusalArea(StrEnum):
    """What must be mended: the secret key, the account or the key's permissions, a price, the payment methods of a
    currency, or only this one request."""

    KEY = "key"
    ACCOUNT = "account"
    AMOUNT = "amount"
    METHODS = "methods"
    REQUEST = "request"


class PaymentRefused(ServiceRefused):
    """The payment provider will not do it. ``area`` is what must be mended first, ``words`` are the provider's."""

    def __init__(self, message: str, area: RefusalArea, words: str, *, code: str) -> None:
        super().__init__(message, code=code)
        self.area = area
        self.words = words


class RecipientUnreachable(ServiceRefused):
    """The recipient of this one message cannot be reached (blocked the bot, address refused)."""


class KeyTaken(ServiceRefused):
    """The provider took something else under this key before. Nothing of what was asked for now has left."""
