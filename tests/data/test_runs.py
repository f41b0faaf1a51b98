"""One table of many runs, taken apart."""

import pytest

from symkan.data.runs import find_runs, write_runs
from symkan.data.tables import read_table
from symkan.errors import ColumnError

LINES = [f"{run};{t};{x};{t * x}" for run, t in (("a", 1), ("b", 2.5)) for x in range(9)]


@pytest.fixture
def split(tmp_path):
    """Takes a text apart; what is known of the runs, and their paths."""

    def apart(text, by="run"):
        path = tmp_path / "table.csv"
        path.write_text(text)
        runs = find_runs(path, by)
        paths = {name: tmp_path / f"{i}.csv" for i, name in enumerate(runs.names)}
        return runs, write_runs(runs, paths), paths

    return apart


def test_each_run_has_its_rows(split):
    runs, known, paths = split("\n".join(["run;T [K];x;y [m]", *LINES, ";9;9;9"]))
    assert (runs.names, runs.without) == (("a", "b"), 1)
    assert known == {"a": {"T": 1.0}, "b": {"T": 2.5}}
    read = read_table(paths["b"], target="y")
    assert [column.name for column in read.features] == ["x"]
    assert (read.y == 2.5 * read.x[:, 0]).all()
    assert read.target.unit == "m"


def test_decimal_commas_and_numbers_that_name_runs(split):
    text = "\n".join(["run;T [K];x;y", *LINES]).replace(".", ",")
    _, known, paths = split(text, by="T")
    assert known == {"1": {"T": 1.0}, "2.5": {"T": 2.5}}
    read = read_table(paths["2.5"], target="y")
    assert (read.y == 2.5 * read.x[:, -1]).all()


def test_integers_name_runs_as_they_are_written(split):
    names = ["20240101120000123", "20240101120000124", "007", "7", "7.0", "-300", "−300.0"]
    text = "\n".join(["run,x", *(f"{name},{x}" for name in names for x in range(9))])
    assert split(text)[0].names == ("20240101120000123", "20240101120000124", "007", "7", "-300")


def test_chunks_make_no_difference(split, monkeypatch):
    text = "\n".join(["run;T [K];x;y", *LINES[::-1], *LINES])
    _, known, paths = split(text)
    whole = {name: read_table(path, target="y") for name, path in paths.items()}
    for path in paths.values():
        path.unlink()
    monkeypatch.setattr("symkan.options.TableOptions.chunk", 20)
    _, again, paths = split(text)
    assert again == known
    for name, path in paths.items():
        read = read_table(path, target="y")
        assert (read.x == whole[name].x).all()
        assert (read.y == whole[name].y).all()


def test_parquet(tmp_path):
    pd = pytest.importorskip("pandas")
    table = pd.DataFrame({"run": [1.0, 2.0] * 10, "x": range(20), "who": ["me"] * 20, "y": 1.5})
    table.to_parquet(tmp_path / "t.parquet")
    runs = find_runs(tmp_path / "t.parquet", "run")
    known = write_runs(runs, {name: tmp_path / f"{name}.csv" for name in runs.names})
    assert known == {"1": {"run": 1.0}, "2": {"run": 2.0}}
    assert (tmp_path / "2.csv").read_text().splitlines()[:2] == ["x,who,y", "1,me,1.5"]


def test_what_names_no_runs(split):
    text = "\n".join(["run;T [K];x;y", *LINES])
    with pytest.raises(ColumnError, match="'y' has 16 values in 18 rows; name one"):
        split(text, by="y")
    with pytest.raises(ColumnError, match="there is no column 'z'"):
        split(text, by="z")
    with pytest.raises(ColumnError, match="0 values"):
        split("a,b\n1,\n2,\n3,\n", by="b")
