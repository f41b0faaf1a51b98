"""symkan: a table in, the formula in it out, with the evidence.

::

    CSV ─▶ Dataset ─▶ KAN ─▶ KAN, pruned ─▶ [SymbolicActivation] ─▶ Expr ─▶ [Candidate] ─▶ Discovery
     read_table    train     prune        match_edge           assemble  refit        discover
    └── pandas ──┘└──────── torch ───────┘└─ numpy, scipy ──┘└───────────── sympy ────────────┘

`discover` is all of it in one call, `SymbolicRegressor` the same as a scikit-learn estimator. What passes
between the stages are small frozen records. The names below are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symkan.data.dataset import Dataset
    from symkan.data.tables import dataset_of, read_table
    from symkan.discovery import discover
    from symkan.errors import SymkanError
    from symkan.estimator import SymbolicRegressor
    from symkan.examination import examine
    from symkan.kan.network import Networks
    from symkan.kan.pruning import prune
    from symkan.kan.training import train
    from symkan.options import Options
    from symkan.result import Discovery
    from symkan.search.candidates import Candidate
    from symkan.search.records import Outcome, Progress
    from symkan.symbolic.activation import Activation, Edge, SymbolicActivation
    from symkan.symbolic.assembly import assemble
    from symkan.symbolic.library import Function, Library
    from symkan.symbolic.matching import match_edge, match_edges
    from symkan.symbolic.refitting import refit
    from symkan.workbench.comparison import Comparison, compare
    from symkan.workbench.kan import KAN

__all__ = [
    "KAN",
    "Activation",
    "Candidate",
    "Comparison",
    "Dataset",
    "Discovery",
    "Edge",
    "Function",
    "Library",
    "Networks",
    "Options",
    "Outcome",
    "Progress",
    "SymbolicActivation",
    "SymbolicRegressor",
    "SymkanError",
    "assemble",
    "compare",
    "dataset_of",
    "discover",
    "examine",
    "match_edge",
    "match_edges",
    "prune",
    "read_table",
    "refit",
    "train",
]

_HOMES = {
    "symkan.data.dataset": ("Dataset",),
    "symkan.data.tables": ("dataset_of", "read_table"),
    "symkan.discovery": ("discover",),
    "symkan.errors": ("SymkanError",),
    "symkan.estimator": ("SymbolicRegressor",),
    "symkan.examination": ("examine",),
    "symkan.kan.network": ("Networks",),
    "symkan.kan.pruning": ("prune",),
    "symkan.kan.training": ("train",),
    "symkan.options": ("Options",),
    "symkan.result": ("Discovery",),
    "symkan.search.candidates": ("Candidate",),
    "symkan.search.records": ("Outcome", "Progress"),
    "symkan.symbolic.activation": ("Activation", "Edge", "SymbolicActivation"),
    "symkan.symbolic.assembly": ("assemble",),
    "symkan.symbolic.library": ("Function", "Library"),
    "symkan.symbolic.matching": ("match_edge", "match_edges"),
    "symkan.symbolic.refitting": ("refit",),
    "symkan.workbench.comparison": ("Comparison", "compare"),
    "symkan.workbench.kan": ("KAN",),
}
_MODULES = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return _version()
    if name not in _MODULES:
        raise AttributeError(f"module 'symkan' has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("symkan")
    except PackageNotFoundError:  # a source tree that is not installed
        return "0+unknown"
