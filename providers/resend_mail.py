"""Mail through Resend's SDK, over the session that the whole application shares."""

import base64
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

import aiohttp
import resend

from checkout import limits
from checkout.errors import (
    AskedToWait,
    KeyTaken,
    RecipientUnreachable,
    SenderRefused,
    ServiceError,
    ServiceRefused,
    ServiceUnavailable,
    UploadBroken,
)
from checkout.model.customer import mask_addresses
from checkout.model.mail_status import SAYS, refuses_recipient
from checkout.model.outgoing import OutgoingMail
from checkout.ports.runtime import Meter
from checkout.resilience.circuit_breaker import CircuitBreaker, StillDown
from checkout.resilience.metering import SILENT, timed
from checkout.resilience.no_answer import no_answer
from checkout.resilience.patience import patience
from providers.fields import retry_after
from providers.metric_labels import operation_of

T = TypeVar("T")
OFFICIAL = resend.api_url
# A wrong key, address or sender is mended by the shop, not by giving up its customers' mail.
MENDED_BY_THE_SHOP = (401, 403, 404, 405)
MENDED_WORDS = frozenset({"invalid_from_address", "restricted_api_key", "invalid_api_key"})
WRONG_KEY = frozenset({"missing_api_key", "invalid_api_key"})
TOO_LARGE = 413
# Conflicts but the two of a key, and what says itself that it came too early or too slowly: nothing is wrong with it.
LATER = (408, 409, 425)
# What the SDK calls an answer that is none of Resend's: a proxy's page, say, whatever status it came with.
NETWORK = "HttpClientError"
UNREADABLE = frozenset({"application_error", "InternalServerError"})


class SharedSession(resend.AsyncHTTPClient):
    """Resend's SDK asks for a client; this one is the application's own session."""

    def __init__(self, session: aiohttp.ClientSession, api_url: str, meter: Meter) -> None:
        self._session, self._api_url, self._meter = session, api_url, meter

    async def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        json: dict[str, object] | list[object] | None = None,
        files: dict[str, Any] | None = None,
        data: dict[str, str] | None = None,
    ) -> tuple[bytes, int, Mapping[str, str]]:
        with timed(self._meter, "resend", operation_of(method, url.removeprefix(self._api_url))) as call:
            async with (
                patience((limits.resend_timeout() + limits.transfer_time(_size_of(json))).total_seconds()),
                self._session.request(
                    method,
                    url,
                    headers=headers,
                    json=json,
                    data=data,
                    timeout=aiohttp.ClientTimeout(),
                    allow_redirects=False,  # on its way the mail would get lost, and Resend list all others
                ) as response,
            ):
                body = await response.read()
            call.answered(response.status)
        return body, response.status, response.headers


class ResendClient:
    """The SDK keeps one key, address and session a process, where there are several: a shop that looks at its account
    does so beside its mails. Each call brings its own."""

    def __init__(
        self, api_key: str, session: aiohttp.ClientSession, api_url: str | None, meter: Meter = SILENT
    ) -> None:
        self._api_key, self._api_url = api_key, api_url or OFFICIAL
        self._http = SharedSession(session, self._api_url, meter)

    async def ask(self, call: Awaitable[T]) -> T:
        """``call`` is a coroutine of the SDK's. Raises what that raises, or ServiceUnavailable."""
        # It reads them before it waits for anything.
        resend.api_key, resend.api_url, resend.default_async_http_client = self._api_key, self._api_url, self._http
        try:
            return await call
        except (resend.exceptions.NoContentError, RecursionError) as error:  # JSON, but none of Resend's
            raise ServiceUnavailable("Resend's answer cannot be read", code=type(error).__name__) from error


