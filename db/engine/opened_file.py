"""Whether a SQLite file is still where it was opened."""

import os
from pathlib import Path

from checkout.errors import DatabaseAway


class OpenedFile:
    def __init__(self, file: Path) -> None:
        self._file, self._opened = file, _which(file)

    def refuse_if_moved(self) -> None:
        """SQLite would write on into the file that it has open, which nobody finds any more. Raises DatabaseAway."""
        if _which(self._file) != self._opened:
            raise DatabaseAway(
                f"SQLite: {self._file.name} was removed or replaced while it was open: nothing is written until that "
                "file is back in its place. If it cannot be, stop the shop and restore a backup (docs/backups.md)"
            )


def _which(file: Path) -> tuple[int, int] | None:
    """Another file of the same name is another one."""
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_dev, found.st_ino
