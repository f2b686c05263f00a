"""The language of a page: the one chosen at its foot, the payment's, or what the browser asks for."""

from collections import OrderedDict

from aiohttp import web

from checkout.language import ENGLISH, LANGUAGES, primary_subtag

CHOICE = "lang"
TABS_REMEMBERED = 10_000


class ChosenForBank:
    """What was chosen where the card form was opened, until the customer is back from their bank's page: its address
    is the same for everybody, and a browser may keep nothing. In memory alone: a restart forgets it."""

    def __init__(self) -> None:
        self._chosen: OrderedDict[str, str] = OrderedDict()

    def note(self, token: str, chosen: str | None) -> None:
        self._chosen.pop(token, None)
        if chosen:
            self._chosen[token] = chosen
        if len(self._chosen) > TABS_REMEMBERED:
            self._chosen.popitem(last=False)

    def of(self, token: str) -> str | None:
        return self._chosen.get(token)


def chosen_language(request: web.BaseRequest) -> str | None:
    """The one thing of a query that is believed, and only as ``en`` or ``ru``; kept by the page, never by us."""
    chosen = request.rel_url.query.get(CHOICE)
    return chosen if chosen in LANGUAGES else None


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
