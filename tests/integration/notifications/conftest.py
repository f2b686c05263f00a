"""What happened to mails is noted here."""

import pytest

from checkout.notifications.record_mail_status import RecordMailStatus
from db.storage import DatabaseStorage
from tests.support.clock import MovedClock
from tests.support.notifications import ADMIN, Wakes


@pytest.fixture
def wakes() -> Wakes:
    return Wakes()


@pytest.fixture
def note(storage: DatabaseStorage, clock: MovedClock, wakes: Wakes) -> RecordMailStatus:
    return RecordMailStatus(storage, clock, wakes, (ADMIN,))
