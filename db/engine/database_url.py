"""DATABASE_URL, read once: which database, and where."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from checkout.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """``file`` for SQLite; ``url`` for PostgreSQL. ``shown`` has no password."""

    url: str
    file: Path | None
    shown: str

    @property
    def sqlalchemy_url(self) -> str:
        if self.file is not None:
            return f"sqlite+aiosqlite:///{self.file}"
        return "postgresql+asyncpg" + self.url[self.url.index("://") :]


def parse_database_url(url: str) -> DatabaseUrl:
    """Raises InvalidInput unless it is ``sqlite:///path`` or ``postgresql://user:password@host/database``."""
    if url.startswith("sqlite:///"):
        path = url.removeprefix("sqlite:///")
        if path and not path.endswith("/") and path != ":memory:":
            return DatabaseUrl(url, Path(path), f"SQLite file {path}")
    parts = urlsplit(url)
    if parts.scheme in ("postgresql", "postgres") and parts.path.strip("/"):
        where = parts.hostname or "local socket"
        return DatabaseUrl(url, None, f"PostgreSQL {parts.path.strip('/')} on {where}")
    raise InvalidInput("must look like sqlite:///data/checkout.db or postgresql://user:password@host/database")
