"""Stripe's two keys: of one mode, not swapped, and with every permission that is needed."""

from app.setup.context import Question, Setup, Unfinished, Wrong, settled
from checkout.errors import PaymentRefused, RefusalArea
from providers.stripe_account import StripeAccount, check_publishable_key
from providers.stripe_permissions import missing_permissions

SECRET, PUBLISHABLE = "STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY"


async def ask_stripe_keys(setup: Setup) -> None:
    """Fills in ``stripe``."""
    t = setup.t
    setup.terminal.heading("Stripe")
    where = t("dashboard.stripe.com, Developers, API keys; begin with the test keys.")

    async def check_secret(key: str) -> str:
        return await _check_secret(setup, key)

    async def check_publishable(key: str) -> str:
        return await _check_publishable(setup, key)

    secret = Question(SECRET, t("Secret key (sk_… or rk_…)"), where, True, slip=lambda key: _slip_of_secret(setup, key))
    await settled(setup, secret, check_secret)
    public = Question(PUBLISHABLE, t("Publishable key (pk_…)"), where, slip=lambda key: _slip_of_public(setup, key))
    await settled(setup, public, check_publishable)


def _slip_of_secret(setup: Setup, key: str) -> str:
    if not key.startswith("pk_"):
        return ""
    if setup.answers.value(PUBLISHABLE).startswith(("sk_", "rk_")):
        return _swapped(setup)
    return setup.t("This is the publishable key (pk_…): the secret one begins with sk_ or rk_")


def _slip_of_public(setup: Setup, key: str) -> str:
    if not key.startswith(("sk_", "rk_")):
        return ""
    if setup.answers.value(SECRET).startswith("pk_"):
        return _swapped(setup)
    return setup.t("This is the secret key: customers' browsers get the publishable one, which begins with pk_")


def _swapped(setup: Setup) -> str:
    return setup.t("STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY are swapped: the secret one begins with sk_ or rk_")


def _mixed(setup: Setup, secret: str, publishable: str) -> str:
    modes = [mode for key in (secret, publishable) for mode in ("test", "live") if f"_{mode}_" in key]
    if len(set(modes)) < 2:
        return ""
    return setup.t("Stripe's keys are mixed: the secret one is of {secret} mode, the publishable one of {publishable}"
                   " mode; both must be of one", secret=modes[0], publishable=modes[1])  # fmt: skip


async def _check_secret(setup: Setup, key: str) -> str:
    # Who types gives the other one next.
    if not setup.terminal.is_interactive and (words := _mixed(setup, key, setup.answers.value(PUBLISHABLE))):
        raise Wrong(words)
    url = setup.answers.other_service("STRIPE_API_URL")
    try:
        missing = await missing_permissions(key, setup.http, url)
        account = StripeAccount(key, setup.http, url)
        state = None if missing else await account.state()
    except PaymentRefused as error:
        raise _refused(setup, SECRET, error) from None
    setup.stripe = account
    if state is None:
        raise Unfinished(setup.t("Stripe's restricted key lacks these permissions: {names}. Tick them in the dashboard"
                                 " (API keys, this key, Edit)", names=", ".join(missing)))  # fmt: skip
    mode = setup.t("live mode: real money") if "_live_" in key else setup.t("test mode: no real money")
    if "_live_" in key and not state.charges_enabled:
        raise Unfinished(setup.t("Stripe account {name} cannot take payments yet: finish its activation in the"
                                 " dashboard", name=state.name))  # fmt: skip
    return setup.t("This is the account of {name}, {mode}", name=state.name, mode=mode)


async def _check_publishable(setup: Setup, key: str) -> str:
    if words := _mixed(setup, setup.answers.value(SECRET), key):
        raise Wrong(words)
    try:
        await check_publishable_key(key, setup.http, setup.answers.other_service("STRIPE_API_URL"))
    except PaymentRefused as error:
        raise _refused(setup, PUBLISHABLE, error) from None
    return setup.t("Stripe knows it")


def _refused(setup: Setup, setting: str, error: PaymentRefused) -> Wrong | Unfinished:
    if error.area is RefusalArea.KEY:
        words = setup.t("Stripe does not know this {setting}: copy it anew, as a whole", setting=setting)
        return Wrong(f"{words} ({error.words})")
    return Unfinished(f"{setting}: {error}")
