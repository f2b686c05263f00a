"""The compose file as the engine reads it: merged, interpolated, one profile at a time. No engine is needed."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.settings import load_settings
from tests.support.source_tree import ROOT

COMPOSE = ROOT / "docker-compose.yml"
SET_UP_HERE = "./shop:/shop"  # setup writes there, as the user whose folder it is
SHOPS = {"checkout", "checkout-1", "checkout-2"}
STARTED = {
    "single": {"checkout", "caddy"},
    "behind-proxy": {"checkout"},
    "single,litestream": {"checkout", "caddy", "litestream"},
    "behind-proxy,litestream": {"checkout", "litestream"},
    "replicas": {"postgres", "checkout-1", "checkout-2", "caddy-of-replicas"},
}
SET = {
    "DOMAIN": "pay.example.com",
    "POSTGRES_PASSWORD": "postgres's own",
    "LITESTREAM_ACCESS_KEY_ID": "litestream's id",
    "LITESTREAM_SECRET_ACCESS_KEY": "litestream's own",
}


def services(profiles: str = "") -> Mapping[str, Mapping[str, Any]]:
    """All of them, or what these profiles start."""
    wanted = set(profiles.split(","))
    return {name: one for name, one in composed().items() if not profiles or wanted & set(one["profiles"])}


@cache
def composed() -> Mapping[str, Mapping[str, Any]]:
    text = re.sub(r"\$\{(\w+):-([^}]*)\}", lambda found: SET.get(found[1], found[2]), COMPOSE.read_text())
    assert "${" not in text, "a variable without a default stops `docker compose` in other profiles too"
    everything: Mapping[str, Mapping[str, Any]] = yaml.safe_load(text)["services"]
    return everything


def secrets_in(service: Mapping[str, Any]) -> set[str]:
    return {value for value in service.get("environment", {}).values() if str(value).endswith("'s own")}


def mounts(service: Mapping[str, Any]) -> Iterable[str]:
    return [one for one in service.get("volumes", ()) if one.startswith(".")]


@pytest.mark.parametrize("profiles", STARTED)
def test_a_profile_starts_what_it_says(profiles: str) -> None:
    assert set(services(profiles)) == STARTED[profiles]


@pytest.mark.parametrize("profiles", STARTED)
def test_what_is_started_waits_only_for_what_is_started(profiles: str) -> None:
    for name, one in services(profiles).items():
        assert set(one.get("depends_on", ())) <= set(services(profiles)), name


@pytest.mark.parametrize("profiles", STARTED)
def test_no_two_take_the_same_port(profiles: str) -> None:
    ports = [port for one in services(profiles).values() for port in one.get("ports", ())]
    assert len(ports) == len(set(ports))


@pytest.mark.parametrize("name", services())
def test_a_container_can_do_nothing_it_need_not(name: str) -> None:
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if "caddy" in name else [])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["pids_limit"] > 0
    assert service["mem_limit"]
    assert {"max-size", "max-file"} <= service["logging"]["options"].keys()
    assert all(path.endswith(":ro") for path in mounts(service) if path != SET_UP_HERE)
    assert name == "checkout" or SET_UP_HERE not in mounts(service)


@pytest.mark.parametrize("name", services())
def test_a_container_knows_only_its_own_secrets(name: str) -> None:
    service = services()[name]
    settings = [{"path": "shop/.env", "required": False}]  # there is none before the set-up
    assert service.get("env_file") == (settings if name in SHOPS else None)
    assert any("shop" in path for path in mounts(service)) == (name in SHOPS)
    own = {"litestream": {"litestream's own"}, "postgres": {"postgres's own"}}
    replicas = {"postgres's own"} if name.startswith("checkout-") else set[str]()
    assert secrets_in(service) == own.get(name, replicas)


@pytest.mark.parametrize("name", sorted(set(services()) - SHOPS))
def test_an_image_is_of_one_version(name: str) -> None:
    assert re.fullmatch(r"[\w/]+:\d+\.\d+(\.\d+)?(@sha256:[0-9a-f]{64})?", services()[name]["image"])


def test_the_shops_image_begins_at_one_version_of_python() -> None:
    begins = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert begins
    assert all(re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+(@sha256:\w{64})?", one) for one in begins)


@pytest.mark.parametrize("name", sorted(SHOPS))
def test_the_settings_of_a_container_are_read(name: str, tmp_path: Path) -> None:
    """With `shop/.env` as it is copied and filled in: what the file sets beside it is understood, too."""
    template = (ROOT / ".env.example").read_text()
    keys = {
        "BOT_TOKEN": "1234567890:AAE5x_Qw8rT0yU2iO4pA6sD8fG0hJ2kL4zX",
        "STRIPE_SECRET_KEY": "sk_test_51H8xYzAbCdEfGhIjKlMnOpQr",
        "STRIPE_PUBLISHABLE_KEY": "pk_test_51H8xYzAbCdEfGhIjKlMnOpQr",
        "RESEND_API_KEY": "re_8sHd73kD_92kdLs83jdLs0sd",
        "MAIL_FROM": "My Shop <shop@example.com>",
        "PUBLIC_URL": "https://pay.example.com",
        "SECRET_KEY": "kP3vX9qL2mN8bT5wR7yU1zC4dF6gH0jS",
        "TELEGRAM_WEBHOOK_SECRET": "d83Kf02ms9Xq71Lw",
    }
    for key, value in keys.items():
        template = re.sub(rf"^#?{key}=.*$", f"{key}={value}", template, count=1, flags=re.MULTILINE)
    (tmp_path / ".env").write_text(template)
    settings = load_settings(services()[name]["environment"], tmp_path)
    assert settings.public_url == "https://pay.example.com"
    assert settings.warnings == ()


def test_the_example_for_containers_names_what_they_read() -> None:
    read = set(re.findall(r"\$\{(\w+)", COMPOSE.read_text()))
    named = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / "deploy/compose.env.example").read_text(), re.MULTILINE))
    assert named == read | {"COMPOSE_PROFILES"}
