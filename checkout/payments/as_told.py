"""When what a look-up has found was said: a debit is begun, and a dispute opened, days before it stands as it does."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from checkout.model.events import DisputeReport, IntentReport, ProviderEvent, RefundReport, Report


def as_told(found: Iterable[ProviderEvent], events: Sequence[ProviderEvent]) -> list[ProviderEvent]:
    """With the time of what they say where ``events`` tell it: a debit is begun, and a dispute opened, days before."""
    times = {_said(one.report): one.created for one in reversed(events)}
    timed = [
        replace(one, created=times[said]) if (said := _said(one.report)) in times and said else one for one in found
    ]
    return sorted(timed, key=lambda one: one.created)


def _said(report: Report | None) -> tuple[str, str] | None:
    """Which success, refund or dispute, and how it stands; what else has been said has a time of its own."""
    match report:
        case IntentReport(intent_id=id_, kind="succeeded" as status):
            return id_, status
        case RefundReport(refund_id=id_, status=status) | DisputeReport(dispute_id=id_, status=status):
            return id_, status
    return None
