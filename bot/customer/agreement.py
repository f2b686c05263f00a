"""Whether a message says yes or no: some people answer a question by writing, and not by its button."""

import re

YES = frozenset(
    "yes y yep yeah ok okay sure right correct please send it there"
    " да ага угу ок окей верно правильно именно конечно пожалуйста отправить отправляйте отправьте туда".split()
)
NO = frozenset("no n nope нет неа не".split())
BESIDE_NO = NO | YES | frozenset("is isn t that this s wrong mine not он это так то мой неверно неправильно".split())


def says_yes(text: str) -> bool:
    words = _words(text)
    return bool(words) and YES.issuperset(words)


def says_no(text: str, instead: str) -> bool:
    """``instead`` is what is right then, and may be named: “No, ben@example.com is right”."""
    words = _words(text.lower().replace(instead.lower(), "") if instead else text)
    return bool(words) and words[0] in NO and BESIDE_NO.issuperset(words)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
