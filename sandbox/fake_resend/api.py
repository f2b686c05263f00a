"""The stand-in of Resend: mails, domains, webhooks, suppressions, and the inbox where everything lands."""

import asyncio
import secrets
import time
import uuid
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from resend import Domains, Suppressions, Webhooks

from sandbox.base.fake_server import StandIn
from sandbox.base.waiting import LONGEST, until
from sandbox.fake_resend.idempotency import IdempotencyKeys
from sandbox.fake_resend.lists import found, new_domain, page, request_body, webhook_wire
from sandbox.fake_resend.mails import Mail, address_of, read_mail, stamp
from sandbox.fake_resend.types import ResendError, check, invalid
from sandbox.fake_resend.webhooks import EVENTS, WebhookEndpoint, WebhookSender, event_of, new_secret

API_KEY = "re_sandbox_00000000000000000000000000"
VERIFIED_DOMAINS = ("sandbox.example", "example.com")
ERROR_NAMES = {"rate_limit": "rate_limit_exceeded", "api_error": "application_error"}
NAMES_BY_STATUS = {404: "not_found", 405: "method_not_allowed", 413: "validation_error"}
Endpoint = Callable[[web.Request], Awaitable[Any]]
MAIL_STATUSES = {
    "bounced": "bounced", "complained": "complained", "suppressed": "suppressed", "delayed": "delivery_delayed",
    "failed": "failed",
}  # fmt: skip


