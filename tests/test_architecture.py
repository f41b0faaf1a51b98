"""The floors of the package, the homes of its heavy libraries, and the size of its parts."""

import ast
from pathlib import Path

import pytest

import symkan

ROOT = Path(symkan.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
FLOORS = [
    {"errors", "options", "serialization", "text", "writing"},
    {"symbolic"},
    {"data"},
    {"kan"},
    {"search"},
    {"evidence"},
    {"discovery", "result"},
    {"report"},
    {"examination", "verification", "workbench"},
    {"batch"},
    {"bench"},
    {"estimator", "cli", "__init__", "__main__"},
]
EXCEPTIONS = {
    ("result", "report"): "a Discovery draws and shows itself; its methods pass it on to the report",
}
HOMES = {
    "torch": {"kan", "workbench", "bench/speed"},
    "safetensors": {"kan"},
    "pandas": {"data"},
    "pint": {"data"},
    "matplotlib": {"report", "workbench", "bench/speed"},
    "networkx": {"report"},
    "sklearn": {"estimator", "evidence"},
    "dask": {"batch"},
    "distributed": {"batch"},
    "typer": {"cli"},
    "rich": {"cli"},
}
FORBIDDEN_CALLS = {"eval", "exec", "sympify", "parse_expr", "print"}


def part(path):
    """The folder or module below the package; all of cli, cli_bench, cli_display, … are the command line."""
    name = path.relative_to(ROOT).parts[0].removesuffix(".py")
    return "cli" if name.startswith("cli_") else name


def place(path):
    return "/".join(path.relative_to(ROOT).parts[:2])


def floor(name):
    return next(i for i, parts in enumerate(FLOORS) if name in parts)


def imports(path, *, typing=True):
    """Modules that the file imports; without `typing`, only those imported when it runs."""
    tree = ast.parse(path.read_text("utf-8"))
    guarded = [n for n in ast.walk(tree) if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING"]
    skipped = set() if typing else {node for block in guarded for node in ast.walk(block)}
    for node in set(ast.walk(tree)) - skipped:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            yield node.module


@pytest.fixture(params=FILES, ids=lambda path: str(path.relative_to(ROOT)))
def path(request):
    return request.param


def test_imports_come_from_the_same_floor_or_below(path):
    for name in imports(path):
        package, *inner = name.split(".")
        if package == "symkan":
            other = part(ROOT / inner[0]) if inner else "__init__"
            # the name of the package itself gives away nothing but its version
            below = part(path) == other or floor(other) <= floor(part(path))
            assert name == "symkan" or below or (part(path), other) in EXCEPTIONS, name


def test_heavy_libraries_are_at_home(path):
    for name in imports(path, typing=False):
        package = name.split(".")[0]
        assert HOMES.get(package, {part(path)}) & {part(path), place(path)}, name


def test_budgets(path):
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 350
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert node.end_lineno - node.lineno < 60, node.name
            check_arguments(node)


def check_arguments(node):
    positional = [a.arg for a in (*node.args.posonlyargs, *node.args.args) if a.arg not in ("self", "cls")]
    if "typer." not in ast.unparse(node.args):  # a command has as many as it has options
        assert len(positional) + len(node.args.kwonlyargs) <= 6, node.name
    assert node.name not in symkan.__all__ or len(positional) <= 2, (
        f"{node.name}: make arguments keyword-only"
    )


def test_nothing_from_a_file_is_run(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
            name = node.func.id if isinstance(node.func, ast.Name) else None
            assert name not in FORBIDDEN_CALLS, f"line {node.lineno}"
        assert not (isinstance(node, ast.Import) and any(a.name == "pickle" for a in node.names))
