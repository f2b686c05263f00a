"""The desk: one page on loopback that shows the sandbox and has its switches."""

import asyncio
import contextlib
import inspect
import json
import re
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.desk.actions import ACTIONS, Action, DeskError
from sandbox.desk.state import snapshot
from sandbox.environment import Sandbox
from sandbox.fake_stripe.errors import ApiError

STATIC = Path(__file__).parent / "static"
PICTURE_PAUSE = 0.1  # seconds between two pictures, so that a burst of events is drawn once
SIGN_OF_LIFE = 15.0  # seconds; also refreshes what only time changes
SHOWN_INLINE = ("application/pdf", "image/png", "image/jpeg", "image/gif", "text/plain")
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data: https:; frame-ancestors 'self'"
)


class Desk:
    """Serves the page, its pictures as server-sent events, and the control API."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._runner: web.AppRunner | None = None
        self.port = 0
        self.app = web.Application(middlewares=[self._own_page_only], client_max_size=64 * 1024)
        self.app.router.add_get("/", self._page)
        self.app.router.add_get("/desk/static/{name}", self._static)
        self.app.router.add_get("/desk/api", self._help)
        self.app.router.add_get("/desk/api/state", self._state)
        self.app.router.add_get("/desk/api/events", self._events)
        self.app.router.add_get("/desk/mails/{id}/html", self._mail_html)
        self.app.router.add_get("/desk/mails/{id}/attachments/{number:[0-9]{1,3}}", self._attachment)
        self.app.router.add_get("/desk/files/{id}", self._file)
        for name, action in ACTIONS.items():
            self.app.router.add_post(f"/desk/api/{name}", self._acting(action))

    async def start(self, port: int = 0) -> str:
        """Listens on 127.0.0.1 and returns the address; raises OSError when the port is taken."""
        self._runner = web.AppRunner(self.app, access_log=None, handle_signals=False, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.port = self._runner.addresses[0][1]
        return self.url

    async def stop(self) -> None:
        """Ends open streams and stops listening."""
        if self._sandbox.story is not None and self._sandbox.story.task is not None:
            self._sandbox.story.task.cancel()
            await asyncio.gather(self._sandbox.story.task, return_exceptions=True)
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @web.middleware
    async def _own_page_only(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """A foreign name that resolves to this machine, or a foreign page, may not use the desk."""
        hosts = (f"127.0.0.1:{self.port}", f"localhost:{self.port}")
        if request.headers.get("Host") not in hosts:
            return _error(403, "The desk answers on 127.0.0.1 and localhost only.")
        origin = request.headers.get("Origin")
        if request.method == "POST" and origin not in (None, *(f"http://{host}" for host in hosts)):
            return _error(403, "Another page may not use the desk.")
        response: web.StreamResponse = await handler(request)
        if not response.prepared:
            response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
            response.headers["X-Content-Type-Options"] = "nosniff"
            response.headers["Cache-Control"] = "no-store"
            response.headers["Referrer-Policy"] = "no-referrer"
        return response

    async def _page(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(STATIC / "desk.html")

    async def _static(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in {path.name for path in STATIC.iterdir()}:
            return _error(404, "There is no such file.")
        return web.FileResponse(STATIC / name)

    async def _help(self, request: web.Request) -> web.Response:
        """What scripts can do here: each action with the JSON object it takes."""
        return web.json_response({name: inspect.getdoc(action) for name, action in ACTIONS.items()})

    async def _state(self, request: web.Request) -> web.Response:
        return web.json_response(snapshot(self._sandbox))

    async def _events(self, request: web.Request) -> web.StreamResponse:
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        stream = web.StreamResponse(headers=headers)
        await stream.prepare(request)
        with contextlib.suppress(ConnectionResetError):
            while True:
                seen = self._sandbox.changes
                picture = json.dumps(snapshot(self._sandbox))
                await stream.write(f"event: picture\ndata: {picture}\n\n".encode())
                await asyncio.sleep(PICTURE_PAUSE)
                await self._sandbox.changed_since(seen, SIGN_OF_LIFE)
        return stream

    def _acting(self, action: Action) -> Any:
        async def answer(request: web.Request) -> web.Response:
            # a form of a foreign page can be sent without asking, JSON cannot
            if request.content_type != "application/json":
                return _error(415, "Send a JSON object.")
            try:
                body = await request.json()
                if not isinstance(body, dict):
                    return _error(400, "Send a JSON object.")
                result = await action(self._sandbox, body)
            except (DeskError, ValueError, TypeError, ApiError) as error:
                return _error(400, str(error) or type(error).__name__)
            self._sandbox.touch()
            return web.json_response(result)

        return answer

    async def _mail_html(self, request: web.Request) -> web.Response:
        mail = self._mail(request)
        if mail is None:
            return _error(404, "There is no such mail.")
        page = f'<!doctype html><meta charset="utf-8"><base target="_blank">{mail.html}'
        headers = {"Content-Security-Policy": MAIL_POLICY}
        return web.Response(text=page, content_type="text/html", headers=headers)

    async def _attachment(self, request: web.Request) -> web.Response:
        mail, number = self._mail(request), int(request.match_info["number"])
        if mail is None or number >= len(mail.attachments):
            return _error(404, "There is no such attachment.")
        item = mail.attachments[number]
        return _content(item.filename, item.content_type, item.content)

    async def _file(self, request: web.Request) -> web.Response:
        file = self._sandbox.telegram.messages.files.get(request.match_info["id"])
        if file is None:
            return _error(404, "There is no such file.")
        return _content(file.filename, file.mime_type, file.content)

    def _mail(self, request: web.Request) -> Any:
        wanted = request.match_info["id"]
        return next((mail for mail in self._sandbox.resend.mails if mail.id == wanted), None)


def _content(filename: str, content_type: str, content: bytes) -> web.Response:
    """Opens in the browser what is harmless there; everything else is downloaded."""
    kind = content_type.partition(";")[0].strip().lower()
    if not re.fullmatch(r"[\w.+-]{1,80}/[\w.+-]{1,80}", kind, re.ASCII):
        kind = "application/octet-stream"
    answer = web.Response(body=content)
    answer.headers["Content-Type"] = f"{kind}; charset=utf-8" if kind == "text/plain" else kind
    how = "inline" if kind in SHOWN_INLINE else "attachment"
    answer.headers["Content-Disposition"] = f"{how}; filename*=UTF-8''{_quoted(filename)}"
    answer.headers["Content-Security-Policy"] = "frame-ancestors 'self'"
    return answer


def _quoted(filename: str) -> str:
    return "".join(chr(b) if (chr(b).isalnum() and b < 128) or b in b"-._" else f"%{b:02X}" for b in filename.encode())


def _error(status: int, message: str) -> web.Response:
    return web.json_response({"error": {"message": message}}, status=status)
