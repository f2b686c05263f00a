"""What happens when: drawn from one seed, so that a run can be asked for again.

The plan is the same for the same seed and size. Which line of code a kill hits is the machine's to decide.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sandbox.base.fake_server import FaultMode

SERVICES = ("telegram", "stripe", "resend")
ALL_TOGETHER = "all three"
KINDS = (
    FaultMode.REFUSE,
    FaultMode.HANG,
    FaultMode.SERVER_ERROR,
    FaultMode.RATE_LIMITED,
    FaultMode.RESET_BODY,
    FaultMode.HTML,
)
COPIES = 3
LONGEST_DETOUR = 3.0  # seconds: within these the copies of many events overtake each other
BACKUP, INTERLUDE = 0.2, 0.4  # parts of the time of faults
BEGINNING = 0.7  # purchases begin in this part of the time of faults, so that most live through some


class Scenario(StrEnum):
    """What one customer does with one pay link, and the shop or the bank afterwards."""

    PAID = "paid"
    CLICKED_TWICE = "clicked twice"
    DECLINED_THEN_PAID = "declined, then paid"
    THREE_D_SECURE = "3D Secure"
    THREE_D_SECURE_REFUSED = "3D Secure refused"
    DECLINED = "declined"
    PROCESSED_AND_PAID = "processing, then paid"
    PROCESSED_AND_FAILED = "processing, then failed"
    REFUNDED = "refunded"
    PARTLY_REFUNDED = "refunded in part"
    REFUNDED_TWICE = "refunded in two parts"
    DISPUTED = "disputed"
    ABANDONED = "abandoned"
    DELIVERED_AFTER_REVIEW = "other amount, delivered"
    REFUNDED_AFTER_REVIEW = "other amount, refunded"
    PAID_TWICE = "paid twice, the second refunded"
    PAID_TWICE_AND_REFUNDED = "paid twice, both refunded"


OFTEN = {Scenario.PAID: 6, Scenario.CLICKED_TWICE: 2, Scenario.DECLINED_THEN_PAID: 2}


@dataclass(frozen=True, slots=True)
class Purchase:
    """``begins_at`` and ``pause`` in seconds; ``pause`` lies between the steps of the scenario."""

    number: int
    customer: int
    product: int
    scenario: Scenario
    begins_at: float
    pause: float


@dataclass(frozen=True, slots=True)
class Outage:
    """``service`` is one of SERVICES or ALL_TOGETHER; ``begins_at`` and ``lasts`` in seconds."""

    service: str
    kind: FaultMode
    begins_at: float
    lasts: float


@dataclass(frozen=True, slots=True)
class Size:
    """How much is broken. ``seconds`` is the time of faults; ``lost`` the share of events that never arrive.

    At the end everything is killed at once, or, without ``ends_with_kill``, asked to end; then started again. With
    ``slow_line`` the first product has five megabytes, which go to Telegram and Resend over an ordinary line. With an
    ``interlude`` a backup is made and put back later, and the shop moves to another database and back.
    """

    payments: int
    customers: int
    seconds: float
    kills: int
    outages_together: bool = True
    kinds: Sequence[FaultMode] = KINDS
    lost: float = 0.2
    ends_with_kill: bool = True
    slow_line: bool = False
    interlude: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """``kills`` are instants in seconds; each hits one process that is alive then."""

    seed: int
    size: Size
    purchases: tuple[Purchase, ...]
    outages: tuple[Outage, ...]
    kills: tuple[float, ...]

    @property
    def products(self) -> int:
        """Every customer buys a product only once: an open payment for the same one would be taken up again."""
        return -(-self.size.payments // self.size.customers)


def make_plan(seed: int, size: Size) -> Plan:
    dice = random.Random(seed)
    return Plan(
        seed=seed,
        size=size,
        purchases=_purchases(dice, size),
        outages=_outages(dice, size),
        kills=tuple(sorted(dice.uniform(0, size.seconds) for _ in range(size.kills))),
    )


def detours(seed: int, number: int, lost: float) -> tuple[float, ...]:
    """After which pauses (seconds) the copies of Stripe's event ``number`` leave; none for one that is lost."""
    dice = random.Random(f"{seed}/{number}")
    if dice.random() < lost:
        return ()
    return tuple(dice.uniform(0, LONGEST_DETOUR) for _ in range(COPIES))


def _purchases(dice: random.Random, size: Size) -> tuple[Purchase, ...]:
    scenarios = [scenario for scenario in Scenario for _ in range(OFTEN.get(scenario, 1))]
    deck = (scenarios * (size.payments // len(scenarios) + 1))[: size.payments]
    dice.shuffle(deck)
    begins = sorted(dice.uniform(0, size.seconds * BEGINNING) for _ in deck)
    return tuple(
        Purchase(
            number=number,
            customer=number % size.customers,
            product=number // size.customers,
            scenario=scenario,
            begins_at=begins[number],
            pause=dice.uniform(0.1, 3.0),
        )
        for number, scenario in enumerate(deck)
    )


def _outages(dice: random.Random, size: Size) -> tuple[Outage, ...]:
    """Each service in turn in each kind of trouble, then all of them; between two everything is well for a while."""
    services = (*SERVICES, ALL_TOGETHER) if size.outages_together else SERVICES
    combinations = [(service, kind) for kind in size.kinds for service in services]
    dice.shuffle(combinations)
    share = size.seconds / max(1, len(combinations))
    return tuple(
        Outage(service, kind, number * share + dice.uniform(0.05, 0.2) * share, dice.uniform(0.3, 0.5) * share)
        for number, (service, kind) in enumerate(combinations)
    )
