"""In which language the terminal is spoken to."""

from collections.abc import Mapping

from checkout.language import spoken


def language_of(environment: Mapping[str, str]) -> str:
    """As the other programs of the terminal: LC_ALL before LC_MESSAGES before LANG."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    return spoken(next((environment[name] for name in names if environment.get(name)), "").partition(".")[0])
