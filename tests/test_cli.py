import csv
import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from symkan import cli, cli_display, cli_folders
from symkan.data.tables import dataset_of
from symkan.errors import ColumnError
from symkan.evidence.records import Trust, Verdict
from symkan.options import Options
from symkan.result import Discovery
from symkan.search.records import Progress
from tests.conftest import make_evidence


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "my data.csv"
    rows = [f"{i / 10},{1 + i / 7},{i * i}" for i in range(12)]
    path.write_text("theta1,v [m/s],F [N]\n" + "\n".join(rows) + "\n")
    return path


@pytest.fixture
def calls(monkeypatch, discovery, evidence):
    """`discover` replaced by one that remembers its arguments and returns the Discovery made by hand.

    `examine` adds the evidence of another result; the report is a word.
    """
    seen = []

    def discover(dataset, options=None, *, watch=None):
        seen.append((dataset, options, watch))
        return discovery

    def write_report(discovery, folder, *, formats=("pdf",), engine="typst"):
        paths = [folder / f"report.{name}" for name in formats]
        for path in paths:
            path.write_text(f"{engine}, {discovery.evidence.verdict.trust}")
        return tuple(paths)

    monkeypatch.setattr("symkan.discovery.discover", discover, raising=False)
    monkeypatch.setattr("symkan.examination.examine", lambda found, table: replace(found, evidence=evidence))
    monkeypatch.setattr("symkan.report.document.write_report", write_report)
    return seen


@pytest.fixture(scope="module")
def evidence():
    """Evidence with little in it, and a verdict."""
    verdict = Verdict(Trust.TENTATIVE, ("the residuals have structure", "[red] is odd"))
    return make_evidence(verdict=verdict)


