"""Whether a message asks for an invoice for a company: a person makes those."""

import re

ENGLISH = (
    r"\binvoices?\b",
    r"\bvat\b",
    r"\bpro\W?forma\b",
    r"\btax\W?(?:id|number|receipt|document)",
    r"\b(?:for|to) (?:my|our|a|the) (?:company|firm|business)\b",
)
RUSSIAN = (
    r"\bинвойс",
    r"\bндс\b",
    r"\bсч[её]т\w{0,2}(?:\W?фактур|\s+(?:на|для|от)\b)",
    r"\b(?:выстав|выпис|нуж[её]?н|дайте|можно)\w*(?:\W+\w+){0,2}\W+сч[её]т\b",
    r"\b(?:на|для|от)\s+(?:\w+\s+)?(?:компани|организаци|фирм|предприяти)",
    r"\bюр\.?\s?лиц",
    r"\bзакрывающ",
    r"\bреквизит",
)
ASKS = re.compile("|".join((*ENGLISH, *RUSSIAN)), re.IGNORECASE)


def asks_for_invoice(text: str) -> bool:
    return ASKS.search(text) is not None
