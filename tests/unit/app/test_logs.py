"""Log lines: what they show to people and to machines, and who may speak."""

import asyncio
import gc
import json
import logging
import re
from collections.abc import Iterator

import pytest
from aiohttp import ClientConnectionResetError

from app.runtime.logs import OURS, Discreet, JsonLines, Seldom, set_up_logging


def a_record(message: str, **extra: str) -> logging.LogRecord:
    return logging.makeLogRecord({"name": "db.x", "levelno": 20, "levelname": "INFO", "msg": message, **extra})


@pytest.fixture
def restored_logging() -> Iterator[None]:
    names = ("", *OURS)
    handlers, levels = list(logging.getLogger().handlers), {one: logging.getLogger(one).level for one in names}
    yield
    logging.getLogger().handlers[:] = handlers
    logging.captureWarnings(capture=False)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def test_a_payments_id_is_a_field_for_machines_and_stands_at_the_end_for_people() -> None:
    record = a_record("told payment_paid by mail", payment_id="pay_23456789abcd")
    line = json.loads(JsonLines([]).format(record))
    assert (line["payment_id"], line["message"]) == ("pay_23456789abcd", "told payment_paid by mail")
    assert Discreet([]).format(record).endswith("INFO    told payment_paid by mail [pay_23456789abcd]")


@pytest.mark.parametrize("extra", [{}, {"payment_id": ""}])
def test_a_line_about_no_payment_has_no_such_field(extra: dict[str, str]) -> None:
    record = a_record("stopped", **extra)
    assert "payment_id" not in json.loads(JsonLines([]).format(record))
    assert Discreet([]).format(record).endswith("INFO    stopped")


@pytest.mark.parametrize("formatter", [Discreet, JsonLines])
@pytest.mark.parametrize(
    ("message", "hidden"),
    [
        ("cannot connect to postgresql://shop:pass-word@db/checkout", "pass-word"),
        ("GET /find?address=anna.sokolova%40example.com", "sokolova"),
        ("To: Anna.Sokolova@Example.org bounced", "Sokolova"),
        ("the key was rk_live_abcdef123456", "abcdef123456"),
    ],
)
def test_what_drivers_and_services_say_is_masked_too(formatter: type[Discreet], message: str, hidden: str) -> None:
    assert hidden not in formatter([]).format(a_record(message))


@pytest.mark.parametrize("sign", ["@", "%40", "_secret_", "/pay/", "://", "re_", "pi_"])
def test_a_long_text_is_masked_in_no_time(sign: str) -> None:
    """A megabyte of anything that looks like an address all along; with its square it would take hours."""
    text = f"{'a' * 1_000_000} {sign} {sign * 1000} anna.sokolova@example.com"
    assert "sokolova" not in Discreet(["a secret"]).mask(text)


def test_of_two_secrets_the_longer_is_masked_as_a_whole() -> None:
    assert Discreet(["abc", "abcdef"]).mask("abcdef abc") == "*** ***"


def test_a_foreign_payment_id_is_masked_like_all_else() -> None:
    line = json.loads(JsonLines([]).format(a_record("recorded", payment_id="anna.sokolova@example.com")))
    assert "sokolova" not in line["payment_id"]


def test_a_traceback_is_masked_and_stays_one_line() -> None:
    try:
        raise OSError("cannot reach https://api.telegram.org/bot12345678:AAaaBBbbCCccDDddEEee_ff/getMe")
    except OSError as error:
        record = a_record("failed")
        record.exc_info = (type(error), error, error.__traceback__)
    said = JsonLines([]).format(record)
    assert "AAaaBBbbCC" not in said
    assert "\n" not in said
    assert "OSError" in json.loads(said)["exception"]


@pytest.mark.usefixtures("restored_logging")
def test_at_debug_only_what_is_ours_speaks(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("json", "DEBUG", [])
    for name in ("aiogram.event", "stripe", "aiohttp.client", "asyncpg", "resend", "anything"):
        logging.getLogger(name).debug("a library, at length")
        logging.getLogger(name).info("a library, at length")
    logging.getLogger("bot.context").debug("ours")
    logging.getLogger("anything").warning("a library in trouble")
    told = [json.loads(line)["message"] for line in capsys.readouterr().err.splitlines()]
    assert told == ["ours", "a library in trouble"]


def the_passed(records: list[logging.LogRecord], seconds_apart: float) -> list[str]:
    now = 0.0
    seldom = Seldom(lambda: now)
    passed = []
    for record in records:
        passed += [record.getMessage()] if seldom.filter(record) else []
        now += seconds_apart
    return passed


def from_logger(name: str, message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, "x.py", 1, message, arguments, None)


@pytest.mark.usefixtures("restored_logging")
@pytest.mark.parametrize(
    ("error", "is_told"),
    [(ClientConnectionResetError("Cannot write to closing transport"), False), (ValueError("a fault"), True)],
)
async def test_a_line_that_breaks_as_an_upload_ends_is_told_by_its_request_alone(
    error: Exception, is_told: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """As aiohttp's client writes: in a task that nobody waits for."""
    set_up_logging("text", "INFO", [])

    async def last_bytes() -> None:
        raise error

    await asyncio.wait([asyncio.create_task(last_bytes())])
    gc.collect()
    logging.getLogger("app").error("ours", exc_info=error)
    told = capsys.readouterr().err
    assert ("never retrieved" in told) == is_told
    assert "ours" in told


def test_what_strangers_cause_is_told_seldom_and_counted() -> None:
    accepts = [from_logger("asyncio", f"socket.accept() out of system resource\nsocket: {n}") for n in range(10_000)]
    passed = the_passed(accepts, seconds_apart=0.01)
    assert len(passed) == 5 + 9
    assert re.search(r" \(and 99\d like it before\)$", passed[5])


def test_kinds_are_told_apart_and_what_is_ours_is_always_told() -> None:
    mixed = [from_logger("web.errors", "%s failed", n) for n in range(9)] + [from_logger("web.errors", "other")]
    assert the_passed(mixed, 0) == [*(f"{n} failed" for n in range(5)), "other"]
    ours = [from_logger("checkout.payments", "payment %s is parked", n) for n in range(50)]
    assert len(the_passed(ours, 0)) == 50
    slow = [from_logger("web.errors", "%s failed", n) for n in range(50)]
    assert len(the_passed(slow, 10)) == 50
