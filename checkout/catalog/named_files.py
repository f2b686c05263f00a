"""The files that people name, as the disk spells them."""

import unicodedata
from contextlib import suppress
from pathlib import Path


def named_file(folder: Path, name: str) -> Path:
    """``name`` as seen from ``folder``, whether it is there or not; of a link its own name, which customers see.

    A Mac keeps an й or an ё in two signs, and so do archives and copies that come from it: it looks the same.
    """
    path = folder
    for part in Path(name).parts:
        path = _within(path, part)
    return path.parent.resolve() / path.name


def _within(folder: Path, name: str) -> Path:
    path = folder / name
    if not name.isascii():
        with suppress(OSError):  # whoever opens it says why
            alike = (one for one in folder.iterdir() if _composed(one.name) == _composed(name))
            return path if path.exists() else next(alike, path)
    return path


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)
