"""How the sandbox starts, watches the application and stops."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.application_process import ApplicationProcess
from sandbox.base.waiting import until
from sandbox.environment import Sandbox
from sandbox.start import free_port, live_key_problem, run
from tests.support.project import ROOT

IMPORTING_FOR_EVER = """
import sys, time

class Slow:
    def find_spec(self, name, path, target=None):
        if name == "sandbox.run":
            time.sleep(3600)

sys.meta_path.insert(0, Slow())
from app.cli import main
sys.exit(main(["sandbox", "--no-browser"]))
"""
SERVER = """
import http.server, os, signal, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()
    def log_message(self, *_): pass
signal.signal(signal.SIGTERM, lambda *_: (print("bye"), sys.exit(0)))
print("BOT" if os.environ.get("BOT_TOKEN") else "no token", "LEAK" if "SECRET_OF_MINE" in os.environ else "clean")
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
"""


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as sandbox:
        yield sandbox


def _product(sandbox: Sandbox, script: str) -> ApplicationProcess:
    settings = sandbox.settings(free_port(20000 + os.getpid() % 10000))
    return ApplicationProcess(settings, sandbox.folder, ROOT, sandbox.touch, (sys.executable, "-c", script))


async def test_the_application_runs_with_the_sandboxs_settings_and_nothing_else(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_MINE", "x")
    product = _product(sandbox, SERVER)
    assert await product.start()
    await until(lambda: bool(product.last_lines))
    assert (product.phase, product.last_lines[0]) == ("running", "BOT clean")
    await product.stop()
    assert (product.phase, product.exit_code, product.last_lines[-1]) == ("stopped", 0, "bye")


async def test_a_restart_kills_and_starts_anew(sandbox: Sandbox) -> None:
    product = _product(sandbox, SERVER)
    await product.start()
    await product.restart()
    assert product.phase == "running"
    assert "bye" not in product.last_lines
    await product.stop()
    await product.restart()
    assert product.phase == "stopped"  # nothing is started while everything stops


async def test_an_application_that_dies_is_told_with_its_last_lines(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    product = _product(sandbox, "print('BOT_TOKEN is wrong'); raise SystemExit(3)")
    assert not await product.start()
    await until(lambda: product.phase == "stopped")
    assert product.state()["last_lines"] == ["BOT_TOKEN is wrong"]
    assert "ended with code 3" in capsys.readouterr().out


async def test_the_settings_name_everything_and_no_live_key(sandbox: Sandbox) -> None:
    settings = sandbox.settings(8001)
    assert settings["STRIPE_JS_URL"] == f"{sandbox.stripe.url}/endive/stripe.js"
    assert settings == sandbox.settings(8001)  # a restart must not invalidate codes and links
    assert "_live_" not in " ".join(settings.values())


@pytest.mark.parametrize("kind", ["environment", ".env", "file"])
def test_a_live_key_anywhere_is_found(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert live_key_problem(tmp_path) == ""
    if kind == "environment":
        monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_live_51abc")
    elif kind == ".env":
        (tmp_path / ".env").write_text("STRIPE_PUBLISHABLE_KEY=pk_live_51abc\n")
    else:
        (tmp_path / "secret").write_text("rk_live_51abc")
        monkeypatch.setenv("STRIPE_SECRET_KEY_FILE", str(tmp_path / "secret"))
    assert "refuses to start with a live key" in live_key_problem(tmp_path)


async def test_a_taken_port_that_was_asked_for_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) != port
        assert await run(port, open_browser=False) == 1
    assert capsys.readouterr().err == f"Port {port} is taken. Choose another one with --port.\n"


async def test_where_the_program_alone_is_installed_it_says_where_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sandbox.start.CATALOG", tmp_path / "catalog.toml")
    assert await run(open_browser=False) == 1
    assert "run `make run` there" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_at_once_even_while_it_still_starts(tmp_path: Path, number: int) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", IMPORTING_FOR_EVER], cwd=tmp_path, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        while "Starting" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, errors) == (0, "")
