"""Signed events with odd values, as far as both databases: kept or refused, never a failure that is sent for days."""

import json
import time
from pathlib import Path

import aiohttp
import pytest
import stripe

from checkout.errors import InvalidInput
from checkout.model.events import MailEvent, ProviderEvent
from checkout.notifications.record_mail_status import RecordMailStatus
from db.engine.connection import Database
from db.recording.event_statements import recording
from db.storage import DatabaseStorage
from providers.fields import Fields, json_value
from providers.resend_events import parse_mail_event
from providers.stripe_events import parse_event
from tests.support.clock import MovedClock
from tests.support.event_samples import RULES
from tests.support.faults.odd_events import SUBJECTS, mail_event, odd_bodies, stripe_event, with_value
from tests.support.pay_shop import WEBHOOK_SECRET, open_shop


def odd_events(type_: str) -> list[ProviderEvent]:
    """Those that are taken, each under an id of its own where that is not the odd one."""
    taken = []
    for number, body in enumerate(odd_bodies(stripe_event(type_))):
        body = body.replace(b'"evt_1"', f'"evt_{number}"'.encode()).replace(b'"pi_1"', f'"pi_{number}"'.encode())
        try:
            taken.append(parse_event(Fields(json_value(body))))
        except InvalidInput:
            continue
    return taken


@pytest.mark.parametrize("type_", sorted(SUBJECTS))
async def test_whatever_event_is_taken_both_databases_keep(database: Database, clock: MovedClock, type_: str) -> None:
    taken = odd_events(type_)
    assert len(taken) > 20
    for start in range(0, len(taken), 50):
        await database.run(recording(taken[start : start + 50], RULES, clock))


async def test_whatever_is_told_of_a_mail_both_databases_can_be_asked_about(
    storage: DatabaseStorage, clock: MovedClock
) -> None:
    told: list[MailEvent] = []
    for body in odd_bodies(mail_event()):
        try:
            told.append(parse_mail_event("msg_1", Fields(json_value(body))))
        except InvalidInput:
            continue
    assert len(told) > 20
    note = RecordMailStatus(storage, clock, lambda: None, (9001,))
    for event in told:
        await note.record(event)


async def test_an_event_that_cannot_be_kept_is_answered_400_and_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    body = with_value(stripe_event("payment_intent.succeeded"), ("data", "object", "metadata", "email"), "a\ud800@b.c")
    whole = json.dumps(stripe_event("payment_intent.succeeded")).encode()
    async with open_shop(tmp_path) as shop, aiohttp.ClientSession() as http:

        async def answer_to(text: bytes) -> int:
            signature = stripe.WebhookSignature.generate_signature_header(
                text.decode(), WEBHOOK_SECRET, timestamp=int(time.time())
            )
            headers = {"Stripe-Signature": str(signature)}
            async with http.post(f"{shop.url}/webhooks/stripe", data=text, headers=headers) as answer:
                return answer.status

        assert [await answer_to(body) for _ in range(3)] == [400, 400, 400]
        assert await answer_to(whole) == 200
    said = [one.getMessage() for one in caplog.records if one.levelname in ("WARNING", "ERROR")]
    assert said == ["a webhook of stripe is refused: email holds what cannot be stored"]
