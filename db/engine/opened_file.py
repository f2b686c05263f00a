"""Whether a SQLite file is still the one that was opened."""

import os
from collections import Counter
from pathlib import Path
from typing import ClassVar

from checkout.errors import DatabaseAway

# The counter of changes in SQLite's header: whoever changes a file by SQLite never puts it back.
CHANGES_AT, CHANGES_BYTES = 24, 4


class OpenedFile:
    """Closed after the connections of who opened it.

    A program that looks at itself has its file open twice, and whoever closes a descriptor takes all of the process's
    locks of that file (POSIX): the next command would take itself for the last one, and remove the log that the shop
    writes into. So all share one descriptor, which the last of them closes.
    """

    _descriptors: ClassVar[dict[tuple[int, int], int]] = {}
    _holders: ClassVar[Counter[tuple[int, int]]] = Counter()

    def __init__(self, file: Path) -> None:
        self._file, self._opened = file, _which(os.stat(file))
        if self._opened not in self._descriptors:
            self._descriptors[self._opened] = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        self._holders[self._opened] += 1
        self._looked_at, self._changes = 0, 0

    def refuse_if_moved(self) -> None:
        """SQLite would write on into the file that it has open, which nobody finds any more, or join what it remembers
        with what was copied over it. Raises DatabaseAway."""
        try:
            found = os.stat(self._file)
        except OSError:
            found = None
        if found is None or _which(found) != self._opened:
            raise DatabaseAway(
                f"SQLite: {self._file.name} was removed or replaced while it was open: nothing is written until that "
                "file is back in its place. If it cannot be, stop the shop and restore a backup (docs/backups.md)"
            )
        if found.st_mtime_ns != self._looked_at:
            self._refuse_if_overwritten()
            self._looked_at = found.st_mtime_ns

    def _refuse_if_overwritten(self) -> None:
        """Where another file's bytes are in its place, they are an older copy's, or not all there yet."""
        changes = int.from_bytes(os.pread(self._descriptors[self._opened], CHANGES_BYTES, CHANGES_AT), "big")
        if changes < self._changes:
            raise DatabaseAway(
                f"SQLite: {self._file.name} was overwritten while it was open, and nothing is written into it any "
                "more. Stop the shop, and restore a backup as docs/backups.md says"
            )
        self._changes = changes

    def close(self) -> None:
        self._holders[self._opened] -= 1
        if not self._holders[self._opened]:
            os.close(self._descriptors.pop(self._opened))


def _which(found: os.stat_result) -> tuple[int, int]:
    """Another file of the same name is another one."""
    return found.st_dev, found.st_ino
