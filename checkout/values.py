"""Dataclasses of which one is made for every webhook: frozen for the type checker, which reads every line of ours.

What is frozen at run time too sets each field past its own guard, by a call: a payment then takes four microseconds to
make in the place of one.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as value
else:
    from dataclasses import dataclass

    def value(**options: Any) -> Any:
        """As ``dataclass``, to which ``frozen`` and ``slots`` are told as always."""
        return dataclass(**{**options, "frozen": False, "unsafe_hash": True})


__all__ = ["value"]
