"""The referee sees what a chat shows, and not what has been taken away."""

from dataclasses import replace

import pytest

from tests.chaos.referee import judge
from tests.chaos.test_referee import BEN, good_world
from tests.chaos.world import Restored, SentMessage

PAY = SentMessage(9.0, BEN, "Walk 001\nPay", "Walk 001\nPay", pay_token="token_1")


@pytest.mark.parametrize(
    ("button", "is_wrong"),
    [
        (PAY, True),
        (replace(PAY, is_there=False), False),
        (replace(PAY, document="receipt-000001.pdf"), False),
        (replace(PAY, pay_token="token_3"), False),
        (replace(PAY, pay_token=""), False),
    ],
    ids=["paid", "taken away", "became the receipt", "of another link", "none"],
)
def test_a_button_that_asks_to_pay_for_what_is_paid_is_wrong(button: SentMessage, is_wrong: bool) -> None:
    world = good_world()
    tokens = {"pay_1": "token_1", "pay_3": "token_3"}  # of a paid one, and one that was declined
    world.rows = [replace(row, pay_token=tokens.get(row.payment_id, "")) for row in world.rows]
    first = replace(world.chats[0], is_there=not button.document)
    world.chats = [first, *world.chats[1:], button]
    assert [one for one in judge(world).wrong if "still asks to pay" in one] == judge(world).wrong
    assert bool(judge(world).wrong) is is_wrong
    assert judge(world).lost == []
    world.interruptions = [9.1]
    assert judge(world).is_clean, "nobody knows of what was sent and not noted"
    world.interruptions, world.restored = [], Restored(at=9.5)
    assert judge(world).is_clean, "an older copy does not know of it"


def test_what_was_taken_away_was_not_said_twice_nor_delivered() -> None:
    world = good_world()
    taken = replace(world.chats[0], is_there=False)
    world.chats = [taken, *world.chats]
    assert judge(world).is_clean
    world.chats = [taken, *good_world().chats[1:]]
    assert [one for one in judge(world).lost if "receipt in the chat" in one] == judge(world).lost != []
