"""Every connection, watched: how many there are, how much they hold, and which of them only stand about."""

import asyncio
import logging
import socket
import time
from collections.abc import Callable
from enum import Enum, auto
from typing import Any, Protocol

from aiohttp import StreamReader, web
from aiohttp.http_exceptions import LineTooLong

from web.errors import Problem, problem_of
from web.lines import Lines

logger = logging.getLogger(__name__)


def connections_at_once() -> int:
    """A proxy needs a handful, browsers without one a few each; each costs some ten kilobytes."""
    return 1000


def idle_seconds() -> float:
    """Longer than a proxy keeps a connection that nobody uses; a head that is not complete by then never will be."""
    return 70.0


def stalled_seconds() -> float:
    """Our longest page fits into what the kernel takes at once, and a file goes on with every 50 KB that are read: who
    takes nothing for so long does not read."""
    return 15.0


def draining_seconds() -> float:
    """For a sender who is answered before the end of the body, to notice."""
    return 5.0


def bytes_held() -> int:
    """What has arrived and is not answered yet, over all connections: sixteen of the largest bodies, or thousands of
    those that honest senders have."""
    return 16 * 1024 * 1024


def header_bytes() -> int:
    """One header: browsers keep up to some 50 cookies of 4 KB each for a domain, few of them for ours."""
    return 64 * 1024


def address_bytes() -> int:
    """The request line: Stripe's return address, with room."""
    return 16 * 1024


def read_at_once() -> int:
    """As much of a body waits for its reader before the sender is slowed down."""
    return 64 * 1024


def sent_ahead() -> int:
    """Of answers as much may wait for their reader as a few of our longest pages; the system would take megabytes."""
    return 64 * 1024


def requests_sent_ahead() -> int:
    """Browsers, proxies and services wait for an answer before they ask again; who does not is answered once."""
    return 8


def seconds_between_lines() -> float:
    """What is malformed is told that often, with how many there were: the log is for what somebody can mend."""
    return 60.0


class About(Enum):
    """What a connection is there for now, in the order in which they may go when there are too many."""

    NOTHING = auto()
    A_BODY = auto()
    AN_UNREAD_ANSWER = auto()
    OUR_WORK = auto()


GOES_FIRST = (About.NOTHING, About.A_BODY, About.AN_UNREAD_ANSWER)


class ErrorAnswers(Protocol):
    def to(self, request: web.BaseRequest, problem: Problem) -> web.Response:
        """The page or JSON for a problem, with the headers that all answers have."""
        ...


class Connections:
    """All that are open at one server; ``most`` of them at once.

    When there are more, the one that was opened first goes of those that only stand about, or else of those whose
    sender has a request's rest still to send, or an answer to read: who comes with a request is served, whoever else
    holds connections.
    """

    def __init__(self, most: int, when_calm: Callable[[], None] = lambda: None) -> None:
        """``when_calm`` is called some seconds after much was held and is free again."""
        self._most, self._when_calm, self._is_calm = most, when_calm, True
        self._open: dict[WatchedConnection, asyncio.Transport] = {}
        self._stalled: dict[WatchedConnection, float] = {}
        self._held = 0
        self._malformed, self._told_at = 0, -seconds_between_lines()

    def __len__(self) -> int:
        return len(self._open)

    def opened(self, one: "WatchedConnection", transport: asyncio.Transport) -> None:
        if len(self._open) >= self._most:
            first = next((other for about in GOES_FIRST for other in self._open if other.is_about is about), one)
            # Out at once: it is told only later that it is closed.
            self._open.pop(first, transport).abort()
        self._open[one] = transport

    def closed(self, one: "WatchedConnection") -> None:
        self._open.pop(one, None)
        self._stalled.pop(one, None)
        self.answered(one)

    def received(self, one: "WatchedConnection", size: int) -> None:
        """Counts what arrived. Above the limit the connection that holds most is cut: honest bodies are small."""
        one.held += size
        self._held += size
        self._is_calm &= self._held < bytes_held() / 4
        if self._held > bytes_held():
            heaviest = max(self._open, key=lambda other: other.held, default=one)
            self.answered(heaviest)
            if transport := self._open.get(heaviest):
                transport.abort()

    def answered(self, one: "WatchedConnection") -> None:
        """What was held for its request is free."""
        self._held -= one.held
        one.held = 0

    def malformed(self, reason: str, peer: str) -> None:
        self._malformed += 1
        if (now := time.monotonic()) - self._told_at >= seconds_between_lines():
            logger.warning("%d malformed requests, the last from %s: %s", self._malformed, peer, reason[:60])
            self._malformed, self._told_at = 0, now

    def moved(self, one: "WatchedConnection") -> None:
        """Its reader reads on: what is long, a file over a slow line, takes its time."""
        self._stalled.pop(one, None)

    async def watch(self) -> None:
        """Runs as long as the server: cuts those whose answer is not read, and says when it is calm again."""
        while True:
            await asyncio.sleep(stalled_seconds() / 3)
            if not self._is_calm and self._held < bytes_held() / 16:
                self._is_calm = True
                self._when_calm()
            now = time.monotonic()
            stands = {
                one: transport for one, transport in self._open.items() if one.writing_paused or transport.is_closing()
            }
            self._stalled = {one: self._stalled.get(one, now) for one in stands}
            for one, since in self._stalled.items():
                if now - since >= stalled_seconds():
                    stands[one].abort()


