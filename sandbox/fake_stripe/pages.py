"""What a browser gets from the Stripe stand-in: Stripe.js, the frame with the card form, and the customer's bank."""

import html
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from sandbox.fake_stripe.currencies import told
from sandbox.fake_stripe.intents import Intents
from sandbox.fake_stripe.objects import Wire
from sandbox.fake_stripe.store import Store, Switches

_FILES = Path(__file__).parent / "js"
_KINDS = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}
_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:"
# A shop loads Stripe.js as one script; its parts see each other and nothing else sees them.
_STRIPE_JS = ("stripe-base.js", "stripe-elements.js", "stripe-object.js")
_INNER = (
    *("elements-inner.html", "elements-inner.css", "elements-inner.js", "elements-texts.js"),
    *("inner-frame.js", "express-inner.html", "express-inner.css", "express-inner.js", "bank.css", "bank.js"),
)


def add_routes(app: web.Application, store: Store, intents: Intents, switches: Switches) -> None:
    """Adds the pages to the stand-in."""
    bank = Bank(store, intents)
    app.router.add_get("/{release:[a-z0-9]+}/stripe.js", _stripe_js)
    for name in _INNER:
        app.router.add_get(f"/{name}", _file)

    async def wallets(_: web.Request) -> web.Response:
        """What the browser would know: which wallets it has, and the card in them."""
        return web.json_response({"wallets": switches.wallets, "card": switches.wallet_card})

    app.router.add_get("/express-wallets", wallets)
    app.router.add_get("/bank/3ds/{id}", bank.show)
    app.router.add_get("/voucher/{id}", bank.voucher)
    app.router.add_post("/bank/3ds/{id}/{answer:complete|fail}", bank.decide)


async def _stripe_js(_: web.Request) -> web.Response:
    parts = "\n".join(_read(name) for name in _STRIPE_JS)
    return _static("stripe.js", f'(() => {{\n"use strict";\n{parts}}})();\n')


async def _file(request: web.Request) -> web.Response:
    name = request.path.lstrip("/")
    return _static(name, _read(name))


def _read(name: str) -> str:
    return (_FILES / name).read_text(encoding="utf-8")


def _static(name: str, text: str) -> web.Response:
    suffix = Path(name).suffix
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-cache"}
    if suffix == ".html":
        headers["Content-Security-Policy"] = _POLICY
    return web.Response(text=text, content_type=_KINDS[suffix], charset="utf-8", headers=headers)


class Bank:
    """The page on which a customer's bank asks whether it was them."""

    def __init__(self, store: Store, intents: Intents) -> None:
        self._store, self._intents = store, intents

    def _intent(self, request: web.Request) -> Wire:
        intent = self._store.payment_intents.get(request.match_info["id"])
        if intent is None:
            raise web.HTTPNotFound(text="No such payment.")
        return intent

    async def show(self, request: web.Request) -> web.Response:
        """The question; an answered one cannot be answered again."""
        intent = self._intent(request)
        if intent["status"] != "requires_action":
            return _page("bank-done.html", {"message": "There is nothing to confirm any more."}, 409)
        origin = request.query.get("origin", "")
        values = {
            "id": intent["id"],
            "amount": told(intent["amount"], intent["currency"]),
            "description": intent["description"] or "",
            "origin": origin if _is_origin(origin) else "",
            "modal": "1" if "modal" in request.query else "",
        }
        return _page("bank.html", values)

    async def voucher(self, request: web.Request) -> web.Response:
        """What the customer takes to the till."""
        intent = self._intent(request)
        amount = told(intent["amount"], intent["currency"])
        return _page("bank-done.html", {"message": f"Voucher 7 for {amount}: {intent['status']}."})

    async def decide(self, request: web.Request) -> web.Response:
        """Complete or Fail; then back to the shop, or to the page around the frame."""
        intent, form = self._intent(request), await request.post()
        redirect = (intent["next_action"] or {}).get("redirect_to_url") or {}
        went_on = self._intents.authenticate(intent, request.match_info["answer"] == "complete")
        origin = str(form.get("origin", ""))
        if form.get("modal") or not redirect.get("return_url"):
            values = {"message": "Thank you.", "origin": origin if _is_origin(origin) else "", "id": intent["id"]}
            return _page("bank-done.html", values)
        raise web.HTTPSeeOther(_with_result(redirect["return_url"], intent, went_on))


def _is_origin(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and text == f"{parts.scheme}://{parts.netloc}"


def _with_result(return_url: str, intent: Wire, went_on: bool) -> str:
    """The return_url with what Stripe appends to it."""
    result = {
        "payment_intent": intent["id"],
        "payment_intent_client_secret": intent["client_secret"],
        "redirect_status": "succeeded" if went_on else "failed",
    }
    joint = "&" if urlsplit(return_url).query else "?"
    return f"{return_url}{joint}{urlencode(result)}"


def _page(name: str, values: dict[str, str], status: int = 200) -> web.Response:
    text = _read(name)
    for key in ("id", "amount", "description", "origin", "modal", "message"):
        text = text.replace(f"{{{{ {key} }}}}", html.escape(values.get(key, "")))
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
    return web.Response(text=text, content_type="text/html", status=status, headers=headers)
