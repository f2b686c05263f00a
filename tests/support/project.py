"""Where the project's own files lie, and the catalogue it comes with."""

from pathlib import Path

from checkout.catalog.load_catalog import load_catalog

ROOT = Path(__file__).parents[2]
CATALOG_FILE = ROOT / "catalog.toml"
CATALOG = load_catalog(CATALOG_FILE)
PUBLIC_URL = "https://pay.example.com"
# What the services publish about their APIs, where somebody has laid it beside the project.
SPECS = ROOT.parent / "shared" / "specs"
