"""What is asked of each table: the command's options, and a TOML file with rules for patterns of file names."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import reduce
from pathlib import Path
from typing import Any

from symkan.batch.records import Job
from symkan.errors import OptionError, ResultError
from symkan.options import Options
from symkan.serialization import Codec, to_line

_KEYS = ("target", "features", "units", "options")


@dataclass(frozen=True)
class Rule:
    """What the tables with names like `pattern` get; None leaves it as it is."""

    pattern: str
    target: str | None = None
    features: tuple[str, ...] | None = None
    units: dict[str, str] | None = None
    options: dict[str, Any] | None = None


@dataclass(frozen=True)
class Config:
    """Rules, the general ones first; where two set the same, the later one counts."""

    rules: tuple[Rule, ...] = ()
    _jobs: dict[Any, Job] = field(default_factory=dict, compare=False, repr=False)

    def job(self, file: str, base: Job) -> Job:
        """What is asked of a table.

        Parameters
        ----------
        file
            Its path in the folder of tables, with slashes; a pattern may match it or its last part.
        base
            What is asked where no rule says anything.

        Raises
        ------
        OptionError
            When nothing names a target.
        """
        rules = [
            i
            for i, rule in enumerate(self.rules)
            if any(fnmatchcase(name, rule.pattern) for name in (file, file.rpartition("/")[2]))
        ]
        if (known := (to_line(base), *rules)) not in self._jobs:
            self._jobs[known] = reduce(_apply, [self.rules[i] for i in rules], base)
        job = self._jobs[known]
        if not job.target:
            raise OptionError(f"{file}: no target; give --target NAME, first or last, or a rule in --config")
        return job


def read_config(path: Path) -> Config:
    """Read a batch.toml.

    At the top, ``target``, ``features``, ``units`` (a table) and ``options`` (a table with the fields of
    `symkan.Options`) hold for all tables; each ``[[tables]]`` has a ``pattern`` and any of them.

    Raises
    ------
    OptionError
        When the file cannot be read, or says what cannot be meant.
    """
    try:
        text = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise OptionError(f"{path} cannot be read: {error.strerror}; check the path") from error
    except (ValueError, RecursionError) as error:
        raise OptionError(f"{path} is no TOML: {error}") from error
    tables = text.pop("tables", [])
    if not isinstance(tables, list) or not all(isinstance(rule, dict) for rule in tables):
        raise OptionError(f"{path}: tables is no list; write [[tables]], with a pattern, for each rule")
    for number, rule in enumerate(tables, 1):
        if not isinstance(rule.get("pattern"), str):
            raise OptionError(f"{path}: [[tables]] number {number} has no pattern such as 'run_*.csv'")
    rules = (_rule({"pattern": "*", **text}, f"{path}"), *(_rule(t, f"{path}, [[tables]]") for t in tables))
    return Config(rules)


def _rule(text: Mapping[str, Any], where: str) -> Rule:
    if unknown := sorted(text.keys() - {"pattern", *_KEYS}):
        raise OptionError(
            f"{where}: unknown {', '.join(unknown)}; it knows {', '.join(_KEYS)} and [[tables]]"
        )
    rule = {key: text.get(key) for key in ("pattern", "target", "features", "units")}
    try:
        _options(Options(), text.get("options") or {})  # says now what it would say for each table
        read: Rule = Codec().decode(Rule, {**rule, "options": None}, where=where)
    except ResultError as error:
        raise OptionError(str(error)) from error
    return replace(read, options=text.get("options"))


def _apply(job: Job, rule: Rule) -> Job:
    return Job(
        target=job.target if rule.target is None else rule.target,
        features=job.features if rule.features is None else rule.features,
        units=job.units if rule.units is None else rule.units,
        options=_options(job.options, rule.options or {}),
    )


def _options(options: Options, changes: Mapping[str, Any]) -> Options:
    """The options with some fields changed, those of groups as well."""
    codec = Codec()
    if not isinstance(changes, Mapping):
        raise ResultError(f"options is {changes!r}; write a table such as [options]")
    merged: Options = codec.decode(Options, _merge(codec.encode(options), changes), where="options")
    if not 0 < merged.time_budget < math.inf:
        raise ResultError(f"options.time_budget is {merged.time_budget:g}; give seconds above 0")
    return merged


def _merge(old: dict[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    nested = {
        key: _merge(old[key], value)
        for key, value in new.items()
        if isinstance(value, Mapping) and isinstance(old.get(key), dict)
    }
    return {**old, **new, **nested}
