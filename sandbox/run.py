"""Runs the sandbox: stand-ins, desk and the real application, from the first line to the last."""

import asyncio
import contextlib
import os
import sys
import webbrowser
from collections.abc import Coroutine
from typing import Any

from sandbox.application_process import ApplicationProcess
from sandbox.base.terminal import say
from sandbox.desk.server import Desk
from sandbox.environment import Sandbox
from sandbox.fake_telegram.chats import MIRA
from sandbox.start import PROJECT


async def serve(port: int, app_port: int, open_browser: bool, stopping: asyncio.Event) -> None:
    """Serves the desk on `port` and the application on `app_port` until `stopping` is set."""
    async with Sandbox() as sandbox:
        await _serve(sandbox, port, app_port, open_browser, stopping)
    say("Everything is stopped.")


async def _serve(sandbox: Sandbox, port: int, app_port: int, open_browser: bool, stopping: asyncio.Event) -> None:
    desk = Desk(sandbox)
    application = ApplicationProcess(sandbox.settings(app_port), sandbox.folder, PROJECT, sandbox.touch)
    sandbox.application = application
    sandbox.telegram.meet(MIRA)  # an admin who has started the bot some time ago: alerts reach her
    sandbox.register_webhooks(app_port)
    try:
        await desk.start(port)
        ready = await _unless(stopping, application.start())
        if not stopping.is_set():
            say(welcome(desk.url, application.url, ready))
            if open_browser:
                _open(desk.url)
            await stopping.wait()
        say("Stopping ...")
    finally:
        await application.stop()
        await desk.stop()


def welcome(desk_url: str, app_url: str, ready: bool) -> str:
    """The one block a newcomer reads."""
    trouble = "" if ready else "\n  The application is NOT running: see above. Start it again at the desk.\n"
    return f"""
  ────────────────────────────────────────────────────────────────
   SANDBOX: no real money, no real messages
  {trouble}
   Open the desk:    {desk_url}
   The application:  {app_url}

   Press Start in the chat, buy something, read the code in the
   mail inbox, pay with card 4242 4242 4242 4242.
   Ctrl-C stops everything.
  ────────────────────────────────────────────────────────────────
"""


async def _unless(stopping: asyncio.Event, work: Coroutine[Any, Any, bool]) -> bool:
    """The outcome of `work`, or False as soon as everything is to stop."""
    task = asyncio.create_task(work)
    waiting = asyncio.create_task(stopping.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not task.done():
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return False
    return task.result()


def _open(url: str) -> None:
    """Opens a browser where there is a screen for one; a text browser would take the terminal away."""
    has_screen = sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if has_screen:
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(url)
