"""`checkout-bot serve --wait`: a container that ended for want of settings would be started again and again."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from app.settings import SettingsError
from checkout.errors import CatalogError
from checkout.sentence import Said, t

T = TypeVar("T")
LOOK_AGAIN_SECONDS = 2.0


def once_set_up(read: Callable[[], T], refuse: Callable[[Said, Sequence[Said]], object]) -> T:
    """What ``read`` returns once neither settings nor catalogue are wrong; what is wrong is said once."""
    said: Sequence[Said] = ()
    while True:
        try:
            return read()
        except (SettingsError, CatalogError) as error:
            mistakes = error.lines if isinstance(error, CatalogError) else error.mistakes
        if mistakes != said:
            refuse(t("The shop is not set up yet, and waits. Run: checkout-bot setup"), mistakes)
            said = mistakes
        time.sleep(LOOK_AGAIN_SECONDS)
