"""PUBLIC_URL from outside: whether it leads to this shop, and serves our pages as they are."""

import asyncio
import errno
import hashlib
import json
import os
import secrets
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from app.doctor.finding import Finding, Findings, Surroundings, mend, ok, unknown
from app.settings_values import host_of, is_loopback
from app.started_with import Digests, shown, started_with
from checkout.model.verification import Hasher
from checkout.sentence import Said, Sentence, t
from web.security import page_headers
from web.static_files import StaticFiles

NOBODY_BEHIND_PROXY = (502, 503, 504)
NO_PAGE = "/pay/doctor"
# Where a firewall drops what comes, nothing ever does; many a router does not let its own network in by its outer side.
ANSWER_SECONDS = 5.0
FROM_ELSEWHERE = t(
    "Open it on a telephone, by mobile data. If it opens there, all is well; else let the name lead to this machine,"
    " and open ports 80 and 443 in the firewall."
)

# Then it says nothing of the address.
OUR_NETWORK = {
    socket.EAI_AGAIN: t("this machine can look up no names now"),
    errno.ENETUNREACH: t("this machine has no network that leads there"),
}
LOOK_HERE = t("Look at this machine's network, and at the DNS that it asks; then try again.")


@dataclass(frozen=True, slots=True)
class Running:
    """``theirs`` is what the shop that runs says it was started with, whatever that is; ``ours`` what it should say."""

    ours: Digests
    theirs: object


NOBODY = Running({}, None)


async def check_page(shop: Surroundings) -> Findings:
    reached, running = await _reached(shop)
    yield reached
    if reached.state != "ok":
        not_ours = t("PUBLIC_URL does not lead to this shop: nothing more can be looked at there")
        for check_id in ("public_url.settings", "public_url.headers", "public_url.scripts"):
            yield unknown(check_id, not_ours)
        return
    yield _settings(running)
    yield await _headers(shop)
    yield await _scripts(shop)
    yield await _metrics(shop)


async def _reached(shop: Surroundings) -> tuple[Finding, Running]:
    """Also what the shop that runs says of itself, where it is ours."""
    settings, nonce = shop.settings, secrets.token_hex(16)
    url, where = settings.public_url, {"host": settings.host, "port": settings.port}
    try:
        async with (
            asyncio.timeout(ANSWER_SECONDS),
            shop.http.get(f"{url}/healthz", params={"nonce": nonce}, allow_redirects=False) as response,
        ):
            status, text = response.status, await response.text()
    except aiohttp.ClientSSLError as error:
        finding = t("PUBLIC_URL {url}: {reason}", url=url, reason=_reason(error))
        return mend("public_url.certificate", finding), NOBODY
    except TimeoutError:
        seconds = f"{ANSWER_SECONDS:.0f}"
        finding = t("PUBLIC_URL {url} has not answered this machine within {seconds} s", url=url, seconds=seconds)
        return unknown("public_url", finding, FROM_ELSEWHERE), NOBODY
    except (aiohttp.ClientError, OSError, ValueError) as error:
        if trouble := await _our_trouble(shop, error):
            finding = t("PUBLIC_URL {url} could not be asked: {trouble}", url=url, trouble=trouble)
            return unknown("public_url", finding, LOOK_HERE), NOBODY
        finding = t("PUBLIC_URL {url} does not answer: {reason}", url=url, reason=_reason(error))
        return mend("public_url", finding, **where), NOBODY
    if leads_to := response.headers.get("Location"):
        finding = t("PUBLIC_URL {url} sends everybody on to {leads_to}", url=url, leads_to=leads_to)
        return mend("public_url.redirect", finding), NOBODY
    if status in NOBODY_BEHIND_PROXY:
        finding = t(
            "PUBLIC_URL {url} answers {status}: checkout-bot serve is not running behind your proxy",
            url=url,
            status=status,
        )
        return mend("public_url", finding, **where), NOBODY
    hasher, answer = Hasher(settings.secret_key), _read(text)
    if answer.get("proof") != hasher.proof(nonce):
        finding = t("PUBLIC_URL {url} answers {status}, but it is not this shop", url=url, status=status)
        return mend("public_url.stranger", finding, **where), NOBODY
    ours = shown(hasher, nonce, started_with(settings, shop.catalog))
    theirs = answer.get("started_with")
    return ok("public_url", t("PUBLIC_URL {url} leads to this shop", url=url)), Running(ours, theirs)


