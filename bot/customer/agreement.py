"""Whether a message says yes: some people answer a question by writing, and not by its button."""

import re

YES = frozenset(
    "yes y yep yeah ok okay sure right correct please send it there"
    " да ага угу ок окей верно правильно именно конечно пожалуйста отправить отправляйте отправьте туда".split()
)


def says_yes(text: str) -> bool:
    words = re.findall(r"\w+", text.lower())
    return bool(words) and YES.issuperset(words)
