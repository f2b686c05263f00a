"""What doctor says, whatever is broken: every check, within its time, and the right exit code."""

import asyncio
import json
import sqlite3
import stat
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from app.cli import main
from app.doctor import examine as doctor
from app.doctor import page
from app.doctor.shop import read_catalogue
from bot.telegram.registration import account_of
from db.engine.database_url import parse_database_url
from db.maintenance.health import BACKUP_CHECKPOINT
from sandbox.base.fake_server import FaultMode
from tests.integration.doctor.patient import Patient
from tests.support.databases import run
from tests.support.project import CATALOG_FILE
from tests.support.shop import free_port, until

IDS_OF_SERVICES = ("telegram", "stripe", "resend")


async def test_all_is_well_in_a_shop_that_is_well(patient: Patient) -> None:
    code, said = await patient.told()
    assert (code, said.splitlines()[-1]) == (0, "All is well.")
    assert "FIX" not in said


async def test_it_speaks_the_language_of_the_terminal(patient: Patient) -> None:
    patient.settings["LANG"] = "ru_RU.UTF-8"
    code, said = await patient.told()
    assert (code, said.splitlines()[-1]) == (0, "Всё в порядке.")
    assert f"PUBLIC_URL {patient.shop.url} ведёт в этот магазин" in said
    assert not [line for line in said.splitlines() if not set("абвгдеёжзийклмнопрстуфхцчшщъыьэюя") & set(line)]
    patient.settings["ADMIN_IDS"] = ""
    code, found = await patient.examined()
    assert (code, found["telegram.no_admins"][0]["remedy"][:18]) == (1, "Впишите свой id в ")


async def test_nothing_is_hidden_by_a_catalogue_that_cannot_be_read(patient: Patient) -> None:
    _, well = await patient.examined()
    patient.settings["CATALOG"] = "/nowhere.toml"
    code, found = await patient.examined()
    assert code == 1
    assert found.keys() == well.keys()


@pytest.mark.parametrize("fault", [FaultMode.REFUSE, FaultMode.RESET, FaultMode.SERVER_ERROR, FaultMode.HTML])
async def test_a_service_that_is_away_is_not_called_broken(patient: Patient, fault: FaultMode) -> None:
    for stand_in in patient.sandbox.stand_ins:
        stand_in.faults.mode = fault
    code, found = await patient.examined()
    assert code == 2
    for name in IDS_OF_SERVICES:
        assert [(one["state"], bool(one["remedy"])) for one in found[name]] == [("unknown", True)]
    assert {one["state"] for one in found["public_url"]} == {"ok"}


async def test_a_service_that_hangs_is_waited_for_only_so_long(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "SERVICE_SECONDS", 0.5)
    patient.sandbox.stripe.faults.mode = FaultMode.HANG
    code, found = await patient.examined()
    assert (code, found["stripe"][0]["state"]) == (2, "unknown")


async def test_a_key_that_only_sends_is_enough_for_the_shop_and_not_for_a_look(patient: Patient) -> None:
    patient.sandbox.resend.only_sends = True
    code, found = await patient.examined()
    assert (code, [one["state"] for one in found["resend.key"]]) == (2, ["unknown"])
    assert found["resend.key"][0]["remedy"]


async def test_a_shop_that_is_not_running_is_told_to_be_started(patient: Patient) -> None:
    port = free_port()
    patient.settings.update(PUBLIC_URL=f"http://127.0.0.1:{port}", PORT=str(port))
    _, found = await patient.examined()
    (reached,) = found["public_url"]
    assert reached["state"] == "mend"
    assert f"127.0.0.1:{port}" in reached["remedy"]
    assert {one["state"] for one in found["public_url.scripts"]} == {"unknown"}


async def test_what_was_changed_since_the_start_is_named(patient: Patient) -> None:
    patient.settings.update(PAY_LINK_TTL="12h", MAIL_FROM="Other <other@sandbox.example>", HOST="0.0.0.0")
    patient.settings.update(LOG_LEVEL="DEBUG", LOG_FORMAT="json")
    _, found = await patient.examined()
    (one,) = found["public_url.settings"]
    assert one["finding"].endswith("started with other: MAIL_FROM, PAY_LINK_TTL")


@pytest.mark.parametrize("said", [None, "", [], {}], ids=repr)
async def test_a_shop_that_says_nothing_of_it_is_to_be_started_anew(
    patient: Patient, monkeypatch: pytest.MonkeyPatch, said: object
) -> None:
    monkeypatch.setattr(page, "_read", lambda text: {**json.loads(text), "started_with": said})
    _, found = await patient.examined()
    (one,) = found["public_url.settings"]
    assert (one["state"], one["remedy"][:7]) == ("mend", "Restart")


