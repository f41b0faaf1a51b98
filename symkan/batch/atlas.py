"""Laws of one form in several tables: their constants side by side, and which of them are one and the same."""

from __future__ import annotations

import csv
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from symkan.batch.joint import Joint, joint
from symkan.batch.joint_rows import Part, joint_of_rows
from symkan.batch.records import Constant, Entry
from symkan.batch.tables import without_ending
from symkan.errors import TableError

_MINUS = (
    r"(?:(?<![^/_=,(\s])-)?"  # at the start of a name or after a sign that parts; elsewhere it is a hyphen
)
_NUMBER = re.compile(rf"(?<![\d.])({_MINUS}\d+(?:\.\d+)?(?:e-?\d+)?)", re.IGNORECASE)


@dataclass(frozen=True)
class Member:
    """A table of a group: its constants in the group's order, and numbers that are known of it by name."""

    file: str
    folder: str
    constants: tuple[Constant, ...]
    covariance: tuple[tuple[float, ...], ...]
    numbers: dict[str, float]


@dataclass(frozen=True)
class Group:
    """Tables with laws of one form.

    Attributes
    ----------
    skeleton, members
        The form, and the tables.
    p
        For each constant, the probability that chance alone makes the tables differ as much.
    joint
        The constants that are one in all tables.
    """

    skeleton: str
    members: tuple[Member, ...]
    p: tuple[float, ...]
    joint: Joint

    @property
    def symbols(self) -> tuple[str, ...]:
        """The names of the constants."""
        return tuple(c.symbol for c in self.members[0].constants)


def groups(
    entries: Iterable[Entry],
    *,
    agree: float,
    metadata: Mapping[str, Mapping[str, float]] | None = None,
    part: Callable[[str], Part | None] = lambda _: None,
) -> list[Group]:
    """The groups of at least two tables, the largest first.

    Parameters
    ----------
    entries
        Records of tables, one at a time.
    agree
        Constants are one when chance makes them differ as much with at least this probability.
    metadata
        Numbers known of files, as for `known_of`; where none of a group is named, those in the names of its files.
    part
        From the name of a table's folder: its rows for the joint fit, of which estimates alone are the substitute.
    """
    found: dict[str, list[Member]] = defaultdict(list)
    for entry in entries:
        f = entry.finding
        if f is not None and f.constants and all(math.isfinite(c.standard_error) for c in f.constants):
            found[f.skeleton].append(Member(entry.file, entry.name, f.constants, f.covariance, {}))
    made = []
    for text, members in found.items():
        if len(members) > 1:
            p, together = _agreeing(members, agree, part)
            made.append(Group(text, tuple(_known(members, metadata)), p, together))
    return sorted(made, key=lambda group: (-len(group.members), group.skeleton))


def _agreeing(
    members: Sequence[Member], agree: float, part: Callable[[str], Part | None]
) -> tuple[tuple[float, ...], Joint]:
    """For each constant, the probability of such differences by chance, and the fit that shares those that agree."""
    values = np.array([[c.value for c in member.constants] for member in members])
    covariances = np.array([member.covariance for member in members])
    p = tuple(joint(values, covariances, shared=(i,)).p for i in range(values.shape[1]))
    shared = sorted((i for i in range(len(p)) if p[i] >= agree), key=lambda i: p[i])
    parts = [rows for member in members if (rows := part(member.folder))] if shared else []
    while True:
        together = joint(values, covariances, shared=tuple(sorted(shared)))
        if len(parts) == len(members) and together.p >= agree:
            together = joint_of_rows(parts, together)
        if together.p >= agree:
            return p, together
        del shared[0]  # the one that agrees least


def _known(members: Sequence[Member], metadata: Mapping[str, Mapping[str, float]] | None) -> Iterator[Member]:
    files = [member.file for member in members]
    known = known_of(files, metadata or {})
    named = any(numbers is not None for numbers in known)
    numbers = [dict(of_file or {}) for of_file in known] if named else numbers_in(files)
    return (replace(member, numbers=n) for member, n in zip(members, numbers, strict=True))


def known_of(
    files: Sequence[str], metadata: Mapping[str, Mapping[str, float]]
) -> list[Mapping[str, float] | None]:
    """What is known of each file, by its path, its name, or either without its ending; None where it is not named.

    Examples
    --------
    >>> known_of(["b/a.csv", "run_2.dat", "c.csv"], {"a.csv": {"T": 1.0}, "run_2": {"T": 2.0}})
    [{'T': 1.0}, {'T': 2.0}, None]
    """
    stems = {without_ending(name): numbers for name, numbers in metadata.items()}

    def known(file: str) -> Mapping[str, float] | None:
        names = (file, file.rpartition("/")[2])
        places = [(metadata, name) for name in names] + [(stems, without_ending(name)) for name in names]
        return next((place[name] for place, name in places if name in place), None)

    return [known(file) for file in files]


def numbers_in(files: Sequence[str]) -> list[dict[str, float]]:
    """The numbers in which names differ that are alike but for numbers; none where they are not alike.

    Examples
    --------
    >>> numbers_in(["T300_p1.csv", "T350_p1.csv"])
    [{'T': 300.0}, {'T': 350.0}]
    >>> numbers_in(["a1.csv", "b2.csv"])
    [{}, {}]
    """
    parts = [_NUMBER.split(re.sub(r"\.\w+$", "", file)) for file in files]
    if len({tuple(part[::2]) for part in parts}) > 1:
        return [{} for _ in files]
    names = _names(parts[0][::2])
    columns = list(zip(*(part[1::2] for part in parts), strict=True))
    varying = [i for i, column in enumerate(columns) if len(set(column)) > 1]
    return [{names[i]: float(part[1::2][i]) for i in varying} for part in parts]


def _names(texts: Sequence[str]) -> list[str]:
    """What stands before each number, each with a name of its own."""
    names: list[str] = []
    for i, text in enumerate(texts[:-1], 1):
        word = re.search(r"([^\W\d]+)[\W_]*$", text)
        name = word[1].strip("_") if word else ""
        names.append(name if name and name not in names else f"number{i}")
    return names


def read_metadata(path: Path) -> dict[str, dict[str, float]]:
    """Numbers of files from a CSV, whose first column names the files; cells that hold no finite number are left out.

    Raises
    ------
    TableError
        When it cannot be read.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            header, *lines = csv.reader(file)
    except (OSError, ValueError, csv.Error) as error:
        raise TableError(f"{path} cannot be read as CSV: {error}; give another --metadata") from error
    found = {}
    for line in lines:
        numbers = {}
        for name, cell in zip(header[1:], line[1:], strict=False):
            with suppress(ValueError):
                if math.isfinite(value := float(cell)):
                    numbers[name] = value
        if line:
            found[line[0].strip()] = numbers
    return found
