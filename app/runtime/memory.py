"""Memory that is free again goes back to the system: after a flood the C library keeps what it had."""

import contextlib
import ctypes


def give_memory_back() -> None:
    """Takes some milliseconds; without glibc nothing happens."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
