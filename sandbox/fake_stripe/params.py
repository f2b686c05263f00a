"""Checks request parameters against the typed dictionaries of the installed SDK, so that nothing can drift."""

import operator
import re
import sys
import types
import typing
from decimal import Decimal
from functools import cache
from typing import Any

import stripe.params
import stripe.params.radar
import typing_extensions
from stripe import RequestOptions
from stripe._stripe_object import UntypedStripeObject  # the parameters' own word for a free mapping

from sandbox.fake_stripe.errors import ApiError, invalid

_INTEGER = re.compile(r"-?\d{1,18}")
_OPTIONS = frozenset(RequestOptions.__annotations__)


@cache
def fields_of(operation: type) -> dict[str, Any]:
    """The parameters of a typed dictionary with their types, without the SDK's own request options."""
    namespace: dict[str, Any] = {"StripeContext": Any}  # imported there for type checkers only
    for home in (RequestOptions, operation):
        namespace.update(vars(sys.modules[home.__module__]))
    hints = typing.get_type_hints(operation, namespace)
    return {name: hint for name, hint in hints.items() if name not in _OPTIONS}


def check(operation_name: str, wire: dict[str, Any], extra: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Types the wire's strings by ``stripe.params.<operation_name>``; `extra` names pass as they are.

    Raises ApiError as the real service does: unknown, missing or wrongly typed parameters.
    """
    operation = operator.attrgetter(operation_name)(stripe.params)
    passed = {name: value for name, value in wire.items() if name in extra}
    typed = _structure(operation, {k: v for k, v in wire.items() if k not in extra}, "")
    _limits(typed)
    return {**typed, **passed}


def _structure(operation: type, wire: dict[str, Any], prefix: str) -> dict[str, Any]:
    fields = fields_of(operation)
    for name in wire:
        if name not in fields:
            param = _join(prefix, name)
            raise invalid(f"Received unknown parameter: {param}", param, "parameter_unknown")
    required: frozenset[str] = operation.__required_keys__  # type: ignore[attr-defined] # a TypedDict
    for name in sorted(required - wire.keys()):
        param = _join(prefix, name)
        raise invalid(f"Missing required param: {param}.", param, "parameter_missing")
    return {name: _value(fields[name], value, _join(prefix, name)) for name, value in wire.items()}


def _join(prefix: str, name: str) -> str:
    return f"{prefix}[{name}]" if prefix else name


def _value(hint: Any, value: Any, param: str) -> Any:
    """The value by its type; of a union the first member that takes it."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return _union(typing.get_args(hint), value, param)
    if typing.get_origin(hint) is typing.Literal:
        return _literal(typing.get_args(hint), value, param)
    if typing_extensions.is_typeddict(hint):
        if not isinstance(value, dict):
            raise invalid("Invalid object", param)
        return _structure(hint, value, param)
    origin = typing.get_origin(hint) or hint
    if origin in (list, typing.Sequence):
        return _array(typing.get_args(hint), value, param)
    if origin in (dict, UntypedStripeObject):
        return _mapping(value, param)
    return _scalar(hint, value, param)


def _union(members: tuple[Any, ...], value: Any, param: str) -> Any:
    literals = [a for m in members if typing.get_origin(m) is typing.Literal for a in typing.get_args(m)]
    if any(literals):
        # "one of these | str": the SDK leaves room for newer values, the service has none
        members = tuple(m for m in members if m is not str)
    elif value == "" and "" in literals:
        return ""
    problem: ApiError | None = None
    for member in members:
        try:
            return _value(member, value, param)
        except ApiError as error:
            # the deepest complaint is the useful one: it knows the name of the wrong parameter
            if problem is None or len(error.fields.get("param", "")) > len(problem.fields.get("param", "")):
                problem = error
    raise problem or invalid(f"Invalid {param}", param)


def _literal(allowed: tuple[Any, ...], value: Any, param: str) -> Any:
    if value in allowed:
        return value
    names = ", ".join(str(item) for item in allowed[:40])
    raise invalid(f"Invalid {param}: must be one of {names}", param)


def _array(members: tuple[Any, ...], value: Any, param: str) -> list[Any]:
    if not isinstance(value, list):
        raise invalid("Invalid array", param)
    return [_value(members[0], item, f"{param}[{index}]") for index, item in enumerate(value)]


def _mapping(value: Any, param: str) -> dict[str, Any]:
    if isinstance(value, list):
        value = {str(index): item for index, item in enumerate(value)}
    if not isinstance(value, dict):
        raise invalid("Invalid object", param)
    return value


def _scalar(hint: Any, value: Any, param: str) -> Any:
    if not isinstance(value, str):
        raise invalid(f"Invalid string: {value!r}", param)
    if hint is bool:
        if value not in ("true", "false"):
            raise invalid(f"Invalid boolean: {value}", param)
        return value == "true"
    if hint is int:
        if not _INTEGER.fullmatch(value):
            raise invalid(f"Invalid integer: {value}", param, "parameter_invalid_integer")
        return int(value)
    if hint in (float, Decimal):
        if not re.fullmatch(r"-?\d{1,12}(\.\d{1,12})?", value):
            raise invalid(f"Invalid decimal: {value}", param)
        return float(value)
    if value == "":
        message = f"You passed an empty string for '{param}'. We assume empty values are an attempt to unset."
        raise invalid(message, param, "parameter_invalid_empty")
    return value


_LONGEST = {"description": 1000, "statement_descriptor": 22, "statement_descriptor_suffix": 22, "url": 2048}


def _limits(params: dict[str, Any]) -> None:
    """The limits which the types do not tell."""
    for name, longest in _LONGEST.items():
        value = params.get(name)
        if isinstance(value, str) and len(value) > longest:
            message = f"Invalid string: {value[:10]}...{value[-5:]}; must be at most {longest} characters"
            raise invalid(message, name, "parameter_invalid_string")
    page = params.get("limit")
    if page is not None and not 1 <= page <= 100:
        raise invalid("Invalid limit: must be between 1 and 100", "limit", "parameter_invalid_integer")
    if "metadata" in params and params["metadata"] != "":
        _check_metadata(params["metadata"])


def _check_metadata(metadata: dict[str, Any]) -> None:
    if len(metadata) > 50:
        raise invalid("Metadata can have up to 50 keys", "metadata")
    for key, value in metadata.items():
        param = f"metadata[{key[:60]}]"
        if not isinstance(value, str):
            raise invalid("Metadata values must be strings", param)
        if not 1 <= len(key) <= 40:
            raise invalid(f"Metadata keys can have up to 40 characters, this has {len(key)}", param)
        if len(value) > 500:
            raise invalid(f"Metadata values can have up to 500 characters, this has {len(value)}", param)


def merge_metadata(target: dict[str, Any], change: dict[str, str] | str) -> None:
    """Sets and (by an empty value) unsets keys; an empty string for all unsets everything."""
    metadata = target["metadata"] if change != "" else {}
    if isinstance(change, dict):
        metadata = {k: v for k, v in {**metadata, **change}.items() if v != ""}
    target["metadata"] = metadata
