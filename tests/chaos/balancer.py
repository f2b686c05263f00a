"""A load balancer in front of the replicas: round robin, and past the ones that do not listen."""

import aiohttp
from aiohttp import web

KEPT = ("Content-Type", "Retry-After", "Location", "Cache-Control")
HOP_BY_HOP = frozenset({"host", "connection", "content-length", "transfer-encoding", "keep-alive"})
LONGEST_ANSWER = 60.0  # seconds
LARGEST_BODY = 4 * 1024 * 1024


class Balancer:
    """Forwards every request to the next of ``ports``. A request that was sent is never sent to another one."""

    def __init__(self, ports: list[int]) -> None:
        self._ports, self._next = ports, 0
        self._session: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None

    async def start(self, port: int) -> None:
        timeout = aiohttp.ClientTimeout(total=LONGEST_ANSWER)
        self._session = aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(force_close=True))
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_route("*", "/{path:.*}", self._forward)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        if self._session is not None:
            await self._session.close()

    async def _forward(self, request: web.Request) -> web.Response:
        body = await request.read()
        for _ in self._ports:
            self._next = (self._next + 1) % len(self._ports)
            try:
                return await self._ask(self._ports[self._next], request, body)
            except aiohttp.ClientConnectorError:
                continue
            except (aiohttp.ClientError, TimeoutError):
                return web.Response(status=502, text="the replica went away")
        return web.Response(status=503, text="no replica listens")

    async def _ask(self, port: int, request: web.Request, body: bytes) -> web.Response:
        assert self._session is not None
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP}
        url = f"http://127.0.0.1:{port}{request.rel_url}"
        async with self._session.request(
            request.method, url, headers=headers, data=body, allow_redirects=False
        ) as answer:
            headers = {name: answer.headers[name] for name in KEPT if name in answer.headers}
            return web.Response(status=answer.status, body=await answer.read(), headers=headers)
