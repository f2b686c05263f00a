"""What recording a group of events asks of the database, step by step.

A generator without any input or output of its own: SQLite takes it through in one go, PostgreSQL step by step. So
the logic stands once, and a group on SQLite does not pay two thread switches a statement.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Generator, Sequence
from typing import Any

from checkout.errors import GoneBack, StaleWrite
from checkout.model.audit import Action
from checkout.model.events import DecisionReport, ProviderEvent, Report
from checkout.model.invoice import is_invoice
from checkout.model.outbox import MAYBE_TOLD
from checkout.model.payment import Payment
from checkout.payments.changes import may_be_followed
from checkout.payments.plan import Plan
from checkout.payments.plan_events import plan
from checkout.payments.rules import Known, Rules
from checkout.ports.runtime import Clock
from db.engine.connection import Change, Fetch, Row, Steps, Together, to_text
from db.engine.sql_loader import Query, queries
from db.repositories.facts_json import dump_event, load_event
from db.repositories.outbox import SQL as OUTBOX
from db.repositories.outbox_rows import write_message
from db.repositories.payment_rows import read_payments, read_readable, write_payment
from db.repositories.payments import SQL as PAYMENTS

AUDIT, EVENTS, INVOICES, TOTALS = (queries(area) for area in ("audit", "events", "invoices", "statistics"))


def recording(
    events: Sequence[ProviderEvent],
    rules: Rules,
    clock: Clock,
    planned: Callable[[Plan], object] = lambda todo: None,
    given: int = 0,
) -> Steps:
    """``planned`` is shown what is about to be committed; the numbers of receipts up to ``given`` have owners.

    Raises StaleWrite when a payment has moved between reading and writing, and GoneBack when the database does not know
    of all that were given.
    """
    known = yield from _read_known(events)
    if known.last_receipt_number < given:
        raise GoneBack("the database has gone back to an older state")
    now = clock.now()
    todo = plan(known, events, rules, now)
    planned(todo)
    yield from _write(todo, to_text(now))


def _read_known(events: Sequence[ProviderEvent]) -> Generator[Fetch, Sequence[Row], Known]:
    reports = [event.report for event in events if event.report]
    intent_ids = json.dumps(sorted({report.intent_id for report in reports if report.intent_id}))
    payment_ids = json.dumps(sorted({report.metadata.payment_id or report.intent_id for report in reports}))
    rows = yield Fetch(PAYMENTS["known"], {"payment_ids": payment_ids, "intent_ids": intent_ids})
    # After the payments: on PostgreSQL their locks are held now, so no replica can add these events meanwhile.
    event_ids = json.dumps([event.event_id for event in events])
    seen, orphans, number = set[str](), defaultdict[str, list[ProviderEvent]](list), 0
    deaf = set[int]()
    for what, key, body, told in (yield Fetch(EVENTS["known"], {"event_ids": event_ids, "intent_ids": intent_ids})):
        match what:
            case "seen":
                seen.add(key)
            case "unmatched":
                orphans[key].append(load_event(body))
            case "receipt":
                number = told
            case "hears no sales":
                deaf.add(told)
    payments = read_payments(rows)
    payments += yield from _read_former(reports, payments)
    payments += yield from _read_followers(payments)
    makers = yield from _read_makers({one.sku for one in payments} | {one.metadata.sku for one in reports})
    taken = yield from _read_taken({one.metadata.receipt for one in reports if one.metadata.receipt})
    return Known(payments, frozenset(seen), orphans, number, taken, makers, frozenset(deaf))


def _read_former(reports: Sequence[Report], known: Sequence[Payment]) -> Generator[Fetch, Sequence[Row], list[Payment]]:
    """A refund or dispute without metadata may be about a PaymentIntent that was replaced and paid all the same."""
    bare = {one.intent_id for one in reports if not one.metadata.shop} - {one.payment_intent_id for one in known}
    if not bare:
        return []
    rows = yield Fetch(PAYMENTS["by_former_intents"], {"intent_ids": json.dumps(sorted(bare))})
    known_ids = {one.payment_id for one in known}
    return [one for one in read_payments(rows) if one.payment_id not in known_ids]


def _read_followers(known: Sequence[Payment]) -> Generator[Fetch, Sequence[Row], list[Payment]]:
    """Open links for the same beside a payment whose own had ended; a group without such a one costs nothing."""
    found: dict[str, Payment] = {}
    for customer, sku in sorted({(one.telegram_user_id, one.sku) for one in known if may_be_followed(one)}):
        rows = yield Fetch(PAYMENTS["open_of"], {"telegram_user_id": customer, "sku": sku})
        found |= {one.payment_id: one for one in read_readable(rows)}
    known_ids = {one.payment_id for one in known}
    return [one for payment_id, one in found.items() if payment_id not in known_ids]


def _read_taken(numbers: set[int]) -> Generator[Fetch, Sequence[Row], frozenset[int]]:
    """Which of the receipt numbers that Stripe remembers have an owner here; a group without any costs nothing."""
    if not numbers:
        return frozenset()
    rows = yield Fetch(PAYMENTS["receipt_numbers_taken"], {"numbers": json.dumps(sorted(numbers))})
    return frozenset(number for (number,) in rows)


def _read_makers(skus: set[str]) -> Generator[Fetch, Sequence[Row], dict[str, int]]:
    """Who made the invoices among these; a group without any costs nothing."""
    invoices = sorted(filter(is_invoice, skus))
    if not invoices:
        return {}
    rows = yield Fetch(INVOICES["makers"], {"skus": json.dumps(invoices)})
    return {row["sku"]: row["admin_id"] for row in rows}


def _write(todo: Plan, now: str) -> Generator[Change | Together, Any, None]:
    """What leaves rows or takes them away that the rest is about, the rest in one go, and silencing last: a failure and
    the success after it may be in one group, or what was said and its correction."""
    adopted = [{"payment_intent_id": one, "payment_id": owner} for one, owner in sorted(todo.adopted_intents.items())]
    yield from _one_by_one(
        (EVENTS["adopt_unmatched"], adopted),
        (EVENTS["drop_unmatched"], adopted),
        (EVENTS["add_unmatched"], [_orphan_row(event, now) for event in todo.new_orphans]),
        (OUTBOX["replace_failure_mail"], [{"payment_id": one} for one in sorted(todo.failures_replaced)]),
    )
    changes = [Change(query, rows) for query, rows in _rows(todo, now) if rows]
    if changes:
        written = yield Together(changes)
        for change, count in zip(changes, written, strict=True):
            if change.query is PAYMENTS["update"] and count != len(todo.changed):
                raise StaleWrite("a payment of the group has moved")
    yield from _one_by_one(
        (OUTBOX["silence_failures"], [{"payment_id": one} for one in sorted(todo.silenced)]),
        (OUTBOX["supersede"], [write_message(one, now) for one in todo.corrected]),
        (OUTBOX["set_aside"], [{**write_message(one, now), "reason": MAYBE_TOLD} for one in todo.unclear]),
    )


def _one_by_one(*changes: tuple[Query, list[dict[str, Any]]]) -> Generator[Change, int, None]:
    for query, rows in changes:
        if rows:
            yield Change(query, rows)


def _rows(todo: Plan, now: str) -> list[tuple[Query, list[dict[str, Any]]]]:
    return [
        (PAYMENTS["add"], [write_payment(one) for one in todo.inserted.values()]),
        (PAYMENTS["update"], [write_payment(one) for one in todo.changed.values()]),
        (EVENTS["add"], [_event_row(event, payment_id, now) for event, payment_id in todo.events]),
        (OUTBOX["add"], [write_message(one, now) for one in todo.messages]),
        (AUDIT["add"], [_audit_row(payment_id, decision, now) for payment_id, decision in todo.decisions]),
        (TOTALS["add_sold"], [row._asdict() for row in todo.totals.rows()]),
        (TOTALS["add_declines"], _decline_rows(todo)),
    ]


def _event_row(event: ProviderEvent, payment_id: str | None, now: str) -> dict[str, Any]:
    return {
        "event_id": event.event_id,
        "type": event.type,
        "payment_id": payment_id,
        "created_at": to_text(event.created),
        "received_at": now,
    }


def _audit_row(payment_id: str, decision: DecisionReport, now: str) -> dict[str, Any]:
    action = Action.REVIEW_DELIVERED if decision.action == "deliver" else Action.REVIEW_REFUNDED
    return {
        "admin_id": decision.admin_id,
        "action": action.value,
        "payment_id": payment_id,
        "details": "{}",
        "at": now,
    }


def _decline_rows(todo: Plan) -> list[dict[str, Any]]:
    return [{"day": day, "code": code, "declines": n} for (day, code), n in sorted(todo.totals.declines.items())]


def _orphan_row(event: ProviderEvent, now: str) -> dict[str, Any]:
    return {
        "event_id": event.event_id,
        "payment_intent_id": event.report.intent_id if event.report else "",
        "body": dump_event(event),
        "received_at": now,
    }
