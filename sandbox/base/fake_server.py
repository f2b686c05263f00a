"""The base of all stand-ins: a server on loopback with a record of its calls, a log, and faults to switch on."""

import asyncio
import contextlib
import socket
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from aiohttp import web

from sandbox.base.ports import LOOPBACK, bound_socket
from sandbox.base.request_body import parse_body

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

CALLS_KEPT = 5000
GONE_SECONDS = 0.02  # how soon a hanging request is let go whose caller has gone
LARGEST_REQUEST = 64 * 1024 * 1024  # above the 50 MB a bot may upload, so that the service's own limit speaks
BODY = web.RequestKey("body", dict)  # the parsed body: a multipart request can be read only once


class FaultMode(StrEnum):
    OK = "ok"
    REFUSE = "refuse"
    HANG = "hang"
    RESET = "reset"
    RESET_BODY = "reset_body"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    HTML = "html"


@dataclass
class Call:
    """One API request as it came in; `at` and `ended_at` in seconds since the epoch.

    `status` is 0 while it has no answer, `ended_at` while it is open.
    """

    at: float
    method: str
    path: str
    headers: dict[str, str]
    body: Any
    status: int = 0
    ended_at: float = 0.0


@dataclass
class LogEntry:
    """A line for the desk's log; `at` in seconds since the epoch. Holds no key and no client_secret."""

    at: float
    service: str
    text: str
    detail: dict[str, Any] = field(default_factory=dict)


class Faults:
    """How the service misbehaves on paths with `path_contains`, for `remaining` requests (None: for ever).

    RESET drops the connection before anything is done; RESET_BODY does the work and loses half of the answer.
    HTML answers with a proxy's page and `html_status`.
    """

    def __init__(self) -> None:
        self.remaining: int | None = None
        self.retry_after = 1
        self.html_status = 502
        self.path_contains = ""
        self._mode = FaultMode.OK
        self._changed = asyncio.Event()

    @property
    def mode(self) -> FaultMode:
        return self._mode

    @mode.setter
    def mode(self, mode: FaultMode) -> None:
        """Setting the mode lets every hanging request go on."""
        self._mode = mode
        self._changed.set()
        self._changed = asyncio.Event()

    def set(
        self,
        mode: FaultMode,
        remaining: int | None = None,
        path_contains: str = "",
        retry_after: int = 1,
        html_status: int = 502,
    ) -> None:
        """Sets everything at once."""
        self.remaining, self.path_contains, self.retry_after = remaining, path_contains, retry_after
        self.html_status = html_status
        self.mode = mode

    def take(self, path: str) -> FaultMode:
        """The fault for this request; counts it."""
        if self._mode is FaultMode.OK or self.path_contains not in path:
            return FaultMode.OK
        mode = self._mode
        if self.remaining is not None:
            if self.remaining <= 0:
                return FaultMode.OK
            self.remaining -= 1
        return mode

    async def changed(self) -> None:
        """Waits until the mode is set again."""
        await self._changed.wait()


