"""The project's own code, read as text: its rooms, its files and who imports whom."""

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("app", "bot", "checkout", "db", "messages", "providers", "sandbox", "web")
CHECKED = (*ROOMS, "bench", "tests")


def files(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def code(room: str) -> list[Path]:
    """In whatever language; what npm brings for the type checker is not ours."""
    found = [path for path in (ROOT / room).rglob("*") if path.suffix in (".py", ".js", ".css", ".sql")]
    return sorted(path for path in found if "node_modules" not in path.parts)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def modules() -> Mapping[str, Path]:
    return {module_of(path): path for room in CHECKED for path in files(room)}


@cache
def imports(path: Path) -> frozenset[str]:
    """Wherever in the file they stand, for the type checker alone or not; all of them absolute, as ruff sees to."""
    found = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {one if one in modules() else node.module for one in whole}
    return frozenset(found)
