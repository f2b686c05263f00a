"""The command line: what can be asked for, and what each command takes."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import fill
from typing import TypeVar

from app.command_words import COMMANDS, EXIT_CODES
from app.settings_values import duration
from app.setup.arguments import add_arguments
from checkout.errors import CheckoutError
from checkout.model.payment import Status
from db.engine.database_url import parse_database_url
from db.maintenance.versions import this_version

_Parsed = TypeVar("_Parsed")


def parser() -> argparse.ArgumentParser:
    """The whole of it; docs/commands.md is made of it. ``command`` of what it reads is the command's name."""
    whole = argparse.ArgumentParser(
        prog="checkout-bot",
        description="A checkout for a small seller on Telegram.",
        epilog="example: checkout-bot setup\nexit codes:\n" + "".join(f"  {c:<4} {w}\n" for c, w in EXIT_CODES.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    version = f"checkout-bot {this_version()}"
    whole.add_argument("--version", action="version", version=version)
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, words in COMMANDS.items():
        one = commands.add_parser(
            name,
            help=words.says,
            description=fill(words.more, 100),
            epilog=words.epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        one.add_argument("--version", action="version", version=version, help=argparse.SUPPRESS)
        if name in _ARGUMENTS:
            _ARGUMENTS[name](one)
    return whole


def _checked(parse: Callable[[str], _Parsed]) -> Callable[[str], _Parsed]:
    """Says in its own words what is wrong, as argparse takes it."""

    def read(text: str) -> _Parsed:
        try:
            return parse(text)
        except CheckoutError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


_since, _database = _checked(duration), _checked(parse_database_url)


def _sandbox(sandbox: argparse.ArgumentParser) -> None:
    sandbox.add_argument(
        "--port", type=_port, default=0, help="where the desk listens (default: 8000 or the next free)"
    )
    sandbox.add_argument("--no-browser", action="store_true", help="do not open a browser")


def _serve(serve: argparse.ArgumentParser) -> None:
    serve.add_argument("--wait", action="store_true", help="while it is not set up yet, wait rather than end")


def _reconcile(reconcile: argparse.ArgumentParser) -> None:
    reconcile.add_argument(
        "--since",
        type=_since,
        default=None,
        metavar="3d",
        help="how far back at least (default: since the last time)",
    )


def _backup(backup: argparse.ArgumentParser) -> None:
    backup.add_argument("file", type=Path, metavar="FILE", help="where to; an older copy is replaced by a checked one")


def _copy(copy: argparse.ArgumentParser) -> None:
    copy.add_argument("old", type=_database, metavar="FROM", help="as DATABASE_URL has it; it stays as it is")
    copy.add_argument("new", type=_database, metavar="TO", help="likewise; made if it is a file that is not there")


def _export(export: argparse.ArgumentParser) -> None:
    export.add_argument(
        "--since",
        type=_since,
        default=None,
        metavar="30d",
        help="how far back they were made (default: all)",
    )
    export.add_argument("--status", choices=[one.value for one in Status], metavar="paid", help="only with this status")
    export.add_argument("file", metavar="FILE.csv", help="where to; - is the standard output")


def _doctor(doctor: argparse.ArgumentParser) -> None:
    doctor.add_argument(
        "--probe", action="store_true", help="make the smallest PaymentIntent, cancel it, and wait for its webhook"
    )
    doctor.add_argument("--json", action="store_true", help="for programs: id, state, finding and remedy of each check")


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65535:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65534")
    return int(text)


_ARGUMENTS: Mapping[str, Callable[[argparse.ArgumentParser], None]] = {
    "sandbox": _sandbox,
    "serve": _serve,
    "reconcile": _reconcile,
    "backup": _backup,
    "copy": _copy,
    "export": _export,
    "setup": add_arguments,
    "doctor": _doctor,
}
