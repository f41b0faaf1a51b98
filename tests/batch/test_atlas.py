"""Laws of one form side by side."""

import csv

import numpy as np
import pytest
from sympy import Float

from symkan.batch.atlas import groups, numbers_in, read_metadata
from symkan.batch.atlas_pages import dependence_tables, write_atlas
from symkan.batch.joint_rows import Part
from symkan.batch.records import Constant, Entry, Finding, Status
from symkan.errors import TableError
from symkan.symbolic.expressions import symbol
from symkan.symbolic.models import parametrise

SIGMA = 0.01


def entry(file, *values, skeleton="y = c1*x + c2", sigma=SIGMA):
    constants = tuple(
        Constant(f"c{i}", v, sigma, v - 2 * sigma, v + 2 * sigma) for i, v in enumerate(values, 1)
    )
    found = Finding(
        rows=60,
        columns=2,
        verdict="law",
        reasons=(),
        law="",
        latex="",
        mathml="<math><mi>c</mi></math>",
        complexity=3,
        test_error=0.01,
        r2=0.999,
        skeleton=skeleton,
        constants=constants,
        covariance=tuple(map(tuple, (sigma**2 * np.eye(len(values))).tolist())),
        warnings=(),
        points=(),
        report=True,
    )
    return Entry(file, file.partition(".")[0], "key", Status.DONE, "", 1.0, found)


@pytest.fixture
def runs():
    """The slope follows the temperature, the offset is one."""
    generator = np.random.default_rng(0)
    noise = generator.normal(0, SIGMA, (12, 2))
    return [
        entry(f"T{280 + 10 * i}_run.csv", 0.02 * (280 + 10 * i) + a, 1.7 + b)
        for i, (a, b) in enumerate(noise)
    ]


def test_what_is_shared_and_what_varies(runs):
    other = entry("alone.csv", 1.0, skeleton="y = c1*x**2")
    (group,) = groups([*runs, other], agree=0.01)
    assert len(group.members) == 12
    assert group.joint.shared == (1,)
    assert group.p[0] < 1e-6 < group.p[1]
    assert group.joint.values[0, 1] == pytest.approx(1.7, abs=3 * group.joint.errors[0, 1])
    assert group.joint.errors[0, 1] == pytest.approx(SIGMA / np.sqrt(12))
    assert group.members[3].numbers == {"T": 310.0}


def test_constants_without_an_error_are_left_out():
    assert groups([entry("a.csv", 1.0, sigma=float("inf"))] * 2, agree=0.01) == []


