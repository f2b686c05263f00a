"""The languages of the shop: Russian to whoever reads it, English to everybody else."""

ENGLISH, RUSSIAN = "en", "ru"
LANGUAGES = (ENGLISH, RUSSIAN)


def primary_subtag(tag: str | None) -> str:
    """``ru`` of ``ru-RU``, ``ru_BY`` or ``RU``; three letters are another language (``rue`` is Rusyn)."""
    return (tag or "").strip().lower().replace("_", "-").partition("-")[0]


def spoken(tag: str | None) -> str:
    """The language in which somebody with this language tag is answered."""
    return RUSSIAN if primary_subtag(tag) == RUSSIAN else ENGLISH
