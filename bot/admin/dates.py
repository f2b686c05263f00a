"""Days and times as the shop's people say them, in the shop's zone."""

from datetime import datetime

from babel.dates import format_datetime

from messages.language.translator import Translator


def clock_time(translator: Translator, at: datetime) -> str:
    """``14:05``"""
    return format_datetime(at, "HH:mm", tzinfo=translator.shop.timezone, locale=translator.language)


def clock_time_and_day(translator: Translator, at: datetime, told: datetime) -> str:
    """``14:05``, with its day where that is another than that of ``told``: ``14:05, 21 November``."""
    there, here = (one.astimezone(translator.shop.timezone).date() for one in (at, told))
    if there == here:
        return clock_time(translator, at)
    pattern = "HH:mm, d MMMM" if there.year == here.year else "HH:mm, d MMMM y"
    return format_datetime(at, pattern, tzinfo=translator.shop.timezone, locale=translator.language)


def day(translator: Translator, at: datetime, now: datetime) -> str:
    """``today``, ``yesterday``, ``21 Nov``, and another year with its number."""
    there, here = at.astimezone(translator.shop.timezone).date(), now.astimezone(translator.shop.timezone).date()
    near = {-1: translator.t("yesterday"), 0: translator.t("today"), 1: translator.t("tomorrow")}
    if (there - here).days in near:
        return near[(there - here).days]
    pattern = "d MMM" if there.year == here.year else "d MMM y"
    return format_datetime(at, pattern, tzinfo=translator.shop.timezone, locale=translator.language)


def moment(translator: Translator, at: datetime, now: datetime) -> str:
    """``today 14:05``"""
    return f"{day(translator, at, now)} {clock_time(translator, at)}"
