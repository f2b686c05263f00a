"""The two languages: gettext catalogues, read from the .po files themselves, so that nothing has to be compiled.

English is the language of the source; a catalogue ``locales/ru/<domain>.po`` holds the Russian.
"""

import gettext
import io
from functools import lru_cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("en", "ru")
LOCALES = Path(__file__).parent / "locales"
Texts = gettext.NullTranslations


@lru_cache
def texts(domain: str, language: str) -> Texts:
    """The texts of ``domain`` (``chat``, ``page``, ``mail``); anything but ``ru`` is English."""
    path = LOCALES / language / f"{domain}.po"
    if language == "en" or language not in LANGUAGES or not path.exists():
        return gettext.NullTranslations()
    with path.open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def supported(language_code: str | None) -> str:
    """``ru`` for any Russian, else ``en``."""
    return "ru" if (language_code or "").lower().replace("_", "-").split("-")[0] == "ru" else "en"