@pytest.fixture
def symkan(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    return lambda *arguments: runner.invoke(cli.app, [str(a) for a in arguments])


def test_discover(symkan, table, calls, discovery):
    done = symkan("discover", table, "--target", "F")
    assert done.exit_code == 0, done.output
    assert done.stderr.splitlines() == [
        "12 rows, 2 columns: 60 s at most, 0.5 GB of memory",
        "examining the law ...",
        "writing the report ...",
    ]
    for part in (
        "F = v",
        "no network that was trained fits clearly better",
        "v**(3/2)",
        "0.0023",
        "3/2",
        "20 locked rows",
        "row 7 left",
    ):
        assert part in done.stdout
    folder = Path("reports/my_data")
    assert sorted(p.name for p in folder.iterdir()) == ["law.py", "law.tex", "report.pdf", "result.json"]
    assert "verdict: a tentative law\n  the residuals have structure\n  [red] is odd\n" in done.stdout
    assert done.stdout.index("F = v") < done.stdout.index("verdict") < done.stdout.index("wrote")
    assert f"wrote {folder / 'law.tex'}" in done.stdout
    saved = Discovery.load(folder / "result.json")
    assert saved.evidence.verdict.trust == "tentative"
    assert replace(saved, evidence=None).to_json() == discovery.to_json()
    (_, options, watch) = calls[0]
    assert options == Options()
    assert watch is None


def test_discover_passes_options(symkan, table, calls, tmp_path):
    options = [
        "--time-budget",
        5,
        "--seed",
        3,
        "--library",
        "sin, exp,x^2",
        "--features",
        '"v"',
        "--device",
        "cuda",
    ]
    done = symkan("discover", table, "--target", "F", "--out", tmp_path / "a" / "b", *options)
    assert done.exit_code == 0, done.output
    dataset, given, _ = calls[0]
    assert given == Options(time_budget=5.0, seed=3, library=("sin", "exp", "x^2"), device="cuda")
    assert [column.name for column in dataset.features] == ["v"]
    assert (tmp_path / "a" / "b" / "result.json").exists()


@pytest.mark.parametrize("units", ["theta1=rad,F=kN", "units.csv"])
def test_discover_passes_units(symkan, table, calls, units):
    Path("units.csv").write_text("name,unit\ntheta1,rad\nF,kN\n")
    done = symkan("discover", table, "--target", "F", "--units", units)
    assert done.exit_code == 0, done.output
    dataset = calls[0][0]
    assert [c.unit for c in (*dataset.features, dataset.target)] == ["rad", "m/s", "kN"]


def test_json(symkan, table, calls, discovery, tmp_path):
    done = symkan("discover", table, "--target", "F", "--json", "--no-report")
    assert done.stdout == discovery.to_json()
    done = symkan("discover", table, "--target", "F", "--json")
    assert json.loads(done.stdout)["evidence"]["verdict"]["trust"] == "tentative"
    assert list(tmp_path.iterdir()) == [table]
    done = symkan("discover", table, "--target", "F", "--json", "--out", "r")
    assert done.stdout == (tmp_path / "r" / "result.json").read_text("utf-8")
    assert json.loads(done.stdout)["evidence"]["verdict"]["trust"] == "tentative"
    assert (tmp_path / "r" / "law.py").exists()
    assert (tmp_path / "r" / "report.pdf").exists()


def test_no_report(symkan, table, calls, discovery):
    done = symkan("discover", table, "--target", "F", "--no-report")
    assert "verdict" not in done.stdout
    assert "examining" not in done.stderr
    folder = Path("reports/my_data")
    assert sorted(p.name for p in folder.iterdir()) == ["law.py", "law.tex", "result.json"]
    assert Discovery.load(folder / "result.json").to_json() == discovery.to_json()


def test_tables_of_one_name_have_a_folder_each(symkan, table, monkeypatch, discovery):
    def discover(dataset, *_, **__):
        return replace(discovery, data=replace(discovery.data, source=dataset.source))

    monkeypatch.setattr("symkan.discovery.discover", discover)
    names = ["a/data.csv", "b/data.csv", "data.tsv"]
    for name in names:
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(table.read_text())
    for name in (*names, *names, Path("b/data.csv").resolve()):
        done = symkan("discover", name, "--target", "F", "--no-report")
        assert done.exit_code == 0, done.output
    folders = ["data", "data-2", "data-3"]
    assert sorted(path.name for path in Path("reports").iterdir()) == folders
    for name, folder in zip(names, folders, strict=True):
        source = Discovery.load(Path("reports", folder, "result.json")).data.source
        assert Path(source).resolve() == Path(name).resolve()


def test_an_old_report_goes_with_its_result(symkan, table, calls):
    symkan("discover", table, "--target", "F", "--out", "r")
    Path("r/figures").mkdir()
    old = [Path("r", name) for name in ("report.pdf", "report.html", "report.docx", "figures/parity.svg")]
    own = [Path("r", name) for name in ("report.md", "figures/mine.svg")]
    for path in (*old, *own):
        path.write_text("")
    done = symkan("discover", table, "--target", "F", "--out", "r", "--no-report")
    assert done.exit_code == 0, done.output
    assert not any(path.exists() for path in old)
    assert all(path.exists() for path in own)


def test_report(symkan, calls, discovery, evidence, tmp_path):
    (tmp_path / "r").mkdir()
    replace(discovery, evidence=evidence).save(tmp_path / "r" / "result.json")
    done = symkan("report", "r/result.json", "--format", "pdf, docx", "--engine", "latexmk")
    assert done.exit_code == 0, done.output
    assert done.stdout == "wrote r/report.pdf\nwrote r/report.docx\n"
    assert (tmp_path / "r" / "report.docx").read_text() == "latexmk, tentative"
    done = symkan("report", "r/result.json", "--out", "new/folder")
    assert sorted(p.name for p in Path("new/folder").iterdir()) == ["report.html", "report.pdf", "report.tex"]


def test_letters_without_a_font_are_named(symkan, calls, renamed, evidence, tmp_path):
    replace(renamed("\U00013000", "b"), evidence=evidence).save(tmp_path / "result.json")
    done = symkan("report", "result.json")
    assert done.exit_code == 0, done.output
    assert "no font has \U00013000: squares in figures" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["discover", "none.csv", "--target", "F"], "none.csv"),
        (["discover", "my data.csv", "--target", "G"], "'G'"),
        (["discover", "my data.csv", "--target", "F", "--features", "w"], "'w'"),
        (["discover", "my data.csv", "--target", "F", "--time-budget", "nan"], "--time-budget is nan"),
        (["discover", "my data.csv", "--target", "F", "--time-budget", "0"], "--time-budget is 0"),
        (["discover", "my data.csv", "--target", "F", "--out", "my data.csv"], "my data.csv"),
        (["discover", "my data.csv", "--target", "F", "--units", "F=foo"], "the unit 'foo' cannot be read"),
        (["discover", "my data.csv", "--target", "F", "--units", "G=m"], "'G'"),
        (["discover", "my data.csv", "--target", "F", "--units", "none.csv"], "none.csv"),
        (["report", "none.json"], "none.json"),
        (["report", "none.json", "--format", "pdf,ps"], "no format 'ps'"),
        (["predict", "none.json", "my data.csv"], "none.json"),
        (["predict", "my data.csv", "my data.csv"], "no JSON"),
    ],
)
def test_errors_take_one_line(symkan, table, calls, arguments, message):
    done = symkan(*arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_error_from_deep_inside(symkan, table, monkeypatch):
    def discover(*_, **__):
        raise ColumnError("column '[red]\n\x1b[0m' is odd")

    monkeypatch.setattr("symkan.discovery.discover", discover, raising=False)
    done = symkan("discover", table, "--target", "F")
    assert done.exit_code == 2
    assert done.stderr.endswith("memory\nError: column '[red]\\n\\x1b[0m' is odd\n")


def test_interrupt(symkan, table, monkeypatch):
    def discover(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("symkan.discovery.discover", discover, raising=False)
    done = symkan("discover", table, "--target", "F")
    assert done.exit_code == 130
    assert done.stderr.endswith("memory\nInterrupted.\n")


def test_version(symkan):
    assert symkan("--version").stdout.startswith("symkan ")


def test_predict(symkan, discovery, tmp_path):
    discovery.save(tmp_path / "result.json")
    (tmp_path / "new.csv").write_text("v [m/s],theta1\n1,0.5\n9,0.5\n-1,0\n2,\n")
    done = symkan("predict", "result.json", "new.csv")
    assert done.exit_code == 0, done.output
    assert "wrote 4 predictions: new.predictions.csv" in done.stdout
    assert "3 rows outside the ranges" in done.stdout
    assert "2 rows without prediction" in done.stdout
    rows = list(csv.reader((tmp_path / "new.predictions.csv").read_text().splitlines()))
    assert rows[0] == ["theta1", "v [m/s]", "F predicted", "in range"]
    assert [row[-1] for row in rows[1:]] == ["true", "false", "false", "false"]
    assert float(rows[1][2]) == pytest.approx(discovery.predict([[0.5, 1.0]])[0], rel=1e-14)
    assert rows[4][2] == ""


@pytest.mark.parametrize("text", ["v\n1\n9\n", "theta1,v\n,1\n?,9\n"])
def test_predict_reads_what_the_law_uses(symkan, discovery, tmp_path, text):
    replace(discovery, best=discovery.front[0]).save(tmp_path / "result.json")  # 1.7 v
    (tmp_path / "new.csv").write_text(text)
    done = symkan("predict", "result.json", "new.csv", "--out", "out.csv")
    assert done.exit_code == 0, done.output
    assert "no prediction" not in done.output
    assert (
        tmp_path / "out.csv"
    ).read_text() == "v [m/s],F predicted,in range\n1.0,1.7,true\n9.0,15.299999999999999,false\n"


@pytest.mark.parametrize("out", ["new.csv", "./new.csv", "result.json"])
def test_predict_spares_its_inputs(symkan, discovery, tmp_path, out):
    discovery.save(tmp_path / "result.json")
    (tmp_path / "new.csv").write_text("v,theta1\n1,0.5\n")
    done = symkan("predict", "result.json", "new.csv", "--out", out)
    assert done.exit_code == 2
    assert "is an input" in done.stderr
    assert (tmp_path / "new.csv").read_text() == "v,theta1\n1,0.5\n"


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("a.csv.gz", "a"),
        ("a.pq", "a"),
        ("a.XLSM", "a"),
        ("../b c.v2.csv", "b_c.v2"),
        ("...", "data"),
        ("[x]$(y).tsv", "x_y"),
        ("-r.csv", "r"),
        ("ü.txt", "ü"),
    ],
)
def test_default_folder(name, folder):
    assert cli_folders.default_folder(Path(name)) == Path("reports") / folder


