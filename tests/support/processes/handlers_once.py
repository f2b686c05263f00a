"""aiogram looks at the signature of each handler, once for each dispatcher: 12 ms for each of two thousand bots.

What a function takes does not change from one bot to the next, so it is looked at once; imported, this is in force.
"""

from collections.abc import Hashable

from aiogram.dispatcher.event.handler import CallableObject

Signature = tuple[bool, set[str], bool]

_look = CallableObject.__post_init__
_known: dict[Hashable, Signature] = {}


def _look_once(self: CallableObject) -> None:
    code = getattr(self.callback, "__code__", None)
    if code is None or hasattr(self.callback, "__wrapped__"):
        _look(self)
        return
    key = (type(self.callback), code)  # a method takes one argument less than its function
    if key not in _known:
        _look(self)
        _known[key] = self.awaitable, self.params, self.varkw
    self.awaitable, self.params, self.varkw = _known[key]


CallableObject.__post_init__ = _look_once  # type: ignore[method-assign]
