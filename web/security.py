"""Headers of every answer, which requests to change something are taken, and whether a secret is the right one."""

import hmac

from aiohttp import web
from yarl import URL

from web.dependencies import WebDependencies
from web.peers import asked_host, is_name

SERVER = "checkout-bot"  # aiohttp would name its version, and Python's
STRIPE_JS = "https://js.stripe.com https://*.js.stripe.com"
STRIPE_HOOKS = "https://hooks.stripe.com"
STRIPE_API = "https://api.stripe.com"


def origin_of(url: str) -> str:
    """``https://host:port`` of an address, as browsers write it: in ASCII, without a default port. Empty for none."""
    try:
        origin = URL(url).origin()
        return str(origin.with_host(origin.host.rstrip(".").lower())) if origin.host else ""
    except ValueError:
        return ""


def content_security_policy(stripe_js_url: str, stripe_api_url: str) -> str:
    """Ours and Stripe's hosts, as Stripe's guide lists them.

    Stripe's own script asks Stripe, wherever the server asks; another one has its origin and the API's in their place.
    """
    js, api = origin_of(stripe_js_url), origin_of(stripe_api_url)
    if js == "https://js.stripe.com" or (js.startswith("https://") and js.endswith(".js.stripe.com")):
        script, connect = STRIPE_JS, STRIPE_API
        frames = f"{STRIPE_JS} {STRIPE_HOOKS}"
    else:
        script, connect = js, " ".join(dict.fromkeys((api, js)))
        # A stand-in for the API shows the bank's page itself, where Stripe has hooks.stripe.com for it.
        frames = " ".join(dict.fromkeys((js, api) if api != STRIPE_API else (js,)))
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' {script}",
            f"frame-src {frames}",
            f"connect-src 'self' {connect}",
            "img-src 'self' data:",
            "style-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def page_headers(stripe_js_url: str, stripe_api_url: str) -> dict[str, str]:
    """Of every page, errors included: a proxy has to pass them on as they are."""
    return {
        "Content-Security-Policy": content_security_policy(stripe_js_url, stripe_api_url),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex, nofollow",
        "Permissions-Policy": f'payment=(self "{origin_of(stripe_js_url)}"), camera=(), microphone=(), geolocation=()',
        "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
        "Cache-Control": "no-store",
    }


def security_headers(dependencies: WebDependencies) -> dict[str, str]:
    """For every page and API answer, errors included."""
    headers = {**page_headers(dependencies.stripe_js_url, dependencies.stripe_api_url), "Server": SERVER}
    if dependencies.public_url.startswith("https://"):
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


def is_cross_site(request: web.Request, public_url: str) -> bool:
    """Whether a browser says that another site sends this. A script that names no origin is no browser."""
    origin = request.headers.get("Origin")
    sent_from = request.headers.get("Sec-Fetch-Site")
    if origin is None or sent_from == "same-origin":
        return False
    if origin == "null":
        # Some browsers hide our own origin because of Referrer-Policy: no-referrer.
        return sent_from is not None
    named, host = origin_of(origin) if is_name(origin) else "", asked_host(request)
    # A proxy may have taken the TLS away, and it may have rewritten the Host.
    ours = {origin_of(public_url), origin_of(f"http://{host}"), origin_of(f"https://{host}")}
    return not named or named not in ours


def same_secret(given: str, secret: str) -> bool:
    """Compares in constant time, as bytes: a header may hold what is not ASCII."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), secret.encode())
