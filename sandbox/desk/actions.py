"""What can be done at the desk, each by one POST to `/desk/api/<name>` with a JSON object."""

import asyncio
import contextlib
import math
from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.base.fake_server import FaultMode, StandIn
from sandbox.base.waiting import until
from sandbox.desk.stories import STORIES, tell_story, why_not
from sandbox.environment import Sandbox, Story
from sandbox.fake_stripe.cards import DECLINES
from sandbox.fake_stripe.store import Delivery
from sandbox.fake_telegram.chats import Person

CALLBACK_PATIENCE = 4.0  # seconds that a pressed button shows itself as pressed
STORY_PACE = 1.2  # seconds: a person can read along
RESEND_LIMIT = 5  # requests a second, as at Resend
Body = dict[str, Any]
Action = Callable[[Sandbox, Body], Awaitable[Body]]


class DeskError(Exception):
    """The desk cannot do what was asked; the message says why."""


async def say(sandbox: Sandbox, body: Body) -> Body:
    """`{person, text}`"""
    text = _text(body, "text", longest=4096)
    return {"message_id": sandbox.telegram.say(_person(sandbox, body), text).message_id}


async def press_start(sandbox: Sandbox, body: Body) -> Body:
    """`{person, payload?}`"""
    message = sandbox.telegram.press_start(_person(sandbox, body), str(body.get("payload", "")))
    return {"message_id": message.message_id}


async def press(sandbox: Sandbox, body: Body) -> Body:
    """`{person, message_id, callback_data}`: answers what the bot says to the press, if it does so soon."""
    telegram = sandbox.telegram
    query = telegram.press(_person(sandbox, body), _number(body, "message_id"), _text(body, "callback_data"))
    answer = None
    with contextlib.suppress(TimeoutError):
        answer = await until(lambda: telegram.callback_answers[query], CALLBACK_PATIENCE)
    return {"callback_query_id": query, "answer": answer}


async def send(sandbox: Sandbox, body: Body) -> Body:
    """`{person, kind}`: a sticker, photo, location or document instead of text."""
    person, telegram = _person(sandbox, body), sandbox.telegram
    ways: dict[str, Callable[[], Any]] = {
        "sticker": lambda: telegram.send_sticker(person),
        "photo": lambda: telegram.send_photo(person),
        "location": lambda: telegram.send_location(person),
        "document": lambda: telegram.send_document(person, "notes.txt", b"Something to read\n"),
    }
    return {"message_id": _choice(body, "kind", ways)().message_id}


async def block(sandbox: Sandbox, body: Body) -> Body:
    """`{person, blocked}`"""
    act = sandbox.telegram.block if body.get("blocked") else sandbox.telegram.unblock
    act(_person(sandbox, body))
    return {}


async def repeat_update(sandbox: Sandbox, body: Body) -> Body:
    """`{update_id?}`: the same update once more; the last one if none is named."""
    updates = sandbox.telegram.updates
    if not updates:
        raise DeskError("There has been no update yet.")
    update_id = int(body.get("update_id", updates[-1]["update_id"]))
    if update_id not in sandbox.telegram.queue.all:
        raise DeskError("There was no such update.")
    sandbox.telegram.repeat_update(update_id)
    return {"update_id": update_id}


async def switch_cards(sandbox: Sandbox, body: Body) -> Body:
    """`{cards: normal | decline | 3ds | processing, decline_code?, seconds?}`"""
    cards = _choice(body, "cards", dict.fromkeys(("normal", "decline", "3ds", "processing")), key=True)
    switches = sandbox.stripe.switches
    code = str(body.get("decline_code", "insufficient_funds"))
    if cards == "decline" and code not in DECLINES:
        raise DeskError(f"decline_code must be one of {', '.join(DECLINES)}")
    switches.decline = code if cards == "decline" else None
    switches.require_3ds = cards == "3ds"
    seconds = float(body.get("seconds") or math.inf)
    switches.processing_seconds = seconds if cards == "processing" else None
    return {}


async def switch_delivery(sandbox: Sandbox, body: Body) -> Body:
    """`{delivery: normal | twice | late | shuffled | none, late_seconds?}`"""
    sandbox.stripe.switches.delivery = _choice(body, "delivery", {mode.value: mode for mode in Delivery})
    if "late_seconds" in body:
        sandbox.stripe.switches.late_seconds = float(body["late_seconds"])
    return {}


async def switch_limits(sandbox: Sandbox, body: Body) -> Body:
    """`{one_a_second?, five_a_second?}`: Telegram's limit per chat and Resend's per account."""
    if "one_a_second" in body:
        sandbox.telegram.messages.one_a_second = bool(body["one_a_second"])
    if "five_a_second" in body:
        sandbox.resend.requests_per_second = RESEND_LIMIT if body["five_a_second"] else None
    return {}


