"""The project's own code, read as text: its rooms, its files and who imports whom."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Source:
    """What the rules ask of a file. Its tree is let go: half a million nodes are much to collect around."""

    imports: frozenset[str]
    functions: Mapping[str, int]  # lines by name; of several with one name the longest
    classes: Mapping[str, int]
    docstring: str | None
    statements: int  # in the module itself


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def modules() -> Mapping[str, Path]:
    return {module_of(path): path for room in CHECKED for path in files(room)}


@cache
def read(path: Path) -> Source:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = list(_statements(tree))
    functions = [one for one in found if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
    classes = [one for one in found if isinstance(one, ast.ClassDef)]
    return Source(_imports(found), _sizes(functions), _sizes(classes), ast.get_docstring(tree), len(tree.body))


def imports(path: Path) -> frozenset[str]:
    """Wherever in the file they stand, for the type checker alone or not; all of them absolute, as ruff sees to."""
    return read(path).imports


def _imports(found: Iterable[ast.AST]) -> frozenset[str]:
    names = set[str]()
    for node in found:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {one if one in modules() else node.module for one in whole}
    return frozenset(names)


def _sizes(nodes: Iterable[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]) -> Mapping[str, int]:
    sizes = dict[str, int]()
    for node in nodes:
        sizes[node.name] = max(sizes.get(node.name, 0), (node.end_lineno or node.lineno) - node.lineno + 1)
    return sizes


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """At whatever depth, with each except and case: a tenth of the nodes, the others being expressions."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        yield (node := waiting.pop())
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting += getattr(node, part, ())
