"""The address that customers and the services reach."""

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

from app.settings import refused_by_telegram
from app.settings_values import is_loopback, is_refused_by_telegram, public_url
from app.setup.context import Question, Setup, settled

PORTS = (80, 443)
PATIENCE_SECONDS = 4.0


async def ask_address(setup: Setup) -> None:
    """Fills in ``public_url``."""
    t = setup.t
    setup.terminal.heading(t("Address"))
    where = t("A host name of yours that leads to this machine, like https://pay.example.com; to try it out here alone:"
              " http://127.0.0.1:8080")  # fmt: skip

    async def check(value: str) -> str:
        return t("The pay page is at {url}", url=public_url(value))

    question = Question("PUBLIC_URL", t("Address"), where, tidied=_with_scheme)
    value = await settled(setup, question, check, _suggested(setup))
    if not value:
        return
    setup.public_url = public_url(value)
    if is_refused_by_telegram(setup.public_url):
        setup.left(refused_by_telegram(setup.public_url))
    elif not setup.is_loopback:
        await _look_from_here(setup)


def _with_scheme(typed: str) -> str:
    """People type a host's name alone."""
    return typed if "://" in typed or not typed else f"https://{typed}"


def _suggested(setup: Setup) -> str:
    """What docker compose is told as DOMAIN is the same name."""
    domain = setup.answers.value("DOMAIN")
    return f"https://{domain}" if domain and not is_loopback(domain) else ""


async def _look_from_here(setup: Setup) -> None:
    """Neither has to be there before the shop is served, but it is the usual reason why nothing arrives."""
    address = urlsplit(setup.public_url)
    host, ports = address.hostname or "", (address.port,) if address.port else PORTS
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.get_running_loop().getaddrinfo(host, None)
    except (OSError, TimeoutError):
        setup.also(
            setup.t("{host} does not resolve: add an A record with this machine's address to its DNS", host=host)
        )
        return
    answering = await asyncio.gather(*(_answers(host, port) for port in ports))
    if silent := [str(port) for port, does in zip(ports, answering, strict=True) if not does]:
        setup.also(setup.t("{host} does not answer on port {ports}: start the web server in front of the shop and open"
                           " the firewall", host=host, ports=", ".join(silent)))  # fmt: skip


async def _answers(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True
