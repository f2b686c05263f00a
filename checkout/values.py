"""Dataclasses of which one is made for every webhook: frozen for the type checker, which reads every line of ours.

What is frozen at run time too sets each field past its own guard, by a call: a payment then takes four microseconds to
make in the place of one.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as value
    from dataclasses import replace
else:
    from dataclasses import dataclass, fields
    from functools import cache
    from operator import attrgetter

    def value(**options: Any) -> Any:
        """As ``dataclass``, to which ``frozen`` and ``slots`` are told as always."""
        return dataclass(**{**options, "frozen": False, "unsafe_hash": True})

    def replace(one: Any, /, **changes: Any) -> Any:
        """As dataclasses.replace, for what has two fields or more. That one looks at each field anew each time and
        takes twice as long for a payment."""
        places, values_of = _shape(type(one))
        values = list(values_of(one))
        for name, changed in changes.items():
            values[places[name]] = changed
        return type(one)(*values)

    @cache
    def _shape(kind: type) -> tuple[dict[str, int], Any]:
        names = [field.name for field in fields(kind)]
        return {name: place for place, name in enumerate(names)}, attrgetter(*names)


__all__ = ["replace", "value"]
