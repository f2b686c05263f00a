"""What is said of the daily summary."""

from datetime import time

from bot.speech import Speech, shorten
from checkout.usecases.daily_summary import ChosenSummary

TYPED = 40  # characters


def shown(speech: Speech, chosen: ChosenSummary) -> str:
    """What holds now, and how to change it."""
    if chosen.at is None:
        return f"{speech.t_html('You get no daily summary.')}\n\n{how(speech)}"
    return f"{_comes(speech, chosen.at, chosen)}\n\n{how(speech)}"


def changed(speech: Speech, chosen: ChosenSummary) -> str:
    if chosen.at is None:
        return speech.t_html("Done: no daily summary any more. <code>/summary 21:00</code> brings it back.")
    return f"✅ {_comes(speech, chosen.at, chosen)}"


def _comes(speech: Speech, at: time, chosen: ChosenSummary) -> str:
    values = {"at": at.strftime("%H:%M"), "zone": speech.shop.timezone.key}
    if chosen.begins_today:
        return speech.t_html("The summary comes every day at <b>{at}</b> ({zone}), the next one today.", **values)
    return speech.t_html("The summary comes every day at <b>{at}</b> ({zone}), the next one tomorrow.", **values)


def how(speech: Speech) -> str:
    return speech.t_html("<code>/summary 21:00</code> — every day at this hour\n<code>/summary off</code> — not at all")


def no_hour(speech: Speech, typed: str) -> str:
    said = speech.t_html("“{typed}” is not an hour of the day.", typed=shorten(typed, TYPED))
    return f"{said}\n\n{how(speech)}"
