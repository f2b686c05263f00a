"""checkout-bot: the commands."""

import argparse
import asyncio
import contextlib
import io
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from textwrap import fill

from app.command_words import COMMANDS, EXIT_CODES
from app.commands.waiting import once_set_up
from app.counted import counted
from app.settings import Settings, SettingsError, catalog_path, load_settings
from app.settings_values import duration
from checkout.errors import CatalogError, CheckoutError
from checkout.file_owner import in_words
from checkout.model.catalog import Catalog
from checkout.model.payment import Status
from db.engine.database_url import DatabaseUrl, parse_database_url
from db.maintenance.versions import this_version

log = logging.getLogger(__name__)
Command = Callable[[argparse.Namespace], int]
ASKS = "What helps: checkout-bot setup asks for what is missing; docs/settings.md says what each looks like."
READS = (
    "What helps: correct it and try checkout-bot check; where there is none yet, checkout-bot setup writes a first one."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """The entry point; returns the exit code."""
    _open_what_is_closed()
    _write_whatever_the_terminal_can()
    chosen = parser().parse_args(arguments)
    command: Command = chosen.command
    try:
        code = command(chosen)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # `| head` has read what it wanted; at its end Python would try once more
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except SettingsError as error:
        return _refuse("These settings must be mended (environment or .env):", [*error.mistakes, ASKS])
    except CatalogError as error:
        return _refuse("The catalogue must be mended:", [*str(error).splitlines(), READS])
    except CheckoutError as error:
        return _refuse("This could not be done:", str(error).splitlines())
    except OSError as error:  # a port that is taken, a folder that cannot be written
        return _refuse("This machine does not let it be done:", [in_words(error)])
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped by Ctrl-C.\n")
        return 130


def parser() -> argparse.ArgumentParser:
    """The whole command line; docs/commands.md is made of it."""
    whole = argparse.ArgumentParser(
        prog="checkout-bot",
        description="A checkout for a small seller on Telegram.",
        epilog="example: checkout-bot setup\nexit codes:\n" + "".join(f"  {c:<4} {w}\n" for c, w in EXIT_CODES.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    version = f"checkout-bot {this_version()}"
    whole.add_argument("--version", action="version", version=version)
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    for name, (add_arguments, command) in _COMMANDS.items():
        words = COMMANDS[name]
        one = commands.add_parser(
            name,
            help=words.says,
            description=fill(words.more, 100),
            epilog=words.epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        one.add_argument("--version", action="version", version=version, help=argparse.SUPPRESS)
        add_arguments(one)
        one.set_defaults(command=command)
    return whole


def _open_what_is_closed() -> None:
    """By whoever starts us: what is said leads nowhere then, and no file of ours gets a standard stream's number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 -- as long as the process


def _write_whatever_the_terminal_can() -> None:
    """A dash that KOI8-R does not have must not end the command: a question mark stands in its place."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            with contextlib.suppress(OSError):  # its descriptor leads elsewhere since it was opened
                stream.reconfigure(errors="replace")


def _no_arguments(_parser: argparse.ArgumentParser) -> None:
    pass


def _add_sandbox(sandbox: argparse.ArgumentParser) -> None:
    sandbox.add_argument(
        "--port", type=_port, default=0, help="where the desk listens (default: 8000 or the next free)"
    )
    sandbox.add_argument("--no-browser", action="store_true", help="do not open a browser")


def _add_serve(serve: argparse.ArgumentParser) -> None:
    serve.add_argument("--wait", action="store_true", help="while it is not set up yet, wait rather than end")


def _add_reconcile(reconcile: argparse.ArgumentParser) -> None:
    reconcile.add_argument(
        "--since", type=_since, default=None, metavar="3d", help="how far back (default: since the last time)"
    )


def _add_backup(backup: argparse.ArgumentParser) -> None:
    backup.add_argument("file", type=Path, metavar="FILE", help="where to; an older copy is replaced by a checked one")


def _add_copy(copy: argparse.ArgumentParser) -> None:
    copy.add_argument("old", type=_database, metavar="FROM", help="as DATABASE_URL has it; it stays as it is")
    copy.add_argument("new", type=_database, metavar="TO", help="likewise; made if it is a file that is not there")


def _add_export(export: argparse.ArgumentParser) -> None:
    export.add_argument(
        "--since", type=_since, default=None, metavar="30d", help="how far back they were made (default: all)"
    )
    export.add_argument("--status", choices=[one.value for one in Status], metavar="paid", help="only with this status")
    export.add_argument("file", metavar="FILE.csv", help="where to; - is the standard output")


def _add_doctor(doctor: argparse.ArgumentParser) -> None:
    doctor.add_argument(
        "--probe", action="store_true", help="make the smallest PaymentIntent, cancel it, and wait for its webhook"
    )
    doctor.add_argument("--json", action="store_true", help="for programs: id, state, finding and remedy of each check")


def _add_setup(setup: argparse.ArgumentParser) -> None:
    from app.setup.arguments import add_arguments

    add_arguments(setup)


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
    import bot.lazy_models  # noqa: F401 -- the stand-in of Telegram imports aiogram too
    from sandbox.start import run

    return asyncio.run(run(chosen.port, not chosen.no_browser))


def _serve(chosen: argparse.Namespace) -> int:
    settings, catalog = once_set_up(_settings_and_catalog, _refuse) if chosen.wait else _settings_and_catalog()
    # aiogram takes a second to import: whoever has a mistake in the settings hears of it at once.
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
    terminal.greet()
    from app.setup.run import set_up

    return asyncio.run(set_up(chosen_of(chosen), os.environ, Path.cwd(), terminal))


def _doctor(chosen: argparse.Namespace) -> int:
    from app.doctor.examine import examine

    logging.getLogger().addHandler(logging.NullHandler())  # what is found is said by itself
    return asyncio.run(examine(os.environ, Path.cwd(), _say, probe=chosen.probe, as_json=chosen.json))


def _check(_chosen: argparse.Namespace) -> int:
    """No other setting is asked for: this is for somebody who writes the catalogue."""
    path = catalog_path(os.environ, Path.cwd())
    catalog = _catalog(path)
    _say(f"{path}: {catalog.shop.name}, {counted(len(catalog.products), 'product')}. No mistakes.")
    return 0


def _settings_and_catalog() -> tuple[Settings, Catalog]:
    """Both are read before anything is said, so that every mistake comes at once. Raises SettingsError."""
    from app.runtime.logs import set_up_logging

    settings = load_settings(os.environ, Path.cwd())
    set_up_logging(settings.log_format, settings.log_level, settings.secrets)
    catalog = _catalog(settings.catalog)
    for warning in settings.warnings:  # last: whoever waits for a catalogue reads them once
        log.warning("%s", warning)
    return settings, catalog


def _catalog(path: Path) -> Catalog:
    """Raises CatalogError."""
    from messages.mail.receipt_fonts import receipt_warnings
    from messages.showable_catalog import load_showable_catalog

    catalog = load_showable_catalog(path)
    for warning in receipt_warnings(catalog):
        log.warning("%s: %s", path, warning)
    return catalog


def _refuse(heading: str, lines: Sequence[str]) -> int:
    sys.stderr.write(heading + "\n" + "".join(f"  {line}\n" for line in lines))
    return 1


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


_COMMANDS: Mapping[str, tuple[Callable[[argparse.ArgumentParser], None], Command]] = {
    "sandbox": (_add_sandbox, _sandbox),
    "serve": (_add_serve, _serve),
    "migrate": (_no_arguments, _migrate),
    "reconcile": (_add_reconcile, _reconcile),
    "backup": (_add_backup, _backup),
    "copy": (_add_copy, _copy),
    "export": (_add_export, _export),
    "setup": (_add_setup, _set_up),
    "doctor": (_add_doctor, _doctor),
    "check": (_no_arguments, _check),
}


if __name__ == "__main__":
    sys.exit(main())
