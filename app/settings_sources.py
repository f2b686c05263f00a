"""Where settings come from: the environment, ``.env`` and files that are named by ``NAME_FILE``."""

import difflib
import io
import logging
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import Original, parse_stream

from checkout.errors import InvalidInput
from checkout.file_owner import why
from checkout.model.text import read_text_file, visible, whole_path
from checkout.sentence import Said, Sentence, joined, t, words_of

# What `.env` holds for others: docker compose, PostgreSQL's and Litestream's containers, libpq.
FOR_OTHERS = ("COMPOSE_", "DOMAIN", "POSTGRES_", "LITESTREAM_", "PG")
# So alike that it is a slip: in `.env` nobody else's name is expected, in the environment there are hundreds.
ALIKE_IN_FILE, ALIKE_IN_ENVIRONMENT = 0.75, 0.88


# It would say the same by numbers of its own, beside ours.
logging.getLogger("dotenv.main").disabled = True
GO_THERE = t("cd into the shop's folder first")


class Sources:
    """The environment goes before ``.env``, but for what is empty there, and a value before the file named for it."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        """Raises InvalidInput for a ``.env`` that cannot be read."""
        dotenv, self._not_understood = _dotenv(folder / ".env")
        self._in_file = [name for name in dotenv if not name.startswith(FOR_OTHERS)]
        self._in_environment = list(environment)
        self._file = {name: value for name, value in dotenv.items() if value is not None}
        # An empty value counts as none: docker compose hands on the empty lines of `.env` too.
        self._set = {name: value for name, value in environment.items() if value.strip() or name not in self._file}
        self._values = {**self._file, **self._set}

    def value(self, name: str) -> str:
        """Empty where nothing is set; without marks that were pasted along and are not seen.

        Raises InvalidInput when a file is named that cannot be read.

        The path is not repeated: the secret itself may stand there by mistake.
        """
        path, value = self._values.get(f"{name}_FILE", "").strip(), pasted(self._values.get(name, ""))
        if value or not path:
            return value
        try:
            return pasted(read_text_file(whole_path(path)))
        except InvalidInput as error:
            raise InvalidInput(_from_the_file(name, words_of(error))) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise InvalidInput(_from_the_file(name, reason)) from None

    def has_its_word_from_the_file(self, name: str) -> bool:
        """Whether what is written into ``.env`` will hold: nothing else sets it, or what handed that file on, as docker
        compose does."""
        return name not in self._set or pasted(self._set[name]) == pasted(self._file.get(name, ""))

    def slips(self, known: Collection[str]) -> list[Said]:
        """A line for each name that is no setting and probably meant to be one of ``known``, or is none at all."""
        meant = {
            **_alike(self._in_environment, known, ALIKE_IN_ENVIRONMENT),
            **_alike(self._in_file, known, ALIKE_IN_FILE),
        }
        return [
            *(
                t(".env: line {n} is not understood: write NAME=value, a value in quotes with both of them", n=line)
                for line in self._not_understood
            ),
            *(t("{name} is no setting: is {like} meant?", name=name, like=like) for name, like in meant.items()),
        ]


def _from_the_file(name: str, reason: Said) -> Sentence:
    return t("is to be read from the file in {name}_FILE, but: {reason}", name=name, reason=reason)


def pasted(value: str) -> str:
    """Quotes around it are no part of it: `docker run --env-file` hands them on, where others take them away."""
    plain = visible(value).strip()
    quote = plain[:1]
    if len(plain) > 1 and quote in "\"'" and plain.endswith(quote) and plain.count(quote) == 2:
        return plain[1:-1].strip()
    return plain


def _dotenv(path: Path) -> tuple[dict[str, str | None], list[int]]:
    """Also the numbers of the lines that nobody understands: what they hold is not repeated, it may be a secret."""
    try:
        text = read_text_file(path)
    except FileNotFoundError:
        return {}, []
    except OSError as error:
        raise InvalidInput(t(".env cannot be read: {reason}", reason=why(path, error, instead=GO_THERE))) from None
    except InvalidInput as error:
        raise InvalidInput(joined(": ", [".env", words_of(error)])) from None
    no_lines = [one for one in parse_stream(io.StringIO(text)) if one.error or (one.key and one.value is None)]
    return dotenv_values(stream=io.StringIO(text)), [_line_of(one.original) for one in no_lines]


def _line_of(original: Original) -> int:
    """Blank lines before it are taken for a part of it."""
    text = original.string
    return original.line + text.count("\n", 0, len(text) - len(text.lstrip()))


def _alike(names: Iterable[str], known: Collection[str], cutoff: float) -> dict[str, str]:
    """Each of ``names`` that is not ``known``, with what it is most like."""
    found: dict[str, str] = {}
    for name in names:
        plain = name.upper().replace("-", "_").removesuffix("_FILE")
        if name not in known and name.removesuffix("_FILE") not in known:
            near = [plain] if plain in known else difflib.get_close_matches(plain, known, 1, cutoff)
            found.update(dict.fromkeys([name], near[0]) if near else {})
    return found
