"""Imports aiogram so that each of its models is built when it is first used.

aiogram builds some three hundred at its import, for 2 s of CPU and 100 MB; a shop uses a tenth of them. All of them are
ready to be built later (``defer_build``), but need to be told then which names their annotations mean.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

_names: dict[str, Any] = {}
_original = BaseModel.__dict__["model_rebuild"]


def _remember(_cls: type[BaseModel], /, *, _types_namespace: Mapping[str, Any] | None = None, **_rest: Any) -> None:
    """In the place of building."""
    _names.update(_types_namespace or {})


def _build(cls: type[BaseModel], /, *, _types_namespace: Mapping[str, Any] | None = None, **rest: Any) -> bool | None:
    rest.pop("_parent_namespace_depth", None)  # the frame of whoever came first knows none of the names
    if issubclass(cls, (Update, Response)) and not Message.__pydantic_complete__:
        # They take it ready-made then, rather than each building one within itself.
        Message.model_rebuild()
    built: bool | None = _original.__func__(cls, _types_namespace={**_names, **(_types_namespace or {})}, **rest)
    return built


BaseModel.model_rebuild = classmethod(_remember)  # type: ignore[assignment, method-assign]
try:
    from aiogram.methods.base import Response, TelegramMethod
    from aiogram.types import Message, Update
    from aiogram.types.base import TelegramObject
finally:
    BaseModel.model_rebuild = _original  # type: ignore[method-assign]
for base in (TelegramObject, TelegramMethod, Response):
    base.model_rebuild = classmethod(_build)  # type: ignore[assignment, method-assign]
