"""Requests to Resend, checked against the typed dictionaries of the installed SDK."""

import types
from typing import Any, Literal, Union, get_args, get_origin

from typing_extensions import get_type_hints, is_typeddict

LABELS = {str: "a string", int: "a number", bool: "a boolean", list: "an array", dict: "an object"}


class ResendError(Exception):
    """Resend answers with an error: the HTTP status, the name of the error and a sentence."""

    def __init__(self, status: int, name: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.name = name
        self.message = message
        self.headers = headers or {}


def invalid(message: str) -> ResendError:
    """The refusal that nearly all mistakes get."""
    return ResendError(422, "validation_error", message)


def missing(field: str) -> ResendError:
    """A required field is not there."""
    return ResendError(422, "missing_required_field", f"Missing `{field}` field.")


def check(params: type, body: dict[str, Any]) -> None:
    """Raises ResendError for a field that the SDK's `params` do not have, lack or have with another type."""
    if "" in body:
        raise invalid("The request body must be a JSON object.")
    _check_object(params, body, "")


def _check_object(params: Any, value: dict[str, Any], path: str) -> None:
    hints = get_type_hints(params)
    for name in value:
        if name not in hints:
            raise invalid(f"Unknown field `{path}{name}`.")
    for name in sorted(params.__required_keys__ - value.keys()):
        raise missing(f"{path}{name}")
    for name, item in value.items():
        _check_value(hints[name], item, f"{path}{name}")


def _check_value(annotation: Any, value: Any, path: str) -> None:
    origin, members = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        _check_union(members, value, path)
    elif is_typeddict(annotation):
        _check_kind(dict, value, path)
        _check_object(annotation, value, f"{path}.")
    elif origin is list:
        _check_kind(list, value, path)
        for index, item in enumerate(value):
            _check_value(members[0], item, f"{path}[{index}]")
    elif origin is dict:
        _check_kind(dict, value, path)
        for key, item in value.items():
            _check_value(members[1], item, f"{path}.{key}")
    elif origin is Literal:
        _check_choice(members, value, path)
    else:
        _check_kind(annotation, value, path)


def _check_union(members: tuple[Any, ...], value: Any, path: str) -> None:
    """Fits one of them; the complaint is the last member's."""
    complaint: ResendError | None = None
    for member in members:
        try:
            return _check_value(member, value, path)
        except ResendError as error:
            complaint = error
    assert complaint is not None
    raise complaint


def _check_kind(kind: Any, value: Any, path: str) -> None:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise invalid(f"The `{path}` field must be {LABELS.get(kind, kind)}.")


def _check_choice(choices: tuple[Any, ...], value: Any, path: str) -> None:
    if value not in choices:
        raise invalid(f"The `{path}` field must be one of {', '.join(map(str, choices))}.")
