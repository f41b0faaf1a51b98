"""Formulas read off a trained network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from symkan.search.candidates import Spline
from symkan.search.networks import Sample, Trained, rows_of, table_rmse
from symkan.search.records import History, Stage
from symkan.search.symbolify import symbolify
from symkan.symbolic.activation import Activation, SymbolicActivation
from symkan.symbolic.assembly import assemble

if TYPE_CHECKING:
    import sympy

    from symkan.data.dataset import Dataset
    from symkan.kan.network import KAN
    from symkan.options import Options
    from symkan.symbolic.library import Library


@dataclass(frozen=True, eq=False)
class Reading:
    """A formula for the table's target and the network it was read from.

    Attributes
    ----------
    expression
        In x1, x2, …, with the names of `splines` as functions.
    splines
        Edges that no library function fits.
    activations, matches
        The edges of the pruned network, and what each was matched with.
    stages
        The loss of the network as trained, pruned and symbolised.
    history
        Training curve.
    """

    expression: sympy.Expr
    splines: tuple[Spline, ...]
    activations: tuple[Activation, ...]
    matches: tuple[SymbolicActivation, ...]
    stages: tuple[Stage, ...]
    history: History


def read_network(
    trained: Trained, table: Dataset, sample: Sample, library: Library, options: Options, *, deadline: float
) -> Reading:
    """Prune and symbolify a network, and write down its formula in the table's own columns and units."""
    import sympy

    from symkan.kan.fitting import blueprint, predict, spline_activations
    from symkan.kan.pruning import prune

    rows = rows_of(trained, table, sample, device=options.device)

    def stage(name: str, kan: KAN) -> Stage:
        t = predict(kan, trained.problem.x / trained.scaling.x)[0] * trained.scaling.y
        losses = [table_rmse(trained.problem, t, table, part) for part in (sample.train, sample.validation)]
        return Stage(name, trained.name, *losses)

    pruned = prune(trained.kan, rows, options=options.prune, deadline=deadline).kan
    found = symbolify(pruned, rows, library, options=options, deadline=deadline)
    layers, named = blueprint(found.kan)
    inputs = [
        column / sympy.Float(float(scale))
        for column, scale in zip(trained.problem.columns, trained.scaling.x, strict=True)
    ]
    (inner,) = assemble(layers, inputs)
    return Reading(
        trained.problem.answer(sympy.Float(trained.scaling.y) * inner),
        tuple(Spline(name, knots, coefficients, 3) for name, (knots, coefficients) in named.items()),
        tuple(spline_activations(pruned, rows)),
        found.matches,
        (stage("network", trained.kan), stage("pruned", pruned), stage("symbolised", found.kan)),
        trained.history,
    )
