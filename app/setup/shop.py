"""The shop and its first product: asked only where there is no catalogue yet, or the sample's."""

import os
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from zoneinfo import ZoneInfo

from app.setup.catalog_file import SAMPLE_ID, Begun, FirstCatalog, write_catalog
from app.setup.choice import flag_of
from app.setup.context import Setup, confirmed
from app.setup.terminal import NobodyThere
from checkout.catalog.named_files import named_file
from checkout.errors import CatalogError, InvalidAmount, InvalidInput
from checkout.file_owner import why
from checkout.model.money import CURRENCIES, currency_code, currency_named, least_charged, parse_price
from checkout.model.text import one_line, says_something, whole_path
from checkout.sentence import joined, words_of
from messages.showable_catalog import load_showable_catalog

Check = Callable[[str], str]


async def ask_shop(setup: Setup, flags: Mapping[str, str]) -> None:
    """Fills in ``catalog``; ``flags`` are those of SHOP_FLAGS that were given."""
    t = setup.t
    setup.terminal.heading(t("Shop"))
    try:
        path = setup.answers.folder / whole_path(setup.answers.value("CATALOG") or "catalog.toml")
    except InvalidInput as error:
        setup.left(joined(" ", ["CATALOG", words_of(error)]))
        return
    if path.exists() and not await _may_replace(setup, path, flags):
        return
    if setup.answers.is_from_environment:
        setup.left(t("There is no catalogue {path}: put it there", path=path))
        return
    begun = Begun(path)
    first = await _First(setup, flags, begun, path.parent).asked()
    if first is None:
        return
    try:
        setup.catalog = write_catalog(path, first)
    except (CatalogError, OSError) as error:
        reason = setup.terminal.said(why(path, error) if isinstance(error, OSError) else words_of(error))
        setup.left(t("The catalogue {path} could not be written: {error}", path=path, error=reason))
        return
    begun.end()
    setup.terminal.good(t("{path} is written, for the shop {id}", path=path, id=setup.shop_id))


async def _may_replace(setup: Setup, path: Path, flags: Mapping[str, str]) -> bool:
    """Only the sample that came with the program, and only when somebody wants it so."""
    t = setup.t
    try:
        catalog = load_showable_catalog(path)
    except CatalogError as error:
        for mistake in error.lines:
            setup.left(mistake)
        return False
    if catalog.shop.shop_id != SAMPLE_ID:
        setup.catalog = catalog
        setup.terminal.good(t("{path} is there and stays as it is: {name}", path=path, name=catalog.shop.name))
        return False
    words = t("{path} is the sample that came with the program. Make your own now? (The sample is kept as .bak)",
              path=path)  # fmt: skip
    if await confirmed(setup, words, bool(flags)):
        return True
    setup.left(t("{path} is the sample that came with the program: give --shop-name and so on, or write your own",
                 path=path))  # fmt: skip
    return False