async def _our_trouble(shop: Surroundings, error: Exception) -> Sentence | None:
    """None where the address is at fault: other names are found from here, say."""
    number = error.os_error.errno or 0 if isinstance(error, aiohttp.ClientConnectorError) else 0
    if number == socket.EAI_AGAIN:
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(ANSWER_SECONDS):
                await asyncio.get_running_loop().getaddrinfo(host_of(shop.settings.stripe_api_url), None)
                return None
    return OUR_NETWORK.get(number)


def _reason(error: Exception) -> Said:
    """For somebody who has never seen the names of Python's exceptions."""
    match error:
        case aiohttp.ClientConnectorCertificateError(certificate_error=ssl.SSLCertVerificationError() as refused):
            return t("its certificate is not accepted: {words}", words=refused.verify_message)
        case aiohttp.ClientSSLError():
            return t("what answers there speaks no HTTPS")
        case aiohttp.ClientConnectorDNSError():
            return t("no such name is known")
        case aiohttp.ClientConnectorError():
            number = error.os_error.errno
            return t("nothing listens there") if number in (None, errno.ECONNREFUSED) else os.strerror(number)
        case aiohttp.ServerDisconnectedError():
            return t("what listens there hangs up")
    return type(error).__name__


def _read(text: str) -> Mapping[str, Any]:
    try:
        answer = json.loads(text)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _settings(running: Running) -> Finding:
    """It may have been started before something was changed: then all else that is looked at is not what happens."""
    if not isinstance(running.theirs, dict):
        return mend("public_url.settings", t("the shop that runs was started before the program was updated"))
    other = [name for name, ours in running.ours.items() if running.theirs.get(name) != ours]
    if other:
        finding = t("the shop that runs was started with other: {names}", names=", ".join(other))
        return mend("public_url.settings", finding)
    return ok("public_url.settings", t("the shop that runs was started with these settings and this catalogue"))


async def _headers(shop: Surroundings) -> Finding:
    """Of a page that is not there: it has them too. What comes twice counts for browsers as both of them together."""
    async with shop.http.get(f"{shop.settings.public_url}{NO_PAGE}") as response:
        served = response.headers
    expected = page_headers(shop.settings.stripe_js_url, shop.settings.stripe_api_url)
    wrong = [name for name, value in expected.items() if set(served.getall(name, [])) != {value}]
    if wrong:
        finding = t("the pay page comes without, or with other: {names}", names=", ".join(wrong))
        return mend("public_url.headers", finding)
    return ok("public_url.headers", t("the pay page comes with our security headers"))


async def _scripts(shop: Surroundings) -> Finding:
    """PCI DSS 11.6.1 asks for a look at what the payment page runs, as it arrives. One that is not there runs nothing:
    a script in it was put there on the way."""
    static, changed = StaticFiles(urlsplit(shop.settings.public_url).path.rstrip("/")), []
    for name, ours in static.contents().items():
        async with shop.http.get(f"{shop.settings.public_url}/static/{name}") as response:
            if hashlib.sha256(await response.read()).digest() != hashlib.sha256(ours).digest():
                changed.append(name)
    async with shop.http.get(f"{shop.settings.public_url}{NO_PAGE}") as response:
        if b"<script" in (await response.read()).lower():
            changed.append(NO_PAGE)
    if changed:
        finding = t("not served as they are here: {names}", names=", ".join(changed))
        return mend("public_url.scripts", finding)
    return ok("public_url.scripts", t("scripts and styles of the pay page are served as they are here"))


async def _metrics(shop: Surroundings) -> Finding:
    if is_loopback(host_of(shop.settings.public_url)):
        return ok("public_url.metrics", t("PUBLIC_URL is this machine alone: /metrics is not seen from outside"))
    async with shop.http.get(f"{shop.settings.public_url}/metrics") as response:
        is_open = response.status == 200
    if is_open:
        return mend("public_url.metrics", t("/metrics can be read by everybody"))
    return ok("public_url.metrics", t("/metrics cannot be read from outside"))
