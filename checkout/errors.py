"""Errors of the domain. Each carries what its caller must decide next.

CheckoutError
├── InvalidInput            the sender can mend it: say what is wrong
│   ├── InvalidEmail
│   ├── InvalidAmount
│   └── CatalogError        stops the start; names file, key and reason
├── NotFound                unknown token, payment or product
├── LimitReached            carries retry_after (seconds)
├── LinkExpired             the pay link is past its time
├── AlreadyPaid             nothing more to pay
├── StaleWrite              somebody else moved the row first: read again
└── ServiceError            a provider did not do it; carries retry_after and permanent
    ├── ServiceUnavailable  try again later: nothing is known to have happened
    └── ServiceRefused      the same request will be refused again
"""


class CheckoutError(Exception):
    """Something the caller has to decide about."""


class InvalidInput(CheckoutError):
    """The sender can mend what was sent."""


class InvalidEmail(InvalidInput):
    """This is not an e-mail address that mail can be sent to."""


class InvalidAmount(InvalidInput):
    """This is not an amount that can be charged in its currency."""


class CatalogError(InvalidInput):
    """The catalogue cannot be used; the message names the key and the reason."""


class NotFound(CheckoutError):
    """There is no such thing."""


class LimitReached(CheckoutError):
    """Too often. ``retry_after`` is in seconds; ``limit`` names which limit it was."""

    def __init__(self, limit: str, retry_after: float) -> None:
        super().__init__(f"{limit}: try again in {retry_after:.0f} s")
        self.limit = limit
        self.retry_after = retry_after


class LinkExpired(CheckoutError):
    """The pay link is past its time."""


class AlreadyPaid(CheckoutError):
    """The payment is paid; there is nothing more to pay."""


class StaleWrite(CheckoutError):
    """The row was moved by somebody else since it was read."""


class ServiceError(CheckoutError):
    """A provider did not do what it was asked.

    ``retry_after`` is in seconds, None when the provider did not say; ``permanent`` tells that the same
    request will be refused again; ``code`` is the provider's own word for the reason.
    """

    permanent = False

    def __init__(self, message: str, *, code: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after


class ServiceUnavailable(ServiceError):
    """The provider cannot be reached, did not answer in time, or asked to wait."""


class ServiceRefused(ServiceError):
    """The provider understood the request and will not do it."""

    permanent = True


class RecipientUnreachable(ServiceRefused):
    """The recipient of this one message cannot be reached (blocked the bot, address refused)."""
