"""Broken, named, remedied as printed, well again: a row for each thing that can be wrong."""

import asyncio
import os
import sqlite3
import time
import urllib.request
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from app.commands.backup import back_up
from checkout.resilience.other_poller import IS_GONE_AFTER, MET
from db.engine.connection import to_text
from db.engine.database_url import parse_database_url
from providers.resend_account import EVENTS
from providers.stripe_events import HANDLED_TYPES
from providers.stripe_gateway import API_VERSION
from tests.integration.doctor.patient import Patient
from tests.support.project import CATALOG_FILE

Do = Callable[[Patient], object]


def setting(name: str, value: str) -> Do:
    return lambda patient: patient.settings.update({name: value})


def right(name: str) -> Do:
    """What the remedy leads to: the shop's own value, copied anew."""

    def put_back(patient: Patient) -> None:
        port = int(patient.shop.url.rpartition(":")[2])
        patient.settings[name] = patient.sandbox.settings(port)[name]

    return put_back


def endpoint(**changes: object) -> Do:
    return lambda patient: patient.endpoint.update(changes)


def resend_webhook(**changes: object) -> Do:
    def change(patient: Patient) -> None:
        (found,) = patient.sandbox.resend.webhooks.endpoints.values()
        for name, value in changes.items():
            setattr(found, name, value)

    return change


def domain(status: str) -> Do:
    def change(patient: Patient) -> None:
        for one in patient.sandbox.resend.domains.values():
            one["status"] = status

    return change


def sql(statement: str, *values: object) -> Do:
    def run(patient: Patient) -> None:
        with closing(sqlite3.connect(patient.database, timeout=30)) as connection, connection:
            connection.execute(statement, values)

    return run


def sold(status: str, fulfilment: str) -> Do:
    at = ago(hours=1)
    return sql(
        "INSERT INTO payments (payment_id, pay_token, telegram_user_id, email, sku, title, amount, currency, status,"
        " amount_refunded, livemode, language, attempt, version, ledger, created_at, expires_at, updated_at,"
        " fulfilment) VALUES ('pay_1', 'token', 1, 'a@example.com', 'guide', 'Guide', 1900, 'eur', ?, 0, 0, 'en', 0, 1,"
        " '{}', ?, ?, ?, ?)",
        *(status, at, at, at, fulfilment),
    )


def litestream_stopped(patient: Patient) -> None:
    """With the notes that it keeps beside the database, and a last backup of the days before."""
    notes = patient.database.with_name(f".{patient.database.name}-litestream") / "ltx"
    notes.mkdir(parents=True)
    (notes / "0001.ltx").touch()
    for path in (notes / "0001.ltx", notes, notes.parent):
        os.utime(path, (time.time() - 200_000,) * 2)
    sql("INSERT INTO marks (name, value, updated_at) VALUES ('last backup', ?, ?)", ago(days=9), ago(days=9))(patient)


def other_catalogue(written: str, instead: str) -> Do:
    """Changed after the start of the shop."""

    def change(patient: Patient) -> None:
        catalogue = patient.folder / "catalog.toml"
        text = CATALOG_FILE.read_text(encoding="utf-8").replace('"files/', f'"{CATALOG_FILE.parent}/files/')
        catalogue.write_text(text.replace(written, instead, 1), encoding="utf-8")
        patient.settings["CATALOG"] = str(catalogue)

    return change


def ago(**time_ago: float) -> str:
    return to_text(datetime.now(UTC) - timedelta(**time_ago))


def another_polls(patient: Patient) -> None:
    url = f"{patient.settings['TELEGRAM_API_URL']}/bot{patient.settings['BOT_TOKEN']}/getUpdates"
    for _ in range(100):  # the shop polls all the time, but for the moment between two polls
        with urllib.request.urlopen(f"{url}?timeout=0&limit=1", timeout=10) as answer:
            assert answer.status == 200
        time.sleep(0.1)
        with closing(sqlite3.connect(patient.database, timeout=30)) as connection:
            if connection.execute("SELECT 1 FROM marks WHERE name = ?", (MET,)).fetchone():
                return


