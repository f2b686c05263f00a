"""What Resend has to know: where it reports what became of a mail."""

from app.setup.context import Setup

SECRET = "RESEND_WEBHOOK_SECRET"  # noqa: S105 -- a setting's name
PATH = "/webhooks/resend"


async def register_resend(setup: Setup) -> None:
    """Raises ServiceError."""
    if setup.resend is None:
        return
    t, url = setup.t, setup.public_url + PATH
    known = await setup.resend.webhooks(url)
    if not known:
        setup.answers.keep(SECRET, await setup.resend.create_webhook(url))
        setup.terminal.good(t("Resend's webhook {url} is made", url=url))
        return
    first, *others = known
    if first.missing or not first.enabled:
        await setup.resend.mend_webhook(first.webhook_id)
    # Resend tells it again, so that nothing is lost and nothing has to be made anew.
    secret = await setup.resend.webhook_secret(first.webhook_id)
    if secret not in setup.answers.secrets(SECRET):
        setup.answers.keep(SECRET, secret)
    setup.terminal.good(t("Resend's webhook {url} is there", url=url))
    for one in others:
        await setup.resend.delete_webhook(one.webhook_id)
        setup.terminal.good(t("Another webhook at the same address is deleted"))
