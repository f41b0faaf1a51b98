"""Every figure of every result: drawn without a warning, nothing clipped, nothing over anything else."""

import re
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from symkan.errors import ResultError
from symkan.report import figures
from symkan.report.figures import NAMES, pictures, write_pictures
from symkan.report.figures.style import root, style

WITHOUT_EVIDENCE = ["pareto", "network", "network_pruned", "activations", "training"]


def drawn(discovery):
    """The names and the figures of a result."""
    for describe, plot in figures._DRAWN:
        if picture := describe(discovery):
            with style():
                yield picture.name, root(np.ravel(plot(discovery))[0])


def labels(figure):
    return [text for ax in figure.axes for text in (ax.get_xlabel(), ax.get_ylabel()) if text]


def test_all_pictures_of_an_examined_result(examined, check):
    assert [picture.name for picture in pictures(examined)] == list(NAMES)
    for name, figure in drawn(examined):
        check(figure)
        assert name in NAMES


def test_pictures_without_evidence(discovery, spline_discovery, check):
    assert [picture.name for picture in pictures(discovery)] == WITHOUT_EVIDENCE
    assert [picture.name for picture in pictures(spline_discovery)] == WITHOUT_EVIDENCE[1:]
    for one in (discovery, spline_discovery):
        for _, figure in drawn(one):
            check(figure)


def test_no_network(discovery):
    bare = replace(discovery, portrait=None, front=(discovery.best,))
    assert pictures(bare) == ()


@pytest.mark.parametrize("first", [0, 3, 6])
def test_hostile_names_are_text(hostile, check, first):
    for _, figure in drawn(hostile(first)):
        check(figure)


def test_names_stand_as_they_are(hostile, texts_of):
    figure = figures.plot_residuals(hostile(0))[0].figure
    shown = [text.get_text() for text, _ in texts_of(figure)]
    assert any("_%&#$~^\\{}<>" in text for text in shown)
    assert any("$x^2_1$" in text for text in shown)


def test_large_network(large, check):
    for name, figure in drawn(large):
        check(figure)
        if name == "network":
            width, height = 25.4 * figure.get_size_inches()
            assert width <= 180
            assert height <= 210
    alt = {picture.name: picture.alt for picture in pictures(large)}
    assert all(f"temperature of the inlet no. {i:02d}" in alt["network"] for i in range(1, 10))


@pytest.mark.parametrize("counts", [[4, 3, 2, 1], [1, 1], [12, 8, 1]])
def test_other_shapes(network_of, check, counts):
    one = network_of(counts)
    for pruned in (False, True):
        check(root(figures.plot_network(one, pruned=pruned)))


def test_the_checker_finds_faults(check):
    for first, second in (((0.5, 0.5), (0.52, 0.5)), ((0.5, 0.5), (0.98, 0.2))):
        figure = Figure(figsize=(3, 2))
        for place in (first, second):
            figure.text(*place, "label")
        with pytest.raises(AssertionError, match=r"lies over|is clipped"):
            check(figure)


def test_units_on_axes(examined):
    texts = {name: labels(figure) for name, figure in drawn(examined)}
    assert texts["parity"] == ["torque, data (N m)", "torque, law (N m)"]
    assert {"angle (rad)", "r (m)"} <= set(texts["dependence"])
    assert {"angle (rad)", "r (m)", "color", "rows", "normal quantile (σ)"} <= set(texts["residuals"])
    assert "complexity (nodes of the formula)" in texts["pareto"]
    assert texts["training"] == ["step", "RMSE, scaled target"]


def test_files_are_the_same_each_time(examined, tmp_path):
    formats = ("pdf", "png", "svg")
    first = write_pictures(examined, tmp_path / "a", formats)
    assert write_pictures(examined, tmp_path / "b", ["svg", "pdf"]) == first == pictures(examined)
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == sorted(f"{name}.{suffix}" for name in NAMES for suffix in formats)
    for path in (tmp_path / "b").iterdir():
        assert path.read_bytes() == (tmp_path / "a" / path.name).read_bytes(), path.name
    pdf = (tmp_path / "a" / "pareto.pdf").read_bytes()
    assert b"/CIDFontType2" in pdf
    assert b"/Type3" not in pdf
    assert b"CreationDate" not in pdf
    assert "<dc:date>" not in (tmp_path / "a" / "pareto.svg").read_text("utf-8")


def test_captions_are_plain_text(examined):
    for picture in pictures(examined):
        assert picture.title
        assert picture.caption.endswith(".")
        assert len(picture.alt) > 30
        assert not re.search(r"[\n\\]|nan|None", picture.caption + picture.alt)


def test_the_users_settings_neither_count_nor_change(examined, tmp_path):
    few = replace(examined, evidence=None, portrait=None)
    with mpl.rc_context({"font.size": 20, "text.parse_math": True, "axes.spines.top": True}):
        before = dict(mpl.rcParams)
        write_pictures(few, tmp_path / "a", ["svg"])
        assert dict(mpl.rcParams) == before
    write_pictures(few, tmp_path / "b", ["svg"])
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["pareto.svg"]
    assert (tmp_path / "a/pareto.svg").read_bytes() == (tmp_path / "b/pareto.svg").read_bytes()


def test_draws_where_it_is_told(examined):
    figure = Figure()
    left, right = figure.subfigures(1, 2)
    ax = left.subplots()
    assert examined.plot_parity(ax=ax) is ax
    axes = examined.plot_residuals(figure=right)
    assert {a.figure for a in axes} == {right}
    assert len(axes) == 5
    own = Figure()
    ax = own.add_subplot()
    for plot in ("plot_network", "plot_training", "plot_pareto"):
        assert getattr(examined, plot)(ax=ax) is ax
    assert len(examined.plot_activations(figure=Figure())) == len(
        (examined.portrait or examined.evidence.portrait).pruned.activations
    )


@pytest.mark.parametrize("plot", ["plot_parity", "plot_residuals", "plot_network", "plot_training"])
def test_what_is_missing_is_said(discovery, plot):
    with pytest.raises(ResultError, match=r"symkan\.examine"):
        getattr(replace(discovery, portrait=None), plot)()


def test_large_and_tiny_numbers(examined, check):
    """Columns and targets of any size, zeros, an error of exactly 0."""
    evidence = examined.evidence
    for factor in (1e-34, 1e12):
        sample = replace(evidence.sample, y=evidence.sample.y * factor)
        score = replace(evidence.scores.train, rmse=0.0, nrmse=0.0)
        scores = replace(evidence.scores, test=score, validation=score)
        front = tuple(
            replace(c, validation_rmse=loss) for c, loss in zip(examined.front, (factor, 0.0), strict=False)
        )
        one = replace(
            examined,
            evidence=replace(evidence, sample=sample, scores=scores),
            best=replace(examined.best, validation_rmse=0.0),
            front=(*front, *examined.front[2:]),
        )
        for _, figure in drawn(one):
            check(figure)


def test_columns_over_decades(examined):
    sample = examined.evidence.sample
    x = sample.x.copy()
    x[:, 1] = np.geomspace(1, 1e4, len(x))
    one = replace(examined, evidence=replace(examined.evidence, sample=replace(sample, x=x)))
    axes = {ax.get_xlabel(): ax.get_xscale() for ax in figures.plot_residuals(one)}
    assert axes["r (m)"] == "log"
    assert axes["angle (rad)"] == "linear"
