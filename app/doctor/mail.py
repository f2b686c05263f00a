"""Resend: the key, the domain that mails come from, and the webhook that tells of bounces."""

import asyncio
from collections.abc import Sequence

import dns.asyncresolver
import dns.exception
import dns.resolver

from app.doctor.finding import Finding, Findings, Surroundings, mend, ok, unknown
from app.settings_values import host_of, is_loopback, sending_domain
from checkout.errors import ServiceError
from checkout.sentence import t
from providers.resend_account import ResendAccount, WebhookState

DNS_SECONDS = 4.0
# Mails wait for these to be mended, so they are no permanent refusals elsewhere.
WRONG_KEY = ("invalid_api_key", "missing_api_key")
ONLY_SENDS = "restricted_api_key"


async def check_mail(shop: Surroundings) -> Findings:
    settings = shop.settings
    account = ResendAccount(settings.resend_api_key, shop.http, settings.resend_api_base)
    domain = sending_domain(settings.mail_from)
    try:
        state = await account.domain_state(domain)
    except ServiceError as error:
        if error.code == ONLY_SENDS:
            yield unknown(
                "resend.key",
                t("RESEND_API_KEY may only send, which is all a shop needs: what Resend knows of it is not seen"),
                t("Run doctor with a key that has full access: RESEND_API_KEY=re_… in front of it."),
            )
            return
        if error.code not in WRONG_KEY:
            raise
        yield mend("resend.key", f"RESEND_API_KEY: {error}")
        return
    if state == "verified":
        yield ok("resend.domain", t("Resend may send from {domain}", domain=domain))
        yield await _dmarc(shop, domain)
    else:
        finding = t(
            "MAIL_FROM: Resend may not send from {domain} (its SPF and DKIM records: {state})",
            domain=domain,
            state=state or t("domain not added"),
        )
        yield mend("resend.domain", finding, domain=domain)
    for found in await _webhook(shop, account):
        yield found


async def _dmarc(shop: Surroundings, domain: str) -> Finding:
    """Large mail providers send mail without it to the spam folder."""
    if shop.settings.resend_api_base is not None:
        return ok("resend.dmarc", t("mails do not go by Resend itself: no DNS is asked"))
    parents = [domain.split(".", cut)[-1] for cut in range(domain.count("."))]
    try:
        async with asyncio.timeout(DNS_SECONDS):
            for name in parents:
                if await _has_policy(f"_dmarc.{name}"):
                    return ok("resend.dmarc", t("{name} has a DMARC record", name=name))
    except (dns.exception.DNSException, TimeoutError, OSError):
        finding = t("DNS does not answer from here: whether {domain} has a DMARC record is not known", domain=domain)
        return unknown("resend.dmarc", finding)
    finding = t("{domain} has no DMARC record: mails may land in the spam folder", domain=domain)
    return mend("resend.dmarc", finding, domain=domain)


async def _has_policy(name: str) -> bool:
    try:
        answer = await dns.asyncresolver.resolve(name, "TXT")
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return False
    return any("v=DMARC1" in record.to_text() for record in answer)


async def _webhook(shop: Surroundings, account: ResendAccount) -> list[Finding]:
    settings = shop.settings
    webhooks = await account.webhooks(f"{settings.public_url}/webhooks/resend")
    if not webhooks and is_loopback(host_of(settings.public_url)):
        return [ok("resend.webhook", t("PUBLIC_URL is this machine alone: Resend cannot report bounces to it"))]
    if not webhooks:
        return [mend("resend.webhook", t("Resend does not report bounced mails to us"))]
    return [_shape(webhooks[0]), await _secret(account, webhooks, settings.resend_webhook_secrets)]


def _shape(webhook: WebhookState) -> Finding:
    wrong = [
        *([] if webhook.enabled else [t("it is disabled")]),
        *([t("missing: {names}", names=" ".join(webhook.missing))] if webhook.missing else []),
    ]
    if wrong:
        return mend("resend.webhook", t("Resend's webhook: {wrong}", wrong=wrong))
    return ok("resend.webhook", t("Resend reports bounced mails to us"))


async def _secret(account: ResendAccount, webhooks: Sequence[WebhookState], secrets: Sequence[str]) -> Finding:
    """Resend tells it whenever it is asked."""
    if not secrets:
        return mend("resend.webhook_secret", t("RESEND_WEBHOOK_SECRET is missing: nobody hears of bounced mails"))
    if not {await account.webhook_secret(one.webhook_id) for one in webhooks} & set(secrets):
        return mend("resend.webhook_secret", t("RESEND_WEBHOOK_SECRET is of another webhook: every report is refused"))
    return ok("resend.webhook_secret", t("RESEND_WEBHOOK_SECRET is this webhook's"))
