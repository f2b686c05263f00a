"""Which version of the program a schema needs. The database keeps this too, for programs older than itself."""

from importlib.metadata import PackageNotFoundError, version

from checkout.errors import CheckoutError

# The first version that knows each revision. A new revision adds its line.
PROGRAM_VERSIONS = {
    "0001": "0.1.0",
    "0002": "0.1.0",
    "0003": "0.1.0",
    "0004": "0.1.0",
    "0005": "0.1.0",
    "0006": "0.1.0",
    "0007": "0.1.0",
    "0008": "0.1.0",
    "0009": "0.1.0",
    "0010": "0.1.0",
    "0011": "0.1.0",
    "0012": "0.1.0",
    "0013": "0.1.0",
    "0014": "0.1.0",
    "0015": "0.1.0",
    "0016": "0.1.0",
    "0017": "0.1.0",
    "0018": "0.1.0",
}


class SchemaTooNew(CheckoutError):
    """A newer program has brought the schema further than this one knows; the message says which is needed."""


def this_version() -> str:
    try:
        return version("checkout-bot")
    except PackageNotFoundError:
        return "not installed"


def too_new(database: str, revision: str, needed: str | None) -> SchemaTooNew:
    """``needed`` as the database tells it, None where it does not know."""
    wanted = f"checkout-bot {needed} or newer" if needed else "a newer checkout-bot"
    return SchemaTooNew(f"{database} is at schema {revision}, which needs {wanted}; this is {this_version()}")
