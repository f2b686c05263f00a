"""The house rules: who may import whom and which library, how large a piece may be, and where else it belongs."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path

import pytest

from tests.support.source_tree import CHECKED, ROOMS, ROOT, code, files, imports, module_of, modules, name_of, read

MAY_IMPORT = {
    "checkout": set[str](),
    "messages": {"checkout"},
    "db": {"checkout", "messages"},
    "providers": {"checkout", "messages"},
    "bot": {"checkout", "messages"},
    "web": {"checkout", "messages"},
    "app": {"checkout", "messages", "db", "providers", "bot", "web"},
    "sandbox": set[str](),
    "bench": {"app", "checkout", "messages", "db", "sandbox"},
}
# The one command that leads out of the product.
EXCEPTIONS = {("app/cli.py", "sandbox.start")}
BELONGS = """
What belongs where:
  checkout/          a noun: model/; a rule or what somebody does: the folder of its subject; a Protocol: beside its
                     only user, in ports/ when several share it
  db/                SQL, and what only a database makes true
  providers/         what speaks Stripe's, Resend's or mail's own words
  messages/          what is said to people, in both languages, and the callback data of buttons
  bot/, web/         what a chat or a request asks, handed on to a use case of checkout/
  app/wiring/        what must know two of these rooms; each is handed what it needs as a parameter
  sandbox/           stand-ins of the services; the product sees their addresses alone"""
# Which rooms may import a library at all, and where its users belong; what is not named here is free.
ONLY = {
    "aiogram": {"bot", "sandbox"},
    "stripe": {"providers", "sandbox"},
    "resend": {"providers", "sandbox"},
    "email_validator": {"providers"},
    "sqlalchemy": {"db"},
    "alembic": {"db"},
    "aiosqlite": {"db"},
    "sqlite3": {"db"},
    "asyncpg": {"db"},
    "jinja2": {"messages", "web"},
    "babel": {"messages", "bot"},
    "reportlab": {"messages"},
    "PIL": {"messages"},
    "msgspec": {"db", "providers"},
    "prometheus_client": {"app"},
    "dotenv": {"app"},
}
MOST_FILES, MOST_LINES, MOST_IN_FUNCTION, MOST_IN_WIRING_CLASS = 25, 300, 60, 150
# Alembic looks for its revisions there.
DEEPER = {"db/migrations/versions"}

Graph = Mapping[str, set[str]]


def circles(graph: Graph) -> list[list[str]]:
    """What is left once everything is taken away that leads, or is led to, out of a circle."""
    left = {one: {other for other in others if other != one} for one, others in graph.items()}
    while True:
        led_to = set(chain.from_iterable(left.values()))
        ends = {one for one, others in left.items() if not others & left.keys() or one not in led_to}
        if not ends:
            return [sorted(_around(one, left)) for one in sorted(left)][:1]
        left = {one: others - ends for one, others in left.items() if one not in ends}


def _around(start: str, graph: Graph) -> Iterable[str]:
    """One circle: always on, until somebody comes a second time."""
    way = [start]
    while (following := sorted(graph[way[-1]] & graph.keys())[0]) not in way:
        way.append(following)
    return way[way.index(following) :]


def file_graph() -> Graph:
    return {module: {one for one in imports(path) if one in modules()} for module, path in modules().items()}


def folder_graph(room: str) -> Graph:
    """A folder in a room counts as one; what lies in the room itself, file by file."""
    graph: dict[str, set[str]] = {}
    for path in files(room):
        graph.setdefault(_folder(module_of(path)), set()).update(
            _folder(one) for one in imports(path) if one in modules() and one.split(".")[0] == room
        )
    return graph


def _folder(module: str) -> str:
    return ".".join(module.split(".")[:2])


def test_no_files_import_each_other_in_a_circle() -> None:
    assert not circles(file_graph()), "What both need belongs into a third file, below them." + BELONGS


@pytest.mark.parametrize("room", ROOMS)
def test_no_folders_import_each_other_in_a_circle(room: str) -> None:
    assert not circles(folder_graph(room)), "What both need belongs into a third folder, or the room's own." + BELONGS


def test_a_circle_is_found_and_a_mere_fork_is_none() -> None:
    assert circles({"a": {"b", "c"}, "b": {"d"}, "c": {"d"}, "d": set(), "e": {"a"}}) == []
    assert circles({"x": {"a"}, "a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set()}) == [["a", "b", "c"]]


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_rooms_import_only_in_the_directions_of_the_house(room: str) -> None:
    for path in files(room):
        for name in imports(path):
            top = name.partition(".")[0]
            if top in ROOMS and top != room and (name_of(path), name) not in EXCEPTIONS:
                assert top in MAY_IMPORT[room], f"{name_of(path)} imports {name}.{BELONGS}"


def test_benchmarks_know_the_tests_by_their_support_alone() -> None:
    for path in files("bench"):
        others = [one for one in imports(path) if one.startswith("tests") and not one.startswith("tests.support.")]
        assert not others, f"{name_of(path)} imports {others}: what both need belongs into tests/support"


@pytest.mark.parametrize("room", ROOMS)
def test_a_library_is_known_in_its_own_room_alone(room: str) -> None:
    for path in files(room):
        for name in imports(path):
            allowed = ONLY.get(name.partition(".")[0], {room})
            assert room in allowed, f"{name_of(path)} imports {name}, which only {allowed} may know.{BELONGS}"


def test_the_domain_imports_the_standard_library_alone() -> None:
    for path in files("checkout"):
        for name in imports(path):
            top = name.partition(".")[0]
            assert top in sys.stdlib_module_names or top == "checkout", f"{name_of(path)} imports {name}.{BELONGS}"


def test_aiohttps_server_side_is_known_to_web_app_and_sandbox_alone() -> None:
    for room in set(ROOMS) - {"web", "app", "sandbox"}:
        for path in files(room):
            text = path.read_text(encoding="utf-8")
            for way in ("aiohttp.web", "from aiohttp import web"):
                assert way not in text, f"{name_of(path)}: what answers requests belongs into web/"


def test_no_module_hides_a_librarys_name() -> None:
    for module in modules():
        assert module.split(".")[-1] not in ("stripe", "resend", "email"), f"{module}: say what of it, or the SDK hides"


def test_web_is_never_imported_as_a_whole() -> None:
    """Next to ``from aiohttp import web`` nobody could tell which of the two is meant."""
    for path in modules().values():
        assert "web" not in imports(path), f"{name_of(path)}: import what you need from a file of web/"


@pytest.mark.parametrize("room", CHECKED)
def test_a_file_is_read_in_one_sitting(room: str) -> None:
    for path in code(room):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        assert lines <= MOST_LINES, f"{name_of(path)} has {lines} lines: one of its subjects belongs into a file beside"


@pytest.mark.parametrize("room", CHECKED)
def test_a_function_is_seen_on_one_screen(room: str) -> None:
    for path in files(room):
        for name, lines in read(path).functions.items():
            assert lines <= MOST_IN_FUNCTION, f"{name_of(path)}: {name} has {lines} lines"


def test_no_class_grows_large_in_the_composition_root() -> None:
    for path in files("app/wiring"):
        for name, lines in read(path).classes.items():
            assert lines <= MOST_IN_WIRING_CLASS, f"{name_of(path)}: build {name} by functions over Services"


@pytest.mark.parametrize("room", CHECKED)
def test_a_folder_is_seen_at_a_glance(room: str) -> None:
    for folder, number in Counter(path.parent for path in code(room)).items():
        assert number <= MOST_FILES, f"{name_of(folder)} has {number} files: one of its subjects wants a folder"


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_are_two_folders_deep(room: str) -> None:
    for folder in {name_of(path.parent) for path in files(room)} - DEEPER:
        assert folder.count("/") <= 1, f"{folder}: its files belong into {folder.rpartition('/')[0]}, or a room beside"


@pytest.mark.parametrize("room", ROOMS)
def test_each_folder_says_what_lives_there_and_does_nothing_else(room: str) -> None:
    for path in files(room):
        if path.name == "__init__.py":
            assert read(path).docstring, f"{name_of(path)}: what lives here, and what may not?"
            assert read(path).statements == 1, f"{name_of(path)}: code belongs into a file with a name"


def test_importing_the_application_does_nothing() -> None:
    program = (
        "import sys, app.cli, app.settings; print([m for m in ('aiogram', 'stripe', 'sqlalchemy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def _tracked() -> Iterator[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no git checkout")  # an unpacked archive has nothing tracked to look at
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.is_file() and path.suffix not in (".pdf", ".png", ".woff2"):
            yield path


def test_nothing_names_one_machine_or_a_registry() -> None:
    bad = ("--index" + "-url", "--extra-index" + "-url", '"resolved": "' + "http")
    for path in _tracked():
        text = path.read_text(encoding="utf-8", errors="replace")
        assert path == Path(__file__) or not any(word in text for word in bad), name_of(path)
