"""The house rules: who may import whom, and who may speak to which library."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("app", "bot", "checkout", "db", "messages", "providers", "sandbox", "web")
MAY_IMPORT = {
    "checkout": set(),
    "messages": {"checkout"},
    "db": {"checkout", "messages"},
    "providers": {"checkout", "messages"},
    "bot": {"checkout", "messages"},
    "web": {"checkout", "messages"},
    "app": {"checkout", "messages", "db", "providers", "bot", "web", "sandbox"},
    "sandbox": set(),
}
# Which rooms may import a library at all; what is not named here is free.
ONLY = {
    "aiogram": {"bot", "sandbox"},
    "stripe": {"providers", "sandbox"},
    "resend": {"providers", "sandbox"},
    "sqlalchemy": {"db"},
    "alembic": {"db"},
    "aiosqlite": {"db"},
    "asyncpg": {"db"},
    "jinja2": {"messages", "web"},
    "reportlab": {"messages"},
    "PIL": {"messages"},
    "prometheus_client": {"app"},
}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


def files(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_only_in_the_directions_of_the_house(room: str) -> None:
    for path in files(room):
        for name in imports(path):
            top = name.partition(".")[0]
            if top in ROOMS and top != room:
                assert top in MAY_IMPORT[room], f"{path.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize("room", ROOMS)
def test_a_library_is_known_in_its_own_room_alone(room: str) -> None:
    for path in files(room):
        for name in imports(path):
            allowed = ONLY.get(name.partition(".")[0])
            assert allowed is None or room in allowed, f"{path.relative_to(ROOT)} imports {name}"


def test_the_domain_imports_the_standard_library_alone() -> None:
    for path in files("checkout"):
        for name in imports(path):
            top = name.partition(".")[0]
            assert top in sys.stdlib_module_names or top == "checkout", f"{path.relative_to(ROOT)} imports {name}"


def test_aiohttps_server_side_is_known_to_web_app_and_sandbox_alone() -> None:
    for room in set(ROOMS) - {"web", "app", "sandbox"}:
        for path in files(room):
            text = path.read_text(encoding="utf-8")
            assert "aiohttp.web" not in text, path
            assert "from aiohttp import web" not in text, path


def test_no_module_hides_a_librarys_name() -> None:
    for room in ROOMS:
        for path in files(room):
            assert path.name not in ("stripe.py", "resend.py", "email.py"), path


def test_importing_the_application_does_nothing() -> None:
    program = (
        "import sys, app.cli, app.settings; print([m for m in ('aiogram', 'stripe', 'sqlalchemy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_nothing_names_one_machine_or_a_registry() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no git checkout")  # an unpacked archive has nothing tracked to look at
    bad = ("--index" + "-url", "--extra-index" + "-url", '"resolved": "' + "http")
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path == Path(__file__) or not path.is_file() or path.suffix in (".pdf", ".png", ".woff2"):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not any(word in text for word in bad), name
