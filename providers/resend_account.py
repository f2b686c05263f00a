"""What a shop's Resend account has to know of us, and what we must know of it."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp
import resend

from checkout.errors import ServiceUnavailable
from checkout.resilience.no_answer import no_answer
from messages.links import as_browsers_write
from providers.resend_mail import ResendClient, translated

EVENTS: list[Any] = [
    "email.sent",
    "email.delivered",
    "email.delivery_delayed",
    "email.bounced",
    "email.complained",
    "email.suppressed",
    "email.failed",
]
VERIFIED, ENABLED = "verified", "enabled"
# Of a domain that sends and receives, where one of the two is not ready; its records tell which.
PARTIALLY, FOR_SENDING = "partially_", ("SPF", "DKIM")
SENDING_IS_OFF = "sending is switched off"
PAGE: Any = {"limit": 100}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DomainState:
    """A domain to send from; ``status`` is Resend's word, ``verified`` the good one."""

    domain_id: str
    name: str
    status: str

    @property
    def is_verified(self) -> bool:
        return self.status == VERIFIED


@dataclass(frozen=True, slots=True)
class DnsRecord:
    """``name`` as it is written in the domain's zone; ``priority`` is empty but for MX."""

    kind: str
    name: str
    value: str
    priority: str
    status: str


@dataclass(frozen=True, slots=True)
class WebhookState:
    """``missing`` are event types that we handle and it does not send."""

    webhook_id: str
    enabled: bool
    missing: tuple[str, ...]


class ResendAccount:
    """Raises ServiceUnavailable or ServiceRefused; ``code`` is ``restricted_api_key`` for a key that only sends."""

    def __init__(self, api_key: str, session: aiohttp.ClientSession, api_url: str | None) -> None:
        self._client = ResendClient(api_key, session, api_url)

    async def domains(self) -> list[DomainState]:
        """Whether each may send: what one is to receive, too, is no matter of ours."""
        found = await self._asked(resend.Domains.list_async(PAGE))
        return [
            DomainState(str(one["id"]), str(one["name"]).lower(), await self._sending_state(one))
            for one in found["data"]
        ]

    async def domain_state(self, domain: str) -> str | None:
        """Resend's word for the sending domain (``verified`` is the good one); None when it is not there.

        Each name is verified for itself: one below a verified name may not send.
        """
        return next((one.status for one in await self.domains() if one.name == domain.lower()), None)

    async def records(self, domain_id: str) -> list[DnsRecord]:
        """What its zone must hold before Resend sends for it."""
        found = await self._asked(resend.Domains.get_async(domain_id))
        return [
            DnsRecord(
                kind=str(one["type"]),
                name=str(one["name"]),
                value=str(one["value"]),
                priority=str(one.get("priority", "")),
                status=str(one["status"]),
            )
            for one in found["records"] or ()
        ]

    async def webhooks(self, url: str) -> list[WebhookState]:
        """Those at this address, the newest first."""
        found = await self._asked(resend.Webhooks.list_async(PAGE))
        return [
            WebhookState(
                webhook_id=str(one["id"]),
                enabled=one["status"] == ENABLED,
                missing=tuple(kind for kind in EVENTS if kind not in (one["events"] or ())),
            )
            for one in found["data"]
            if as_browsers_write(str(one["endpoint"])) == url
        ]

    async def create_webhook(self, url: str) -> str:
        """Returns the signing secret."""
        created = await self._asked(resend.Webhooks.create_async({"endpoint": url, "events": EVENTS}))
        return str(created["signing_secret"])

    async def webhook_secret(self, webhook_id: str) -> str:
        """The signing secret: Resend tells it again whenever it is asked."""
        found = await self._asked(resend.Webhooks.get_async(webhook_id))
        return str(found["signing_secret"])

    async def mend_webhook(self, webhook_id: str) -> None:
        """Enables it for the types we handle."""
        await self._asked(
            resend.Webhooks.update_async({"webhook_id": webhook_id, "events": EVENTS, "status": "enabled"})
        )

    async def delete_webhook(self, webhook_id: str) -> None:
        await self._asked(resend.Webhooks.remove_async(webhook_id))

    async def _sending_state(self, domain: Any) -> str:
        status = str(domain["status"])
        if (domain.get("capabilities") or {}).get("sending") == "disabled":
            return SENDING_IS_OFF
        if not status.startswith(PARTIALLY):
            return status
        found = await self._asked(resend.Domains.get_async(str(domain["id"])))
        for_sending = [str(one["status"]) for one in found["records"] or () if one["record"] in FOR_SENDING]
        return VERIFIED if for_sending and set(for_sending) == {VERIFIED} else status

    async def _asked(self, call: Awaitable[T]) -> T:
        try:
            return await self._client.ask(call)
        except resend.exceptions.ResendError as error:
            raise translated(error) from error
        except (aiohttp.ClientError, TimeoutError, OSError, KeyError, TypeError, ValueError) as error:
            raise ServiceUnavailable(no_answer("Resend", error), code=type(error).__name__) from error
