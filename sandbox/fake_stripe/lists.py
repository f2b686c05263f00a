"""Lists with their filters and pages, and the expansion of ids into objects."""

import copy
from collections.abc import Iterable
from typing import Any

from sandbox.fake_stripe import refund_objects
from sandbox.fake_stripe.errors import invalid, no_such
from sandbox.fake_stripe.objects import Wire
from sandbox.fake_stripe.store import Store

_COMPARE = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}
# which field of which object holds an id of what; None: always empty here
_EXPANDABLE: dict[str, dict[str, str | None]] = {
    "payment_intent": {
        "latest_charge": "charge",
        "payment_method": "payment_method",
        **dict.fromkeys(("application", "customer", "on_behalf_of", "review")),
    },
    "charge": {
        "payment_intent": "payment_intent",
        "balance_transaction": "balance_transaction",
        **dict.fromkeys(("application", "customer", "failure_balance_transaction", "review")),
    },
    "refund": {"charge": "charge", "payment_intent": "payment_intent"},
    "dispute": {"charge": "charge", "payment_intent": "payment_intent"},
    "radar.early_fraud_warning": {"charge": "charge", "payment_intent": "payment_intent"},
}


def page(things: Iterable[Wire], params: Wire, url: str) -> Wire:
    """A list object, newest first, from `things` in the order of their making."""
    created = params.get("created")
    rows = [thing for thing in reversed(list(things)) if _created_within(thing["created"], created)]
    limit = params.get("limit", 10)
    if "starting_after" in params:
        rows = rows[_index(rows, params["starting_after"], "starting_after") + 1 :]
        shown = rows[:limit]
    elif "ending_before" in params:
        rows = rows[: _index(rows, params["ending_before"], "ending_before")]
        shown = rows[-limit:]
    else:
        shown = rows[:limit]
    return {"object": "list", "data": shown, "has_more": len(rows) > len(shown), "url": url}


def matching(things: Iterable[Wire], params: Wire, *names: str) -> list[Wire]:
    """Those whose fields equal the parameters given."""
    wanted = {name: params[name] for name in names if name in params}
    return [t for t in things if all(t.get(name) == value for name, value in wanted.items())]


def _created_within(created: int, bounds: Any) -> bool:
    if isinstance(bounds, dict):
        return all(_COMPARE[name](created, bound) for name, bound in bounds.items())
    return bounds is None or created == bounds


def _index(rows: list[Wire], object_id: str, param: str) -> int:
    for index, row in enumerate(rows):
        if row["id"] == object_id:
            return index
    raise no_such("object", object_id, param, 400)


def expand(answer: Wire, paths: list[str], store: Store) -> Wire:
    """A copy of the answer with the named ids replaced by their objects. Raises ApiError for a wrong path."""
    answer = copy.deepcopy(answer)
    if len(paths) > 20:
        raise invalid("You can expand at most 20 properties", "expand")
    for path in paths:
        steps = path.split(".")
        if len(steps) > 4:
            raise invalid(f"You cannot expand more than 4 levels of a property. Property: {path}", "expand")
        _expand(answer, steps, store)
    return answer


def _expand(thing: Wire, steps: list[str], store: Store) -> None:
    if not steps:
        return
    name, rest = steps[0], steps[1:]
    if thing.get("object") == "list" and name == "data":
        for row in thing["data"]:
            _expand(row, rest, store)
        return
    fields = _EXPANDABLE.get(thing.get("object", ""), {})
    if name not in fields:
        raise invalid(f"This property cannot be expanded ({name}).", "expand")
    kind, value = fields[name], thing[name]
    if isinstance(value, str) and kind is not None:
        thing[name] = copy.deepcopy(_fetch(kind, value, thing, store))
    if isinstance(thing[name], dict):
        _expand(thing[name], rest, store)


def _fetch(kind: str, object_id: str, owner: Wire, store: Store) -> Wire:
    if kind == "balance_transaction":
        return refund_objects.balance_transaction(object_id, owner)
    return store.find(kind, object_id)
