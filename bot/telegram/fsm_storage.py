"""aiogram's conversation state in our database: a restart in the middle loses nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from aiogram.fsm.state import State
from aiogram.fsm.storage.base import DEFAULT_DESTINY, BaseStorage, StateType, StorageKey

from checkout.ports.runtime import Clock
from checkout.ports.storage import Storage


@dataclass(frozen=True, slots=True)
class _Kept:
    """State and data in one text."""

    state: str | None
    data: dict[str, Any]

    @classmethod
    def read(cls, text: str | None) -> "_Kept":
        kept = json.loads(text) if text else {}
        return cls(kept.get("state"), kept.get("data", {}))

    def write(self) -> str:
        return json.dumps({"state": self.state, "data": self.data}, ensure_ascii=False)


def conversation_key(key: StorageKey) -> str:
    """The customer's id comes first: by it a customer's conversations are erased."""
    parts = [str(key.user_id), str(key.chat_id), str(key.bot_id)]
    if key.thread_id is not None:
        parts.append(f"thread-{key.thread_id}")
    if key.business_connection_id is not None:
        parts.append(f"business-{key.business_connection_id}")
    if key.destiny != DEFAULT_DESTINY:
        parts.append(key.destiny)
    return ":".join(parts)


class ConversationStorage(BaseStorage):
    """One row a conversation; an empty one has none."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage, self._clock = storage, clock

    async def set_state(self, key: StorageKey, state: StateType = None) -> None:
        name = state.state if isinstance(state, State) else state
        await self._change(key, state=name)

    async def get_state(self, key: StorageKey) -> str | None:
        return (await self._get(key)).state

    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:
        await self._change(key, data=dict(data))

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        return (await self._get(key)).data

    async def close(self) -> None:
        """The database is closed by whoever opened it."""

    async def _get(self, key: StorageKey) -> _Kept:
        async with self._storage.read() as tx:
            return _Kept.read(await tx.conversations.get(conversation_key(key)))

    async def _change(self, key: StorageKey, **changes: Any) -> None:
        name = conversation_key(key)
        async with self._storage.begin() as tx:
            known = _Kept.read(await tx.conversations.get(name))
            kept = replace(known, **changes)
            if kept == known:
                return
            if kept.state is None and not kept.data:
                await tx.conversations.delete(name)
            else:
                await tx.conversations.put(name, kept.write(), self._clock.now())
