"""Keeping and showing a law without changing it: each form is read back or run, and its values compared."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from symkan.errors import ResultError, SymkanError
from symkan.evidence.custody import Custody, Link
from symkan.evidence.domain import certain
from symkan.evidence.precise import precise_values
from symkan.report.languages.law import used_columns
from symkan.report.languages.python import law_python
from symkan.report.notation import MOST_DIGITS, PLAIN_DIGITS, latex, latex_names, line_names, linear
from symkan.report.reading_latex import read_latex
from symkan.search.evaluation import evaluate
from symkan.symbolic.expressions import to_text
from symkan.symbolic.parsing import parse_expression

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.result import Discovery
    from symkan.search.candidates import Candidate

    Array = NDArray[np.float64]

SAME = 1e-9
"""Relative difference of two values that counts as rounding, beside the rounding that the law itself amplifies."""
POINTS = 200
"""Random points of the box."""
PRECISE = 24
"""Rows and points at which mpmath computes the law."""
SECONDS = 60.0
"""Time that law.py may take."""

_RUN = (
    "import runpy, sys\n"
    "import numpy as np\n"
    "module, rows, values = sys.argv[1:]\n"
    "law = runpy.run_path(module)['law']\n"
    "np.save(values, law(*np.load(rows), extrapolate=True))\n"
)


def custody(discovery: Discovery, x: Array) -> Custody:
    """Follow the law from the network to its printed forms.

    Parameters
    ----------
    discovery
        From `discover`; its evidence may be missing.
    x
        Rows [n, features] at which the forms are compared, beside random points of the box.

    Returns
    -------
    Custody
        A form whose values differ by more than rounding is a broken link; the printed digits may differ by as much as
        the standard errors of the constants allow.
    """
    return Custody((*_steps(discovery), *_forms(discovery, _Comparison.of(discovery, x))))


@dataclass(frozen=True, eq=False)
class _Comparison:
    """Values [n + 200] of the stored law, by how much others may be off, and where rounding decides nothing."""

    law: Candidate
    x: Array
    rows: int
    values: Array
    allowed: Array
    certain: NDArray[np.bool_]

    @classmethod
    def of(cls, discovery: Discovery, x: Array) -> _Comparison:
        ranges = np.array(discovery.data.feature_ranges, dtype=np.float64).reshape(-1, 2)
        points = np.random.default_rng(discovery.seed).uniform(size=(POINTS, len(ranges)))
        probes = np.vstack([x, ranges[:, 0] + points * np.ptp(ranges, axis=1)])
        values = evaluate(discovery.best, probes)
        sure, rounding = certain(discovery.best, probes)
        allowed = SAME * np.abs(values) + 4 * np.where(np.isfinite(rounding), rounding, 0.0)
        return cls(discovery.best, probes, len(x), values, allowed, sure)

    def formula(self, expression: sympy.Expr) -> Array:
        """Values of a formula with the law's splines."""
        return evaluate(replace(self.law, expression=expression), self.x)

    def link(self, name: str, text: str, form: Callable[[], Array | None]) -> Link:
        """The values that a form of the law has, beside the law's; None where it cannot be run here."""
        try:
            values = form()
        except SymkanError as error:
            return Link(name, math.inf, self.rows, len(self.x) - self.rows, False, f"{text}: {error}")
        if values is None:
            return Link(name, 0.0, 0, 0, True, f"{text}: not done, for it could not be run here")
        own, both = self.values, np.isfinite(self.values) & np.isfinite(values)
        apart = np.abs(own - values)[both]
        lost = (np.isfinite(own) != np.isfinite(values)) & self.certain
        same = not lost.any() and bool((apart <= self.allowed[both]).all())
        difference = float(apart.max(initial=0.0)) / (float(np.abs(own[both]).max(initial=0.0)) or 1.0)
        return Link(name, difference, self.rows, len(own) - self.rows, same, text)

    def some(self) -> _Comparison:
        """At few rows and points."""
        places = np.unique(np.linspace(0, len(self.x) - 1, PRECISE).astype(np.int64))
        return replace(
            self,
            x=self.x[places],
            rows=int(np.count_nonzero(places < self.rows)),
            values=self.values[places],
            allowed=self.allowed[places],
            certain=self.certain[places],
        )

    def rounded(self) -> _Comparison:
        """With the room that rounding each constant to two digits of its standard error takes."""
        import sympy

        room = np.zeros_like(self.values)
        for number in self.law.expression.atoms(sympy.Float):
            step = _half_a_digit(self.law, float(number))
            moved = (
                np.abs(
                    self.formula(self.law.expression.xreplace({number: number + sign * step})) - self.values
                )
                for sign in (-1, 1)
            )
            room += 2 * np.fmax(*moved)
        return replace(
            self, allowed=self.allowed + np.nan_to_num(room), certain=self.certain & np.isfinite(room)
        )