class StandIn:
    """A local double of one service. A subclass adds its routes to `app` and says how an error looks."""

    service = "service"

    def __init__(self) -> None:
        self.calls: deque[Call] = deque(maxlen=CALLS_KEPT)
        self.faults = Faults()
        self.on_log: Callable[[LogEntry], None] = lambda entry: None
        self.app = web.Application(middlewares=[self._around], client_max_size=LARGEST_REQUEST)
        self.url = ""
        self._socket: socket.socket | None = None
        self._runner: web.AppRunner | None = None
        self._site: web.SockSite | None = None

    def is_api(self, request: web.Request) -> bool:
        """Whether this request is recorded as a call and meets faults."""
        return True

    def error_response(self, status: int, code: str, message: str) -> web.Response:
        """An error in the service's own shape."""
        raise NotImplementedError

    def log(self, text: str, **detail: Any) -> None:
        """Tells the desk what happened."""
        self.on_log(LogEntry(time.time(), self.service, text, detail))

    async def start(self, port: int = 0) -> str:
        """Listens on loopback (0: any free port) and returns the base URL."""
        self._runner = web.AppRunner(self.app, access_log=None, handle_signals=False, shutdown_timeout=0.5)
        await self._runner.setup()
        self._socket = bound_socket(port)
        self.url = f"http://{LOOPBACK}:{self._socket.getsockname()[1]}"
        await self._listen()
        return self.url

    async def stop(self) -> None:
        """Ends every open connection and stops listening; a second call does nothing."""
        self.faults.mode = FaultMode.OK
        runner, self._runner, self._site = self._runner, None, None
        if runner is not None:
            await runner.cleanup()
        if self._socket is not None:
            self._socket.close()

    async def take_down(self) -> None:
        """Refuses connections, and keeps the port: closes the listening socket and everything open on it."""
        self.faults.mode = FaultMode.REFUSE
        if self._site is not None and self._socket is not None:
            port = self._socket.getsockname()[1]
            await self._site.stop()
            self._site, self._socket = None, bound_socket(port)
        if self._runner is not None and self._runner.server is not None:
            for connection in list(self._runner.server.connections):
                _abort(connection.transport)

    async def bring_back(self) -> None:
        """Listens again on the same port, without faults."""
        self.faults.mode = FaultMode.OK
        if self._site is None:
            await self._listen()

    async def _listen(self) -> None:
        if self._runner is None or self._socket is None:
            raise RuntimeError(f"the {self.service} stand-in is not started")
        site = web.SockSite(self._runner, self._socket)
        await site.start()
        self._site = site

    @web.middleware
    async def _around(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not self.is_api(request):
            return await handler(request)
        fault = self.faults.take(request.path)
        call = Call(time.time(), request.method, request.path, dict(request.headers), {})
        self.calls.append(call)
        try:
            request[BODY] = call.body = await parse_body(request)
        except web.HTTPException as refusal:
            return self.error_response(refusal.status, "invalid_request", refusal.reason)
        except ConnectionError:  # the caller has gone in the middle of it
            call.ended_at = time.time()
            return _no_answer(request)
        try:
            response = await self._answer(request, handler, fault)
        finally:
            call.ended_at = time.time()
        call.status = 0 if isinstance(response, _NoAnswer) else response.status
        return response

    async def _answer(self, request: web.Request, handler: Handler, fault: FaultMode) -> web.StreamResponse:
        if fault is not FaultMode.OK:
            self.log(f"{fault.replace('_', ' ')}: {request.method} {request.path}", fault=fault)
        if fault is FaultMode.HANG:
            await self._hang(request)
            if self._runner is None or request.transport is None:
                return _no_answer(request)  # nobody waits for one any more
        elif fault in (FaultMode.RESET, FaultMode.REFUSE):
            return _no_answer(request)
        elif fault is FaultMode.RESET_BODY:
            return await _send_half(request, await self._handle(request, handler))
        elif fault is not FaultMode.OK:
            return self._failure(fault)
        return await self._handle(request, handler)

    async def _hang(self, request: web.Request) -> None:
        """Until the mode is set again or the caller has gone."""
        changed = asyncio.create_task(self.faults.changed())
        while not changed.done() and request.transport is not None:
            await asyncio.wait({changed}, timeout=GONE_SECONDS)
        changed.cancel()

    async def _handle(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as refusal:
            return self.error_response(refusal.status, "invalid_request", refusal.reason)

    def _failure(self, fault: FaultMode) -> web.Response:
        if fault is FaultMode.RATE_LIMITED:
            response = self.error_response(429, "rate_limit", "Too many requests in a too short time.")
            response.headers["Retry-After"] = str(self.faults.retry_after)
            return response
        if fault is FaultMode.SERVER_ERROR:
            return self.error_response(500, "api_error", "An unknown error occurred.")
        page = "<html><body><h1>Bad Gateway</h1></body></html>"
        return web.Response(status=self.faults.html_status, text=page, content_type="text/html")


class _NoAnswer(web.Response):
    """Stands for an answer on a connection that is gone; aiohttp finds nobody to write it to."""


def _no_answer(request: web.Request) -> web.Response:
    _abort(request.transport)
    return _NoAnswer(status=500)


def _abort(transport: asyncio.BaseTransport | None) -> None:
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()


async def _send_half(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """Sends the headers and half of the body of an answer whose work has been done."""
    payload = response.body if isinstance(response, web.Response) else b""
    whole = payload if isinstance(payload, bytes) else b"{}"
    partial = web.StreamResponse(status=response.status)
    partial.content_type = response.content_type
    partial.content_length = len(whole)
    with contextlib.suppress(ConnectionResetError):
        await partial.prepare(request)
        await partial.write(whole[: len(whole) // 2])
    transport = request.transport
    if transport is not None:
        transport.close()  # unlike abort, this lets the first half out
    return partial
