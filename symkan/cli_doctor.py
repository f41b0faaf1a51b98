"""`symkan doctor`: what is installed, what this machine can do, and a law found in a second."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import NamedTuple

import typer


class Check(NamedTuple):
    """What was looked at, what was found, and what to do; without remedy all is well."""

    what: str
    found: str
    remedy: str = ""


def doctor() -> None:
    """Check the installation; its lines belong into a bug report."""
    from symkan.text import printable

    typer.echo("symkan doctor: paste these lines into a bug report\n")
    wrong = []
    for look in (_platform, _packages, _optional, _blas, _device, _pandoc, _typst, _folders, _discovery):
        for check in _tried(look):
            mark = "MISSING" if check.remedy else "ok"
            typer.echo(f"{mark:<8}{check.what:<11}{printable(check.found)}")
            wrong += [check] if check.remedy else []
    for check in wrong:
        typer.secho(f"\n{check.what}: {check.remedy}", fg="red", err=True)
    if wrong:
        raise typer.Exit(1)
    typer.echo("\nall is well")


def _tried(look: Callable[[], list[Check]]) -> list[Check]:
    """The checks, or what kept them from being made: a broken library raises what it likes."""
    try:
        return look()
    except Exception as error:
        what, short = look.__name__.strip("_"), isinstance(error, MemoryError)
        remedy = "free some memory" if short else "install symkan again, in a new environment"
        return [Check(what, f"{type(error).__name__}: {error}".rstrip(": "), remedy)]


def _platform() -> list[Check]:
    import symkan

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return [
        Check("symkan", f"{symkan.__version__} in {Path(symkan.__file__).parent}"),
        Check("python", f"{platform.python_version()} on {platform.platform()}"),
        Check("machine", f"{platform.machine()}, {cores} cores"),
        Check("text", f"{sys.stdout.encoding}, {'a terminal' if sys.stdout.isatty() else 'no terminal'}"),
    ]


def _packages() -> list[Check]:
    """Versions of what symkan needs, from its own list."""
    names = [line.split(">")[0].split("<")[0].strip() for line in requires("symkan") or () if ";" not in line]
    have = {name: _version(name) for name in names}
    found = " ".join(f"{name} {have[name]}" for name in names if have[name])
    missing = [name for name in names if not have[name]]
    if not missing:
        return [Check("packages", found)]
    return [Check("packages", f"no {', '.join(missing)}", f"pip install {' '.join(missing)}")]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _optional() -> list[Check]:
    have = {name: _version(name) or "not installed" for name in ("pyarrow", "openpyxl")}
    return [
        Check("tables", ", ".join(f"{name} {found}" for name, found in have.items()) + " (Parquet, Excel)")
    ]


def _blas() -> list[Check]:
    """Libraries with threads of their own, and how many; a search uses one."""
    import numpy  # noqa: F401 (loads its BLAS)
    from threadpoolctl import threadpool_info

    pools = [
        f"{p['internal_api']} {p['version'] or ''}".strip() + f" ({p['num_threads']} threads)"
        for p in threadpool_info()
    ]
    limit = os.environ.get("OMP_NUM_THREADS", "not set")
    return [Check("BLAS", f"{', '.join(pools) or 'none found'}; OMP_NUM_THREADS {limit}")]


def _device() -> list[Check]:
    from symkan.errors import OptionError
    from symkan.kan.devices import check_device

    try:
        check_device("cuda")
    except OptionError:
        return [Check("device", "cpu (no CUDA device here)")]
    return [Check("device", "cpu, cuda")]


def _pandoc() -> list[Check]:
    pypandoc = import_module("pypandoc")
    return [Check("pandoc", f"{pypandoc.get_pandoc_version()} in {pypandoc.get_pandoc_path()}")]


def _typst() -> list[Check]:
    started, document = time.monotonic(), b"#set page(width: 5cm)\n$y = x^2$"
    pdf = import_module("typst").compile(document)
    assert pdf.startswith(b"%PDF")
    return [Check("typst", f"{_version('typst')}, a page in {time.monotonic() - started:.1f} s")]


def _folders() -> list[Check]:
    checks = []
    for what, folder in (("folder", Path.cwd()), ("temporary", Path(tempfile.gettempdir()))):
        try:
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(bytes(1 << 20))
            checks.append(Check(what, f"{folder} can be written to"))
        except OSError as error:
            remedy = "work in a folder of yours with space left, or give --out"
            checks.append(Check(what, f"{folder}: {error.strerror}", remedy))
    return checks


def _discovery() -> list[Check]:
    """A law that takes a second where all is well."""
    import numpy as np

    from symkan.data.tables import dataset_of
    from symkan.discovery import discover
    from symkan.options import Options
    from symkan.search.records import Outcome

    x = np.random.default_rng(0).uniform(1, 3, (100, 2))
    started = time.monotonic()
    law = discover(dataset_of(x, 2.5 * x[:, 0] * np.sin(x[:, 1])), Options(time_budget=10))
    found = f"{law.expression} in {time.monotonic() - started:.1f} s"
    remedy = "" if law.outcome is Outcome.EXACT else "5*x1*sin(x2)/2 was expected: report this as a bug"
    return [Check("discovery", found, remedy)]