class WatchedConnection(web.RequestHandler):
    """aiohttp's connection, which tells ``connections`` what goes on, and whose own answers are those of the shop."""

    def __init__(self, server: web.Server, connections: Connections, answers: ErrorAnswers) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # None means none, whatever the annotation says
            keepalive_timeout=idle_seconds(),
            lingering_time=draining_seconds(),
            max_line_size=address_bytes(),
            max_field_size=header_bytes(),
            read_bufsize=read_at_once(),
            # Nobody who sends us something compresses it: inflating is for whoever wants to hold everybody up.
            auto_decompress=False,
        )
        self._connections, self._answers = connections, answers
        self.held, self._lines = 0, Lines()
        self.asked: web.BaseRequest | None = None  # what is being answered
        self._unread: StreamReader | None = None  # what is still to come of a body that was answered before its end

    @property
    def is_about(self) -> About:
        if self.asked is None:
            return About.NOTHING
        if not self.asked.content.is_eof():
            return About.A_BODY
        return About.AN_UNREAD_ANSWER if self.writing_paused else About.OUR_WORK

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        super().connection_made(transport)
        if (connected := transport.get_extra_info("socket")) is not None:
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, sent_ahead())
        self._connections.opened(self, transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._connections.closed(self)
        super().connection_lost(exc)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._connections.moved(self)

    def data_received(self, data: bytes) -> None:
        if data:
            self._connections.received(self, len(data))
            if self._lines.are_too_many(data):
                self._cut_off("too many lines")
                return
            self._stop_reading_what_nobody_wants()
        super().data_received(data)

    def _cut_off(self, reason: str) -> None:
        """Without a word: whoever sends this reads no answer."""
        transport = self.transport
        if transport is not None and not transport.is_closing():
            peer = transport.get_extra_info("peername")
            self._connections.malformed(reason, peer[0] if isinstance(peer, tuple) else "?")
            transport.abort()

    def _stop_reading_what_nobody_wants(self) -> None:
        """A little is read and dropped, so that the connection can go on; of more not even the reading is worth it."""
        if self._unread is None or self.transport is None:
            return
        if self._unread.is_eof():
            self._unread = None
        elif self.held > read_at_once():
            self.transport.pause_reading()

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        self._connections.answered(self)
        self._lines.answered()
        self._unread = None if request.content.is_eof() else request.content
        if isinstance(resp, web.HTTPException):
            # Raised before the application's own handler of errors, for an unknown Expect.
            resp = self._answers.to(request, problem_of(resp))
        if len(self._messages) > requests_sent_ahead():
            resp.force_close()
        try:
            return await super().finish_response(request, resp, start_time)
        finally:
            self.asked = None

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """aiohttp's own answers: what is no HTTP (400), and what failed outside of the application (500)."""
        # What the application raises it answers itself: outside of it only odd bytes in a header are no text.
        if status == web.HTTPBadRequest.status_code or isinstance(exc, UnicodeError):
            self._connections.malformed(type(exc).__name__, request.remote or "?")
            problem = Problem(431, "too_large") if isinstance(exc, LineTooLong) else Problem(400, "bad_request")
        else:
            logger.error("a request failed outside of the application: %s", type(exc).__name__, exc_info=exc)
            problem = Problem(status, "internal")
        answer = self._answers.to(request, problem)
        answer.force_close()
        return answer


class WatchedSite(web.BaseSite):
    """Where the application listens: at ``host`` and ``port``, or on a ``socket`` that is bound already."""

    def __init__(self, runner: web.AppRunner, connections: Connections, answers: ErrorAnswers, **where: Any) -> None:
        super().__init__(runner)
        self._connections, self._answers, self._where = connections, answers, where
        self._watching: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        return "http"

    async def start(self) -> None:
        await super().start()
        server = self._runner.server
        assert server is not None
        self._watching = asyncio.create_task(self._connections.watch(), name="watching connections")
        self._server = await asyncio.get_running_loop().create_server(
            lambda: WatchedConnection(server, self._connections, self._answers), backlog=self._backlog, **self._where
        )

    async def stop(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
        await super().stop()
