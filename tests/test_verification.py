"""A record stands up to its own table, and a number that was changed is found; both commands, end to end."""

import csv
import hashlib
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from symkan import Options, cli, dataset_of, discover, examine, read_table
from symkan.verification import table_of, verify

NAMES = ["angle [rad]", "r [m]"]


def rows(seed, count, exponent=2.0):
    generator = np.random.default_rng(seed)
    x = generator.uniform(1, 3, (count, 2))
    return x, 2.3719 * x[:, 0] * x[:, 1] ** exponent + 1.0473 + generator.normal(0, 0.05, count)


def write(path, x, y):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([[*NAMES, "torque [N m]"], *np.column_stack([x, y]).tolist()])
    return path


@pytest.fixture(scope="module")
def examined():
    table = dataset_of(*rows(0, 300), names=NAMES, target="torque [N m]")
    return examine(discover(table, Options(time_budget=10)), table)


@pytest.fixture
def files(examined, tmp_path):
    """The record, as if it came from the file beside it."""
    table = write(tmp_path / "table.csv", *rows(0, 300))
    sha256 = hashlib.sha256(table.read_bytes()).hexdigest()
    record = replace(examined, data=replace(examined.data, sha256=sha256))
    record.save(tmp_path / "result.json")
    return tmp_path / "result.json", table, record


@pytest.fixture
def symkan():
    return lambda *arguments: CliRunner().invoke(cli.app, [str(a) for a in arguments])


def test_every_number_stands(examined):
    x, y = rows(0, 300)
    checks = verify(examined, dataset_of(x, y, names=NAMES, target="torque [N m]"))
    assert [check for check in checks if not check.ok] == []
    names = " ".join(check.name for check in checks)
    assert len(checks) > 60
    for part in ("hash", "validation RMSE", "standard error", "locked rows: R²", "AIC", "profile", "band"):
        assert part in names


def test_a_unit_that_cannot_be_read_is_no_error(tmp_path):
    lines = [f"{x},{3 * x**1.5}" for x in (0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0)]
    path = tmp_path / "planets.csv"
    path.write_text("axis [AU],period [yr]\n" + "\n".join(lines), encoding="utf-8")
    found = discover(read_table(path, target="period"), Options(time_budget=5))
    assert table_of(found, path).notes == found.data.notes


def test_a_changed_number_is_found(files):
    _, table, record = files
    law = record.best
    parameters = (replace(law.parameters[0], standard_error=1.01 * law.parameters[0].standard_error),)
    forged = replace(
        record,
        best=replace(law, r2=law.r2 + 1e-4, parameters=(*parameters, *law.parameters[1:])),
        test=replace(record.test, rmse=record.test.rmse * 0.99),
    )
    wrong = [check.name for check in verify(forged, table_of(forged, table)) if not check.ok]
    assert wrong == ["the law: R²", "c1: standard error", "locked rows: RMSE"]


def test_verify_command(symkan, files):
    result, table, _ = files
    done = symkan("verify", result, table)
    assert done.exit_code == 0, done.output
    assert "all as recorded" in done.stdout
    assert "hash of the table" in symkan("verify", result, table, "--all").stdout
    write(table, *rows(1, 300))
    done = symkan("verify", result, table)
    assert done.exit_code == 1
    assert "differs" in done.stdout
    assert symkan("verify", result, table.parent / "none.csv").exit_code == 2


def test_falsify_command(symkan, files, tmp_path):
    result, _, _ = files
    done = symkan("falsify", result, write(tmp_path / "new.csv", *rows(3, 200)))
    assert done.exit_code == 0, done.output
    assert "nothing in these rows speaks against the law" in done.stdout
    done = symkan("falsify", result, write(tmp_path / "new.csv", *rows(3, 200, exponent=2.1)))
    assert done.exit_code == 1
    assert "failed: " in done.stdout
    x, _ = rows(3, 20)
    (tmp_path / "new.csv").write_text("angle [rad],r [m]\n" + "\n".join("1,2" for _ in x))
    done = symkan("falsify", result, tmp_path / "new.csv")
    assert done.exit_code == 2
    assert "there is no column 'torque' to compare with" in done.stderr


def test_predictions_have_limits(symkan, files, tmp_path):
    result, table, _ = files
    done = symkan("predict", result, table, "--out", tmp_path / "out.csv")
    assert done.exit_code == 0, done.output
    with (tmp_path / "out.csv").open(newline="") as file:
        header, *lines = csv.reader(file)
    assert header[2:] == ["torque predicted", "torque low", "torque high", "in range"]
    values = np.array([line[2:5] for line in lines], dtype=np.float64)
    _, y = rows(0, 300)
    assert 0.9 < np.mean((values[:, 1] < y) & (y < values[:, 2])) < 0.99