async def switch_service(sandbox: Sandbox, body: Body) -> Body:
    """`{service, mode: ok | refuse | hang | reset | reset_body | rate_limited | server_error | html}`"""
    services: dict[str, StandIn] = {stand_in.service: stand_in for stand_in in sandbox.stand_ins}
    stand_in = _choice(body, "service", services)
    mode = _choice(body, "mode", {mode.value: mode for mode in FaultMode})
    if mode is FaultMode.REFUSE:
        await stand_in.take_down()
    else:
        await stand_in.bring_back()
        stand_in.faults.set(mode)
    stand_in.log(f"is now: {mode.value.replace('_', ' ')}")
    return {}


async def pay(sandbox: Sandbox, body: Body) -> Body:
    """`{payment_intent, card?}`: confirms as the pay page would; the card's number without spaces."""
    card = str(body.get("card", "4242424242424242"))
    return {"status": sandbox.stripe.pay(_text(body, "payment_intent"), card)["status"]}


async def authenticate(sandbox: Sandbox, body: Body) -> Body:
    """`{payment_intent, complete}`: answers an open 3D Secure challenge."""
    complete = bool(body.get("complete", True))
    return {"goes_on": sandbox.stripe.authenticate(_text(body, "payment_intent"), complete)}


async def refund(sandbox: Sandbox, body: Body) -> Body:
    """`{payment_intent, amount?}`, the amount in minor units; all that is left without one."""
    amount = _number(body, "amount") if body.get("amount") is not None else None
    return {"refund": sandbox.stripe.refund(_text(body, "payment_intent"), amount)["id"]}


async def dispute(sandbox: Sandbox, body: Body) -> Body:
    """`{payment_intent}`"""
    return {"dispute": sandbox.stripe.dispute(_text(body, "payment_intent"))["id"]}


async def close_dispute(sandbox: Sandbox, body: Body) -> Body:
    """`{dispute, won}`"""
    sandbox.stripe.close_dispute(_text(body, "dispute"), bool(body.get("won")))
    return {}


async def fraud_warning(sandbox: Sandbox, body: Body) -> Body:
    """`{payment_intent}`"""
    return {"warning": sandbox.stripe.fraud_warning(_text(body, "payment_intent"))["id"]}


async def release(sandbox: Sandbox, body: Body) -> Body:
    """`{payment_intent, succeed}`: ends `processing`."""
    sandbox.stripe.release_processing(_text(body, "payment_intent"), bool(body.get("succeed", True)))
    return {}


async def resend_event(sandbox: Sandbox, body: Body) -> Body:
    """`{event_id}`"""
    sandbox.stripe.resend(_text(body, "event_id"))
    return {}


async def restart(sandbox: Sandbox, body: Body) -> Body:
    """Kills the application where it stands and starts it anew."""
    if sandbox.application is None:
        raise DeskError("The application was not started by this sandbox.")
    await asyncio.shield(sandbox.application.restart())
    return {}


async def play(sandbox: Sandbox, body: Body) -> Body:
    """`{person, scenario: buy | decline | bank | processing | refund | power, pace?}`, seconds between two steps."""
    person, name = _person(sandbox, body), _choice(body, "scenario", STORIES, key=True)
    if reason := why_not(sandbox):
        raise DeskError(reason)
    assert sandbox.application is not None
    story = sandbox.story = Story(name, person.id, min(max(float(body.get("pace", STORY_PACE)), 0), 10))
    story.task = asyncio.create_task(tell_story(sandbox, story, person, sandbox.application.state()["url"]))
    return {"scenario": name}


ACTIONS: dict[str, Action] = {
    "say": say, "start": press_start, "press": press, "send": send, "block": block,
    "repeat-update": repeat_update, "cards": switch_cards, "delivery": switch_delivery,
    "limits": switch_limits, "service": switch_service, "refund": refund, "dispute": dispute,
    "close-dispute": close_dispute, "fraud-warning": fraud_warning, "release": release,
    "resend-event": resend_event, "restart": restart, "pay": pay, "authenticate": authenticate, "play": play,
}  # fmt: skip


def _person(sandbox: Sandbox, body: Body) -> Person:
    person = sandbox.telegram.chats.people.get(_number(body, "person"))
    if person is None:
        raise DeskError("There is no such person.")
    return person


def _number(body: Body, name: str) -> int:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise DeskError(f"{name} must be a whole number.")
    return value


def _text(body: Body, name: str, longest: int = 256) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= longest:
        raise DeskError(f"{name} must be a text of 1 to {longest} characters.")
    return value


def _choice(body: Body, name: str, choices: dict[str, Any], key: bool = False) -> Any:
    value = body.get(name)
    if not isinstance(value, str) or value not in choices:
        raise DeskError(f"{name} must be one of {', '.join(choices)}.")
    return value if key else choices[value]
