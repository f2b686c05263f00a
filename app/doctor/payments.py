"""Stripe: the keys, the account, the webhook endpoint, and the clock that signatures are checked by."""

from collections.abc import Sequence
from contextlib import suppress

from app.doctor.finding import Finding, Findings, Surroundings, mend, ok, unknown
from app.settings_values import host_of, is_loopback
from checkout.errors import CheckoutError, PaymentRefused, RefusalArea, ServiceRefused
from checkout.sentence import plural, t
from db.maintenance.schema import is_newest
from db.storage import DatabaseStorage, open_database
from providers.stripe_account import EndpointState, StripeAccount, check_publishable_key
from providers.stripe_diagnosis import StripeDiagnosis, Undelivered
from providers.stripe_gateway import API_VERSION
from providers.stripe_permissions import missing_permissions

# Signatures hold for five minutes.
CLOCK_SECONDS = 60


async def check_payments(shop: Surroundings) -> Findings:
    settings = shop.settings
    account = StripeAccount(settings.stripe_secret_key, shop.http, settings.stripe_api_base)
    diagnosis = StripeDiagnosis(settings.stripe_secret_key, shop.http, settings.stripe_api_base)
    try:
        for finding in await _account(account, settings.livemode):
            yield finding
    except PaymentRefused as error:
        if error.area is not RefusalArea.KEY:
            raise
        yield mend("stripe.key", t("STRIPE_SECRET_KEY: {words}", words=error.words))
        return
    async for finding in _all(shop, account, diagnosis):
        yield finding


async def _all(shop: Surroundings, account: StripeAccount, diagnosis: StripeDiagnosis) -> Findings:
    settings = shop.settings
    for permission in await missing_permissions(settings.stripe_secret_key, shop.http, settings.stripe_api_base):
        what = t("STRIPE_SECRET_KEY may not: {permission}", permission=permission)
        yield mend("stripe.permission", what, permission=permission)
    yield await _publishable_key(shop, diagnosis)
    yield _clock(await diagnosis.clock_ahead())
    host, url = host_of(settings.public_url), f"{settings.public_url}/webhooks/stripe"
    all_there = await account.endpoints()
    ours = [one for one in all_there if one.url == url]
    if is_loopback(host) and not ours:
        yield ok("stripe.endpoint", t("PUBLIC_URL is this machine alone: Stripe cannot send webhooks to it"))
        return
    if not is_loopback(host):
        yield await _domain(account, host)
    for finding in _endpoint(url, ours, settings.stripe_webhook_secrets):
        yield finding
    undelivered: Sequence[Undelivered] = await diagnosis.undelivered()
    if undelivered and len(all_there) > len(ours):
        undelivered = await _missed_here(shop, undelivered)
    yield _deliveries(len(undelivered))


async def _account(account: StripeAccount, is_live: bool) -> list[Finding]:
    state = await account.state()
    mode = t("live mode") if is_live else t("test mode")
    key = ok("stripe.key", t("STRIPE_SECRET_KEY is that of {name} ({mode})", name=state.name, mode=mode))
    if is_live and not state.charges_enabled:
        return [key, mend("stripe.account", t("Stripe account {name} cannot take payments yet", name=state.name))]
    return [key, ok("stripe.account", t("Stripe account {name} can take payments", name=state.name))]


async def _publishable_key(shop: Surroundings, diagnosis: StripeDiagnosis) -> Finding:
    key = shop.settings.stripe_publishable_key
    try:
        await check_publishable_key(key, shop.http, shop.settings.stripe_api_base)
    except ServiceRefused:
        return mend("stripe.publishable", t("STRIPE_PUBLISHABLE_KEY: Stripe knows no such key"))
    is_ours = await diagnosis.has_publishable_key(key)
    if is_ours is None:
        finding = t("STRIPE_PUBLISHABLE_KEY: not compared, nothing was sold yet (--probe tries it)")
        return ok("stripe.publishable", finding)
    if not is_ours:
        finding = t("STRIPE_PUBLISHABLE_KEY is of another account than STRIPE_SECRET_KEY")
        return mend("stripe.publishable", finding)
    return ok("stripe.publishable", t("STRIPE_PUBLISHABLE_KEY is of the same account"))


