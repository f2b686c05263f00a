"""checkout-bot: the commands."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from app.commands.waiting import once_set_up
from app.settings import Settings, SettingsError, load_settings
from app.settings_values import duration
from checkout.errors import CatalogError, CheckoutError
from checkout.model.catalog import Catalog, load_catalog
from checkout.model.payment import Status
from db.engine.database_url import DatabaseUrl, parse_database_url
from db.maintenance.versions import this_version

log = logging.getLogger(__name__)
Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """The entry point; returns the exit code."""
    chosen = _parser().parse_args(arguments)
    command: Command = chosen.command
    try:
        return command(chosen)
    except SettingsError as error:
        return _refuse("These settings must be mended (environment or .env):", error.mistakes)
    except CatalogError as error:
        return _refuse("The catalogue must be mended:", str(error).splitlines())
    except CheckoutError as error:
        return _refuse("This could not be done:", str(error).splitlines())
    except OSError as error:  # a port that is taken, a folder that cannot be written
        return _refuse("This machine does not let it be done:", [str(error)])
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="checkout-bot", description="A checkout for a small seller on Telegram.")
    parser.add_argument("--version", action="version", version=f"checkout-bot {this_version()}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    sandbox = commands.add_parser("sandbox", help="try everything on this machine, without accounts or money")
    sandbox.add_argument(
        "--port", type=_port, default=0, help="where the desk listens (default: 8000 or the next free)"
    )
    sandbox.add_argument("--no-browser", action="store_true", help="do not open a browser")
    sandbox.set_defaults(command=_sandbox)
    serve = commands.add_parser("serve", help="run the shop")
    serve.add_argument("--wait", action="store_true", help="while it is not set up yet, wait rather than end")
    serve.set_defaults(command=_serve)
    commands.add_parser("migrate", help="bring the database to the newest schema").set_defaults(command=_migrate)
    reconcile = commands.add_parser("reconcile", help="ask Stripe for what the database has not seen")
    reconcile.add_argument(
        "--since", type=_since, default=None, metavar="3d", help="how far back (default: since the last time)"
    )
    reconcile.set_defaults(command=_reconcile)
    backup = commands.add_parser("backup", help="copy the SQLite database while the shop is open")
    backup.add_argument("file", type=Path, metavar="FILE", help="where to; an older copy is replaced by a checked one")
    backup.set_defaults(command=_backup)
    _add_copy(commands.add_parser("copy", help="move the shop to another database, SQLite or PostgreSQL"))
    export = commands.add_parser("export", help="write the payments into a CSV file")
    export.add_argument(
        "--since", type=_since, default=None, metavar="30d", help="how far back they were made (default: all)"
    )
    export.add_argument("--status", choices=[one.value for one in Status], metavar="paid", help="only with this status")
    export.add_argument("file", metavar="FILE.csv", help="where to; - is the standard output")
    export.set_defaults(command=_export)
    _add_setup(
        commands.add_parser("setup", help="from nothing to a shop: asks, checks, writes .env, tells the services")
    )
    _add_doctor(commands.add_parser("doctor", help="look at settings and states, and say how to mend what is wrong"))
    commands.add_parser("check", help="read the catalogue and name every mistake in it").set_defaults(command=_check)
    return parser


def _add_doctor(doctor: argparse.ArgumentParser) -> None:
    doctor.description = (
        "Asks the real services about every setting, and looks at what has happened. Exit code: 0 all is well, "
        "1 something is to be mended, 2 something could not be looked at."
    )
    doctor.epilog = "example: checkout-bot doctor --probe"
    doctor.add_argument(
        "--probe", action="store_true", help="make the smallest PaymentIntent, cancel it, and wait for its webhook"
    )
    doctor.add_argument("--json", action="store_true", help="for programs: id, state, finding and remedy of each check")
    doctor.set_defaults(command=_doctor)


def _add_copy(copy: argparse.ArgumentParser) -> None:
    copy.description = (
        "Copies a whole database into an empty one, SQLite and PostgreSQL in either direction, and compares the two. "
        "Stop the shop first; nobody is told anything. Keep a password in PGPASSWORD rather than in an address."
    )
    copy.epilog = "example: checkout-bot copy sqlite:///data/checkout.db postgresql://checkout@localhost/checkout"
    copy.add_argument("old", type=_database, metavar="FROM", help="as DATABASE_URL has it; it stays as it is")
    copy.add_argument("new", type=_database, metavar="TO", help="likewise; made if it is a file that is not there")
    copy.set_defaults(command=_copy)


def _add_setup(setup: argparse.ArgumentParser) -> None:
    from app.setup.arguments import add_arguments

    add_arguments(setup)
    setup.set_defaults(command=_set_up)


def _database(text: str) -> DatabaseUrl:
    try:
        return parse_database_url(text)
    except CheckoutError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _since(text: str) -> timedelta:
    try:
        return duration(text)
    except CheckoutError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65535:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65534")
    return int(text)


def _sandbox(chosen: argparse.Namespace) -> int:
    from sandbox.start import run

    return asyncio.run(run(chosen.port, not chosen.no_browser))


def _serve(chosen: argparse.Namespace) -> int:
    settings, catalog = once_set_up(_settings_and_catalog, _refuse) if chosen.wait else _settings_and_catalog()
    # aiogram takes seconds to import: whoever has a mistake in the settings hears of it at once.
    from app.commands.serve import serve

    return asyncio.run(serve(settings, catalog))


def _migrate(_chosen: argparse.Namespace) -> int:
    from db.maintenance.migrate import migrate

    settings, _ = _settings_and_catalog()
    revision = asyncio.run(migrate(settings.database))
    _say(f"{settings.database.shown} is at revision {revision}.")
    return 0


def _reconcile(chosen: argparse.Namespace) -> int:
    settings, catalog = _settings_and_catalog()
    from app.commands.reconcile import reconcile

    return asyncio.run(reconcile(settings, catalog, chosen.since, _say))


def _backup(chosen: argparse.Namespace) -> int:
    from app.commands.backup import back_up

    # No catalogue is asked for: a mistake in it must not stop the nightly copy.
    settings = load_settings(os.environ, Path.cwd())
    return back_up(settings.database, chosen.file, _say)


def _copy(chosen: argparse.Namespace) -> int:
    from app.commands.copy import copy

    return copy(chosen.old, chosen.new, _say)


def _export(chosen: argparse.Namespace) -> int:
    from app.commands.export import Chosen, export

    # No catalogue is asked for: the payments are read even when it has a mistake.
    settings = load_settings(os.environ, Path.cwd())
    status = Status(chosen.status) if chosen.status else None
    return export(settings.database, Chosen(chosen.file, chosen.since, status), _say)


def _set_up(chosen: argparse.Namespace) -> int:
    from app.setup.arguments import chosen_of
    from app.setup.terminal import Terminal

    terminal = Terminal(sys.stdin, sys.stdout, os.environ)
    terminal.line(
        terminal.t("This sets up a shop. Each answer is written down at once: Ctrl-C and again does no harm.")
    )
    # aiogram takes seconds to import: the first line comes before.
    from app.setup.run import set_up

    return asyncio.run(set_up(chosen_of(chosen), os.environ, Path.cwd(), terminal))


def _doctor(chosen: argparse.Namespace) -> int:
    from app.doctor.examine import examine

    logging.getLogger().addHandler(logging.NullHandler())  # what is found is said by itself
    return asyncio.run(examine(os.environ, Path.cwd(), _say, probe=chosen.probe, as_json=chosen.json))


def _check(_chosen: argparse.Namespace) -> int:
    """No other setting is asked for: this is for somebody who writes the catalogue."""
    path = Path(os.environ.get("CATALOG") or "catalog.toml")
    catalog = _printable(path, load_catalog(path))
    _say(f"{path}: {catalog.shop.name}, {len(catalog.products)} products. No mistakes.")
    return 0


def _settings_and_catalog() -> tuple[Settings, Catalog]:
    """Both are read before anything is said, so that every mistake comes at once. Raises SettingsError."""
    from app.runtime.logs import set_up_logging

    settings = load_settings(os.environ, Path.cwd())
    set_up_logging(settings.log_format, settings.log_level, settings.secrets)
    for warning in settings.warnings:
        log.warning("%s", warning)
    return settings, _printable(settings.catalog, load_catalog(settings.catalog))


def _printable(path: Path, catalog: Catalog) -> Catalog:
    """Raises CatalogError where the receipt could not be read: whoever has paid needs it."""
    from messages.mail.receipt_fonts import receipt_mistakes, receipt_warnings

    if mistakes := receipt_mistakes(catalog):
        raise CatalogError("\n".join(f"{path}: {mistake}" for mistake in mistakes))
    for warning in receipt_warnings(catalog):
        log.warning("%s: %s", path, warning)
    return catalog


def _refuse(heading: str, lines: Sequence[str]) -> int:
    sys.stderr.write(heading + "\n" + "".join(f"  {line}\n" for line in lines))
    return 1


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
