"""One event that cannot be recorded holds up none of the others."""

from checkout.errors import DatabaseAway
from checkout.model.events import ProviderEvent
from checkout.ports.payments import EventRecorder


class RecordAll:
    """An EventRecorder that goes on where one event fails. Who makes a round begins it, and checks it at the end."""

    def __init__(self, recorder: EventRecorder) -> None:
        self._recorder = recorder
        self._failed: Exception | None = None

    @property
    def has_failed(self) -> bool:
        return self._failed is not None

    def begin(self) -> None:
        self._failed = None

    async def record(self, event: ProviderEvent) -> bool:
        """As EventRecorder.record, but that an event which fails is no news. Raises DatabaseAway: no other one goes."""
        try:
            return await self._recorder.record(event)
        except DatabaseAway:
            raise
        except Exception as error:  # noqa: BLE001 -- raised by ``check``
            self._failed = error
            return False

    def check(self) -> None:
        """Raises what the last of those that failed has raised."""
        if self._failed is not None:
            raise self._failed