def shown(record, *, width=80, encoding="utf-8"):
    file = io.TextIOWrapper(io.BytesIO(), encoding, errors="replace")
    cli_display.show_discovery(record, console=Console(file=file, width=width, color_system=None))
    file.seek(0)
    return file.read()


def test_a_clash_of_dimensions_is_named(discovery):
    clashing = replace(discovery, best=replace(discovery.best, clash="x1 + x2 adds m and s"))
    assert "no law of consistent dimensions fits as well; in this one x1 + x2 adds m and s" in shown(
        clashing, width=200
    )
    assert "units:" not in shown(discovery)


def test_markup_in_names_is_text(renamed):
    text = shown(renamed("[red]", "[K]", target="[/]"), width=120)
    assert "sin(`[red]`)" in text
    assert "`[K]`**(3/2)" in text
    assert "[/]" in text


def test_ascii_terminal(discovery):
    text = shown(discovery, encoding="ascii")
    assert text.isascii()
    assert "2.5012*sin(theta1)" in text
    assert "?" not in text


@pytest.mark.parametrize("width", [20, 40, 80, 120])
def test_lines_fit_the_terminal(discovery, width):
    assert all(len(line.rstrip()) <= width for line in shown(discovery, width=width).splitlines())


def test_wide_law_takes_one_line(renamed):
    record = renamed("a very long name of a column indeed", "another long name of a column")
    assert "y = another long name of a column**(3/2)" in " ".join(shown(record, width=60).split())


