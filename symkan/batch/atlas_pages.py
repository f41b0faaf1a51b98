"""The atlas as files: a page, the constants of each group as CSV, and tables of how constants depend on numbers."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symkan.batch.atlas import Group
from symkan.batch.files import replacing
from symkan.batch.records import Entry
from symkan.batch.tables import Table
from symkan.options import TableOptions
from symkan.report.notation import number
from symkan.text import printable

if TYPE_CHECKING:
    from jinja2 import Template

ATLAS = "atlas"
"""Folder, in that of the results, for the tables of the atlas."""


def dependence_tables(found: Sequence[Group], out: Path) -> tuple[Table, ...]:
    """Write a table for each constant that varies over enough files of which numbers are known.

    Parameters
    ----------
    found
        The groups.
    out
        Folder of results.

    Returns
    -------
    tuple of Table
        Their last column is the constant, the others are the numbers.
    """
    tables = []
    for i, group in enumerate(found, 1):
        names = _numbers(group)
        known = [k for k, member in enumerate(group.members) if len(member.numbers) == len(names)]
        if not names or len(known) < TableOptions.rows:
            continue
        for j, symbol in enumerate(group.symbols):
            if j not in group.joint.shared:
                name = f"law{i}_{symbol}"
                rows = [
                    (*(group.members[k].numbers[n] for n in names), group.joint.values[k, j]) for k in known
                ]
                path = out / ATLAS / f"{name}.csv"
                _write(path, (*names, symbol), rows)
                tables.append(Table(path, path.name, name))
    return tuple(tables)


def write_atlas(found: Sequence[Group], laws: Mapping[str, Entry], out: Path) -> tuple[Path, ...]:
    """Write atlas.html and a CSV of the constants of each group.

    Parameters
    ----------
    found
        The groups.
    laws
        What was found in the tables of `dependence_tables`, by their names.
    out
        Folder of results.
    """
    (out / ATLAS).mkdir(exist_ok=True)
    for i, group in enumerate(found, 1):
        names, symbols = _numbers(group), group.symbols
        header = ["file", *names]
        header += [
            f"{s}{what}"
            for s in symbols
            for what in ("", "_error", "_low", "_high", "_joint", "_joint_error")
        ]
        _write(out / ATLAS / f"law{i}.csv", header, _constant_rows(group, names))
    with replacing(out / "atlas.html") as path, path.open("w", encoding="utf-8") as file:
        file.writelines(
            _template().generate(groups=[_shown(i, group, laws) for i, group in enumerate(found, 1)])
        )
    return (out / "atlas.html",)


def _constant_rows(group: Group, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    for k, member in enumerate(group.members):
        row: list[Any] = [printable(member.file), *(member.numbers.get(name, "") for name in names)]
        for j, c in enumerate(member.constants):
            row += [
                c.value,
                c.standard_error,
                c.low,
                c.high,
                group.joint.values[k, j],
                group.joint.errors[k, j],
            ]
        yield tuple(row)


def _numbers(group: Group) -> list[str]:
    return list(dict.fromkeys(name for member in group.members for name in member.numbers))


def _write(
    path: Path, header: Sequence[str], rows: Sequence[tuple[Any, ...]] | Iterator[tuple[Any, ...]]
) -> None:
    path.parent.mkdir(exist_ok=True)
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader

    loader = PackageLoader("symkan.batch", "templates")
    return Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True).get_template(
        "atlas.html"
    )


def _shown(place: int, group: Group, laws: Mapping[str, Entry]) -> dict[str, Any]:
    """A group as the template shows it."""
    return {
        "place": place,
        "law": printable(group.skeleton),
        "tables": len(group.members),
        "p": f"{group.joint.p:.2g}",
        "rows": f"{group.joint.rows:,}" if group.joint.rows else "",
        "shared": [
            {
                "symbol": group.symbols[j],
                "value": number(group.joint.values[0, j], group.joint.errors[0, j]),
                "error": f"{group.joint.errors[0, j]:.2g}",
            }
            for j in group.joint.shared
        ],
        "varying": [
            _varying(place, group, j, laws) for j in range(len(group.symbols)) if j not in group.joint.shared
        ],
    }


def _varying(place: int, group: Group, j: int, laws: Mapping[str, Entry]) -> dict[str, Any]:
    symbol, names = group.symbols[j], _numbers(group)
    entry = laws.get(f"law{place}_{symbol}")
    found = entry.finding if entry else None
    return {
        "symbol": symbol,
        "p": f"= {group.p[j]:.1g}" if group.p[j] >= 1e-3 else "< 0.001",
        "low": number(*min(zip(group.joint.values[:, j], group.joint.errors[:, j], strict=True))),
        "high": number(*max(zip(group.joint.values[:, j], group.joint.errors[:, j], strict=True))),
        "math": found.mathml if found else "",
        "verdict": found.verdict if found else "",
        "link": f"{ATLAS}/law{place}_{symbol}/{'report.html' if found.report else 'result.json'}"
        if found
        else "",
        "over": _over(group, names),
        "dots": _dots(group, j, names),
    }


def _over(group: Group, names: Sequence[str]) -> str:
    """What lies across the picture, and from where to where."""
    if not names:
        return "the tables"
    known = [member.numbers[names[0]] for member in group.members if names[0] in member.numbers]
    return f"{printable(names[0])} from {number(min(known))} to {number(max(known))}"


def _dots(group: Group, j: int, names: Sequence[str], *, most: int = 200) -> list[dict[str, float]]:
    """Values with their intervals, in hundredths of the picture, over the first number that is known or the order."""
    members = group.members[:: max(1, len(group.members) // most)]
    values = [member.constants[j] for member in members]
    low, high = min(c.value for c in values), max(c.value for c in values)
    across = [
        member.numbers.get(names[0], float(i)) if names else float(i) for i, member in enumerate(members)
    ]
    left = min(across)
    width = (max(across) - left) or 1.0

    def up(value: float) -> float:
        return round(100 - 100 * min(max((value - low) / ((high - low) or 1.0), -0.1), 1.1), 1)

    return [
        {
            "x": round(300 * (x - left) / width, 1),
            "y": up(c.value),
            "low": up(c.low),
            "high": up(c.high),
        }
        for x, c in zip(across, values, strict=True)
    ]
