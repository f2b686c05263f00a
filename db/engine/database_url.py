"""DATABASE_URL, read once: which database, and where."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from checkout.errors import InvalidInput

LOOKS = "must look like sqlite:///data/checkout.db or postgresql://user:password@host/database"
# What hosters print for libpq and asyncpg does not know: it would ask the server for settings of these names.
CLIENT_ONLY = {
    "channel_binding",
    "connect_timeout",
    "fallback_application_name",
    "gssencmode",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "load_balance_hosts",
    "pgbouncer",
    "requiressl",
    "sslcompression",
    "sslsni",
    "tcp_user_timeout",
}


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """``file`` for SQLite; ``url`` for PostgreSQL, as its driver understands it. ``shown`` has no password."""

    url: str
    file: Path | None
    shown: str


def parse_database_url(url: str) -> DatabaseUrl:
    """Raises InvalidInput unless it is ``sqlite:///path`` or ``postgresql://user:password@host/database``."""
    if url.startswith("sqlite:///"):
        path = url.removeprefix("sqlite:///")
        if path and not path.endswith("/") and path != ":memory:":
            return DatabaseUrl(url, Path(path), f"SQLite file {path}")
    try:
        parts = urlsplit(url)
        if "@" in parts.path + parts.query + parts.fragment:
            raise InvalidInput("has a password with / ? or # in it: there they are written %2F, %3F and %23")
        # A number where there is one host; otherwise it is a password with a slash, and no host behind it.
        is_complete = bool(parts.path.strip("/")) and ("," in parts.netloc or parts.port != 0)
    except ValueError:
        is_complete = False
    if not is_complete or parts.scheme not in ("postgresql", "postgres"):
        raise InvalidInput(LOOKS)
    return DatabaseUrl(
        _for_driver(url), None, f"PostgreSQL {parts.path.strip('/')} on {parts.hostname or 'local socket'}"
    )


def _for_driver(url: str) -> str:
    base, _, query = url.partition("?")
    given = parse_qsl(query, keep_blank_values=True)
    kept = [(name, value) for name, value in given if name not in CLIENT_ONLY]
    if kept == given:
        return url
    return f"{base}?{urlencode(kept)}" if kept else base