def _half_a_digit(law: Candidate, value: float) -> float:
    """By how much `notation.number` may move a constant, at most."""
    for p in law.parameters:
        if p.stands_for(value) and 0 < p.standard_error < math.inf:
            return max(0.05 * p.standard_error, 0.5 * 10.0 ** (1 - MOST_DIGITS) * abs(value))
    return 0.5 * 10.0 ** (1 - PLAIN_DIGITS) * abs(value)


def _steps(discovery: Discovery) -> Iterator[Link]:
    """The loss at each stage from the network to the law."""
    for one, other in pairwise(discovery.stages):
        before, after = one.validation_rmse, other.validation_rmse
        rise = after / before - 1 if before > 0 else 0.0
        text = f"{other.network}: validation RMSE {before:.4g} → {after:.4g}"
        yield Link(f"{one.name} → {other.name}", rise, 0, 0, True, text)


def _forms(discovery: Discovery, at: _Comparison) -> Iterator[Link]:
    """The forms in which the law is kept and shown."""
    law, data = discovery.best, discovery.data
    few, names = at.some(), line_names(data.features)

    def grammar() -> Array:
        return at.formula(parse_expression(to_text(law.expression)))

    def line() -> Array:
        return at.formula(read_line(linear(law, data, full=True), names))

    yield few.link("values", "numpy beside mpmath with 30 digits", lambda: precise_values(law, few.x))
    yield at.link("record", "written as JSON and read back", lambda: _saved(discovery, at.x))
    yield at.link("grammar", "text of the safe grammar, parsed back", grammar)
    yield at.link("one line", "the formula on one line with all digits, read back", line)
    yield at.link(
        "LaTeX", "with all digits, read back", lambda: at.formula(_latex_back(discovery, full=True))
    )
    printed = at.rounded().link(
        "LaTeX as printed",
        "with the digits that are shown, read back",
        lambda: at.formula(_latex_back(discovery)),
    )
    yield replace(printed, text=printed.text + _beside_errors(printed, at))
    yield at.link("law.py", "the Python module, run by another process", lambda: _run(discovery, at.x))


def _beside_errors(printed: Link, at: _Comparison) -> str:
    """What the digits that are not shown are worth, in residuals."""
    apart = printed.difference * float(np.abs(at.values[np.isfinite(at.values)]).max(initial=0.0))
    loss = at.law.validation_rmse
    return f": off by at most {apart / loss:.2g} of the validation RMSE" if 0 < loss < math.inf else ""


def _saved(discovery: Discovery, x: Array) -> Array:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "result.json"
        discovery.save(path)
        again, text = type(discovery).load(path), path.read_text("utf-8")
    if json.loads(again.to_json()) != json.loads(text):  # 30 is 30.0
        raise ResultError("the record that is read back is another one; report this as a bug of symkan")
    return evaluate(again.best, x)


def read_line(text: str, names: Mapping[str, str]) -> sympy.Expr:
    """The expression of a law on one line, as `notation.linear` writes it.

    Parameters
    ----------
    text
        The right-hand side.
    names
        Symbols of the columns, and how they are written: `notation.line_names`.

    Raises
    ------
    ExpressionError
        At anything else.

    Examples
    --------
    >>> read_line("2*`a-b`*sin(v max)", {"x1": "`a-b`", "x2": "v max"})
    2*x1*sin(x2)
    """
    symbols = {name: symbol for symbol, name in names.items()}
    longest = sorted(symbols, key=lambda name: -len(name))
    if longest:
        columns = re.compile(rf"(?<![\w.`])(?:{'|'.join(map(re.escape, longest))})(?![\w.`(])")
        text = columns.sub(lambda found: symbols[found[0]], text)
    return parse_expression(text)


def _latex_back(discovery: Discovery, *, full: bool = False) -> sympy.Expr:
    columns = (discovery.data.target, *discovery.data.features)
    texts = latex_names(column.name for column in columns)
    _, *right = latex(discovery.best, discovery.data, full=full)
    names = dict(zip(texts, (column.symbol for column in columns), strict=True))
    return read_latex(" ".join(right), names)


def _run(discovery: Discovery, x: Array) -> Array | None:
    """Values of law.py at rows x [n, features], from a process that sees nothing of this one."""
    symbols = [column.symbol for column in discovery.data.features]
    used = [symbols.index(column.symbol) for column in used_columns(discovery.best, discovery.data)]
    with tempfile.TemporaryDirectory() as name:
        files = [str(Path(name) / file) for file in ("law.py", "rows.npy", "values.npy")]
        Path(files[0]).write_text(law_python(discovery), "utf-8")
        np.save(files[1], x.T[used])
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-c", _RUN, *files],
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        if done.returncode:
            raise ResultError(f"law.py fails ({done.stderr.strip()[-200:]}); report this as a bug of symkan")
        return np.array(np.broadcast_to(np.load(files[2], allow_pickle=False), len(x)), dtype=np.float64)
