"""How far a command is, on a terminal where somebody watches."""

import os
import sys

BAR = 40


class Progress:
    """One line on the terminal that is written over; nothing at all where nobody watches, or lines cannot be."""

    def __init__(self) -> None:
        self.is_watched = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def show(self, text: str) -> None:
        if self.is_watched:
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()

    def clear(self) -> None:
        self.show("")


def bar(part: float) -> str:
    """``part`` of 1 is done."""
    done = round(part * BAR)
    return f"[{'#' * done}{'.' * (BAR - done)}] {part:4.0%}"
