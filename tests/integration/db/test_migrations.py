"""What migrations do with rows that are there already, on both databases, and what is said where there is none."""

from importlib import import_module
from pathlib import Path

import pytest

from bot.telegram.registration import HAS_MENU
from checkout.errors import ServiceUnavailable
from checkout.model.audit import Action
from checkout.model.message_content import Content, PaymentFailed, PaymentPaid, PaymentRefunded
from checkout.sentence import in_language, words_of
from db.engine.connection import Database
from db.engine.database_url import DatabaseUrl, parse_database_url
from db.engine.sql_loader import Query, queries
from db.maintenance.migrate import migrate
from db.storage import DatabaseStorage
from messages.language.i18n import texts
from tests.support.clock import MovedClock

OLD_MAILS: list[tuple[str, str, Content]] = [
    ("payment_paid/pay_1/", "{}", PaymentPaid()),
    ("payment_paid/pay_1/again-1", "{}", PaymentPaid(1)),
    ("payment_paid/pay_1/again-12", "{}", PaymentPaid(12)),
    ("payment_paid/pay_1/again-u77", "{}", PaymentPaid(1, "u77")),
    ("payment_failed/pay_1/ch_1", '{"code": "expired_card", "message": "no"}', PaymentFailed("expired_card", "ch_1")),
    ("payment_failed/pay_1/evt_1", '{"code": "", "message": ""}', PaymentFailed("", "evt_1")),
    ("payment_refunded/pay_1/500-0", '{"amount_refunded": "500"}', PaymentRefunded(500, 0)),
    ("payment_refunded/pay_1/1900-12", '{"amount_refunded": "1900"}', PaymentRefunded(1900, 12)),
]


async def test_which_mail_it_is_becomes_data_of_the_rows_of_older_releases(
    database: Database, database_url: DatabaseUrl, storage: DatabaseStorage
) -> None:
    at = "2026-11-22T12:00:00.000000Z"
    usual = {"channel": "mail", "recipient": "anna@example.com", "payment_id": "pay_1", "due_at": at, "created_at": at}
    rows = [
        {**usual, "dedupe_key": f"mail/{key}", "kind": key.split("/")[0], "details": details}
        for key, details, _ in OLD_MAILS
    ]
    migration = import_module("db.migrations.versions.0005_typed_messages")
    async with database.begin() as connection:
        await connection.execute_many(queries("outbox")["add"], rows)
        for statement in migration.STATEMENTS if database_url.file else migration.STATEMENTS_ON_POSTGRES:
            all_rows = statement.replace("{batch}", "TRUE")
            await connection.execute(Query("", all_rows, all_rows, ()), {})

    async with storage.read() as tx:
        kinds = ("payment_paid", "payment_failed", "payment_refunded")
        mails = [mail for kind in kinds for mail in await tx.outbox.mails("pay_1", kind)]

    assert [mail.content for mail in mails] == [content for _, _, content in OLD_MAILS]


async def test_whoever_has_done_an_admins_work_is_remembered_for_the_menu(
    database: Database, storage: DatabaseStorage, clock: MovedClock
) -> None:
    remember = import_module("db.migrations.versions.0018_menus_of_admins").REMEMBER
    async with storage.begin() as tx:
        for admin_id in (7, 7, 9):
            await tx.audit.add(admin_id, Action.RECEIPT_RESENT, "pay_1", {}, clock.now())
        await tx.checkpoints.add(f"{HAS_MENU}9", clock.now())
    async with database.begin() as connection:
        await connection.execute(Query("", remember, remember, ()), {})
    async with storage.read() as tx:
        assert await tx.checkpoints.beginning_with(HAS_MENU) == [f"{HAS_MENU}7", f"{HAS_MENU}9"]


@pytest.mark.parametrize(
    ("server", "query", "named"),
    [
        ("127.0.0.1:1", "sslmode=verify-full&sslrootcert=/nowhere/ca.pem", "sslrootcert is /nowhere/ca.pem"),
        ("127.0.0.1:1", "sslmode=require&sslcert=/nowhere/me.pem&sslkey=/nowhere/me.key", "sslcert is /nowhere/me.pem"),
        ("", "host=/nowhere", "host is /nowhere"),
    ],
)
async def test_a_file_that_the_address_names_and_is_not_there_is_told(server: str, query: str, named: str) -> None:
    with pytest.raises(ServiceUnavailable) as refused:
        await migrate(parse_database_url(f"postgresql://shop:pw@{server}/shop?{query}"))
    assert str(refused.value).endswith(f"cannot be used: [Errno 2] No such file or directory: {named}")
    said = in_language(words_of(refused.value), texts("commands", "ru"))
    assert said.startswith("DATABASE_URL: база PostgreSQL shop на ")
    assert said.endswith(named)


async def test_a_password_that_looks_like_a_file_is_not_told(tmp_path: Path) -> None:
    """The socket's folder is there, and no server."""
    with pytest.raises(ServiceUnavailable) as refused:
        await migrate(parse_database_url(f"postgresql:///shop?host={tmp_path}&password=/hunter2"))
    assert "hunter2" not in str(refused.value)
