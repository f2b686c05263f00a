"""Russian names of cities as they stand after «по»: Таллин, по Таллину."""

import re

ODD = {
    "Kyiv": "Киеву",
    "Анадырь": "Анадырю",
    "Астрахань": "Астрахани",
    "Афины": "Афинам",
    "Брюссель": "Брюсселю",
    "Коморы": "Коморам",
    "Мальдивы": "Мальдивам",
    "Петропавловск-Камчатский": "Петропавловску-Камчатскому",
    "Симферополь": "Симферополю",
}
ONE_WORD = re.compile(r"[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)*")
ENDINGS = (
    (re.compile(r"ия$"), "ии"),
    (re.compile(r"(?<=[^аеёиоуыэюя])[ая]$"), "е"),
    (re.compile(r"(?<=[бвгджзклмнпрстфхцчшщ])$"), "у"),
    (re.compile(r"й$"), "ю"),
    (re.compile(r"(?<=[оеиуыэюё])$"), ""),
)


def city_in_dative(city: str) -> str | None:
    """None where a rule cannot tell: several words, a soft sign."""
    if city in ODD:
        return ODD[city]
    if ONE_WORD.fullmatch(city):
        for ending, dative in ENDINGS:
            if ending.search(city):
                return ending.sub(dative, city, count=1)
    return None
