"""Days and times as the shop's people say them, in the shop's zone."""

from datetime import datetime

from babel.dates import format_datetime

from messages.language.translator import Speech


def clock_time(speech: Speech, at: datetime) -> str:
    """``14:05``"""
    return format_datetime(at, "HH:mm", tzinfo=speech.shop.timezone, locale=speech.language)


def day(speech: Speech, at: datetime, now: datetime) -> str:
    """``today``, ``yesterday``, ``21 Nov``, and another year with its number."""
    there, here = at.astimezone(speech.shop.timezone).date(), now.astimezone(speech.shop.timezone).date()
    near = {-1: speech.t("yesterday"), 0: speech.t("today"), 1: speech.t("tomorrow")}
    if (there - here).days in near:
        return near[(there - here).days]
    pattern = "d MMM" if there.year == here.year else "d MMM y"
    return format_datetime(at, pattern, tzinfo=speech.shop.timezone, locale=speech.language)


def moment(speech: Speech, at: datetime, now: datetime) -> str:
    """``today 14:05``"""
    return f"{day(speech, at, now)} {clock_time(speech, at)}"
