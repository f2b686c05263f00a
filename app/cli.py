"""checkout-bot: its commands, each with what it needs."""

import argparse
import asyncio
import contextlib
import io
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from app.command_line import parsed
from app.commands.waiting import once_set_up
from app.progress import said_when_slow
from app.settings import Settings, SettingsError, catalog_path, load_settings
from app.terminal_language import language_here, said_here
from checkout.errors import CatalogError, CheckoutError
from checkout.file_owner import in_words
from checkout.model.catalog import Catalog
from checkout.model.payment import Status
from checkout.sentence import ENGLISH, Said, Sentence, plural, t, words_of

log = logging.getLogger(__name__)
READS = t(
    "What helps: correct it and try checkout-bot check; where there is none, cd into the shop's folder first, or let"
    " checkout-bot setup write one."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """The entry point; returns the exit code."""
    _open_what_is_closed()
    _write_whatever_the_terminal_can()
    # Whoever asks for the version alone does not wait for texts.
    asked = sys.argv[1:] if arguments is None else arguments
    chosen = parsed(arguments, ENGLISH if "--version" in asked else language_here())
    try:
        code = _COMMANDS[chosen.command](chosen)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # `| head` has read what it wanted; at its end Python would try once more
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except SettingsError as error:
        helps = t("What helps: {helps}.", helps=error.helps)
        return _refuse(t("These settings must be mended (environment or .env):"), [*error.mistakes, helps])
    except CatalogError as error:
        return _refuse(t("The catalogue must be mended:"), [*error.lines, READS])
    except CheckoutError as error:
        return _refuse(t("This could not be done:"), [words_of(error)])
    except OSError as error:  # a port that is taken, a folder that cannot be written
        return _refuse(t("This machine does not let it be done:"), [in_words(error)])
    except KeyboardInterrupt:
        sys.stderr.write(f"\n{said_here(t('Stopped by Ctrl-C.'))}\n")
        return 130


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


def _sandbox(chosen: argparse.Namespace) -> int:
    with _ending_with_zero():
        import bot.lazy_models  # noqa: F401 -- the stand-in of Telegram imports aiogram too
        from sandbox.start import run

        return asyncio.run(run(chosen.port, not chosen.no_browser))


def _serve(chosen: argparse.Namespace) -> int:
    with _ending_with_zero():
        settings, catalog = once_set_up(_settings_and_catalog, _refuse) if chosen.wait else _settings_and_catalog()
        # aiogram takes a second to import: whoever has a mistake in the settings hears of it at once.
        from app.commands.serve import serve

        return asyncio.run(serve(settings, catalog))


@contextlib.contextmanager
def _ending_with_zero() -> Iterator[None]:
    """On SIGTERM and Ctrl-C, until the shop is open, which takes a container longest. Its first process hears no signal
    but what it asks for."""
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, lambda *_: sys.exit(0)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _migrate(_chosen: argparse.Namespace) -> int:
    from db.maintenance.migrate import migrate

    settings, _ = _settings_and_catalog()

    async def migrated() -> str:
        async with said_when_slow():
            return await migrate(settings.database)

    revision = asyncio.run(migrated())
    _say(t("{database} is at revision {revision}.", database=settings.database.shown, revision=revision))
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
    from app.commands.export import Chosen, export, timezone_of

    settings = load_settings(os.environ, Path.cwd())
    status = Status(chosen.status) if chosen.status else None
    wanted = Chosen(chosen.file, chosen.since, status, timezone_of(settings))
    return export(settings.database, wanted, _say)


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
    catalog = _catalog(path, lambda words: sys.stderr.write(f"{path}: {said_here(words)}\n"))
    products = plural("{n} product", "{n} products", len(catalog.products))
    well = t("{path}: {name}, {products}. No mistakes.", path=path, name=catalog.shop.name, products=products)
    _say(well)
    return 0


def _settings_and_catalog() -> tuple[Settings, Catalog]:
    """Both are read before anything is said, so that every mistake comes at once. Raises SettingsError."""
    from app.runtime.logs import set_up_logging

    settings = load_settings(os.environ, Path.cwd())
    set_up_logging(settings.log_format, settings.log_level, settings.secrets)
    catalog = _catalog(settings.catalog, lambda words: log.warning("%s: %s", settings.catalog, words))
    for warning in settings.warnings:  # last: whoever waits for a catalogue reads them once
        log.warning("%s", warning)
    return settings, catalog


def _catalog(path: Path, warn: Callable[[Sentence], object]) -> Catalog:
    """Raises CatalogError."""
    from messages.mail.receipt_fonts import receipt_warnings
    from messages.showable_catalog import load_showable_catalog

    catalog = load_showable_catalog(path)
    for warning in receipt_warnings(catalog):
        warn(warning)
    return catalog


def _refuse(heading: Said, lines: Sequence[Said]) -> int:
    first, *others = map(said_here, (heading, *lines))
    sys.stderr.write(first + "\n" + "".join(f"  {line}\n" for words in others for line in words.splitlines()))
    return 1


def _say(words: Said) -> None:
    sys.stdout.write(said_here(words) + "\n")


_COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "sandbox": _sandbox,
    "serve": _serve,
    "migrate": _migrate,
    "reconcile": _reconcile,
    "backup": _backup,
    "copy": _copy,
    "export": _export,
    "setup": _set_up,
    "doctor": _doctor,
    "check": _check,
}


if __name__ == "__main__":
    sys.exit(main())
