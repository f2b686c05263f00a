"""What the payment provider refuses for good, until somebody mends it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from checkout.errors import RefusalArea
from checkout.model.money import Money

_PREFIX = "refused/"


class Operation(StrEnum):
    """What is asked for a customer who opens the page."""

    CREATE = "create"
    RETRIEVE = "retrieve"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as far as a refusal may hold for others like it. ``money`` is None where there is none in it."""

    operation: Operation
    money: Money | None = None

    def subject(self, area: RefusalArea) -> str:
        """What a refusal in ``area`` holds for."""
        match area:
            case RefusalArea.KEY:
                return ""
            case RefusalArea.ACCOUNT:
                return self.operation
            case RefusalArea.METHODS:
                return self.money.currency if self.money else ""
        return f"{self.money.amount} {self.money.currency}" if self.money else ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """``code`` is the provider's word; ``subject`` what it holds for, empty for everything."""

    area: RefusalArea
    subject: str
    code: str

    @property
    def name(self) -> str:
        """The checkpoint of its begin: there while it is open."""
        return f"{_PREFIX}{self.area}/{self.subject}/{self.code}"

    @classmethod
    def named(cls, name: str) -> Self:
        area, subject, code = name.removeprefix(_PREFIX).split("/", 2)
        return cls(RefusalArea(area), subject, code)

    def is_over(self, answered: Asked) -> bool:
        """Whether a request that was answered shows that this is refused no more."""
        if answered.money is None and self.area not in (RefusalArea.KEY, RefusalArea.ACCOUNT):
            return False
        return self.subject == answered.subject(self.area)


def all_names() -> str:
    """With what the names of all refusals begin."""
    return _PREFIX
