"""DATABASE_URL, read once: which database, and where."""

import os
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from checkout.errors import InvalidInput
from checkout.model.text import whole_path
from checkout.sentence import Said, t

LOOKS = t("must look like sqlite:///data/checkout.db or postgresql://user:password@host/database")
ONE_OF = {
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "target_session_attrs": ("any", "primary", "standby", "read-write", "read-only", "prefer-standby"),
}
FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
# libpq's parameters that the driver knows too. Any other it would ask the server for, as a setting of its own.
KNOWN = frozenset(
    """application_name database dbname gsslib host krbsrvname options passfile password port service sslcert sslcrl
    sslkey sslmode sslnegotiation sslpassword sslrootcert ssl_max_protocol_version ssl_min_protocol_version
    target_session_attrs user""".split()
)
# Those that make no difference here: hosters print them for libpq.
WITHOUT_EFFECT = frozenset(
    """channel_binding client_encoding connect_timeout fallback_application_name gssencmode hostaddr keepalives
    keepalives_count keepalives_idle keepalives_interval load_balance_hosts pgbouncer requiressl sslcertmode
    sslcompression sslsni tcp_user_timeout""".split()
)


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """``file`` for SQLite; ``url`` for PostgreSQL, as its driver understands it. ``shown`` has no password."""

    url: str
    file: Path | None
    shown: Said


def parse_database_url(url: str) -> DatabaseUrl:
    """Raises InvalidInput unless it is ``sqlite:///path`` or ``postgresql://user:password@host/database``."""
    if url.startswith("sqlite:///"):
        path = _path(url.removeprefix("sqlite:///"))
        if path and not path.endswith("/") and path != ":memory:":
            return DatabaseUrl(url, Path(path), t("SQLite file {path}", path=path))
    try:
        parts = urlsplit(url)
        if parts.netloc.count("@") > 1 or "@" in parts.path + parts.query + parts.fragment:
            raise InvalidInput(t("has a password with @ / ? or # in it: there they are written %40, %2F, %3F and %23"))
        hosts = parts.netloc.rpartition("@")[2].split(",")
        # What is no number is a password with a slash, and no host behind it.
        ports = [urlsplit(f"//{host}").port for host in hosts]
        is_complete = bool(parts.path.strip("/")) and 0 not in ports and (len(hosts) == 1 or all(hosts))
    except ValueError:
        is_complete = False
    if not is_complete or parts.scheme not in ("postgresql", "postgres"):
        raise InvalidInput(LOOKS)
    name, host = parts.path.strip("/"), parts.hostname or t("local socket")
    return DatabaseUrl(_for_driver(url), None, t("PostgreSQL {name} on {host}", name=name, host=host))


def _path(written: str) -> str:
    """As in every address: ``%20`` is a space, and what is behind a question mark is no part of the path."""
    if "?" in written:
        raise InvalidInput(t("has a ? in it: a SQLite file takes no parameters, and in its name a ? is written %3F"))
    path = unquote(written)
    if "\0" in path:
        raise InvalidInput(LOOKS)
    whole_path(path)
    return path


def _for_driver(url: str) -> str:
    """Raises InvalidInput for a parameter that would be misunderstood."""
    base, _, query = url.partition("?")
    given = parse_qsl(query, keep_blank_values=True)
    for name, value in given:
        if name not in KNOWN | WITHOUT_EFFECT:
            raise InvalidInput(t("has the parameter {name!r}, which is not known here: take it out", name=name[:40]))
        allowed = ONE_OF.get(name, (value,))
        if not value:
            raise InvalidInput(t("has a wrong {name}: it is empty", name=name))
        if value not in allowed:
            raise InvalidInput(t("has a wrong {name}: it may be {allowed}", name=name, allowed=" ".join(allowed)))
    kept = [(name, _understood(name, value)) for name, value in given if name not in WITHOUT_EFFECT]
    if kept == given:
        return url
    return f"{base}?{urlencode(kept)}" if kept else base


def _understood(name: str, value: str) -> str:
    """libpq takes the word for the certificates of this machine, the driver wants their file."""
    if (name, value) != ("sslrootcert", "system"):
        return value
    return ssl.get_default_verify_paths().cafile or ssl.get_default_verify_paths().openssl_cafile


def missing_file(address: DatabaseUrl) -> str:
    """Which of the files that it names is not there, with its parameter; empty where all are. A password may begin with
    a slash, too."""
    given = dict(parse_qsl(urlsplit(address.url).query))
    named = {name: at for name, at in given.items() if name in FILES or (name == "host" and at.startswith("/"))}
    return next((f"{name} is {path}" for name, path in named.items() if not os.path.exists(path)), "")
