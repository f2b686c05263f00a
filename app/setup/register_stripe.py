"""What Stripe has to know: where its webhooks go, and the host on which wallets may appear."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from app.setup.context import Setup, confirmed
from providers.stripe_account import UNFINISHED, EndpointState, StripeAccount
from providers.stripe_gateway import API_VERSION

SECRET = "STRIPE_WEBHOOK_SECRET"  # noqa: S105 -- a setting's name
PATH = "/webhooks/stripe"


async def register_stripe(setup: Setup) -> None:
    """Raises ServiceError."""
    if setup.stripe is None:
        return
    await _register_endpoint(setup, setup.stripe)
    await _register_domain(setup, setup.stripe)


async def _register_endpoint(setup: Setup, stripe: StripeAccount) -> None:
    """Exactly one endpoint leads here, of our API version, and its secret is ours."""
    t, url, secrets = setup.t, setup.public_url + PATH, setup.answers.secrets(SECRET)
    all_there = await stripe.endpoints()
    here = [one for one in all_there if one.url == url]
    good = _usable(here, secrets) or await _rolled(setup, here, secrets)
    if good is None:
        await _make(setup, stripe, url, secrets)
    elif good.missing or good.surplus or not good.enabled:
        await stripe.mend_endpoint(good.endpoint_id)
        setup.terminal.good(t("The webhook endpoint {url} is enabled, with exactly the events we handle", url=url))
    else:
        setup.terminal.good(t("The webhook endpoint {url} is there", url=url))
    if good is not None and not good.fingerprints:
        setup.also(t("Stripe does not tell whether {setting} is this endpoint's: `checkout-bot doctor --probe` proves"
                     " it", setting=SECRET))  # fmt: skip
    elif good is not None and not good.has_noted(secrets):
        await stripe.note_secrets(good.endpoint_id, secrets, setup.shop_id)
        setup.terminal.good(t("{setting} is noted at the endpoint as it is now", setting=SECRET))
    for one in here:
        if one is not good and _is_replaced(setup, one, secrets):
            await stripe.delete_endpoint(one.endpoint_id)
            setup.terminal.good(t("An endpoint at the same address, with another secret, is deleted"))
    await _offer_to_delete(setup, stripe, [one for one in all_there if one.url != url and one.is_ours])


def _usable(here: list[EndpointState], secrets: tuple[str, ...]) -> EndpointState | None:
    """One that is signed with a secret of ours; or nobody noted whose its secret is, and we have one."""
    right = [one for one in here if one.api_version == API_VERSION]
    proven = (one for one in right if one.is_signed_with(secrets))
    unproven = (one for one in right if secrets and not one.fingerprints)
    return next(proven, None) or next(unproven, None)


async def _rolled(setup: Setup, here: list[EndpointState], secrets: tuple[str, ...]) -> EndpointState | None:
    """Stripe does not tell that a secret was rolled: only who did it knows that the endpoint has this one now."""
    right = [one for one in here if one.api_version == API_VERSION and UNFINISHED not in one.fingerprints]
    if not secrets or len(right) != 1:
        return None
    words = setup.t("{setting} is another one than this endpoint had. Was it rolled at Stripe's dashboard, and is this"
                    " the new one?", setting=SECRET)  # fmt: skip
    return right[0] if await confirmed(setup, words, setup.chosen.is_stripe_secret_rolled) else None


async def _make(setup: Setup, stripe: StripeAccount, url: str, secrets: tuple[str, ...]) -> None:
    """The secret is told once: it is written down before anything else is asked of Stripe."""
    endpoint_id, secret = await stripe.create_endpoint(url)
    setup.answers.keep(SECRET, secret)
    await stripe.note_secrets(endpoint_id, (secret,), setup.shop_id)
    setup.terminal.good(setup.t("The webhook endpoint {url} is made", url=url))
    if secrets:
        setup.also(setup.t("{setting} is a new one: restart `checkout-bot serve` if it is running", setting=SECRET))


def _is_replaced(setup: Setup, endpoint: EndpointState, secrets: tuple[str, ...]) -> bool:
    """While the new secret has yet to be put into the environment, the shop lives on the old endpoint."""
    return SECRET not in setup.answers.to_print or not endpoint.is_signed_with(secrets)


async def _offer_to_delete(setup: Setup, stripe: StripeAccount, elsewhere: list[EndpointState]) -> None:
    """Of ours alone: several shops may share an account."""
    for one in elsewhere:
        if one.shop not in ("", setup.shop_id):
            continue
        if await _may_delete(setup, one):
            await stripe.delete_endpoint(one.endpoint_id)
            setup.terminal.good(setup.t("{url} is deleted", url=one.url))
        else:
            setup.also(setup.t("Stripe has an endpoint of checkout-bot at another address: {url}. Delete it if no"
                               " shop is there any more", url=one.url))  # fmt: skip


async def _may_delete(setup: Setup, endpoint: EndpointState) -> bool:
    words = setup.t("Stripe has an endpoint of checkout-bot at another address: {url}. Delete it?", url=endpoint.url)
    return await confirmed(setup, words, setup.chosen.may_delete_endpoints and bool(endpoint.shop))


async def _register_domain(setup: Setup, stripe: StripeAccount) -> None:
    t, host = setup.t, urlsplit(setup.public_url).hostname or ""
    if _is_ip_address(host):
        setup.terminal.good(t("Apple Pay and Google Pay need a host name; cards do not"))
        return
    known = await stripe.domain(host)
    if known is None:
        await stripe.register_domain(host)
    elif not known.enabled or known.inactive:
        await stripe.enable_domain(known.domain_id)
    setup.terminal.good(t("{host} is registered for Apple Pay and Google Pay", host=host))


def _is_ip_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
