"""Mail through Resend's SDK, over the session that the whole application shares."""

import base64
from collections.abc import Mapping
from typing import Any

import aiohttp
import resend

from checkout import limits
from checkout.errors import ServiceError, ServiceRefused, ServiceUnavailable
from checkout.saying import OutgoingMail

# A wrong key or an unverified domain is mended by the shop, not by giving up its customers' mail.
MENDED_BY_THE_SHOP = (401, 403)


class SharedSession(resend.AsyncHTTPClient):
    """Resend's SDK asks for a client; this one is the application's own session."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._timeout = aiohttp.ClientTimeout(total=limits.send_timeout().total_seconds())

    async def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        json: dict[str, object] | list[object] | None = None,
        files: dict[str, Any] | None = None,
        data: dict[str, str] | None = None,
    ) -> tuple[bytes, int, Mapping[str, str]]:
        async with self._session.request(
            method, url, headers=headers, json=json, data=data, timeout=self._timeout
        ) as response:
            return await response.read(), response.status, response.headers


def use_resend(api_key: str, session: aiohttp.ClientSession, api_url: str | None) -> None:
    """The SDK keeps key, address and client in module globals: one account a process."""
    resend.api_key = api_key
    resend.default_async_http_client = SharedSession(session)
    if api_url:
        resend.api_url = api_url


class ResendMailSender:
    """``sender`` is MAIL_FROM."""

    def __init__(self, api_key: str, sender: str, session: aiohttp.ClientSession, api_url: str | None) -> None:
        self._sender = sender
        use_resend(api_key, session, api_url)

    async def send(self, mail: OutgoingMail, idempotency_key: str) -> str:
        try:
            sent = await resend.Emails.send_async(self._parameters(mail), {"idempotency_key": idempotency_key})
            return str(sent["id"])
        except resend.exceptions.ResendError as error:
            raise translated(error) from error
        except (aiohttp.ClientError, TimeoutError, OSError, KeyError, TypeError, ValueError) as error:
            raise ServiceUnavailable(f"Resend: {type(error).__name__}") from error

    def _parameters(self, mail: OutgoingMail) -> resend.Emails.SendParams:
        parameters: resend.Emails.SendParams = {
            "from": self._sender,
            "to": [mail.to],
            "subject": mail.subject,
            "html": mail.html,
            "text": mail.text,
            "tags": [{"name": name, "value": value} for name, value in mail.tags.items()],
        }
        if mail.attachments:
            parameters["attachments"] = [
                {
                    "filename": one.filename,
                    "content": base64.b64encode(one.content).decode(),
                    "content_type": one.content_type,
                }
                for one in mail.attachments
            ]
        return parameters


def translated(error: resend.exceptions.ResendError) -> ServiceError:
    code = int(error.code) if str(error.code).isdigit() else 500
    kind = str(error.error_type)
    text = f"Resend: {error.message}"
    in_flight = kind == "concurrent_idempotent_requests"
    if code == 429 or code >= 500 or code in MENDED_BY_THE_SHOP or in_flight:
        return ServiceUnavailable(text, code=kind, retry_after=_retry_after(error))
    return ServiceRefused(text, code=kind)


def _retry_after(error: resend.exceptions.ResendError) -> float | None:
    for name, value in error.headers.items():
        if name.lower() == "retry-after" and str(value).isdigit():
            return float(value)
    return None
