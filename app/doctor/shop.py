"""The settings and the catalogue, as far as they can be judged without asking anybody."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from app.doctor.finding import Finding, mend, ok
from app.settings import ASKS, Settings, SettingsError, load_settings
from checkout.errors import CatalogError
from checkout.model.catalog import Catalog
from checkout.sentence import Sentence, plural, t
from messages.showable_catalog import load_showable_catalog

# Of the catalogue that comes with the program.
SAMPLE_SELLER = "Telliskivi 60"
SAMPLE_SHOP = "night-market"


def read_settings(environment: Mapping[str, str], folder: Path) -> tuple[Settings | None, list[Finding]]:
    """None where they cannot be used."""
    try:
        settings = load_settings(environment, folder)
    except SettingsError as error:
        elsewhere = [] if error.helps == ASKS else [error.helps]
        return None, [mend("settings", one) for one in (*elsewhere, *error.mistakes)]
    mode = t("live: real money") if settings.livemode else t("test mode: no money moves")
    return settings, [ok("settings", t("the settings can be read ({mode})", mode=mode)), *_warned(settings)]


def _warned(settings: Settings) -> Iterator[Finding]:
    for warning in settings.warnings:
        yield mend("public_url.telegram" if str(warning).startswith("PUBLIC_URL") else "settings", warning)


def read_catalogue(path: Path, livemode: bool) -> tuple[Catalog | None, list[Finding]]:
    """None where it cannot be used."""
    try:
        catalog = load_showable_catalog(path)
    except CatalogError as error:
        return None, [mend("catalogue", line) for line in error.lines]
    products = plural("{n} product", "{n} products", len(catalog.products))
    what = t("{path}: {name}, {products}", path=path, name=catalog.shop.name, products=products)
    found = [ok("catalogue", what)]
    is_sample = SAMPLE_SELLER in catalog.shop.seller or catalog.shop.shop_id == SAMPLE_SHOP
    if livemode and is_sample:
        found.append(
            mend("catalogue.sample", t("{path} still names the sample's seller or shop id", path=path), path=path)
        )
    if note := note_on_stars(catalog):
        found.append(ok("catalogue", note))  # the owner decides, knowingly: it is nothing to mend
    return catalog, found


def note_on_stars(catalog: Catalog) -> Sentence | None:
    """None for a shop that sells nothing digital. Source: Telegram's terms for bot developers, on payments."""
    if not catalog.digital:
        return None
    products = plural("{n} product is", "{n} products are", len(catalog.products))
    return t(
        "{digital} of {products} digital: Telegram wants digital goods sold inside it to be paid in Telegram Stars;"
        " whether to take cards for them is yours to decide (docs/legal.md)",
        digital=catalog.digital,
        products=products,
    )
