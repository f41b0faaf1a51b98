"""Formulas read off a trained network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symkan.search.candidates import Spline
from symkan.search.networks import Sample, Trained, rows_of, table_rmse
from symkan.search.portrait import nearest, network_record
from symkan.search.records import Portrait, Reading, Stage
from symkan.search.symbolify import Symbolified, symbolify
from symkan.symbolic.activation import Edge
from symkan.symbolic.assembly import assemble

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from symkan.data.dataset import Dataset
    from symkan.kan.network import Networks
    from symkan.kan.pruning import Pruning
    from symkan.options import MatchOptions, Options
    from symkan.symbolic.library import Library

    Array = NDArray[np.float64]


def read_network(
    trained: Trained, table: Dataset, sample: Sample, library: Library, options: Options, *, deadline: float
) -> Reading:
    """Prune and symbolify a network, and write down its formula in the table's own columns and units."""
    import sympy

    from symkan.kan.fitting import blueprint, predict
    from symkan.kan.pruning import prune

    rows = rows_of(trained, table, sample, device=options.device)

    def stage(name: str, kan: Networks) -> Stage:
        t = predict(kan, trained.problem.x / trained.scaling.x)[0] * trained.scaling.y
        losses = [table_rmse(trained.problem, t, table, part) for part in (sample.train, sample.validation)]
        return Stage(name, trained.name, *losses)

    pruning = prune(trained.kan, rows, options=options.prune, deadline=deadline)
    pruned = pruning.kan
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
        _portrait(
            trained,
            trained.problem.x[sample.train],
            pruning=pruning,
            found=found,
            match=(library, options.match),
            stages=(stage("network", trained.kan), stage("pruned", pruned), stage("symbolised", found.kan)),
        ),
    )


def _portrait(
    trained: Trained,
    x: Array,
    *,
    pruning: Pruning,
    found: Symbolified,
    match: tuple[Library, MatchOptions],
    stages: tuple[Stage, ...],
) -> Portrait:
    """What there is to see of the network at rows x [n, inputs] of its problem."""
    scale = trained.scaling.x
    inputs = trained.problem.columns
    before, after = (
        network_record(kan, inputs, x / scale, scale=scale) for kan in (trained.kan, pruning.kan)
    )
    functions = {
        Edge(depth, j, i): layer.functions[j, i].name
        for depth, layer in enumerate(pruning.kan.stack)
        for j, i in layer.symbolic_edges()
    }
    functions |= {m.edge: m.function.name for m in found.matches}
    matches = nearest(after, functions, *match)
    return Portrait(trained.name, before, after, pruning.kept, matches, trained.history, stages)
