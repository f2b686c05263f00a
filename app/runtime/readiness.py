"""Whether this process can do its work: the database answers, its schema is ours, nothing lies unsent for long."""

from datetime import timedelta

from checkout.ports.runtime import Clock
from db.engine.connection import Database, to_text
from db.maintenance.health import overdue_messages, schema_revision
from db.maintenance.migrate import newest_revision

# A minute of backoff and a minute of lease may pass in good health.
OVERDUE_ALARM = timedelta(minutes=10)


class Readiness:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._expected = newest_revision()

    async def __call__(self) -> dict[str, str]:
        """``ok`` or what is wrong, for each thing that must be right."""
        revision = await schema_revision(self._database)
        late = await overdue_messages(self._database, to_text(self._clock.now() - OVERDUE_ALARM))
        return {
            "database": "ok",
            "schema": "ok" if revision == self._expected else f"is at {revision}, {self._expected} is expected",
            "outbox": "ok" if not late else f"{late} messages wait for more than ten minutes",
        }
