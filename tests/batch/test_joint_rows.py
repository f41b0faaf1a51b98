"""The joint fit of the rows of several tables, against scipy's of all rows at once."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import least_squares
from scipy.stats import f as f_distribution
from sympy import Float, exp

from symkan.batch.findings import finding
from symkan.batch.joint import joint
from symkan.batch.joint_rows import Part, joint_of_rows, read_part
from symkan.batch.records import Job
from symkan.data.tables import read_table
from symkan.symbolic.expressions import symbol
from symkan.symbolic.models import parametrise

SIGMAS = (0.02, 0.05, 0.1, 0.03)
START = (1.2, -1.1, 0.3)
TIGHT = {"xtol": 1e-14, "ftol": 1e-14, "gtol": 1e-14}


def law(x, a, b, c):
    return a * np.exp(b * x) + c


@pytest.fixture
def tables():
    """Makes rows of y = a·exp(b·x) + c, with b alike in all tables and noise of its own in each."""

    def make(offsets=(0.2, 0.2, 0.2, 0.2), scale=1.0):
        generator = np.random.default_rng(3)
        made = []
        for i, (a, c, sigma) in enumerate(zip((1.0, 2.0, 3.0, 0.5), offsets, SIGMAS, strict=True)):
            x = generator.uniform(0, 2, 30 + 10 * i)
            made.append((x, scale * (law(x, a, -1.3, c) + sigma * generator.normal(size=len(x)))))
        return made

    return make


def separate(tables, scale=1.0):
    """Constants, covariances and standard errors of the rows of each table."""
    unit = np.array([scale, 1.0, scale])
    fits = [least_squares(lambda p, x=x, y=y: law(x, *p) - y / scale, START, **TIGHT) for x, y in tables]
    sigmas = [np.sqrt(2 * fit.cost / (len(y) - 3)) for fit, (_, y) in zip(fits, tables, strict=True)]
    covariances = [s**2 * np.linalg.inv(fit.jac.T @ fit.jac) for fit, s in zip(fits, sigmas, strict=True)]
    return np.array([fit.x for fit in fits]) * unit, np.array(covariances) * np.outer(unit, unit), sigmas


def parts_of(tables):
    """The same for symkan, whose model has its constants in another order."""
    a, b, c = map(Float, START)
    model = parametrise(a * exp(b * symbol("x1")) + c)
    order = tuple(model.start.tolist().index(value) for value in START)
    assert order != (0, 1, 2)
    return [Part(model, order, x[:, None], y) for x, y in tables]


@pytest.mark.parametrize("scale", [1.0, 1e-20, 1e18])
def test_it_is_the_fit_of_all_rows(tables, scale):
    rows = tables(scale=scale)
    values, covariances, sigmas = separate(rows, scale)
    start = joint(values, covariances, shared=(1, 2))
    found = joint_of_rows(parts_of(rows), start)

    def residuals(p):
        weighted = zip(rows, p[2:], sigmas, strict=True)
        return np.concatenate([(law(x, a, p[0], p[1]) - y / scale) / s for (x, y), a, s in weighted])

    whole = least_squares(residuals, [-1.0, 0.1, 1, 1, 1, 1], **TIGHT)
    errors = np.sqrt(np.diag(np.linalg.inv(whole.jac.T @ whole.jac)))
    unit = np.array([scale, 1.0, scale])
    expected = np.column_stack([whole.x[2:], *(np.full(4, v) for v in whole.x[:2])])
    assert found.values / unit == pytest.approx(expected, rel=1e-6)
    assert found.errors[:, 0] / scale == pytest.approx(errors[2:], rel=1e-4)
    assert found.errors[0, 1:] / unit[1:] == pytest.approx(errors[:2], rel=1e-4)
    left = sum(len(y) for _, y in rows) - 12  # where each table's own fit leaves χ² = rows - constants
    distance = 2 * whole.cost - left
    assert (found.rows, found.freedom) == (180, 6)
    assert found.distance == pytest.approx(distance, rel=1e-4)
    assert found.p == pytest.approx(f_distribution.sf(distance / 6, 6, left), rel=1e-4)
    assert abs(start.values / unit - expected).max() > 1e-4  # estimates and covariances alone are not enough


def test_constants_that_differ(tables):
    rows = tables(offsets=(0.2, 0.3, 0.2, 0.2))
    values, covariances, _ = separate(rows)
    found = joint_of_rows(parts_of(rows), joint(values, covariances, shared=(1, 2)))
    assert found.p < 1e-3


def test_exact_rows_agree(tables):
    x = np.linspace(0, 2, 20)
    rows = [(x, law(x, a, -1.3, 0.2)) for a in (1.0, 2.0)]
    values = np.array([[1.0, -1.3, 0.2], [2.0, -1.3, 0.2]])
    found = joint_of_rows(parts_of(rows), joint(values, np.full((2, 3, 3), 0.0), shared=(1, 2)))
    assert found.p == pytest.approx(1.0)
    assert found.values == pytest.approx(values)


def test_what_cannot_be_fitted_stays():
    rows = [(np.zeros(9), np.ones(9))] * 2  # leave the three constants open
    start = joint(np.array([START, START]), np.array([np.eye(3)] * 2), shared=(1,))
    assert joint_of_rows(parts_of(rows), start) is start
    none = joint(start.values, np.array([np.eye(3)] * 2), shared=())
    assert joint_of_rows(parts_of(rows), none) is none


def test_rows_are_read_again(discovery, tmp_path):
    """The law that was found, at rows that are spread over the table, without locked ones."""
    assert read_part(tmp_path / "none.json", tmp_path / "none.csv", Job("y"), rows=5) is None
    path = tmp_path / "table.csv"
    names = [column.name for column in discovery.data.features]
    generator = np.random.default_rng(0)
    x = generator.uniform(1, 2, (200, len(names)))
    lines = [",".join([*names, "out"]), *(",".join(map(str, [*row, row.sum()])) for row in x)]
    path.write_text("\n".join(lines))
    discovery.save(tmp_path / "result.json")
    assert read_part(tmp_path / "result.json", path, Job("last"), rows=5) is None  # the table is another
    digest = read_table(path, target="out").sha256
    known = replace(discovery, data=replace(discovery.data, sha256=digest))
    known.save(tmp_path / "result.json")
    part = read_part(tmp_path / "result.json", path, Job("last"), rows=50)
    assert len(part.x) == len(part.y) == 50
    assert sorted(part.order) == list(range(len(part.model.constants)))


def test_far_rows_are_left_out_where_the_law_was_found_without_them(discovery, tmp_path):
    generator = np.random.default_rng(0)
    x = generator.uniform(1, 2, (200, len(discovery.data.features)))
    y = x.sum(axis=1)
    y[:2] = 9999
    names = [column.name for column in discovery.data.features]
    path, result = tmp_path / "table.csv", tmp_path / "result.json"
    np.savetxt(path, np.column_stack([x, y]), delimiter=",", header=",".join([*names, "out"]), comments="")
    table = read_table(path, target="out")
    robust = replace(
        discovery,
        data=replace(discovery.data, sha256=table.sha256),
        options=replace(discovery.options, robust=True),
    )
    plain = replace(robust, options=replace(robust.options, robust=False))
    for found, far in ((plain, True), (robust, False)):
        found.save(result)
        part = read_part(result, path, Job("last"), rows=200)
        assert bool(part.y.max() > 100) is far
    clean = finding(robust, table.subset(np.arange(2, 200)), points=5, report=False)
    assert finding(robust, table, points=5, report=False) == clean
    assert finding(plain, table, points=5, report=False).constants != clean.constants
