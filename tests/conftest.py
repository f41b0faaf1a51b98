"""A Discovery made by hand, as `discover` would return it for y = 2.5·sin(x1) + x2^(3/2) - 0.125."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest


@pytest.fixture(scope="session")
def discovery():
    return make_discovery()


@pytest.fixture(scope="session")
def examined():
    """A noisy law found in a table with units and a column that plays no part, with its evidence."""
    from symkan import Options, dataset_of, discover, examine

    generator = np.random.default_rng(0)
    x = generator.uniform(1, 3, (300, 3))
    y = 2.5 * np.sin(x[:, 0]) * x[:, 1] ** 2 + generator.normal(0, 0.05, 300)
    names = ["angle [rad]", "r [m]", "color"]
    table = dataset_of(x, y, names=names, target="torque [N m]")
    return examine(discover(table, Options(time_budget=30.0)), table)


@pytest.fixture(scope="session")
def spline_discovery(discovery):
    """A law that keeps one edge as a spline: y = 3·g1(x1) + x2."""
    import sympy

    from symkan.search.candidates import Spline
    from symkan.symbolic.expressions import symbol

    knots = (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)
    spline = Spline("g1", knots=knots, coefficients=(0.5, -1.0, 0.25, 2.0, 1.0), order=3)
    law = sympy.Float(3.0) * sympy.Function("g1")(symbol("x1")) + symbol("x2")
    best = candidate(law, parameters=(parameter("c1", 3.0, 0.01),), splines=(spline,))
    return replace(discovery, best=best, front=(best,))


@pytest.fixture(scope="session")
def renamed(discovery):
    """The Discovery with other names for its two features (and its target)."""

    def rename(first, second, target="y"):
        data = discovery.data
        features = tuple(
            replace(c, name=name, header=name) for c, name in zip(data.features, (first, second), strict=True)
        )
        goal = replace(data.target, name=target, header=target)
        return replace(discovery, data=replace(data, features=features, target=goal))

    return rename


def make_evidence(**changes):
    """What an examination finds out about a law without doubts."""
    from symkan.evidence.domain import Domain
    from symkan.evidence.records import Evidence, RowSample, Scores
    from symkan.search.records import Score

    score = Score(140, 0.1, 0.05, 0.9975, 0.3)
    known = Evidence(
        scores=Scores(score, None, replace(score, rows=20)),
        aic=0.0,
        bic=0.0,
        baselines=(),
        portrait=None,
        sample=RowSample(np.ones((2, 2)), np.ones(2), (0, 0)),
        correlations=(),
        intervals=(),
        band=None,
        domain=Domain((), -1.0, 1.0, 1.0, -1),
        chance_bits=100.0,
        effect_bits=0.0,
        tests=(),
        rivals=(),
        stability=None,
        extrapolation=None,
        remarks=(),
    )
    return replace(known, **changes)


def parameter(name, value, error, exact=None):
    from symkan.symbolic.refitting import Parameter

    return Parameter(name, value, error, value - 2 * error, value + 2 * error, exact)


def candidate(expression, *, parameters=(), snaps=(), splines=(), loss=0.02):
    from symkan.search.candidates import Candidate
    from symkan.symbolic.expressions import complexity

    return Candidate(
        expression=expression,
        parameters=parameters,
        snaps=snaps,
        splines=splines,
        complexity=complexity(expression),
        train_rmse=0.9 * loss,
        validation_rmse=loss,
        r2=0.9987654321,
        bits=-812.5,
        network="[2, 1, 1]",
    )


def make_discovery():
    import sympy

    from symkan.options import Options
    from symkan.result import Discovery
    from symkan.search.records import History, Network, Outcome, Portrait, Score, Stage
    from symkan.symbolic.activation import Activation, Edge, SymbolicActivation
    from symkan.symbolic.expressions import symbol
    from symkan.symbolic.library import Library
    from symkan.symbolic.refitting import Snap

    x1, x2 = symbol("x1"), symbol("x2")
    offset = sympy.Float(-0.12512345678901234)
    law = sympy.Float(2.5012345678901234) * sympy.sin(x1) + x2 ** sympy.Rational(3, 2) + offset
    best = candidate(
        law,
        parameters=(
            parameter("c1", 2.5012345678901234, 0.0023),
            parameter("c2", 1.5, 0.0004, exact="3/2"),
            parameter("c3", -0.12512345678901234, 0.011),
        ),
        snaps=(Snap(1.5003, 1.4995, 1.5011, "3/2", True, "inside the interval"),),
    )
    simple = candidate(sympy.Float(1.7) * x2, parameters=(parameter("c1", 1.7, 0.2),), loss=1.25)
    sine = next(iter(Library()))
    samples = np.linspace(-1.0, 1.0, 5)
    edge = Edge(0, 0, 1)
    curve = Activation(edge, samples, np.append(np.sin(samples[:-1]), np.nan), 0.75)
    network = Network((x1, x2), ((False,), (False,)), (curve,))
    return Discovery(
        outcome=Outcome.FITTED,
        stopped="finished",
        best=best,
        front=(simple, best),
        runners_up=(simple,),
        portrait=Portrait(
            "[2, 1, 1]",
            network,
            network,
            (edge,),
            (SymbolicActivation(edge, sine, 1.0, 0.1, 2.5, 0.3, 0.999, -120.0),),
            History("[2, 1, 1]", (4, 8), (0.1, 0.01), (0.2, float("inf"))),
            (Stage("network", "[2, 1, 1]", 0.01, 0.02),),
        ),
        stages=(Stage("network", "[2, 1, 1]", 0.01, 0.02),),
        data=data_summary(),
        test=Score(20, 0.021, 0.0123, 0.998, 0.06),
        options=Options(),
        seed=0,
        versions={"symkan": "0.1.0", "numpy": np.__version__},
        timings={"training": 1.5},
    )


def data_summary():
    from symkan.data.dataset import Column
    from symkan.search.records import DataSummary

    return DataSummary(
        source="measurements.csv",
        sha256="ab" * 32,
        features=(Column("theta1", "theta1", None, "x1"), Column("v [m/s]", "v", "m/s", "x2")),
        target=Column("F [N]", "F", "N", "y"),
        feature_ranges=((-1.5, 1.5), (0.5, 4.0)),
        target_range=(-2.0, 9.0),
        train_rows=140,
        validation_rows=40,
        test_rows=20,
        folds=0,
        notes=("row 7 left out: theta1 is missing", "units read from the header: v in m/s"),
    )
