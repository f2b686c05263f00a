"""What stands between the world and the shop: doctor says it in words that somebody can act on."""

import asyncio
import errno
import socket
import sqlite3
import ssl
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from app.doctor import page, storage
from db.storage import open_database
from tests.integration.doctor.patient import Patient
from tests.support.databases import new_sqlite_database
from tests.support.shop import free_port

ENDINGS = ("settings", "headers", "scripts")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def looked_at(patient: Patient, handler: Handler, expected: int = 1) -> dict[str, list[dict[str, str]]]:
    """What is found where ``handler`` answers in the place of PUBLIC_URL."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    async with TestServer(app) as server:
        patient.settings["PUBLIC_URL"] = str(server.make_url("")).rstrip("/")
        code, found = await patient.examined()
    assert code == expected
    for ending in ENDINGS:
        assert [one["state"] for one in found[f"public_url.{ending}"]] == ["unknown"]
    return found


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirection_that_a_browser_follows_and_no_service_is_named(patient: Patient, status: int) -> None:
    async def to_the_shop(request: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": f"{patient.shop.url}{request.rel_url}"})

    (one,) = (await looked_at(patient, to_the_shop))["public_url.redirect"]
    assert (one["state"], f"sends everybody on to {patient.shop.url}/healthz" in one["finding"]) == ("mend", True)
    assert "do not follow" in one["remedy"]


@pytest.mark.parametrize(
    ("status", "text"), [(200, "<h1>It works!</h1>"), (200, "[]"), (403, "Just a moment..."), (404, "")]
)
async def test_what_is_not_the_shop_is_called_so(patient: Patient, status: int, text: str) -> None:
    async def somebody(_request: web.Request) -> web.Response:
        return web.Response(status=status, text=text)

    (one,) = (await looked_at(patient, somebody))["public_url.stranger"]
    assert f"answers {status}, but it is not this shop" in one["finding"]


async def test_who_never_answers_may_do_so_elsewhere(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "ANSWER_SECONDS", 1.0)

    async def hang(request: web.Request) -> web.Response:
        while request.transport is not None:
            await asyncio.sleep(0.05)  # until it hangs up
        return web.Response()

    (one,) = (await looked_at(patient, hang, expected=2))["public_url"]
    assert (one["state"], one["finding"].endswith("has not answered this machine within 1 s")) == ("unknown", True)
    assert "telephone" in one["remedy"]


async def test_where_no_https_is_spoken_is_said(patient: Patient) -> None:
    patient.settings["PUBLIC_URL"] = patient.shop.url.replace("http://", "https://")
    _, found = await patient.examined()
    (one,) = found["public_url.certificate"]
    assert one["finding"].endswith("what answers there speaks no HTTPS")


async def test_where_nothing_listens_is_said(patient: Patient) -> None:
    patient.settings["PUBLIC_URL"] = f"http://127.0.0.1:{free_port()}"
    _, found = await patient.examined()
    (one,) = found["public_url"]
    assert one["finding"].endswith("does not answer: nothing listens there")


async def test_a_name_that_nobody_knows_is_said(patient: Patient) -> None:
    patient.settings["PUBLIC_URL"] = "https://shop.invalid"
    _, found = await patient.examined()
    (one,) = found["public_url"]
    assert one["finding"].endswith("does not answer: no such name is known")


@pytest.mark.parametrize("number", [socket.EAI_AGAIN, errno.ENETUNREACH])
async def test_what_this_machine_cannot_ask_is_no_fault_of_the_address(
    patient: Patient, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    find = socket.getaddrinfo
    names = {"shop.example.com", "127.0.0.1"}

    def away(host: str, *asked: Any, **how: Any) -> object:
        if host in names:
            raise socket.gaierror(number, "away")
        return find(host, *asked, **how)

    patient.settings["PUBLIC_URL"] = "https://shop.example.com"
    monkeypatch.setattr(socket, "getaddrinfo", away)
    _, found = await patient.examined()
    (one,) = found["public_url"]
    assert (one["state"], "could not be asked: this machine" in one["finding"]) == ("unknown", True)
    names.remove("127.0.0.1")  # where Stripe is
    _, found = await patient.examined()
    (one,) = found["public_url"]
    assert one["state"] == ("mend" if number == socket.EAI_AGAIN else "unknown")


@pytest.mark.parametrize("why", ["certificate has expired", "self-signed certificate", "Hostname mismatch"])
def test_a_certificate_that_is_refused_is_said_with_the_reason(why: str) -> None:
    refused = ssl.SSLCertVerificationError(1, why)
    refused.verify_message = why
    error = aiohttp.ClientConnectorCertificateError(Mock(), refused)
    assert str(page._reason(error)) == f"its certificate is not accepted: {why}"


async def test_a_database_that_another_program_has_locked_is_not_called_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "WRITE_SECONDS", 0.1)
    address = await new_sqlite_database(tmp_path / "checkout.db")
    database = await open_database(address)
    with closing(sqlite3.connect(tmp_path / "checkout.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused = await storage.takes_writes(database, address)
    assert (refused.state, str(refused.finding).partition(": ")[2]) == ("mend", "SQLite: database is locked")
    assert (await storage.takes_writes(database, address)).state == "ok"
    await database.close()


async def through_a_proxy(patient: Patient, change: Callable[[str, Any], str]) -> dict[str, list[dict[str, str]]]:
    """What is found where a proxy answers that ``change``s each answer: its body, given with its headers."""
    app = web.Application()
    async with aiohttp.ClientSession() as http:

        async def passed_on(request: web.Request) -> web.Response:
            async with http.get(f"{patient.shop.url}{request.rel_url}") as answer:
                headers = answer.headers.copy()
                headers.popall("Content-Length", None)
                headers.popall("Content-Encoding", None)
                return web.Response(status=answer.status, text=change(await answer.text(), headers), headers=headers)

        app.router.add_get("/{path:.*}", passed_on)
        async with TestServer(app) as server:
            patient.settings["PUBLIC_URL"] = str(server.make_url("")).rstrip("/")
            return (await patient.examined())[1]


OURS = "default-src 'self'"


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("Content-Security-Policy", lambda headers: headers.add("Content-Security-Policy", OURS)),
        ("X-Frame-Options", lambda headers: headers.add("X-Frame-Options", "SAMEORIGIN")),
        ("Permissions-Policy", lambda headers: headers.update({"Permissions-Policy": "payment=()"})),
        ("Cross-Origin-Opener-Policy", lambda headers: headers.update({"Cross-Origin-Opener-Policy": "same-origin"})),
        ("X-Robots-Tag", lambda headers: headers.popall("X-Robots-Tag")),
    ],
)
async def test_a_header_of_the_page_that_a_proxy_changes_is_named(
    patient: Patient, name: str, change: Callable[[Any], object]
) -> None:
    def changed(body: str, headers: Any) -> str:
        change(headers)
        return body

    found = await through_a_proxy(patient, changed)
    assert [one["finding"].endswith(f": {name}") for one in found["public_url.headers"]] == [True]
    assert [one["state"] for one in found["public_url.scripts"]] == ["ok"]


@pytest.mark.parametrize("script", ['<script src="/cdn-cgi/x.js"></script>', "<SCRIPT\n>alert(1)</SCRIPT>"])
async def test_a_script_that_a_proxy_puts_into_the_page_is_noticed(patient: Patient, script: str) -> None:
    found = await through_a_proxy(patient, lambda body, _: body.replace("</body>", f"{script}</body>"))
    (one,) = found["public_url.scripts"]
    assert (one["state"], one["finding"]) == ("mend", "not served as they are here: /pay/doctor")
    assert [one["state"] for one in found["public_url.headers"]] == ["ok"]


@pytest.mark.parametrize("again", [(), ("X-Content-Type-Options", "X-Frame-Options", "Content-Security-Policy")])
async def test_a_proxy_that_changes_nothing_is_well(patient: Patient, again: tuple[str, ...]) -> None:
    """Many a web server says some of them of its own for all names, and says the same."""

    def said_again(body: str, headers: Any) -> str:
        for name in set(again) & set(headers):
            headers.add(name, headers[name])
        return body

    found = await through_a_proxy(patient, said_again)
    assert {found[f"public_url.{name}"][0]["state"] for name in ("headers", "scripts")} == {"ok"}
