"""The two languages: gettext catalogues, read from the .po files themselves, so that nothing has to be compiled.

English is the language of the source; a catalogue ``locales/ru/<domain>.po`` holds the Russian.
"""

import gettext
import io
from functools import lru_cache
from pathlib import Path

from checkout.language import ENGLISH, RUSSIAN, spoken

LANGUAGE_NAMES = {ENGLISH: "English", RUSSIAN: "Русский"}
LOCALES = Path(__file__).parent / "locales"
Texts = gettext.NullTranslations


def N_(message: str) -> str:  # noqa: N802 -- gettext's own name for "translate later"
    return message


@lru_cache
def texts(domain: str, language: str) -> Texts:
    """The texts of ``domain`` (``chat``, ``page``, ``mail``, ``setup``, ``commands``), in English but for ``ru``."""
    known = spoken(language)
    if known == ENGLISH:
        return gettext.NullTranslations()
    # A command that speaks English does not wait for them.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with (LOCALES / known / f"{domain}.po").open("rb") as source:
        catalogue = read_po(source, locale=known)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