async def test_what_a_shop_says_of_itself_tells_strangers_nothing(patient: Patient) -> None:
    async def answer(nonce: str) -> dict[str, dict[str, str]]:
        async with patient.shop.http.get(f"{patient.shop.url}/healthz", params={"nonce": nonce}) as response:
            found: dict[str, dict[str, str]] = await response.json()
            return found

    assert (await answer("short")).keys() == {"status"}
    one, another = (await answer("0" * 32))["started_with"], (await answer("1" * 32))["started_with"]
    assert one.keys() == another.keys() >= {"BOT_TOKEN", "CATALOG", "DATABASE_URL", "STRIPE_WEBHOOK_SECRET"}
    assert not set(one.values()) & set(another.values())
    assert len(set(one.values())) == len(one)


async def test_another_shops_updates_are_seen(patient: Patient) -> None:
    await account_of(patient.shop.services.bot).prepare("webhook", "https://other.example", "s3cretS3cretS3cret")
    _, found = await patient.examined()
    assert "https://other.example/webhooks/telegram" in found["telegram.webhook"][0]["finding"]


async def test_two_endpoints_at_one_address_are_named(patient: Patient) -> None:
    patient.sandbox.stripe.add_endpoint(patient.endpoint["url"], "whsec_of_the_second_endpoint")
    code, found = await patient.examined()
    assert (code, found["stripe.duplicates"][0]["state"]) == (1, "mend")


async def test_webhooks_that_are_refused_are_seen_at_stripe(patient: Patient) -> None:
    (endpoint,) = patient.sandbox.stripe.webhooks.endpoints.values()
    endpoint.secret = "whsec_rolled_in_the_dashboard"
    patient.sandbox.stripe.create_payment_intent({"amount": 1900, "currency": "eur"})
    patient.sandbox.stripe.store.events[-1]["created"] -= 600
    code, found = await patient.examined()
    assert (code, found["stripe.deliveries"][0]["state"]) == (1, "mend")


@pytest.mark.parametrize(
    ("of_shop", "is_refused_here_too", "missed"),
    [("night-market", False, 0), ("night-market", True, 3), ("day-market", False, 0), ("", True, 0)],
)
async def test_what_another_endpoint_of_the_account_does_not_take_is_no_matter_of_ours(
    patient: Patient, of_shop: str, is_refused_here_too: bool, missed: int
) -> None:
    """Of another shop, or at an address that this one has left."""
    stripe = patient.sandbox.stripe

    async def asked_at_the_start() -> bool:
        return patient.shop.recording.startup_gate.is_open

    await until(asked_at_the_start, "the shop to have asked for what is new")  # which it would take in from there
    (ours,) = stripe.webhooks.endpoints.values()
    if is_refused_here_too:
        ours.secret = "whsec_rolled_in_the_dashboard"
    stripe.add_endpoint("http://127.0.0.1:1/webhooks/stripe", "whsec_of_a_shop_that_is_no_more")
    for number in range(3):
        metadata = {"shop": of_shop, "payment_id": f"pay_{number}"} if of_shop else {}
        stripe.create_payment_intent({"amount": 1900, "currency": "eur", "metadata": metadata})
    events = stripe.store.events[-3:]
    for event in events:
        event["created"] -= 600

    async def arrived() -> bool:
        return {one.event_id for one in stripe.webhooks.attempts if one.url == ours.url} >= {
            one["id"] for one in events
        }

    await until(arrived, "the webhooks")
    _, found = await patient.examined()
    (one,) = found["stripe.deliveries"]
    assert (one["state"] == "mend", f"{missed} events" in one["finding"]) == (missed > 0, missed > 0)


async def test_a_database_of_a_newer_program_names_the_version(patient: Patient) -> None:
    address = parse_database_url(patient.settings["DATABASE_URL"])
    await run(address, "INSERT INTO schema_versions (revision, version) VALUES ('9999', '9.9.0')")
    await run(address, "UPDATE alembic_version SET version_num = '9999'")
    code, found = await patient.examined()
    assert code == 1
    assert "9.9.0" in found["database.newer"][0]["finding"]


def test_the_samples_seller_is_not_for_real_money() -> None:
    catalog, found = read_catalogue(CATALOG_FILE, livemode=True)
    assert catalog
    assert [one.check_id for one in found if one.state == "mend"] == ["catalogue.sample"]
    assert [one.state for one in read_catalogue(CATALOG_FILE, livemode=False)[1]] == ["ok", "ok"]