class ResendStandIn(StandIn):
    """Speaks Resend's API; `mails` is what customers got."""

    service = "resend"

    def __init__(self, api_key: str = API_KEY, verified_domains: tuple[str, ...] = VERIFIED_DOMAINS) -> None:
        super().__init__()
        self.api_key = api_key
        self.older_keys: set[str] = set()  # an account may have several
        self.mails: list[Mail] = []
        self.domains = {str(uuid.uuid4()): new_domain(name, "verified") for name in verified_domains}
        self.suppressions: dict[str, dict[str, Any]] = {}
        self.statuses: dict[str, str] = {}  # by address: how mails to it end, from now on
        self.webhooks = WebhookSender(self.log)
        self.keys = IdempotencyKeys()
        self.requests_per_second: int | None = None  # the switch for the rate limit; 5 is the real one
        self.thinking_seconds = 0.0  # how long a send takes: what makes concurrent requests possible
        self.only_sends = False  # the key is one of "sending access": all else is refused
        self.refuses_example_domains = False  # the real service refuses recipients at example.com and test.com
        self._recent: deque[float] = deque()
        self._add_routes()

    def mails_to(self, address: str, kind: str = "") -> list[Mail]:
        """The mails to this address, oldest first, of this `kind` if one is given."""
        wanted = address.lower()
        return [
            mail for mail in self.mails
            if wanted in [address_of(to).lower() for to in mail.to] and (not kind or mail.kind == kind)
        ]  # fmt: skip

    async def wait_for_mail(self, to: str, kind: str = "", timeout: float = LONGEST, after: int = 0) -> Mail:
        """The newest mail to this address beyond the first `after`; raises TimeoutError."""

        def newest() -> Mail | None:
            found = self.mails_to(to, kind)
            return found[-1] if len(found) > after else None

        return await until(newest, timeout, f"a mail {kind} to {to}")

    def add_webhook(self, url: str, secret: str = "", events: tuple[str, ...] = EVENTS) -> str:
        """Registers an endpoint as in the dashboard; its signing secret."""
        endpoint = WebhookEndpoint(url, list(events), secret or new_secret())
        self.webhooks.endpoints[endpoint.id] = endpoint
        return endpoint.signing_secret

    async def stop(self) -> None:
        """Stops listening and sending events."""
        await self.webhooks.close()
        await super().stop()

    def error_response(self, status: int, code: str, message: str) -> web.Response:
        """An error as Resend writes it."""
        name = NAMES_BY_STATUS.get(status) or ERROR_NAMES.get(code, "validation_error")
        return _refused(ResendError(status, name, message))

    def _add_routes(self) -> None:
        routes: list[tuple[str, str, Endpoint]] = [
            ("POST", "/emails", self._send), ("GET", "/emails", self._list_mails),
            ("GET", "/emails/{id}", self._get_mail),
            ("POST", "/domains", self._add_domain), ("GET", "/domains", self._list_domains),
            ("GET", "/domains/{id}", self._get_domain), ("POST", "/domains/{id}/verify", self._verify_domain),
            ("POST", "/webhooks", self._add_webhook), ("GET", "/webhooks", self._list_webhooks),
            ("GET", "/webhooks/{id}", self._get_webhook), ("PATCH", "/webhooks/{id}", self._update_webhook),
            ("DELETE", "/webhooks/{id}", self._remove_webhook),
            ("POST", "/suppressions", self._suppress), ("GET", "/suppressions", self._list_suppressions),
            ("GET", "/suppressions/{id}", self._get_suppression),
            ("DELETE", "/suppressions/{id}", self._remove_suppression),
        ]  # fmt: skip
        for method, path, endpoint in routes:
            self.app.router.add_route(method, path, self._answering(endpoint))

    def _answering(self, endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            try:
                self._authorize(request)
                self._count()
                status = 201 if request.method == "POST" and request.path != "/emails" else 200
                return web.json_response(await endpoint(request), status=status)
            except ResendError as refusal:
                self.log(f"{request.method} {request.path} refused: {refusal.message}", name=refusal.name)
                return _refused(refusal)

        return answer

    def _authorize(self, request: web.Request) -> None:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not key:
            raise ResendError(401, "missing_api_key", "Missing API Key")
        if not any(secrets.compare_digest(key.encode(), one.encode()) for one in (self.api_key, *self.older_keys)):
            raise ResendError(403, "invalid_api_key", "API key is invalid")
        if self.only_sends and (request.method, request.path) != ("POST", "/emails"):
            raise ResendError(401, "restricted_api_key", "This API key is restricted to only send emails")

    def _count(self) -> None:
        if self.requests_per_second is None:
            return
        now = time.monotonic()
        while self._recent and now - self._recent[0] >= 1:
            self._recent.popleft()
        if len(self._recent) >= self.requests_per_second:
            limit = str(self.requests_per_second)
            headers = {"retry-after": "1", "ratelimit-limit": limit, "ratelimit-remaining": "0",
                       "ratelimit-reset": "1"}  # fmt: skip
            message = f"Too many requests. You can only make {limit} requests per second."
            raise ResendError(429, "rate_limit_exceeded", message, headers)
        self._recent.append(now)

    async def _send(self, request: web.Request) -> dict[str, str]:
        key, body = request.headers.get("Idempotency-Key", ""), request_body(request)
        if key and (known := self.keys.begin(key, body)):
            self.log("the same mail again, under the same idempotency key", id=known)
            return {"id": known}
        try:
            mail = self._checked(body, key)
            await asyncio.sleep(self.thinking_seconds)
        except BaseException:
            self.keys.forget(key)
            raise
        self._take(mail)
        return {"id": mail.id}

    def _checked(self, body: dict[str, Any], key: str) -> Mail:
        mail = read_mail(body, key)
        domain = address_of(mail.sender, "from").rpartition("@")[2].lower()
        if not any(known["name"] == domain and known["status"] == "verified" for known in self.domains.values()):
            message = f"The {domain} domain is not verified. Please, add and verify your domain"
            raise ResendError(403, "validation_error", f"{message} on https://resend.com/domains")
        if self.refuses_example_domains and any(to.endswith(("@example.com", "@test.com")) for to in mail.to):
            raise invalid(
                "Invalid `to` field. Please use our testing email address instead of domains like `example.com`."
            )
        return mail

    def _take(self, mail: Mail) -> None:
        self.mails.append(mail)
        if mail.idempotency_key:
            self.keys.finish(mail.idempotency_key, mail.id)
        self.log(f"mail to {', '.join(mail.to)}: {mail.subject}", id=mail.id, kind=mail.kind)
        self.report(mail, *self._statuses_of(mail))

    def report(self, mail: Mail, *statuses: str) -> None:
        """So it goes with a mail that was taken, be it long after: every webhook hears of each status in turn."""
        mail.last_event = statuses[-1]
        address = address_of(mail.to[0]).lower()
        for status, origin in (("bounced", "bounce"), ("complained", "complaint")):
            if status in statuses:
                self.suppress(address, origin, mail.id)
        self.webhooks.send_in_order([event_of(f"email.{status}", mail) for status in statuses])

    def _statuses_of(self, mail: Mail) -> list[str]:
        """The statuses it goes through, by its first recipient, like Resend's own test addresses."""
        address = address_of(mail.to[0]).lower()
        if address in self.suppressions:
            return ["suppressed"]
        local = address.partition("@")[0].partition("+")[0]
        status = self.statuses.get(address) or MAIL_STATUSES.get(local, "delivered")
        steps = {
            "suppressed": ["suppressed"], "failed": ["failed"], "complained": ["sent", "delivered", "complained"]
        }  # fmt: skip
        return steps.get(status, ["sent", status])

    async def _list_mails(self, request: web.Request) -> dict[str, Any]:
        return page([mail.wire() for mail in reversed(self.mails)], request)

    async def _get_mail(self, request: web.Request) -> dict[str, Any]:
        for mail in self.mails:
            if mail.id == request.match_info["id"]:
                return mail.wire()
        raise ResendError(404, "not_found", "Email not found")

    async def _add_domain(self, request: web.Request) -> dict[str, Any]:
        body = request_body(request)
        check(Domains.CreateParams, body)
        domain_id = str(uuid.uuid4())
        self.domains[domain_id] = new_domain(body["name"].lower(), "not_started", body.get("region", "us-east-1"))
        return {"id": domain_id, **self.domains[domain_id]}

    async def _list_domains(self, request: web.Request) -> dict[str, Any]:
        shown = [{"id": key, **domain} for key, domain in self.domains.items()]
        return page([{k: v for k, v in domain.items() if k != "records"} for domain in shown], request)

    async def _get_domain(self, request: web.Request) -> dict[str, Any]:
        return {"object": "domain", "id": request.match_info["id"], **found(self.domains, request, "Domain")}

    async def _verify_domain(self, request: web.Request) -> dict[str, Any]:
        found(self.domains, request, "Domain")["status"] = "verified"
        return {"object": "domain", "id": request.match_info["id"]}

    async def _add_webhook(self, request: web.Request) -> dict[str, Any]:
        body = request_body(request)
        check(Webhooks.CreateParams, body)
        endpoint = WebhookEndpoint(body["endpoint"], body["events"], new_secret())
        self.webhooks.endpoints[endpoint.id] = endpoint
        return {"object": "webhook", "id": endpoint.id, "signing_secret": endpoint.signing_secret}

    async def _list_webhooks(self, request: web.Request) -> dict[str, Any]:
        return page([webhook_wire(endpoint) for endpoint in self.webhooks.endpoints.values()], request)

    async def _get_webhook(self, request: web.Request) -> dict[str, Any]:
        endpoint = found(self.webhooks.endpoints, request, "Webhook")
        return {"object": "webhook", **webhook_wire(endpoint), "signing_secret": endpoint.signing_secret}

    async def _update_webhook(self, request: web.Request) -> dict[str, Any]:
        endpoint, body = found(self.webhooks.endpoints, request, "Webhook"), request_body(request)
        check(Webhooks.UpdateParams, {"webhook_id": endpoint.id, **body})
        for name in ("endpoint", "events", "status"):
            setattr(endpoint, name, body.get(name, getattr(endpoint, name)))
        return {"object": "webhook", "id": endpoint.id}

    async def _remove_webhook(self, request: web.Request) -> dict[str, Any]:
        endpoint = found(self.webhooks.endpoints, request, "Webhook")
        del self.webhooks.endpoints[endpoint.id]
        return {"object": "webhook", "id": endpoint.id, "deleted": True}

    def suppress(self, address: str, origin: str, source_id: str | None = None) -> str:
        """Puts the address on the suppression list; the entry's id."""
        entry = {"id": str(uuid.uuid4()), "email": address, "origin": origin, "source_id": source_id,
                 "created_at": stamp(time.time())}  # fmt: skip
        return str(self.suppressions.setdefault(address, entry)["id"])

    async def _suppress(self, request: web.Request) -> dict[str, Any]:
        body = request_body(request)
        check(Suppressions.AddParams, body)
        address = address_of(body["email"], "email").lower()
        return {"object": "suppression", "id": self.suppress(address, "manual")}

    async def _list_suppressions(self, request: web.Request) -> dict[str, Any]:
        origin = request.query.get("origin")
        return page([s for s in self.suppressions.values() if origin in (None, s["origin"])], request)

    async def _get_suppression(self, request: web.Request) -> dict[str, Any]:
        return {"object": "suppression", **self._suppression(request)}

    async def _remove_suppression(self, request: web.Request) -> dict[str, Any]:
        entry = self._suppression(request)
        del self.suppressions[entry["email"]]
        return {"object": "suppression", "id": entry["id"], "deleted": True}

    def _suppression(self, request: web.Request) -> dict[str, Any]:
        """By id or by address."""
        wanted = request.match_info["id"]
        for entry in self.suppressions.values():
            if wanted in (entry["email"], entry["id"]):
                return entry
        raise ResendError(404, "not_found", "Suppression not found")


def _refused(refusal: ResendError) -> web.Response:
    body = {"statusCode": refusal.status, "name": refusal.name, "message": refusal.message}
    return web.json_response(body, status=refusal.status, headers=refusal.headers)
