"""In which language the terminal is spoken to."""

import os
from collections.abc import Mapping

from checkout.language import spoken
from checkout.sentence import Language, Said, in_language


def language_of(environment: Mapping[str, str]) -> str:
    """As the other programs of the terminal: LC_ALL before LC_MESSAGES before LANG."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    return spoken(next((environment[name] for name in names if environment.get(name)), "").partition(".")[0])


def language_here() -> Language:
    """Of the terminal that this process has. Whoever asks for the version alone does not wait for its texts."""
    from messages.language.i18n import texts

    return texts("commands", language_of(os.environ))


def said_here(words: Said) -> str:
    return in_language(words, language_here())