def test_splines_are_explained(spline_discovery):
    assert "g1: edges of the network that no function fits" in shown(spline_discovery, width=120)


def test_many_columns(discovery):
    from dataclasses import replace

    columns = tuple(replace(discovery.data.features[0], name=f"n{i}", symbol=f"x{i}") for i in range(1, 31))
    data = replace(discovery.data, features=columns, feature_ranges=((0.0, 1.0),) * 30)
    text = shown(replace(discovery, data=data))
    assert "columns (and 28 that the law does not use)" in text
    assert "n17" not in text


def test_live_view(discovery, monkeypatch):
    dataset = dataset_of(np.random.default_rng(0).normal(size=(20, 2)), np.arange(20.0), names=["[red]", "v"])
    view = cli_display.LiveView(dataset, Options())
    console = Console(width=70, file=io.StringIO(), color_system=None)
    console.print(view)
    view.watch(Progress("training", "[2, 1, 1]", discovery.best.expression, 0.25, 3.0, 57.0))
    console.print(view)
    text = console.file.getvalue()
    for part in ("starting", "none yet", "training [2, 1, 1]", "`[red]`", "0.25", "57 s"):
        assert part in text
    assert all(len(line.rstrip()) <= 70 for line in text.splitlines())


def test_live_only_on_a_terminal(monkeypatch):
    dataset = dataset_of(np.random.default_rng(0).normal(size=(20, 2)), np.arange(20.0))
    with cli_display.live_progress(dataset, Options()) as watch:
        assert watch is None


def test_console_script(table, tmp_path, discovery):
    """The real program on an ASCII terminal: no traceback, one line."""
    discovery.save(tmp_path / "result.json")
    (tmp_path / "ü.csv").write_text("v,theta1\n1,0.5\n", "utf-8")
    environment = {
        **os.environ,
        "PYTHONIOENCODING": "ascii",
        "PYTHONPATH": str(Path(cli.__file__).parents[1]),
    }
    done = subprocess.run(
        [sys.executable, "-m", "symkan", "predict", "result.json", "ü.csv"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "wrote 1 prediction: ?.predictions.csv\n"


def test_no_law_has_exit_code_3(symkan, table, calls, monkeypatch):
    none = make_evidence(verdict=Verdict(Trust.NONE, ("noise",)))
    monkeypatch.setattr("symkan.examination.examine", lambda found, table: replace(found, evidence=none))
    done = symkan("discover", table, "--target", "F")
    assert done.exit_code == 3
    assert "noise" in done.stdout
    assert Path("reports/my_data/report.pdf").exists()
