"""What is known of a payment is kept in the shape that the release before reads: its replicas read it meanwhile, and
whoever goes back does. A part that is new stands under a name of its own; no list grows. (Of the mismatches that
release takes the names alone.)"""

import json

from checkout.model.facts import ChargeRefunded, Decision, Mismatch, PaymentFacts, Received, RefundFact
from checkout.model.intent_facts import (
    Attempt,
    CardUsed,
    DisputeFact,
    Failure,
    IntentFacts,
    NextAction,
    Observation,
    Settlement,
)
from db.repositories.facts_json import dump_facts, load_facts
from tests.support.clock import NOON

AT, CARD = NOON.isoformat(), Attempt("ch_1", "card")
FAILURE = Failure(NOON, "evt_1", CARD, "card_declined", "No.")
FACTS = PaymentFacts(
    intents={
        "pi_1": IntentFacts(
            succeeded_at=NOON,
            canceled=True,
            processing={CARD: NOON},
            failures={FAILURE.attempt_key: FAILURE},
            card=CardUsed("card", "visa", "4242"),
            observed=Observation(NOON, "succeeded"),
            settlement=Settlement(55, 1845, "eur"),
            actions={CARD: NextAction(NOON), Attempt("", "oxxo"): NextAction(NOON, NOON, "https://x.yz")},
        )
    },
    refunds={"re_1": RefundFact(500, "pending", "n1", "pi_1")},
    disputes={"dp_1": DisputeFact("lost", 500, NOON, "eur", NOON, "pi_1")},
    charges={"ch_1": ChargeRefunded(500, "pi_1")},
    mismatches={"pi_2: amount 5": Mismatch("pi_2", 5, "usd", "live_mode")},
    received={"pi_2": Received(5, "eur", livemode=True, at=NOON)},
    decision=Decision("deliver", 7, NOON),
    taken_in_at=NOON,
    expired=True,
)
KEPT = {
    "intents": {
        "pi_1": {
            "succeeded_at": AT,
            "canceled": True,
            "processing": [["ch_1", "card", AT]],
            "failures": {"ch_1": [AT, "evt_1", "ch_1", "card", "card_declined", "No."]},
            "card": ["card", "visa", "4242"],
            "observed": [AT, "succeeded"],
            "settlement": [55, 1845, "eur"],
            "actions": [["", "oxxo", AT, AT, "https://x.yz"], ["ch_1", "card", AT]],
        }
    },
    "refunds": {"re_1": [500, "pending", "n1", "pi_1"]},
    "disputes": {"dp_1": ["lost", 500, AT, "eur", AT]},
    "disputed": {"dp_1": "pi_1"},
    "charges": {"ch_1": [500, "pi_1"]},
    "mismatches": {"pi_2: amount 5": ["pi_2", 5, "usd", "live_mode"]},
    "received": {"pi_2": [5, "eur", True, AT]},
    "decision": ["deliver", 7, AT],
    "taken_in_at": AT,
    "expired": True,
}


def test_the_shape_of_what_is_kept_stays() -> None:
    kept = dump_facts(FACTS)
    assert json.loads(kept) == KEPT
    assert load_facts(kept) == FACTS
