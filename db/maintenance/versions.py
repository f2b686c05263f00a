"""Which version of the program a schema needs. The database keeps this too, for programs older than itself."""

import re
from importlib.metadata import PackageNotFoundError, version

from checkout.errors import CheckoutError
from checkout.sentence import Said, t

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


def too_new(database: Said, revision: str, needed: str | None) -> SchemaTooNew:
    """``needed`` as the database tells it, None where it does not know."""
    this = this_version()
    if needed and _numbers(needed) > _numbers(this):
        words = t(
            "{database} is at schema {at}, which needs checkout-bot {needed} or newer; this is {this}",
            database=database,
            at=revision,
            needed=needed,
            this=this,
        )
        return SchemaTooNew(words)
    # Between two versions the schema goes on and the number does not, so that no number tells the two apart.
    words = t(
        "{database} is at schema {at}, which this checkout-bot ({this}) does not know yet: a newer state of the program"
        " has brought it there. Install that one again, or restore the backup from before the update",
        database=database,
        at=revision,
        this=this,
    )
    return SchemaTooNew(words)


def _numbers(version: str) -> list[int]:
    """None of them where this program is not installed: then it is older than any."""
    return [int(number) for number in re.findall(r"\d+", version)]
