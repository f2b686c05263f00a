"""What is probably wrong with a line of the catalogue that TOML does not understand."""

import re

from checkout.sentence import Said, Sentence, t

UNQUOTED = re.compile(r"\w+\s*=\s*[^\s\"'\[{]")
QUOTES_WITHIN = re.compile(r"\w+\s*=\s*([\"']).*\1.*\1")
IN_QUOTES = t('texts and prices stand in straight quotes: price = "19.00"')
# By how Python's reader words it; the first that is found counts.
HINTS = {
    "Illegal character '\\n'": t('a text ends on its line with the quote it began with; longer ones stand in """'),
    "Unterminated string": t('a text of several lines ends with """'),
    "Unescaped '\\'": t('a path has / in place of \\: "files/guide.pdf"'),
    "Invalid hex value": t('a path has / in place of \\: "C:/files/guide.pdf"'),
    "Expected '=' after a key": t('a line is a name, = and a value: price = "19.00"'),
    "Cannot overwrite a value": t("this is there twice; before each product there is a line [[product]]"),
    "Cannot declare": t("[shop] is there once; before each product there is a line [[product]]"),
    "Expected ']": t("such a line is [shop] or [[product]], with all its brackets"),
    "Invalid statement": t("names are in Latin letters, and a note begins with #"),
    "Invalid initial character": t('{{ en = "text", ru = "текст" }} is all on one line, without a comma before }}'),
    "Unclosed array": t('a list is like ["files/guide.pdf", "files/map.pdf"]'),
    "Expected newline": t("nothing stands behind a value, unless it is a note that begins with #"),
}


def with_place(reason: str) -> Said:
    """Python's words stay; where in the file it is can be said in any language."""
    found = re.fullmatch(r"(.+) \(at line ([0-9]+), column ([0-9]+)\)", reason, re.DOTALL)
    if found is None:
        return reason
    words, line, column = found.groups()
    return t("{words} (at line {line}, column {column})", words=words, line=line, column=column)


def hint(text: str, reason: str) -> list[Sentence]:
    """To be put behind ``reason``; empty where nothing is known."""
    place = re.search(r"\(at line ([0-9]+), column ([0-9]+)\)", reason)
    lines = text.split("\n")
    whole = lines[int(place[1]) - 1] if place and int(place[1]) <= len(lines) else ""
    wrong, line = whole[int(place[2]) - 1 :][:1] if place else "", whole.strip()
    if wrong.isspace() and not wrong.isascii():
        return [t("a space in it is of another kind, as web pages have them: type it anew")]
    if line.endswith(("= True", "= False")):
        return [t("true and false are written without capitals")]
    if UNQUOTED.match(line) and not reason.startswith("Cannot"):
        return [IN_QUOTES]
    if QUOTES_WITHIN.match(line) and "Expected newline" in reason:
        return [t("within a text in quotes write other ones: “ ” or « »")]
    return [helps for begins, helps in HINTS.items() if reason.startswith(begins)][:1]
