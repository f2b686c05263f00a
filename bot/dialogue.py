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
    amount = State()


def _name(state: State) -> str:
    return state.state or ""


ASKED_EMAIL, ASKED_CODE, ASKED_AMOUNT = _name(Asked.email), _name(Asked.code), _name(Asked.amount)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """``waiting`` is the name of a state of Asked, or empty.

    ``sku`` waits for a verified address, and so does the receipt of the payment ``receipt_for``. ``address`` is where
    *send again* mails to; ``sent_to`` had the last code, at ``asked_at`` (ISO, UTC), asked for by the update
    ``asked_by``. ``nonce`` makes a question's buttons work once, ``question`` is which one it was, asked at
    ``question_at`` (ISO, UTC); ``album`` was answered already. ``refund_of`` is the payment whose amount to refund an
    admin is asked for. ``resent`` is the button whose receipt or files were sent last, at ``resent_at`` (ISO, UTC).
    ``step`` is the message that asks for the address and then for the code, while it is the newest. ``let_go`` is what
    the last code was asked for until /cancel: whoever then sends the code wants it after all. ``link_of`` is the
    payment by whose link they want it, for the new address: paid meanwhile, it is not to be paid again. ``wrong_in`` is
    the update that had a wrong code last, after which there were ``tries_left``.
    """

    waiting: str = ""
    sku: str = ""
    receipt_for: str = ""
    address: str = ""
    sent_to: str = ""
    suggestion: str = ""
    asked_at: str = ""
    asked_by: int = 0
    nonce: str = ""
    question: str = ""
    question_at: str = ""
    refund_of: str = ""
    album: str = ""
    resent: str = ""
    resent_at: str = ""
    step: int = 0
    let_go: str = ""
    link_of: str = ""
    wrong_in: int = 0
    tries_left: int = 0

    @property
    def waits_for_email(self) -> bool:
        return self.waiting == ASKED_EMAIL

    @property
    def waits_for_code(self) -> bool:
        return self.waiting == ASKED_CODE

    @property
    def waits_for_amount(self) -> bool:
        return self.waiting == ASKED_AMOUNT

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
        kept["waiting"] = state if state in (ASKED_EMAIL, ASKED_CODE, ASKED_AMOUNT) else ""
        return cls(**kept)


async def load(state: FSMContext) -> Dialogue:
    return Dialogue.read(await state.get_state(), await state.get_data())


async def save(state: FSMContext, dialogue: Dialogue) -> None:
    """The data first: a state without its data would be a question that nobody remembers asking."""
    data = {name: value for name, value in asdict(dialogue).items() if value and name != "waiting"}
    await state.set_data(data)
    await state.set_state(dialogue.waiting or None)
