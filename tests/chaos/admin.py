"""The admin, who decides about payments under review: one question after another, asked again where nothing answers."""

import asyncio
from collections.abc import Callable

from sandbox.environment import Sandbox
from sandbox.fake_telegram.chats import MIRA, ChatMessage

PATIENCE = 8.0  # seconds before a button is pressed again
LOOK = 0.1
PRESSES = 3  # of one question, before it is asked anew
TOPICS = {"deliver": "yes:deliver:", "refund": "yes:refund_review:"}


class Admin:
    """``decisions`` says by payment what was decided: ``deliver`` or ``refund``."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.decisions: dict[str, str] = {}
        self._telegram = sandbox.telegram
        self._one_at_a_time = asyncio.Lock()  # a new question voids the one before

    async def decide(self, payment_id: str, action: str) -> None:
        """Returns once the bot has said that it is done, or that it was done by an earlier press."""
        self.decisions[payment_id] = action
        choice = f"review:{action}:{payment_id}"
        while self._newest(lambda one: choice in one.callbacks) is None:
            await asyncio.sleep(LOOK)
        async with self._one_at_a_time:
            while not await self._decided(payment_id, choice, TOPICS[action]):
                await asyncio.sleep(LOOK)

    async def _decided(self, payment_id: str, choice: str, yes: str) -> bool:
        alert = self._newest(lambda one: choice in one.callbacks)
        if alert is None:  # it says what was decided, where the answer to the question was lost
            return True
        before = self._newest_id()
        self._telegram.press(MIRA, alert.message_id, choice)
        question = await self._soon(lambda: self._question(payment_id, yes, before))
        if question is None:
            return False
        data, asked = next(one for one in question.callbacks if one.startswith(yes)), question.text
        for _ in range(PRESSES):
            self._telegram.press(MIRA, question.message_id, data)
            if await self._soon(lambda: None if data in question.callbacks else question):
                # One in whose place a newer one has come, as after a kill, loses its buttons and says no more.
                return question.text != asked
        return False

    def _question(self, payment_id: str, yes: str, after: int) -> ChatMessage | None:
        return self._newest(
            lambda one: (
                one.message_id > after
                and payment_id in one.text
                and any(data.startswith(yes) for data in one.callbacks)
            )
        )

    async def _soon(self, find: Callable[[], ChatMessage | None]) -> ChatMessage | None:
        """None when patience ends."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while (found := find()) is None and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(LOOK)
        return found

    def _newest_id(self) -> int:
        return max((one.message_id for one in self._telegram.chat(MIRA)), default=0)

    def _newest(self, fits: Callable[[ChatMessage], bool]) -> ChatMessage | None:
        return next((one for one in reversed(self._telegram.chat(MIRA)) if one.by_bot and fits(one)), None)
