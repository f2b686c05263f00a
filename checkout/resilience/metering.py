"""Counting and timing without saying who: the meter that counts nothing, and the one way to time a call."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from checkout.ports.runtime import Meter

Service = Literal["stripe", "resend", "telegram"]


class Silent:
    """A Meter for whoever needs none."""

    def webhook(self, provider: str, event_type: str, result: str, seconds: float) -> None: ...
    def events(self, event_type: str, result: str, count: int) -> None: ...
    def send(self, channel: str, kind: str, result: str) -> None: ...
    def sending(self, channel: str, seconds: float) -> None: ...
    def call(self, service: str, operation: str, result: str, seconds: float) -> None: ...
    def verification(self, result: str) -> None: ...


SILENT: Meter = Silent()


@dataclass(slots=True)
class Call:
    """A call under way: whoever makes it sets ``result`` once there is an answer."""

    result: str = "unreachable"

    def answered(self, status: int) -> None:
        """``status`` is HTTP's."""
        self.result = result_of(status)


@contextmanager
def timed(meter: Meter, service: Service, operation: str) -> Iterator[Call]:
    """Measures what is done inside; without an answer it counts as ``unreachable``."""
    call, started = Call(), time.perf_counter()
    try:
        yield call
    finally:
        meter.call(service, operation, call.result, time.perf_counter() - started)


def result_of(status: int) -> str:
    """What an HTTP status means to the caller: ``ok``, ``limited``, ``refused`` or ``failed``."""
    if status < 400:
        return "ok"
    if status == 429:
        return "limited"
    return "refused" if status < 500 else "failed"
