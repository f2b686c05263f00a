"""How many lines have come on a connection: a chunk of a body, or a header, costs as much as kilobytes do in one."""


def lines_in(size: int) -> int:
    """For so many bytes: the heads of all that may be sent ahead, and chunks of half a kilobyte, with two lines each.
    There are such of one byte, of which a megabyte would hold everybody up for a second."""
    return 600 + size // 256


def usual_head() -> int:
    """Bytes in which nearly every head ends. What has no line behind them need not be searched: webhooks come in
    thousands."""
    return 2048


class Lines:
    """Of what has arrived and is not answered yet."""

    def __init__(self) -> None:
        self._size = self._ends = 0

    def are_too_many(self, data: bytes) -> bool:
        """Counts what arrived."""
        if self._size or data.rfind(b"\r", usual_head()) >= 0:
            self._ends += data.count(b"\r")
        self._size += len(data)
        return self._ends > lines_in(self._size)

    def answered(self) -> None:
        self._size = self._ends = 0
