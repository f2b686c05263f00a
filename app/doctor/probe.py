"""One real PaymentIntent there and back: both keys, permissions, secret, address, TLS and proxy at once.

No money moves. The intent has nothing of the shop in its metadata, so that it becomes no payment; what stays is the
number of its event among those that were seen.
"""

import asyncio
import secrets

from app.doctor.finding import Findings, Surroundings, mend, ok, unknown
from checkout.errors import PaymentRefused
from checkout.model.money import least_charged
from checkout.sentence import t
from db.storage import DatabaseStorage, open_database
from providers.stripe_diagnosis import ProbeIntent, StripeDiagnosis

WEBHOOK_SECONDS = 20.0
LOOK_AGAIN_SECONDS = 1.0


async def check_by_probe(shop: Surroundings) -> Findings:
    settings = shop.settings
    if shop.catalog is None or not shop.catalog.products:
        yield unknown("probe", t("without a catalogue there is no currency to try"))
        return
    currency = next(iter(shop.catalog.products.values())).price.currency
    diagnosis = StripeDiagnosis(settings.stripe_secret_key, shop.http, settings.stripe_api_base)
    try:
        intent = await diagnosis.make_probe(least_charged(currency), secrets.token_hex(8))
    except PaymentRefused as error:
        yield mend("probe", t("Stripe refuses a PaymentIntent: {words}", words=error.words))
        return
    is_readable = await diagnosis.can_read(intent, settings.stripe_publishable_key)
    await diagnosis.cancel_probe(intent)
    if not is_readable:
        finding = t("STRIPE_PUBLISHABLE_KEY cannot read what STRIPE_SECRET_KEY has made")
        yield mend("stripe.publishable", finding)
    database = await open_database(settings.database)
    try:
        has_come = await _has_come(DatabaseStorage(database), diagnosis, intent)
    finally:
        await database.close()
    if not has_come:
        finding = t("Stripe's webhook about a PaymentIntent has not come within {n:.0f} s", n=WEBHOOK_SECONDS)
        yield mend("probe", finding)
    elif is_readable:
        yield ok("probe", t("a PaymentIntent was made, read as the page does, canceled, and its webhook has come"))


async def _has_come(storage: DatabaseStorage, diagnosis: StripeDiagnosis, intent: ProbeIntent) -> bool:
    try:
        async with asyncio.timeout(WEBHOOK_SECONDS):
            while True:
                event_ids = await diagnosis.probe_events(intent)
                async with storage.read() as tx:
                    if event_ids and len(await tx.events.unseen(event_ids)) < len(event_ids):
                        return True
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
    except TimeoutError:
        return False
