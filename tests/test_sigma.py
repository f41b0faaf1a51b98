"""Standard errors of the target from a column: weighted fits, absolute errors of constants, from table to record."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import curve_fit
from typer.testing import CliRunner

from symkan import Discovery, Options, cli, dataset_of, discover, examine, read_table
from symkan.data.splitting import split
from symkan.errors import ColumnError, ResultError
from symkan.evidence.bands import spread
from symkan.evidence.constants import reduced_chi2
from symkan.verification import table_of, verify


def made(rows=200, seed=0):
    """Errors from 0.02 to 2, by the row."""
    generator = np.random.default_rng(seed)
    x = generator.uniform(0.5, 3, rows)
    sigma = 10 ** generator.uniform(-1.7, 0.3, rows)
    return x, 2.3719 * x**2 + 1.0473 + sigma * generator.standard_normal(rows), sigma


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "table.csv"
    values = np.column_stack(made())
    path.write_text("x,y,dy\n" + "\n".join(",".join(map(repr, row)) for row in values.tolist()))
    return path


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    path = tmp_path_factory.mktemp("sigma") / "table.csv"
    values = np.column_stack(made())
    path.write_text("x,y,dy\n" + "\n".join(",".join(map(repr, row)) for row in values.tolist()))
    table = read_table(path, target="y", sigma="dy")
    return path, table, examine(discover(table, Options(time_budget=10)), table)


def test_the_column_is_no_feature(file):
    table = read_table(file, target="y", sigma="dy")
    _, _, sigma = made()
    assert [column.name for column in table.features] == ["x"]
    np.testing.assert_array_equal(table.sigma, sigma)
    assert "standard errors of the target are those in column 'dy'" in table.notes
    assert read_table(file, target="y").sigma is None
    np.testing.assert_array_equal(table.subset(np.array([3, 5])).sigma, sigma[[3, 5]])
    with pytest.raises(ColumnError, match="column 'dy' is the errors and a feature"):
        read_table(file, target="y", features=["x", "dy"], sigma="dy")


def test_rows_without_a_positive_error_are_left_out(tmp_path):
    rows = [f"{i},{i * i},{error}" for i, error in enumerate([0.1] * 10 + [0, -1, "", "?"])]
    (tmp_path / "t.csv").write_text("x,y,dy\n" + "\n".join(rows))
    table = read_table(tmp_path / "t.csv", target="y", sigma="dy")
    assert table.sigma.tolist() == [0.1] * 10
    assert "4 of 14 rows were left out for want of a positive standard error" in table.notes


def test_constants_and_errors_are_those_of_scipy(found):
    _, table, discovery = found
    parts = split(table, discovery.options.split, seed=0)
    rows = np.union1d(parts.train, parts.validation)
    x, y, sigma = table.x[rows, 0], table.y[rows], table.sigma[rows]
    theta, cov = curve_fit(lambda x, a, b: a * x**2 + b, x, y, sigma=sigma, absolute_sigma=True)
    law = discovery.best
    assert law.errors == "given"
    values = sorted((p.value, p.standard_error) for p in law.parameters)
    np.testing.assert_allclose([v for v, _ in values], sorted(theta), rtol=1e-6)
    np.testing.assert_allclose([e for _, e in values], np.sqrt(np.diag(cov))[np.argsort(theta)], rtol=1e-5)
    p = law.parameters[0]
    assert p.high - p.value == pytest.approx(1.959964 * p.standard_error)
    assert 0.7 < reduced_chi2(law, table.x[rows], y=y, sigma=sigma) < 1.3
    band = discovery.evidence.band
    np.testing.assert_allclose(
        np.square(spread(law, band, np.array([[2.0]]))).sum(),
        np.array([4, 1]) @ cov @ np.array([4, 1]),
        rtol=1e-5,
    )
    assert [(i.low, i.high, i.kind) for i in discovery.evidence.intervals] == [
        (p.low, p.high, "wald") for p in law.parameters
    ]


def test_the_record_stands_up_to_its_table(found, tmp_path):
    path, _, discovery = found
    discovery.save(tmp_path / "result.json")
    again = Discovery.load(tmp_path / "result.json")
    assert [c for c in verify(again, table_of(again, path, sigma="dy")) if not c.ok] == []


def test_a_table_without_the_errors_is_refused(found, tmp_path):
    path, _, discovery = found
    table = read_table(path, target="y", features=["x"])
    for act in (verify, examine):
        with pytest.raises(ResultError, match="found with standard errors of the target"):
            act(discovery, table)
    discovery.save(tmp_path / "result.json")
    done = CliRunner().invoke(cli.app, ["verify", str(tmp_path / "result.json"), str(path)])
    assert done.exit_code == 2
    assert "give their column by --sigma" in done.stderr


def test_errors_all_alike_change_errors_of_constants_alone():
    x, y, _ = made(60)
    table = dataset_of(x[:, None], y)
    plain = discover(table, Options(time_budget=10)).best
    alike = discover(replace(table, sigma=np.full(60, 0.5)), Options(time_budget=10)).best
    assert plain.expression.free_symbols == alike.expression.free_symbols
    assert alike.errors == "given"


def test_the_command_passes_the_column(file, monkeypatch, discovery):
    seen = []
    monkeypatch.setattr("symkan.discovery.discover", lambda table, *_, **__: seen.append(table) or discovery)
    done = CliRunner().invoke(
        cli.app, ["discover", str(file), "--target", "y", "--sigma", "dy", "--json", "--no-report"]
    )
    assert done.exit_code == 0, done.output
    assert seen[0].sigma is not None
