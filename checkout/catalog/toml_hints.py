"""What is probably wrong with a line of the catalogue that TOML does not understand."""

import re

UNQUOTED = re.compile(r"\w+\s*=\s*[^\s\"'\[{]")
QUOTES_WITHIN = re.compile(r"\w+\s*=\s*([\"']).*\1.*\1")
IN_QUOTES = 'texts and prices stand in straight quotes: price = "19.00"'
# By how Python's reader words it; the first that is found counts.
HINTS = {
    "Illegal character '\\n'": 'a text ends on its line with the quote it began with; longer ones stand in """',
    "Unterminated string": 'a text of several lines ends with """',
    "Unescaped '\\'": 'a path has / in place of \\: "files/guide.pdf"',
    "Invalid hex value": 'a path has / in place of \\: "C:/files/guide.pdf"',
    "Expected '=' after a key": 'a line is a name, = and a value: price = "19.00"',
    "Cannot overwrite a value": "this is there twice; before each product there is a line [[product]]",
    "Cannot declare": "[shop] is there once; before each product there is a line [[product]]",
    "Expected ']": "such a line is [shop] or [[product]], with all its brackets",
    "Invalid statement": "names are in Latin letters, and a note begins with #",
    "Invalid initial character": '{ en = "text", ru = "текст" } is all on one line, without a comma before }',
    "Unclosed array": 'a list is like ["files/guide.pdf", "files/map.pdf"]',
    "Expected newline": "nothing stands behind a value, unless it is a note that begins with #",
}


def hint(text: str, reason: str) -> str:
    """To be put behind ``reason``; empty where nothing is known."""
    place = re.search(r"\(at line ([0-9]+), column ([0-9]+)\)", reason)
    lines = text.split("\n")
    whole = lines[int(place[1]) - 1] if place and int(place[1]) <= len(lines) else ""
    wrong, line = whole[int(place[2]) - 1 :][:1] if place else "", whole.strip()
    if wrong.isspace() and not wrong.isascii():
        return "; a space in it is of another kind, as web pages have them: type it anew"
    if line.endswith(("= True", "= False")):
        return "; true and false are written without capitals"
    if UNQUOTED.match(line) and not reason.startswith("Cannot"):
        return f"; {IN_QUOTES}"
    if QUOTES_WITHIN.match(line) and "Expected newline" in reason:
        return "; within a text in quotes write other ones: “ ” or « »"
    return next((f"; {helps}" for begins, helps in HINTS.items() if reason.startswith(begins)), "")
