"""What the shop keeps of itself beside its catalogue."""

from typing import Protocol


class ShopState(Protocol):
    async def closed_text(self) -> str | None:
        """What customers are told while the shop is closed; None while it is open."""
        ...

    async def close(self, text: str) -> None:
        """Another text takes the place of the last one."""
        ...

    async def open(self) -> bool:
        """False when it was open."""
        ...