def _clock(ahead: float) -> Finding:
    if ahead > CLOCK_SECONDS:
        finding = t(
            "this machine's clock is {seconds:.0f} s ahead of Stripe's: signatures will not hold", seconds=ahead
        )
        return mend("stripe.clock", finding)
    if ahead < -CLOCK_SECONDS:
        finding = t("this machine's clock is {seconds:.0f} s behind Stripe's: signatures will not hold", seconds=-ahead)
        return mend("stripe.clock", finding)
    return ok("stripe.clock", t("the clock agrees with Stripe's"))


async def _domain(account: StripeAccount, host: str) -> Finding:
    known = await account.domain(host)
    if known is None or not known.enabled:
        return mend("stripe.domain", t("{host} is not registered for Apple Pay and Google Pay", host=host))
    if known.inactive:
        names = ", ".join(known.inactive)
        finding = t("not to be shown on {host}: {names}; Stripe calls it inactive", host=host, names=names)
        return mend("stripe.domain", finding)
    return ok("stripe.domain", t("{host} is registered for Apple Pay and Google Pay", host=host))


def _endpoint(url: str, ours: Sequence[EndpointState], secrets: tuple[str, ...]) -> list[Finding]:
    if not ours:
        return [mend("stripe.endpoint", t("Stripe has no webhook endpoint {url}", url=url))]
    found = [_shape(ours[0])]
    if len(ours) > 1:
        finding = t(
            "Stripe has several webhook endpoints {url} ({count}): one secret fits one", url=url, count=len(ours)
        )
        found.append(mend("stripe.duplicates", finding))
    found.append(_secret(ours[0], secrets))
    return found


def _shape(endpoint: EndpointState) -> Finding:
    wrong = [
        *([] if endpoint.enabled else [t("it is disabled")]),
        *([t("missing: {names}", names=" ".join(endpoint.missing))] if endpoint.missing else []),
        *([t("not needed: {names}", names=" ".join(endpoint.surplus))] if endpoint.surplus else []),
    ]
    if endpoint.api_version != API_VERSION:
        wrong.append(t("API version {theirs}, not {ours}", theirs=endpoint.api_version, ours=API_VERSION))
    if wrong:
        return mend("stripe.endpoint", t("Stripe's webhook endpoint: {wrong}", wrong=wrong))
    return ok("stripe.endpoint", t("Stripe's webhook endpoint has exactly the events we handle"))


def _secret(endpoint: EndpointState, secrets: tuple[str, ...]) -> Finding:
    if not secrets:
        return mend("stripe.webhook_secret", t("STRIPE_WEBHOOK_SECRET is missing: every webhook is answered 503"))
    if not endpoint.fingerprints:
        finding = t("STRIPE_WEBHOOK_SECRET: whether it is this endpoint's only --probe can tell")
        return unknown("stripe.webhook_secret", finding)
    if not endpoint.is_signed_with(secrets):
        finding = t(
            "STRIPE_WEBHOOK_SECRET is not the one that was noted at this endpoint: unless it was rolled at Stripe"
            " since, every webhook is refused"
        )
        return mend("stripe.webhook_secret", finding)
    if len(secrets) > 1 and not endpoint.has_noted(secrets):
        finding = t(
            "STRIPE_WEBHOOK_SECRET has this endpoint's; run checkout-bot setup before the other one is taken away"
        )
        return ok("stripe.webhook_secret", finding)
    return ok("stripe.webhook_secret", t("STRIPE_WEBHOOK_SECRET is this endpoint's"))


async def _missed_here(shop: Surroundings, undelivered: Sequence[Undelivered]) -> Sequence[Undelivered]:
    """With other endpoints on the account, those may be the ones that do not take them: then only what is ours counts,
    and is not here. All where that cannot be told."""
    if shop.catalog is None:
        return undelivered
    ours = {one.event_id: one for one in undelivered if one.shop == shop.catalog.shop.shop_id}
    with suppress(CheckoutError, OSError):
        if not await is_newest(shop.settings.database):
            return undelivered
        database = await open_database(shop.settings.database)
        try:
            async with DatabaseStorage(database).read() as tx:
                return [ours[event_id] for event_id in await tx.events.unseen(list(ours))]
        finally:
            await database.close()
    return undelivered


def _deliveries(undelivered: int) -> Finding:
    if undelivered:
        count = t("100 events or more") if undelivered == 100 else plural("{n} event", "{n} events", undelivered)
        finding = t("not taken when Stripe sent them, within the last day: {count}", count=count)
        return mend("stripe.deliveries", finding)
    return ok("stripe.deliveries", t("every event of the last day was taken"))
