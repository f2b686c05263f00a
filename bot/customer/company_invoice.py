"""Whether a message asks for an invoice for a company: a person makes those."""

import re

ENGLISH = (
    r"\binvoices?\b",
    r"\bvat\b",
    r"\bpro\W?forma\b",
    r"\btax\W?(?:id|number|receipt|document)",
    r"\b(?:for|to) (?:my|our|a|the) (?:company|firm|business|employer)\b",
    r"\bcompany(?:’s|'s)? (?:details|name|data|receipt)\b",
    r"\ba bill\b|\bbill (?:me|us|my|our|to)\b",
)
RUSSIAN = (
    r"\bинвойс",
    r"\bндс\b",
    r"\bсч[её]т\w{0,2}(?:\W?фактур|\s+(?:на|для|от)\b)",
    r"\b(?:выстав|выпис|нуж[её]?н|дайте|можно)\w*(?:\W+\w+){0,2}\W+сч[её]т\b",
    r"\b(?:на|для|от)\s+(?:\w+\s+)?(?:компани|организаци|фирм|предприяти)",
    r"\bюр\.?\s?лиц",
    r"(?<!на )\bсч[её]т (?:можно|нуж[её]н|будет|выстав|выпис|дайте|пришлите)",
    r"\bзакрывающ",
    r"\bбезнал",
    r"\bбухгалтер",
    r"\b(?:как|от|на) ип\b",
    r"\bакты? (?:выполненных|об оказан|сверки)",
    r"\bреквизит",
)
ASKS = re.compile("|".join((*ENGLISH, *RUSSIAN)), re.IGNORECASE)


def asks_for_invoice(text: str) -> bool:
    return ASKS.search(text) is not None
