"""Headers of every answer, and which requests to change something are taken."""

from urllib.parse import urlsplit

from aiohttp import web

from web.dependencies import WebDependencies

SERVER = "checkout-bot"  # aiohttp would name its version, and Python's
STRIPE_JS = "https://js.stripe.com https://*.js.stripe.com"
STRIPE_HOOKS = "https://hooks.stripe.com"
STRIPE_API = "https://api.stripe.com"


def origin_of(url: str) -> str:
    """``https://host:port`` of an address."""
    dependencies = urlsplit(url)
    return f"{dependencies.scheme}://{dependencies.netloc.rpartition('@')[2]}".lower()


def content_security_policy(stripe_js_url: str, stripe_api_url: str) -> str:
    """Ours and Stripe's hosts, as Stripe's guide lists them; other origins in their place where settings say so."""
    js, api = origin_of(stripe_js_url), origin_of(stripe_api_url)
    js_is_real = js == "https://js.stripe.com" or (js.startswith("https://") and js.endswith(".js.stripe.com"))
    script = STRIPE_JS if js_is_real else js
    frames = f"{STRIPE_JS} {STRIPE_HOOKS}" if js_is_real else js
    # A script from elsewhere may ask its own origin too.
    connect = api if js_is_real or js == api else f"{api} {js}"
    if api != STRIPE_API:
        # A stand-in for the API shows the bank's page itself, where Stripe has hooks.stripe.com for it.
        frames = f"{frames} {api}" if api not in frames.split() else frames
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


def security_headers(dependencies: WebDependencies) -> dict[str, str]:
    """For every page and API answer, errors included."""
    js = origin_of(dependencies.stripe_js_url)
    headers = {
        "Content-Security-Policy": content_security_policy(dependencies.stripe_js_url, dependencies.stripe_api_url),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex, nofollow",
        "Permissions-Policy": f'payment=(self "{js}"), camera=(), microphone=(), geolocation=()',
        "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
        "Cache-Control": "no-store",
        "Server": SERVER,
    }
    if dependencies.public_url.startswith("https://"):
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


def is_cross_site(request: web.Request, public_url: str) -> bool:
    """Whether a browser says that another site sends this. A script that names no origin is no browser."""
    origin = request.headers.get("Origin")
    if origin is None:
        return False
    if origin == "null":
        # Some browsers hide our own origin because of Referrer-Policy: no-referrer.
        return request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin"
    host = origin.lower().partition("://")[2]
    return host not in (request.host.lower(), urlsplit(public_url).netloc.lower())
