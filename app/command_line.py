"""The command line: what can be asked for, and what each command takes."""

import argparse
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import fill
from typing import TypeVar

from app.command_words import COMMANDS, EXIT_CODES
from app.settings_values import duration
from app.setup.arguments import add_arguments
from checkout.errors import CheckoutError, InvalidInput
from checkout.model.payment import Status
from checkout.sentence import ENGLISH, N_, Language, in_language, t, words_of
from db.engine.database_url import parse_database_url
from db.maintenance.versions import this_version

_Parsed = TypeVar("_Parsed")
NARROWEST, WIDEST = 20, 100  # letters in a line of a description
# argparse's own; what another Python calls otherwise stays English.
OF_ARGPARSE = (
    N_("usage: "),
    N_("%(prog)s: error: %(message)s\n"),
    N_("positional arguments"),
    N_("options"),
    N_("show this help message and exit"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("the following arguments are required: %s"),
    N_("unrecognized arguments: %s"),
    N_("expected one argument"),
    N_("ambiguous option: %(option)s could match %(matches)s"),
    N_("ignored explicit argument %r"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
)


def parser(language: Language = ENGLISH) -> argparse.ArgumentParser:
    """The whole of it; docs/commands.md is made of it. ``command`` of what it reads is the command's name."""
    say, width = language.gettext, max(NARROWEST, min(WIDEST, shutil.get_terminal_size().columns - 2))
    codes = "".join(f"  {code:<4} {say(words)}\n" for code, words in EXIT_CODES.items())
    whole = argparse.ArgumentParser(
        prog="checkout-bot",
        description=say(N_("A checkout for a small seller on Telegram.")),
        epilog=f"{say(N_('example:'))} checkout-bot setup\n{say(N_('exit codes:'))}\n{codes}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    version = f"checkout-bot {this_version()}"
    told = say(N_("show program's version number and exit"))
    whole.add_argument("--version", action="version", version=version, help=told)
    commands = whole.add_subparsers(dest="command", required=True, metavar=say(N_("COMMAND")))
    for name, words in COMMANDS.items():
        one = commands.add_parser(
            name,
            help=say(words.says),
            description=fill(say(words.more), width, break_on_hyphens=False),
            epilog=words.epilog(say("example:")),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        one.add_argument("--version", action="version", version=version, help=argparse.SUPPRESS)
        if name in _ARGUMENTS:
            _ARGUMENTS[name](one, language)
    return whole


def parsed(arguments: Sequence[str] | None, language: Language) -> argparse.Namespace:
    """Ends the process where help is asked for, or something is wrong, once that is said in ``language``."""
    with _argparse_in(language):
        return parser(language).parse_args(arguments)


@contextmanager
def _argparse_in(language: Language) -> Iterator[None]:
    """It asks gettext's own functions, which know installed files alone."""
    names = vars(argparse)
    before = {name: names[name] for name in ("_", "ngettext")}
    names.update(_=language.gettext, ngettext=language.ngettext)
    try:
        yield
    finally:
        names.update(before)


def _checked(parse: Callable[[str], _Parsed], language: Language) -> Callable[[str], _Parsed]:
    """Says in its own words what is wrong, as argparse takes it."""

    def read(text: str) -> _Parsed:
        try:
            return parse(text)
        except CheckoutError as error:
            raise argparse.ArgumentTypeError(in_language(words_of(error), language)) from None

    return read


def _sandbox(sandbox: argparse.ArgumentParser, language: Language) -> None:
    say = language.gettext
    sandbox.add_argument(
        "--port",
        type=_checked(_port, language),
        default=0,
        help=say(N_("where the desk listens (default: 8000 or the next free)")),
    )
    sandbox.add_argument("--no-browser", action="store_true", help=say(N_("do not open a browser")))


def _serve(serve: argparse.ArgumentParser, language: Language) -> None:
    say = language.gettext
    serve.add_argument("--wait", action="store_true", help=say(N_("while it is not set up yet, wait rather than end")))


def _reconcile(reconcile: argparse.ArgumentParser, language: Language) -> None:
    say = language.gettext
    reconcile.add_argument(
        "--since",
        type=_checked(duration, language),
        default=None,
        metavar="3d",
        help=say(N_("how far back at least (default: since the last time)")),
    )


def _backup(backup: argparse.ArgumentParser, language: Language) -> None:
    say = language.gettext
    backup.add_argument(
        "file", type=Path, metavar="FILE", help=say(N_("where to; an older copy is replaced by a checked one"))
    )


def _copy(copy: argparse.ArgumentParser, language: Language) -> None:
    say = language.gettext
    copy.add_argument(
        "old",
        type=_checked(parse_database_url, language),
        metavar="FROM",
        help=say(N_("as DATABASE_URL has it; it stays as it is")),
    )
    copy.add_argument(
        "new",
        type=_checked(parse_database_url, language),
        metavar="TO",
        help=say(N_("likewise; made if it is a file that is not there")),
    )


def _export(export: argparse.ArgumentParser, language: Language) -> None:
    say = language.gettext
    export.add_argument(
        "--since",
        type=_checked(duration, language),
        default=None,
        metavar="30d",
        help=say(N_("how far back they were made (default: all)")),
    )
    export.add_argument(
        "--status", choices=[one.value for one in Status], metavar="paid", help=say(N_("only with this status"))
    )
    export.add_argument("file", metavar="FILE.csv", help=say(N_("where to; - is the standard output")))


def _doctor(doctor: argparse.ArgumentParser, language: Language) -> None:
    say = language.gettext
    doctor.add_argument(
        "--probe",
        action="store_true",
        help=say(N_("make the smallest PaymentIntent, cancel it, and wait for its webhook")),
    )
    doctor.add_argument(
        "--json", action="store_true", help=say(N_("for programs: id, state, finding and remedy of each check"))
    )


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65535:
        raise InvalidInput(t("a port is a number from 1 to 65534"))
    return int(text)


_ARGUMENTS: Mapping[str, Callable[[argparse.ArgumentParser, Language], None]] = {
    "sandbox": _sandbox,
    "serve": _serve,
    "reconcile": _reconcile,
    "backup": _backup,
    "copy": _copy,
    "export": _export,
    "setup": lambda setup, language: add_arguments(setup, language.gettext),
    "doctor": _doctor,
}
