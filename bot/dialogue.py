"""What is remembered of a conversation between two updates, typed; kept as aiogram's state and data."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Self

from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup


class Asked(StatesGroup):
    """What the customer was asked for last."""

    email = State()
    code = State()


def _name(state: State) -> str:
    return state.state or ""


ASKED_EMAIL, ASKED_CODE = _name(Asked.email), _name(Asked.code)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """``waiting`` is the name of a state of Asked, or empty.

    ``sku`` waits for a verified address. ``address`` is where *send again* mails to; ``sent_to`` had the last
    code, at ``asked_at`` (ISO, UTC), asked for by the update ``asked_by``. ``nonce`` makes a question's buttons
    work once; ``album`` was answered already.
    """

    waiting: str = ""
    sku: str = ""
    address: str = ""
    sent_to: str = ""
    suggestion: str = ""
    asked_at: str = ""
    asked_by: int = 0
    nonce: str = ""
    album: str = ""

    @property
    def waits_for_email(self) -> bool:
        return self.waiting == ASKED_EMAIL

    @property
    def waits_for_code(self) -> bool:
        return self.waiting == ASKED_CODE

    def was_asked_before(self, moment: datetime | None) -> bool:
        """Whether the last code was sent before ``moment``."""
        if moment is None or not self.asked_at:
            return False
        return datetime.fromisoformat(self.asked_at) <= moment

    @classmethod
    def read(cls, state: str | None, data: Mapping[str, Any]) -> Self:
        """Takes what it knows and has the right type; an older version may have written something else."""
        kept: dict[str, Any] = {}
        for one in fields(cls):
            value = data.get(one.name)
            if isinstance(value, type(one.default)):
                kept[one.name] = value
        kept["waiting"] = state if state in (ASKED_EMAIL, ASKED_CODE) else ""
        return cls(**kept)


async def load(state: FSMContext) -> Dialogue:
    return Dialogue.read(await state.get_state(), await state.get_data())


async def save(state: FSMContext, dialogue: Dialogue) -> None:
    """The data first: a state without its data would be a question that nobody remembers asking."""
    data = {name: value for name, value in asdict(dialogue).items() if value and name != "waiting"}
    await state.set_data(data)
    await state.set_state(dialogue.waiting or None)