class ResendMailSender:
    """``sender`` is MAIL_FROM, for mails without one. With a ``breaker`` a Resend that is down gets one at a time."""

    def __init__(
        self,
        api_key: str,
        sender: str,
        session: aiohttp.ClientSession,
        api_url: str | None,
        breaker: CircuitBreaker | None = None,
        meter: Meter = SILENT,
    ) -> None:
        self._sender, self._breaker = sender, breaker
        self._client = ResendClient(api_key, session, api_url, meter)

    async def send(self, mail: OutgoingMail, idempotency_key: str) -> str:
        """Resend's id of the mail. Raises ServiceUnavailable, SenderRefused, ServiceRefused or KeyTaken."""
        breaker = self._breaker
        if breaker is None or (_is_upload(mail) and not breaker.is_open):
            return await self._send(mail, idempotency_key)

        def trouble(outcome: str | Exception) -> str | None:
            """That another sender may not send says nothing of the shop's: an outage goes on, and none begins."""
            if isinstance(outcome, SenderRefused):
                return mask_addresses(str(outcome))[:300] if breaker.is_open else None
            return says_resend_is_down(outcome)

        try:
            return await breaker.call(lambda: self._send(mail, idempotency_key), trouble, mail.to)
        except StillDown:
            raise ServiceUnavailable("Resend is still down", code="down") from None

    async def _send(self, mail: OutgoingMail, idempotency_key: str) -> str:
        try:
            sent = await self._client.ask(
                resend.Emails.send_async(self._parameters(mail), {"idempotency_key": idempotency_key})
            )
            return str(sent["id"])
        except resend.exceptions.ResendError as error:
            if error.error_type == NETWORK and _broke_off(mail, error.__context__):
                raise UploadBroken("the mail did not get through to Resend", is_unclear=True) from error
            if mail.sender not in ("", self._sender) and _may_be_the_sender(error):
                raise SenderRefused(
                    f"{SAYS}{error.message}", code=str(error.error_type), present=self._sender
                ) from error
            raise translated(error) from error
        except (aiohttp.ClientError, TimeoutError, OSError, KeyError, TypeError, ValueError) as error:
            if _broke_off(mail, error):
                raise UploadBroken("the mail did not get through to Resend", is_unclear=True) from error
            raise ServiceUnavailable(no_answer("Resend", error), code=type(error).__name__) from error

    def _parameters(self, mail: OutgoingMail) -> resend.Emails.SendParams:
        parameters: resend.Emails.SendParams = {
            "from": mail.sender or self._sender,
            "to": [mail.to],
            "subject": mail.subject,
            "html": mail.html,
            "text": mail.text,
            "tags": [{"name": name, "value": value} for name, value in mail.tags.items()],
        }
        if mail.reply_to:
            parameters["reply_to"] = mail.reply_to
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


def _size_of(body: object) -> int:
    """Of the attachments, in bytes as they travel."""
    attachments = body.get("attachments", ()) if isinstance(body, dict) else ()
    return sum(len(one["content"]) for one in attachments)


def _is_upload(mail: OutgoingMail) -> bool:
    return sum(len(one.content) for one in mail.attachments) > limits.upload_from()


def _broke_off(mail: OutgoingMail, error: BaseException | None) -> bool:
    """On a connection that there was: that tells of this mail's way, and nothing of Resend."""
    there_was = isinstance(error, aiohttp.ClientError | TimeoutError | OSError) and not isinstance(
        error, aiohttp.ClientConnectorError
    )
    return there_was and _is_upload(mail)


def _may_be_the_sender(error: resend.exceptions.ResendError) -> bool:
    """A domain that nobody has verified, or that this key may not send from: Resend has one status for many reasons."""
    code, kind = str(error.code), str(error.error_type)
    if kind in WRONG_KEY or "api key is invalid" in str(error.message).lower():
        return False
    return kind == "invalid_from_address" or (code in ("401", "403") and kind != NETWORK)


def translated(error: resend.exceptions.ResendError) -> ServiceError:
    """The domain's error: whether to try again, and when."""
    code = int(error.code) if str(error.code).isdigit() else 500
    kind, text = str(error.error_type), f"{SAYS}{error.message}"
    if kind == NETWORK:
        # The SDK says what aiohttp says: nothing at all for a timeout, and too much for a broken body.
        behind = error.__context__ or error
        return ServiceUnavailable(no_answer("Resend", behind), code=type(behind).__name__)
    if kind == "invalid_idempotent_request":
        return KeyTaken("Resend took another mail under this key before", code=kind)
    if kind == "concurrent_idempotent_requests":
        return AskedToWait("Resend is still at work on this very mail", code=kind)
    if code in LATER:
        return AskedToWait(text, code=kind, retry_after=retry_after(error.headers))
    if code == 429:
        return AskedToWait(text, code=kind, retry_after=retry_after(error.headers), everyone=True)
    if code == TOO_LARGE:  # whoever says so, a proxy with a page of its own too; and of this mail alone
        return ServiceRefused("the mail is larger than Resend takes", code=str(TOO_LARGE))
    is_the_key = "api key" in str(error.message).lower()  # which some answers call a mistake in the mail
    if code >= 500 or code in MENDED_BY_THE_SHOP or kind in MENDED_WORDS | UNREADABLE or is_the_key:
        return ServiceUnavailable(text, code=kind, retry_after=retry_after(error.headers))
    return (RecipientUnreachable if refuses_recipient(text) else ServiceRefused)(text, code=kind)


def says_resend_is_down(outcome: str | Exception) -> str | None:
    """Why the outcome of a call means that no mail leaves now; None when mail leaves."""
    if not isinstance(outcome, ServiceError) or outcome.permanent:
        return None
    if isinstance(outcome, AskedToWait) and not outcome.everyone:
        return None
    return mask_addresses(str(outcome))[:300]
