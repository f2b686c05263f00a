"""Every operation of the API that the stand-in knows, with what it does."""

import fnmatch
import hmac
import ipaddress
from collections.abc import Callable

from sandbox.fake_stripe import refund_objects
from sandbox.fake_stripe.errors import invalid
from sandbox.fake_stripe.http_layer import ApiRequest, Operation
from sandbox.fake_stripe.intents import Intents
from sandbox.fake_stripe.lists import matching, page
from sandbox.fake_stripe.objects import Wire, new_id
from sandbox.fake_stripe.params import merge_metadata
from sandbox.fake_stripe.refunds import Aftermath
from sandbox.fake_stripe.store import Store
from sandbox.fake_stripe.webhooks import Endpoint, Webhooks


class Operations:
    """The API's operations, each on the objects in the store."""

    def __init__(self, store: Store, intents: Intents, aftermath: Aftermath, webhooks: Webhooks) -> None:
        self._store, self._intents = store, intents
        self._aftermath, self._webhooks = aftermath, webhooks

    def all(self) -> list[Operation]:
        """The table of paths."""
        return [*self._payments(), *self._aftermaths(), *self._account()]

    def _payments(self) -> list[Operation]:
        intents, one = "/v1/payment_intents", "/v1/payment_intents/{id}"
        return [
            Operation("POST", intents, "PaymentIntentCreateParams", self._create_intent),
            Operation("GET", intents, "PaymentIntentListParams", self._list("payment_intent", intents, "customer")),
            Operation("GET", one, "PaymentIntentRetrieveParams", self._retrieve_intent, browser=True),
            Operation("POST", one, "PaymentIntentUpdateParams", self._update_intent),
            Operation("POST", f"{one}/cancel", "PaymentIntentCancelParams", self._cancel_intent),
            Operation("POST", f"{one}/confirm", "PaymentIntentConfirmParams", self._confirm_intent, browser=True),
            Operation("GET", "/v1/payment_methods/{id}", "PaymentMethodRetrieveParams", self._get("payment_method")),
            Operation("GET", "/v1/charges/{id}", "ChargeRetrieveParams", self._get("charge")),
            Operation("GET", "/v1/charges", "ChargeListParams", self._list("charge", "/v1/charges", "payment_intent")),
        ]

    def _aftermaths(self) -> list[Operation]:
        refunds, disputes, of = "/v1/refunds", "/v1/disputes", ("charge", "payment_intent")
        warnings, kind = "/v1/radar/early_fraud_warnings", "radar.early_fraud_warning"
        return [
            Operation("POST", refunds, "RefundCreateParams", lambda request: self._aftermath.refund(request.params)),
            Operation("GET", refunds, "RefundListParams", self._list("refund", refunds, *of)),
            Operation("GET", f"{refunds}/{{id}}", "RefundRetrieveParams", self._get("refund")),
            Operation("POST", f"{refunds}/{{id}}", "RefundUpdateParams", self._describe("refund")),
            Operation("GET", disputes, "DisputeListParams", self._list("dispute", disputes, *of)),
            Operation("GET", f"{disputes}/{{id}}", "DisputeRetrieveParams", self._get("dispute")),
            Operation("POST", f"{disputes}/{{id}}", "DisputeUpdateParams", self._answer_dispute),
            Operation("GET", warnings, "radar.EarlyFraudWarningListParams", self._list(kind, warnings, *of)),
            Operation("GET", f"{warnings}/{{id}}", "radar.EarlyFraudWarningRetrieveParams", self._get(kind)),
        ]

    def _account(self) -> list[Operation]:
        hooks, domains = "/v1/webhook_endpoints", "/v1/payment_method_domains"
        hook, domain = f"{hooks}/{{id}}", f"{domains}/{{id}}"
        return [
            Operation("GET", "/v1/account", "AccountRetrieveCurrentParams", lambda _: refund_objects.account()),
            Operation("GET", "/v1/events", "EventListParams", self._list_events),
            Operation("GET", "/v1/events/{id}", "EventRetrieveParams", self._get_event),
            Operation("POST", hooks, "WebhookEndpointCreateParams", self._create_endpoint),
            Operation("GET", hooks, "WebhookEndpointListParams", self._list("webhook_endpoint", hooks)),
            Operation("GET", hook, "WebhookEndpointRetrieveParams", self._get("webhook_endpoint")),
            Operation("POST", hook, "WebhookEndpointUpdateParams", self._update_endpoint),
            Operation("DELETE", hook, "WebhookEndpointDeleteParams", self._delete_endpoint),
            Operation("POST", domains, "PaymentMethodDomainCreateParams", self._create_domain),
            Operation(
                "GET",
                domains,
                "PaymentMethodDomainListParams",
                self._list("payment_method_domain", domains, "domain_name", "enabled"),
            ),
            Operation("GET", domain, "PaymentMethodDomainRetrieveParams", self._get("payment_method_domain")),
            Operation("POST", domain, "PaymentMethodDomainUpdateParams", self._update_domain),
            Operation(
                "POST",
                f"{domain}/validate",
                "PaymentMethodDomainValidateParams",
                self._validate_domain,
            ),
        ]

    def _get(self, kind: str) -> Callable[[ApiRequest], Wire]:
        return lambda request: self._store.find(kind, request.object_id)

    def _list(self, kind: str, url: str, *filters: str) -> Callable[[ApiRequest], Wire]:
        return lambda request: page(
            matching(self._store.page(kind).values(), request.params, *filters), request.params, url
        )

    def _describe(self, kind: str) -> Callable[[ApiRequest], Wire]:
        def update(request: ApiRequest) -> Wire:
            thing = self._store.find(kind, request.object_id)
            if "metadata" in request.params:
                merge_metadata(thing, request.params["metadata"])
            return thing

        return update

    def _intent(self, request: ApiRequest) -> Wire:
        """The intent; a client_secret that came along has to be its own."""
        intent = self._store.find("payment_intent", request.object_id, "intent")
        given = request.params.get("client_secret")
        if given is not None and not hmac.compare_digest(str(given).encode(), intent["client_secret"].encode()):
            message = "The client_secret provided does not match the client_secret associated with the PaymentIntent."
            raise invalid(message, "client_secret")
        return intent

    def _create_intent(self, request: ApiRequest) -> Wire:
        return self._intents.create(request.params)

    def _retrieve_intent(self, request: ApiRequest) -> Wire:
        return self._intent(request)

    def _update_intent(self, request: ApiRequest) -> Wire:
        intent = self._intents.update(self._intent(request), request.params)
        if "metadata" in request.params:
            merge_metadata(intent, request.params["metadata"])
        return intent

    def _cancel_intent(self, request: ApiRequest) -> Wire:
        return self._intents.cancel(self._intent(request), request.params.get("cancellation_reason"))

    def _confirm_intent(self, request: ApiRequest) -> Wire:
        return self._intents.confirm(self._intent(request), request.params, request.raw_card)

    def _answer_dispute(self, request: ApiRequest) -> Wire:
        return self._aftermath.answer_dispute(self._describe("dispute")(request), request.params)

    def _list_events(self, request: ApiRequest) -> Wire:
        kinds = request.params.get("types", [])
        if kinds and "type" in request.params:
            raise invalid("You may only specify one of these parameters: type, types.")
        patterns = kinds or [request.params.get("type", "*")]
        delivered = request.params.get("delivery_success")
        events = [
            event
            for event in self._store.events
            if any(fnmatch.fnmatchcase(event["type"], pattern) for pattern in patterns)
            and (delivered is None or self._webhooks.was_delivered(event) == delivered)
        ]
        return page(events, request.params, "/v1/events")

    def _get_event(self, request: ApiRequest) -> Wire:
        return self._store.find_event(request.object_id)

    def _create_endpoint(self, request: ApiRequest) -> Wire:
        if len(self._webhooks.endpoints) >= 16:
            raise invalid("You have reached the maximum of 16 test webhook endpoints.")
        return self.add_endpoint(request.params, f"whsec_{new_id('', 32)[1:]}")

    def add_endpoint(self, params: Wire, secret: str) -> Wire:
        """Registers a webhook endpoint; the answer, and only it, tells the secret."""
        _check_url(params["url"])
        if not params["enabled_events"]:
            raise invalid("You must specify at least one event", "enabled_events")
        made = self._store.keep(refund_objects.webhook_endpoint(params))
        self._webhooks.endpoints[made["id"]] = Endpoint(made["id"], made["url"], secret, tuple(made["enabled_events"]))
        return {**made, "secret": secret}

    def _update_endpoint(self, request: ApiRequest) -> Wire:
        made = self._describe("webhook_endpoint")(request)
        for name in ("url", "enabled_events"):
            made[name] = request.params.get(name, made[name])
        _check_url(made["url"])
        if "description" in request.params:
            made["description"] = request.params["description"] or None
        if "disabled" in request.params:
            made["status"] = "disabled" if request.params["disabled"] else "enabled"
        endpoint = self._webhooks.endpoints[made["id"]]
        endpoint.url = made["url"]
        endpoint.events = tuple(made["enabled_events"]) if made["status"] == "enabled" else ()
        return made

    def _delete_endpoint(self, request: ApiRequest) -> Wire:
        found = self._store.find("webhook_endpoint", request.object_id)
        del self._store.webhook_endpoints[found["id"]]
        del self._webhooks.endpoints[found["id"]]
        return {"id": found["id"], "object": "webhook_endpoint", "deleted": True}

    def _create_domain(self, request: ApiRequest) -> Wire:
        name = request.params["domain_name"].lower()
        if "." not in name or "/" in name or ":" in name or _is_ip_address(name):
            raise invalid(f"Invalid domain name: {name[:80]}", "domain_name")
        for known in self._store.payment_method_domains.values():
            if known["domain_name"] == name:
                return known
        made = refund_objects.payment_method_domain(name, request.params.get("enabled", True))
        return self._store.keep(made)

    def _update_domain(self, request: ApiRequest) -> Wire:
        domain = self._store.find("payment_method_domain", request.object_id)
        domain["enabled"] = request.params.get("enabled", domain["enabled"])
        return domain

    def _validate_domain(self, request: ApiRequest) -> Wire:
        domain = self._store.find("payment_method_domain", request.object_id)
        for wallet in refund_objects.WALLETS:
            domain[wallet] = {"status": "active" if domain["enabled"] else "inactive"}
        return domain


def _check_url(url: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise invalid("Invalid URL: An explicit scheme (such as https) must be provided.", "url", "url_invalid")


def _is_ip_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