async def test_a_backup_is_noted_for_doctor(patient: Patient, tmp_path: Path) -> None:
    from app.commands.backup import back_up

    address = parse_database_url(patient.settings["DATABASE_URL"])
    await asyncio.to_thread(back_up, address, tmp_path / "copy.db", lambda _: None)  # beside the shop's own loop
    with closing(sqlite3.connect(patient.database)) as connection:
        noted = connection.execute("SELECT COUNT(*) FROM marks WHERE name = ?", (BACKUP_CHECKPOINT,)).fetchone()
    assert noted == (1,)


async def test_the_probe_goes_there_and_back_and_leaves_nothing(patient: Patient) -> None:
    code, found = await patient.examined(probe=True)
    assert (code, found["probe"][0]["state"]) == (0, "ok")
    (intent,) = patient.sandbox.stripe.store.payment_intents.values()
    assert intent["status"] == "canceled"
    with closing(sqlite3.connect(patient.database)) as connection:
        left = [connection.execute(f"SELECT COUNT(*) FROM {one}").fetchone()[0] for one in ("payments", "outbox")]
    assert left == [0, 0]


async def test_the_probe_tells_that_webhooks_do_not_come(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.doctor import probe

    monkeypatch.setattr(probe, "WEBHOOK_SECONDS", 1.0)
    (endpoint,) = patient.sandbox.stripe.webhooks.endpoints.values()
    endpoint.secret = "whsec_of_another_endpoint"
    code, found = await patient.examined(probe=True)
    assert (code, found["probe"][0]["state"]) == (1, "mend")


async def test_the_probe_tries_the_publishable_key(patient: Patient) -> None:
    patient.settings["STRIPE_PUBLISHABLE_KEY"] = "pk_test_51AnotherAccount"
    code, found = await patient.examined(probe=True)
    assert code == 1
    assert "mend" in {one["state"] for one in found["stripe.publishable"]}


@pytest.mark.parametrize(("kind", "said"), [("digital", ["1 of 1"]), ("service", []), ("physical", [])])
def test_digital_goods_are_said_to_be_telegrams_own_to_sell(tmp_path: Path, kind: str, said: list[str]) -> None:
    text = (
        '[shop]\nid = "a-shop"\nname = "A"\nseller = "S"\nsupport = "@s"\ntimezone = "UTC"\n'
        f'[[product]]\nsku = "p"\ntitle = "P"\nprice = "1.00"\ncurrency = "EUR"\nkind = "{kind}"\n'
    )
    (tmp_path / "catalog.toml").write_text(text)
    _, found = read_catalogue(tmp_path / "catalog.toml", livemode=True)
    assert [text[:6] for text in map(str, (one.finding for one in found)) if "Stars" in text] == said
    assert {one.state for one in found} == {"ok"}


def test_check_reads_the_catalogue_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CATALOG", str(CATALOG_FILE))
    assert main(["check"]) == 0
    broken = tmp_path / "catalog.toml"
    broken.write_text(CATALOG_FILE.read_text(encoding="utf-8").replace('"19.00"', '"nineteen"'), encoding="utf-8")
    monkeypatch.setenv("CATALOG", str(broken))
    assert main(["check"]) == 1
    assert "nineteen" in capsys.readouterr().err


def test_settings_that_cannot_be_read_are_findings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("BOT_TOKEN", "STRIPE_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    assert main(["doctor", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["checks"]
    assert {(one["id"], one["state"]) for one in found} == {("settings", "mend")}
    assert found[0]["finding"].startswith(f"there is no .env in {tmp_path}: cd into the shop's folder first")
    assert any("BOT_TOKEN" in one["finding"] for one in found)


@pytest.mark.parametrize("name", ["shop", "Моя лавка", "Anna's $HOME"])
async def test_a_command_can_be_typed_as_it_is_printed(patient: Patient, tmp_path: Path, name: str) -> None:
    patient.folder = tmp_path / name
    patient.folder.mkdir()
    env = patient.folder / ".env"
    env.write_text("")
    env.chmod(0o644)
    _, found = await patient.examined()
    (remedy,) = (one["remedy"] for one in found["files.private"] if one["state"] == "mend")
    await asyncio.to_thread(subprocess.run, remedy, shell=True, check=True)
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    code, _ = await patient.examined()
    assert code == 0


async def test_a_folder_that_cannot_be_written_is_found_before_the_first_start(
    patient: Patient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    patient.settings["DATABASE_URL"] = f"sqlite:///{tmp_path}/new/checkout.db"
    _, found = await patient.examined()
    assert [one["state"] for one in found["database"]] == ["ok"]
    monkeypatch.setattr("app.doctor.storage.os.access", lambda folder, _, **_how: folder != tmp_path)
    code, found = await patient.examined()
    assert code == 1
    assert "cannot be made" in found["database"][0]["finding"]
