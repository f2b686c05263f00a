"""From where a request comes: the peer itself, or whom a proxy of ours names."""

import ipaddress
from functools import lru_cache

from aiohttp import HttpVersion11, web
from yarl import URL

# Named one by one: Python's is_private counts in the networks that are only reserved. The last four are those of
# hosters' own networks, of links without a router, and of IPv6 within a site.
NEAR = [
    ipaddress.ip_network(network)
    for network in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "fe80::/10",
        "fc00::/7",
    )
]
# What proxies add, each its own.
SIGNS = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-Host", "X-Forwarded-Proto", "Via")
MOST_PROXIES = 8  # one behind the other; of what a stranger writes before them, thousands may come
LONGEST_NAME = 300  # with scheme and port: a name itself has 253 letters
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def parsed_address(text: str) -> Address | None:
    """Also with a port behind it, in brackets, or an IPv4 one that is written as IPv6."""
    return _parsed_address(text) if is_name(text) else None


# Each request asks four times, for the same few addresses of proxies and for its own.
@lru_cache(maxsize=256)
def _parsed_address(text: str) -> Address | None:
    host = text.strip().strip('"')
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_loopback(peer: str | None) -> bool:
    address = parsed_address(peer or "")
    return address is not None and address.is_loopback


def is_near(address: Address | None) -> bool:
    """On this machine or in its own network: there a proxy of ours may stand."""
    return address is not None and (address.is_loopback or any(address in network for network in NEAR))


def comes_by_proxy(request: web.Request) -> bool:
    """A proxy says so, or passes on the name that customers ask for. One of nginx to which nobody has said anything
    does neither, but speaks HTTP/1.0, which nobody on this machine does."""
    is_said = request.version < HttpVersion11 or any(sign in request.headers for sign in SIGNS)
    return is_said or not _is_near_host(asked_host(request))


def is_name(text: str) -> bool:
    """Whether browsers and proxies write a name so: in ASCII. To read thousands of other letters takes seconds."""
    return len(text) <= LONGEST_NAME and text.isascii()


def asked_host(request: web.Request) -> str:
    """By which name we are asked for; empty where it can be none."""
    return request.host if is_name(request.host) else ""


def _is_near_host(host: str) -> bool:
    try:
        name = URL(f"http://{host}").host or ""
    except ValueError:
        return False
    return name == "localhost" or is_near(parsed_address(name))


def customer_address(request: web.Request) -> Address | str | None:
    """Where the peer may be a proxy of ours, whom the first of our proxies names in X-Forwarded-For: behind that stand
    only those of our own network that passed it on, and what stands before it anybody can write.

    None where nobody says for whom is asked: then it could be anybody.
    """
    peer = parsed_address(request.remote or "")
    if not is_near(peer):
        return peer or request.remote or ""
    if not comes_by_proxy(request):
        return peer
    entries = ",".join(request.headers.getall("X-Forwarded-For", [])).rsplit(",", MOST_PROXIES)[-MOST_PROXIES:]
    return next((one for one in map(parsed_address, reversed(entries)) if not is_near(one)), None)
