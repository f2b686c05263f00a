"""Ids of payments: made in the order of time."""

import secrets
from datetime import UTC, datetime, timedelta

ID_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
# Eight letters of two milliseconds each last for 54 years.
ID_EPOCH, ID_STEP, ID_TIME_LETTERS = datetime(2020, 1, 1, tzinfo=UTC), timedelta(milliseconds=2), 8
ID_RANDOM_LETTERS = 6


def new_payment_id(now: datetime) -> str:
    """Short enough to be read out; from those of the same two milliseconds 30 random bits tell it apart.

    Ids follow each other in time, so that the newest rows lie side by side in every index.
    """
    steps, time = (now - ID_EPOCH) // ID_STEP, ""
    for _ in range(ID_TIME_LETTERS):
        steps, letter = divmod(steps, len(ID_LETTERS))
        time = ID_LETTERS[letter] + time
    return f"pay_{time}" + "".join(secrets.choice(ID_LETTERS) for _ in range(ID_RANDOM_LETTERS))
