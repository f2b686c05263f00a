"""Numbers of things, as the commands say them in English."""


def counted(number: int, one: str, many: str = "") -> str:
    """``1 payment``, ``1,200 payments``; ``many`` where more than an s makes the difference."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
