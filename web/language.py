"""The language of a page that no payment tells: what the browser asks for."""

from checkout.model.language import ENGLISH, LANGUAGES, primary_subtag


def preferred_language(accept_language: str) -> str:
    """``en`` or ``ru``, whichever the header prefers; English when it names neither or is no such header."""
    best, best_quality = ENGLISH, 0.0
    for part in accept_language[:500].split(","):
        tag, _, parameter = part.partition(";")
        language = primary_subtag(tag)
        quality = _quality(parameter)
        if language in LANGUAGES and quality > best_quality:
            best, best_quality = language, quality
    return best


def _quality(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