def test_pages_and_tables(runs, tmp_path):
    found = groups(runs, agree=0.01)
    (table,) = dependence_tables(found, tmp_path)
    assert table.name == "law1_c1"
    with table.path.open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["T", "c1"]
    assert [float(row[0]) for row in rows] == [280.0 + 10 * i for i in range(12)]
    assert float(rows[0][1]) == found[0].joint.values[0, 0]
    write_atlas(found, {table.name: entry("law1_c1.csv", 0.02)}, tmp_path)
    html = (tmp_path / "atlas.html").read_text("utf-8")
    assert "y = c1*x + c2" in html
    assert "no significant difference" in html
    assert 'href="atlas/law1_c1/report.html"' in html
    assert html.count("<circle") == 12
    with (tmp_path / "atlas" / "law1.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["file"] for line in lines] == [run.file for run in runs]
    assert len({line["c2_joint"] for line in lines}) == 1


def test_hostile_names_are_text(tmp_path):
    name = "<script>alert(1)</script>"
    found = groups([entry(f"{name}{i}.csv", float(i), skeleton=f"{name} = c1") for i in range(3)], agree=0.01)
    write_atlas(found, {}, tmp_path)
    assert "<script" not in (tmp_path / "atlas.html").read_text()


def test_no_groups(tmp_path):
    write_atlas([], {}, tmp_path)
    assert "No two tables" in (tmp_path / "atlas.html").read_text()


@pytest.mark.parametrize(
    ("files", "numbers"),
    [
        (["run_1.csv", "run_2.csv"], [{"run": 1}, {"run": 2}]),
        (["T=1.5 p=-2.csv", "T=2.5 p=3.csv"], [{"T": 1.5, "p": -2}, {"T": 2.5, "p": 3}]),
        (["1_2.csv", "3_4.csv"], [{"number1": 1, "number2": 2}, {"number1": 3, "number2": 4}]),
        (["T-300.csv", "T-350.csv"], [{"T": 300}, {"T": 350}]),
        (["2024-01-02.csv", "2024-01-03.csv"], [{"number3": 2}, {"number3": 3}]),
        (
            ["-1_a,-2(-3 -4.csv", "1_a,2(3 4.csv"],
            [
                {"number1": -1, "a": -2, "number3": -3, "number4": -4},
                {"number1": 1, "a": 2, "number3": 3, "number4": 4},
            ],
        ),
        (["b/-1.csv", "b/2.csv"], [{"b": -1}, {"b": 2}]),
        (["a.csv", "b.csv"], [{}, {}]),
        (["a1.csv", "a1b.csv"], [{}, {}]),
    ],
)
def test_numbers_in_names(files, numbers):
    assert numbers_in(files) == numbers


def test_metadata(tmp_path, runs):
    path = tmp_path / "known.csv"
    path.write_text("file,mass,who\n" + "".join(f"{run.file},{i},me\n" for i, run in enumerate(runs)))
    known = read_metadata(path)
    assert known[runs[2].file] == {"mass": 2.0}
    (group,) = groups(runs, agree=0.01, metadata=known)
    assert group.members[2].numbers == {"mass": 2.0}
    for bad in ("", None):
        if bad is None:
            path.unlink()
        else:
            path.write_text(bad)
        with pytest.raises(TableError, match="--metadata"):
            read_metadata(path)


def test_metadata_name_files_without_their_endings_or_not_at_all(tmp_path, runs):
    path = tmp_path / "known.csv"
    path.write_text("file,mass,age\n" + "".join(f"{run.name} ,{i},nan\n" for i, run in enumerate(runs)))
    known = read_metadata(path)
    (group,) = groups(runs, agree=0.01, metadata=known)
    assert group.members[2].numbers == {"mass": 2.0}
    (group,) = groups(runs, agree=0.01, metadata={"other.csv": {"mass": 1.0}})
    assert group.members[2].numbers == {"T": 300.0}
    (group,) = groups(runs, agree=0.01, metadata={runs[0].file: {"mass": 1.0}})
    assert [member.numbers for member in group.members] == [{"mass": 1.0}] + 11 * [{}]


def test_the_joint_fit_is_of_rows_where_they_can_be_read(runs):
    """Two constants agree by their estimates, but not by the rows."""
    model = parametrise(Float(2.0) * symbol("x1") + Float(0.5))
    order = (model.start.tolist().index(2.0), model.start.tolist().index(0.5))
    x = np.linspace(0, 1, 20)[:, None]
    noise = np.random.default_rng(1).normal(0, SIGMA, (12, 20))

    def part(offset):
        def read(name):
            run = next(run for run in runs if run.name == name)
            i, slope = runs.index(run), run.finding.constants[0].value
            return Part(model, order, x, slope * x[:, 0] + offset(i) + noise[i])

        return read

    (agreeing,) = groups(runs, agree=0.01, part=part(lambda _: 1.7))
    assert (agreeing.joint.shared, agreeing.joint.rows) == ((1,), 240)
    (apart,) = groups(runs, agree=0.01, part=part(float))
    assert apart.joint.shared == ()
    (unread,) = groups(runs, agree=0.01, part=lambda name: None)
    assert (unread.joint.shared, unread.joint.rows) == ((1,), 0)