OTHER_EVENTS = ["payment_intent.succeeded", "customer.created"]
ROWS: list[tuple[str, Do, Do]] = [
    ("settings", setting("PORT", "eighty"), right("PORT")),
    ("settings", setting("ADMIN_ID", "1"), lambda patient: patient.settings.pop("ADMIN_ID")),
    ("catalogue", setting("CATALOG", "/nowhere/catalog.toml"), right("CATALOG")),
    ("telegram.token", setting("BOT_TOKEN", "7777777:" + "x" * 35), right("BOT_TOKEN")),
    ("telegram.admins", setting("ADMIN_IDS", "12345"), right("ADMIN_IDS")),
    ("telegram.no_admins", setting("ADMIN_IDS", ""), right("ADMIN_IDS")),
    (
        "telegram.poller",
        another_polls,
        sql("UPDATE marks SET value = ? WHERE name = ?", to_text(datetime.now(UTC) - IS_GONE_AFTER), MET),
    ),
    ("stripe.key", setting("STRIPE_SECRET_KEY", "sk_test_51Another"), right("STRIPE_SECRET_KEY")),
    ("stripe.publishable", setting("STRIPE_PUBLISHABLE_KEY", "pk_test_51Another"), right("STRIPE_PUBLISHABLE_KEY")),
    ("stripe.endpoint", endpoint(status="disabled"), endpoint(status="enabled")),
    ("stripe.endpoint", endpoint(enabled_events=OTHER_EVENTS), endpoint(enabled_events=list(HANDLED_TYPES))),
    ("stripe.endpoint", endpoint(api_version="2020-08-27"), endpoint(api_version=API_VERSION)),
    (
        "stripe.webhook_secret",
        setting("STRIPE_WEBHOOK_SECRET", "whsec_of_another_endpoint_0123456789"),
        right("STRIPE_WEBHOOK_SECRET"),
    ),
    ("stripe.webhook_secret", setting("STRIPE_WEBHOOK_SECRET", ""), right("STRIPE_WEBHOOK_SECRET")),
    ("resend.key", setting("RESEND_API_KEY", "re_of_nobody_0123456789"), right("RESEND_API_KEY")),
    ("resend.domain", domain("pending"), domain("verified")),
    ("resend.domain", setting("MAIL_FROM", "Shop <shop@elsewhere.example>"), right("MAIL_FROM")),
    ("resend.domain", setting("MAIL_FROM", "Shop <shop@mail.sandbox.example>"), right("MAIL_FROM")),
    ("resend.webhook", resend_webhook(status="disabled"), resend_webhook(status="enabled")),
    ("resend.webhook", resend_webhook(events=["email.sent"]), resend_webhook(events=list(EVENTS))),
    ("resend.webhook_secret", setting("RESEND_WEBHOOK_SECRET", ""), right("RESEND_WEBHOOK_SECRET")),
    (
        "resend.webhook_secret",
        setting("RESEND_WEBHOOK_SECRET", "whsec_b2YgYW5vdGhlciB3ZWJob29rLCBub3Qgb3Vycw=="),
        right("RESEND_WEBHOOK_SECRET"),
    ),
    ("public_url", setting("PUBLIC_URL", "http://127.0.0.1:1"), right("PUBLIC_URL")),
    ("public_url.stranger", setting("SECRET_KEY", "Zk3vX9qL2mN8bT5wR7yU1zC4dF6gH0jS"), right("SECRET_KEY")),
    ("public_url.settings", setting("PAY_LINK_TTL", "12h"), setting("PAY_LINK_TTL", "24h")),
    ("public_url.settings", setting("STRIPE_SECRET_KEY", "sk_test_51Rolled"), right("STRIPE_SECRET_KEY")),
    ("public_url.settings", setting("RESEND_WEBHOOK_SECRET", ""), right("RESEND_WEBHOOK_SECRET")),
    ("public_url.settings", setting("DATABASE_URL", "sqlite:////nowhere/other.db"), right("DATABASE_URL")),
    ("public_url.settings", other_catalogue("19.00", "21.00"), right("CATALOG")),
    ("public_url.settings", other_catalogue("[[product]]", "[[product]]\navailable = false"), right("CATALOG")),
    ("public_url.headers", setting("STRIPE_JS_URL", "https://js.stripe.com/endive/stripe.js"), right("STRIPE_JS_URL")),
    ("database.shop", other_catalogue('"night-market"', '"day-market"'), right("CATALOG")),
    (
        "database.shop",
        sql("UPDATE shop_identity SET value = 'live' WHERE name = 'mode'"),
        sql("UPDATE shop_identity SET value = 'test' WHERE name = 'mode'"),
    ),
    (
        "messages.parked",
        sql(
            "INSERT INTO outbox (dedupe_key, channel, kind, recipient, payment_id, details, state, attempts, due_at, "
            "created_at) VALUES ('chat/x', 'chat', 'payment_paid', '1', '', '{}', 'parked', 1, ?, ?)",
            ago(hours=1),
            ago(hours=1),
        ),
        sql("UPDATE outbox SET state = 'dropped' WHERE state = 'parked'"),
    ),
    *(
        (
            "messages.waiting",
            sql(
                "INSERT INTO outbox (dedupe_key, channel, kind, recipient, payment_id, details, state, attempts,"
                " due_at, created_at) VALUES ('x', ?, 'payment_paid', '1', '', '{}', 'waiting', 9, ?, ?)",
                *(channel, ago(hours=-1), ago(hours=5)),
            ),
            sql("UPDATE outbox SET state = 'sent', sent_at = created_at"),
        )
        for channel in ("mail", "chat", "stripe")
    ),
    ("payments.todo", sold("paid", "to_do"), sql("UPDATE payments SET fulfilment = 'done'")),
    ("payments.review", sold("review", ""), sql("UPDATE payments SET status = 'canceled'")),
    ("backup", litestream_stopped, lambda patient: os.utime(next(patient.database.parent.rglob("*.ltx")))),
    *(
        (
            "backup",
            sql("INSERT INTO marks (name, value, updated_at) VALUES ('last backup', ?, ?)", made, made),
            lambda patient: back_up(parse_database_url(patient.settings["DATABASE_URL"]), patient.folder / "b", print),
        )
        for made in (ago(days=3), ago(days=-300))
    ),
    (
        "files.private",
        lambda patient: os.chmod(patient.database, 0o644),
        lambda patient: os.chmod(patient.database, 0o600),
    ),
]


@pytest.mark.parametrize(("check_id", "break_", "remedy"), ROWS, ids=[f"{n}-{row[0]}" for n, row in enumerate(ROWS)])
async def test_what_is_broken_is_named_and_its_remedy_makes_it_well(
    patient: Patient, check_id: str, break_: Do, remedy: Do
) -> None:
    patient.sandbox.stripe.create_payment_intent({"amount": 1900, "currency": "eur"})
    # Aside: a lock of the shop is given back by the loop that would wait for it here.
    await asyncio.to_thread(break_, patient)
    code, found = await patient.examined()
    assert code == 1
    assert [one["remedy"] for one in found[check_id] if one["state"] == "mend"]

    await asyncio.to_thread(remedy, patient)
    code, found = await patient.examined()
    assert {one: kind for one, kind in found.items() if any(each["state"] != "ok" for each in kind)} == {}
    assert code == 0
