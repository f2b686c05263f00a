"""A shop that is well in every respect, running against the stand-ins."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.doctor.patient import Patient, patient_of
from tests.support.shop import running_shop


@pytest.fixture
async def patient(tmp_path: Path) -> AsyncIterator[Patient]:
    async with running_shop() as shop:
        yield patient_of(shop, tmp_path)
