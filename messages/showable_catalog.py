"""A catalogue that can be sold from: whoever has paid can read the receipt, and every picture is one."""

from pathlib import Path

from checkout.catalog.load_catalog import load_catalog
from checkout.catalog.mistakes import catalog_error
from checkout.model.catalog import Catalog
from checkout.model.text import read_text_file
from messages.mail.receipt_fonts import receipt_mistakes
from messages.pictures import picture_mistakes


def load_showable_catalog(path: Path) -> Catalog:
    """Raises CatalogError with every mistake in it, one a line."""
    catalog = load_catalog(path)
    if mistakes := receipt_mistakes(catalog) + picture_mistakes(catalog):
        raise catalog_error(path, read_text_file(path), mistakes, by_sku=True)
    return catalog
