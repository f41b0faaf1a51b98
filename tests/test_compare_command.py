"""`symkan compare`."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from symkan import Comparison, cli

QUICK = ("--grids", "3,5", "--mlp", "4", "--seeds", 1)


@pytest.fixture
def symkan(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    return lambda *arguments: runner.invoke(cli.app, ["compare", *(str(a) for a in arguments)])


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "my data.csv"
    x = np.random.default_rng(0).uniform(1, 2, (40, 2))
    rows = [f"{a},{b},{np.sin(a) * b}" for a, b in x]
    path.write_text("[red]a [m],b & c,force [N]\n" + "\n".join(rows) + "\n")
    return path


def test_compare(symkan, table):
    done = symkan(table, "--target", "force", "--scaling", *QUICK)
    assert done.exit_code == 0, done.output
    assert done.stderr.splitlines() == [
        f"training {text} ..." for text in ("KAN", "MLP", "both in many sizes")
    ]
    folder = Path("reports/my_data-compare")
    names = ["comparison.json", *(f"comparison.{s}" for s in ("pdf", "png", "svg"))]
    names += [f"scaling.{s}" for s in ("pdf", "png", "svg")]
    assert sorted(p.name for p in folder.iterdir()) == names
    assert sorted(p.name for p in Path().iterdir()) == ["my data.csv", "reports"]
    for part in ("KAN [2", "MLP [2, 4, 1]", "line", "rows to train", "times lower than", "parameters^s"):
        assert part in done.stdout
    assert f"wrote {folder / 'scaling.svg'}" in done.stdout
    found = Comparison.load(folder / "comparison.json")
    assert found.options.grids == (3, 5)
    assert found.best_mlp.nodes == (2, 4, 1)


def test_options_and_folder(symkan, table, tmp_path):
    options = ("--features", '"b & c"', "--kan", "1,1", "--method", "lbfgs", "--article", "--grids", "3")
    done = symkan(table, "--target", "force", "--out", tmp_path / "x" / "y", *options, "--seeds", 1)
    assert done.exit_code == 0, done.output
    found = Comparison.load(tmp_path / "x" / "y" / "comparison.json")
    assert [column.name for column in found.data.features] == ["b & c"]
    assert (found.options.kan, found.options.method, found.options.standardise) == ((1, 1), "lbfgs", False)
    assert (found.best_mlp.nodes, found.best_mlp.rate) == ((1, 64, 64, 1), 0.01)
    assert not Path("reports").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--mlp", "64,x"), "--mlp is '64,x'; give whole numbers with commas"),
        (("--kan", "3,1"), "begin with 2, the number of features"),
        (("--grids", "0"), "grids: [0] cannot be meant"),
        (("--seeds", "0"), "seeds is 0; give 1 or more"),
        (("--features", "nothing"), "nothing"),
    ],
)
def test_bad_input_is_one_line(symkan, table, options, message):
    done = symkan(table, "--target", "force", *options)
    assert done.exit_code == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
