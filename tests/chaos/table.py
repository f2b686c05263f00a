"""The table at the end of a run, as it stands in docs/reliability.md."""

from collections.abc import Sequence

from tests.chaos.run import Result

MOST_SHOWN = 20


def table(results: Sequence[Result]) -> str:
    rows = [
        ("", *(f"{one.database}, {_processes(one.replicas)}" for one in results)),
        ("payments", *(str(one.plan.size.payments) for one in results)),
        ("kills (SIGKILL)", *(str(one.kills) for one in results)),
        ("outages", *(str(one.outages) for one in results)),
        ("Stripe's events, never delivered", *(f"{one.events}, {one.events_lost}" for one in results)),
        ("webhook deliveries tried", *(str(one.deliveries) for one in results)),
        ("mails accepted", *(str(one.mails) for one in results)),
        ("**lost**", *(f"**{len(one.verdict.lost)}**" for one in results)),
        ("**mails sent twice**", *(f"**{len(one.verdict.twice)}**" for one in results)),
        ("**wrong states**", *(f"**{len(one.verdict.wrong)}**" for one in results)),
        ("chat messages repeated", *(str(one.verdict.repeated) for one in results)),
        ("seconds to catch up", *(f"{one.catch_up:.0f}" for one in results)),
        ("seconds in all", *(f"{one.took:.0f}" for one in results)),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [_line(row, widths) for row in rows]
    rule = "| " + " | ".join("-" * (width - 1) + (":" if column else "-") for column, width in enumerate(widths)) + " |"
    return "\n".join([lines[0], rule, *lines[1:]])


def complaints(result: Result) -> str:
    """What is wrong, in sentences; empty when nothing is."""
    verdict = result.verdict
    lines = [
        f"  {name}: {what}"
        for name, found in (("lost", verdict.lost), ("twice", verdict.twice), ("wrong", verdict.wrong))
        for what in [*found[:MOST_SHOWN], *([f"and {len(found) - MOST_SHOWN} more"] if len(found) > MOST_SHOWN else [])]
    ]
    return "\n".join([f"{result.database}:", *lines]) if lines else ""


def _processes(count: int) -> str:
    return "one process" if count == 1 else f"{count} replicas"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [text.ljust(width) if column == 0 else text.rjust(width)
             for column, (text, width) in enumerate(zip(row, widths, strict=True))]  # fmt: skip
    return "| " + " | ".join(cells) + " |"