class _First:
    """Asks one thing after another, each until it is right."""

    def __init__(self, setup: Setup, flags: Mapping[str, str], begun: Begun, folder: Path) -> None:
        self._setup, self._flags, self._begun, self._folder, self.t = setup, flags, begun, folder, setup.t
        self._is_complete = True

    async def asked(self) -> FirstCatalog | None:
        """None where something is missing, which was said."""
        t = self.t
        name = await self._one("shop_name", t("Name of the shop"), self._some_text)
        seller = await self._one(
            "seller", t("Seller, as it stands on receipts (name, address, tax number)"), self._some_text
        )
        support = await self._one(
            "support", t("Where customers ask (@name, an address or a phone number)"), self._some_text
        )
        timezone = await self._one("timezone", t("Time zone"), self._timezone, _timezone_here())
        title = await self._one("product_title", t("First product: its title"), self._some_text)
        currency = await self._one("product_currency", t("Its currency, like EUR"), self._currency)
        price = await self._one("product_price", t("Its price, like 19.00"), lambda text: self._price(text, currency))
        file = await self._one("product_file", t("The file that buyers get (Enter: none)"), self._file, optional=True)
        if not self._is_complete:
            return None
        return FirstCatalog(name, seller, support, timezone, title, price, currency, (file,) if file else ())

    async def _one(self, flag: str, asked: str, checked: Check, default: str = "", *, optional: bool = False) -> str:
        terminal, given = self._setup.terminal, self._flags.get(flag, "")
        while True:
            value = given or await self._typed(asked, self._begun.value(flag) or default, optional)
            try:
                good = checked(value) if value else "" if optional else self._is_missing()
                self._begun.keep(flag, good)
                return good
            except InvalidInput as error:
                words, given = f"{flag_of(flag)}: {terminal.said(words_of(error))}", ""
                self._begun.keep(flag, "")
            if not terminal.is_interactive:
                self._setup.left(words)
                self._is_complete = False
                return ""
            terminal.wrong(words)

    async def _typed(self, asked: str, default: str, optional: bool) -> str:
        """``default`` for a mere Enter, which says of what is ``optional`` that there shall be none."""
        terminal = self._setup.terminal
        if not terminal.is_interactive:
            return default
        try:
            return await terminal.ask(asked, default="" if optional else default)
        except NobodyThere:
            return default

    def _is_missing(self) -> str:
        raise InvalidInput(self.t("missing, and the catalogue needs it"))

    def _file(self, typed: str) -> str:
        """As seen from the catalogue where it lies below it, so that both can be moved together."""
        folder = self._folder.resolve()
        try:
            tried = (named_file(place, one) for one in _paths(typed) for place in (folder, Path()))
            found = next((one for one in tried if one.is_file()), None)
            if found is None:
                raise InvalidInput(self.t("There is no file {file}", file=typed))
            found.open("rb").close()
        except OSError as error:
            raise InvalidInput(joined(": ", [typed, why(Path(error.filename), error, is_ours=False)])) from None
        if found.is_relative_to(folder):
            return found.relative_to(folder).as_posix()
        self._setup.also(self.t("{file} lies outside of the shop's folder: a service that no home is open to"
                                " (docs/server.md) cannot read it there, and a move leaves it behind. Better put it"
                                " beside the catalogue", file=typed))  # fmt: skip
        return found.as_posix()

    def _some_text(self, value: str) -> str:
        if not says_something(value):
            raise InvalidInput(self.t("This text is empty"))
        return one_line(value)

    def _timezone(self, value: str) -> str:
        if not is_timezone(value):
            raise InvalidInput(self.t("{name} is no time zone; write one like Europe/Tallinn", name=value))
        return value

    def _currency(self, value: str) -> str:
        try:
            return currency_code(value).upper()
        except InvalidAmount:
            named = currency_named(value)
            helps = named.upper() if named in CURRENCIES else "EUR"
            words = self.t("{code} is no currency that Stripe takes; write one like {helps}", code=value, helps=helps)
            raise InvalidInput(words) from None

    def _price(self, value: str, currency: str) -> str:
        if currency:
            least = least_charged(currency.lower()).major
            try:
                parse_price(value, currency)
            except InvalidAmount:
                words = self.t("{price} is no price in {currency}: write it like 19.00, at least {least}",
                                price=value, currency=currency, least=least)  # fmt: skip
                raise InvalidInput(words) from None
        return value.strip()


def _paths(typed: str) -> Iterator[str]:
    """As it stands; and as a shell reads it: a terminal writes what is dropped into it in quotes, or with \\."""
    yield os.path.expanduser(typed)
    with suppress(ValueError):
        words = shlex.split(typed)
        yield from map(os.path.expanduser, words if len(words) == 1 else ())


def is_timezone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True


def _timezone_here() -> str:
    """This machine's, where it tells one."""
    name = os.environ.get("TZ") or os.path.realpath("/etc/localtime").partition("/zoneinfo/")[2]
    return name if is_timezone(name) else "UTC"
