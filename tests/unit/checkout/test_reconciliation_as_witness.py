"""Stripe's stories, told by webhooks in any order and grouping, and by look-ups at any moment: the end is Stripe's."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from checkout.model.events import ProviderEvent
from checkout.model.payment import Payment, Status
from tests.support.clock import NOON
from tests.support.event_samples import FakeDatabase, charge_refunded, intent, refund
from tests.support.payments import a_payment

PAGE = "https://payments.stripe.com/voucher/1"
# What may happen to a PaymentIntent in each of its statuses.
STEPS = {
    "requires_payment_method": ("decline", "check", "voucher", "process", "succeed", "cancel"),
    "requires_action": ("decline", "process", "succeed", "cancel"),
    "processing": ("decline", "succeed"),
    "succeeded": ("refund", "refund_fails", "pay_again"),
}
KINDS = {"requires_payment_method": "created", "requires_action": "created"}


@dataclass
class Story:
    """One PaymentIntent at Stripe, a step every ten seconds; ``events`` are its webhooks, ``looks`` all look-ups."""

    status: str = "requires_payment_method"
    events: list[ProviderEvent] = field(default_factory=lambda: [intent("created")])
    looks: list[ProviderEvent] = field(default_factory=list)
    declines: int = 0
    has_voucher: bool = False
    given_back: int = 0
    paid_again: bool = False

    def go(self, step: str) -> None:
        number = len(self.looks) + 1
        at = NOON + timedelta(seconds=10 * number)
        self.events += [replace(one, created=at) for one in self._told(step, number)]
        self.looks.append(self._seen(at + timedelta(seconds=3)))

    def _told(self, step: str, number: int) -> list[ProviderEvent]:
        name, method = f"evt_{number}", f"pm_{number}"
        match step:
            case "decline":
                # The bank may name the attempt by another method than it began with.
                self._move("requires_payment_method", declines=self.declines + 1)
                return [intent("payment_failed", name, charge=f"ch_{number}", failure_code="expired_card")]
            case "check":
                self._move("requires_action")
                return [intent("requires_action", name, method=method)]
            case "voucher":
                self._move("requires_action", has_voucher=True)
                until = NOON + timedelta(days=3)
                return [intent("requires_action", name, method=method, voucher_url=PAGE, voucher_until=until)]
            case "process":
                self._move("processing")
                return [intent("processing", name, method=method)]
            case "succeed":
                self._move("succeeded")
                return [intent("succeeded", name, charge="ch_ok")]
            case "cancel":
                self._move("canceled")
                return [intent("canceled", name)]
        return self._aftermath(step, number)

    def _aftermath(self, step: str, number: int) -> list[ProviderEvent]:
        re = f"re_{number}"
        if step == "pay_again":
            self.paid_again = True
            again = intent("succeeded", f"evt_{number}", intent_id="pi_2", charge="ch_2")
            return [again, refund(re, 700, "succeeded", "pi_2")]
        if step == "refund_fails":
            return [refund(re, 300, "pending"), refund(re, 300, "failed")]
        self.given_back += 100
        return [refund(re, 100, "pending"), refund(re, 100, "succeeded"), charge_refunded(self.given_back)]

    def _move(self, status: str, *, declines: int | None = None, has_voucher: bool = False) -> None:
        self.status, self.has_voucher = status, has_voucher
        self.declines = self.declines if declines is None else declines

    def _seen(self, asked_at: datetime) -> ProviderEvent:
        voucher = {"voucher_url": PAGE, "voucher_until": NOON + timedelta(days=3)} if self.has_voucher else {}
        kind = KINDS.get(self.status, self.status)
        seen = intent(kind, f"found/{asked_at}", status=self.status, charge="ch_ok" * (kind == "succeeded"), **voucher)
        return replace(seen, asked_at=asked_at)

    @property
    def end(self) -> tuple[Status, int, bool]:
        """The payment's status, what of it was given back, and whether a voucher waits."""
        match self.status:
            case "succeeded":
                # Who paid twice has lost only what both have given back.
                back = min(self.given_back, 700) if self.paid_again else self.given_back
                return (Status.PARTIALLY_REFUNDED if back else Status.PAID), back, False
            case "processing" | "canceled":
                return Status(self.status), 0, False
        if self.has_voucher:
            return Status.PENDING, 0, True
        return (Status.FAILED if self.declines else Status.PENDING), 0, False


# Made once for each length: to make one takes longer than to draw from it.
@cache
def under(length: int) -> st.SearchStrategy[int]:
    return st.integers(0, length - 1)


@cache
def some_under(length: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.sampled_from(range(length)), unique=True)


@cache
def orders(length: int) -> st.SearchStrategy[list[int]]:
    return st.permutations(range(length))


@st.composite
def stories(draw: st.DrawFn) -> Story:
    story = Story()
    for _ in range(draw(st.integers(0, 7))):
        steps = [one for one in STEPS.get(story.status, ()) if not (one == "pay_again" and story.paid_again)]
        if steps:
            story.go(steps[draw(under(len(steps)))])
    return story


def end_of(payment: Payment) -> tuple[Status, int, bool]:
    return payment.status, payment.amount_refunded, payment.voucher is not None


def told(data: st.DataObject, events: list[ProviderEvent]) -> FakeDatabase:
    """In any order, and in any groups."""
    order = data.draw(orders(len(events)))
    cuts = sorted({*data.draw(some_under(len(order) + 1)), 0, len(order)})
    shop = FakeDatabase(a_payment())
    for first, beyond in pairwise(cuts):
        shop.take(*(events[place] for place in order[first:beyond]))
    return shop


def some_of(data: st.DataObject, events: list[ProviderEvent]) -> list[ProviderEvent]:
    return [events[place] for place in data.draw(some_under(len(events)))] if events else []


@settings(max_examples=500)
@given(stories(), st.data())
def test_with_all_webhooks_and_any_look_ups_the_end_is_stripes(story: Story, data: st.DataObject) -> None:
    shop = told(data, [*story.events, *some_of(data, story.looks)])
    assert end_of(shop.payment) == story.end


@settings(max_examples=500)
@given(stories(), st.data())
def test_whatever_webhooks_were_lost_the_last_look_up_sets_right(story: Story, data: st.DataObject) -> None:
    shop = told(data, [*some_of(data, story.events), *some_of(data, story.looks)])
    last = story.looks[-1:]
    shop.take(*(replace(one, event_id="found/last") for one in last))
    shown, true = shop.payment.status, story.end[0]
    if true in (Status.PAID, Status.PARTIALLY_REFUNDED):
        assert shown in (Status.PAID, Status.PARTIALLY_REFUNDED, Status.REFUNDED)
    elif last and true is not Status.FAILED and not story.declines:
        assert shown is true
    elif last:
        # A decline itself is Stripe's event alone to tell.
        assert shown is true or {shown, true} <= {Status.PENDING, Status.FAILED}
    receipts = [one for todo in shop.plans for one in todo.messages if one.dedupe_key == "mail/payment_paid/pay_1/"]
    assert len(receipts) == (true in (Status.PAID, Status.PARTIALLY_REFUNDED))
