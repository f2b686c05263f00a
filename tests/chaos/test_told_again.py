"""The referee sees what a shop says again when an older copy of its database was put back."""

from dataclasses import replace

import pytest

from tests.chaos.referee import judge
from tests.chaos.test_referee import good_world
from tests.chaos.world import Restored

AT = 100.0
TOLD = Restored(AT, frozenset({"pay_1", "pay_2"}))


@pytest.mark.parametrize("number", range(4), ids=["a receipt", "another receipt", "a refund", "another refund"])
def test_a_mail_that_leaves_again_under_another_key_is_one_too_many(number: int) -> None:
    world = good_world()
    world.restored = TOLD
    again = replace(world.mails[number], at=AT + 1, key="checkout/other", text="worded anew")
    world.mails = [*world.mails, again]
    assert f"{again.payment_id} told again by an older copy: mail {again.kind}" in judge(world).twice


@pytest.mark.parametrize("number", range(6))
def test_receipts_files_and_refunds_in_the_chat_are_one_too_many_whatever_was_killed(number: int) -> None:
    world = good_world()
    world.restored, world.interruptions = TOLD, [AT]
    world.chats = [*world.chats, replace(world.chats[number], at=AT + 1)]
    assert len(judge(world).twice) == 1


def test_what_nobody_had_heard_of_by_then_may_be_told() -> None:
    world = good_world()
    world.restored = Restored(AT, frozenset({"pay_1"}))
    world.chats = [replace(one, at=AT + 1) if "Walk 002" in one.first else one for one in world.chats]
    world.mails = [replace(one, at=AT + 1) if one.payment_id == "pay_2" else one for one in world.mails]
    assert judge(world).is_clean


@pytest.mark.parametrize(
    "answer", ["✅ The address anna@example.org is confirmed.", "✅ Адрес anna@example.org подтверждён."]
)
def test_a_conversation_that_was_put_back_may_be_answered_once_more(answer: str) -> None:
    world = good_world()
    world.restored = TOLD
    world.chats = [*world.chats, replace(world.chats[0], document="", first=f"{answer} Walk 001", at=AT + 1)]
    assert judge(world).is_clean


@pytest.mark.parametrize("opening", ["", "✅ Адрес anna@example.org подтверждён.\n\n"])
def test_whoever_asks_for_a_link_that_is_paid_may_see_it_become_the_receipt(opening: str) -> None:
    world = good_world()
    world.restored, world.interruptions = TOLD, [AT]
    world.chats = [*world.chats, replace(world.chats[0], first=f"{opening}Walk 001\nPay", at=AT + 1)]
    assert judge(world).is_clean
