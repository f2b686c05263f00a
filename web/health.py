"""For those who watch the process: alive, ready, and its numbers."""

import logging
import re

from aiohttp import web

from web.dependencies import WebDependencies
from web.peers import comes_by_proxy, is_loopback
from web.security import same_secret

NONCE = re.compile(r"[0-9a-f]{32}")
logger = logging.getLogger(__name__)


class Health:
    def __init__(self, dependencies: WebDependencies) -> None:
        self._dependencies = dependencies

    async def alive(self, request: web.Request) -> web.Response:
        """``?nonce=`` of 32 hexadecimal digits: whoever knows SECRET_KEY can tell from the answer that it is we,
        and what we were started with.
        """
        nonce = request.query.get("nonce", "")
        proof = self._dependencies.prove(nonce) if NONCE.fullmatch(nonce) else {}
        return web.json_response({"status": "ok", **proof})

    async def ready(self, request: web.Request) -> web.Response:
        """``?except=outbox`` is for load balancers: messages that wait are no reason to take no payments."""
        ignored = request.query.getall("except", [])
        try:
            found = await self._dependencies.ready()
            checks = {name: word for name, word in found.items() if name not in ignored}
        except Exception as error:  # noqa: BLE001 - whatever broke the check, the answer is "not ready"
            logger.warning("the readiness check failed: %s", type(error).__name__)
            checks = {"check": f"failed: {type(error).__name__}"}
        all_ok = all(word == "ok" for word in checks.values())
        body = {"status": "ok" if all_ok else "not ready", "checks": checks}
        return web.json_response(body, status=200 if all_ok else 503)

    async def metrics(self, request: web.Request) -> web.Response:
        if self._dependencies.metrics is None:
            raise web.HTTPNotFound
        if not self._may_read_metrics(request):
            raise web.HTTPForbidden
        text = await self._dependencies.metrics()
        return web.Response(text=text, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    def _may_read_metrics(self, request: web.Request) -> bool:
        if token := self._dependencies.metrics_token:
            scheme, _, given = request.headers.get("Authorization", "").partition(" ")
            return scheme.lower() == "bearer" and same_secret(given.strip(), token)
        # A proxy on this machine is a loopback peer too.
        return is_loopback(request.remote) and not comes_by_proxy(request)
