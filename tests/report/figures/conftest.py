"""Results to draw: one with hostile names, one with a large network; and what every figure must pass."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.text import Text

HOSTILE = (
    "_%&#$~^\\{}<>\"'`",
    "$x^2_1$",
    "Temperatur ΔΩ in °C",
    "温度和压力",
    "🚀🔥 speed",
    "\\input{/etc/passwd}",
    "<script>alert(1)</script>",
    "tab\tnewline\nbell\x07end",
    "a name of sixty characters that goes on and on and on and on",
)


@pytest.fixture(scope="session")
def hostile(examined):
    """The examined result with hostile names and units."""

    def renamed(first):
        names = [HOSTILE[(first + i) % len(HOSTILE)] for i in range(4)]
        data = examined.data
        features = tuple(
            replace(c, name=name, header=name, unit=unit)
            for c, name, unit in zip(data.features, names[:3], ("$_m", "<b>", "单位"), strict=True)
        )
        target = replace(data.target, name=names[3], header=names[3], unit="%\\")
        return replace(examined, data=replace(data, features=features, target=target))

    return renamed


@pytest.fixture(scope="session")
def large(examined):
    """Nine inputs with names of 30 characters, five nodes, one output."""
    return with_network(examined, [9, 5, 1])


@pytest.fixture(scope="session")
def network_of(examined):
    """A function that makes a result with a network of so many nodes in each layer."""
    return lambda counts: with_network(examined, counts)


def with_network(examined, counts, *, seed=0, kept_share=0.6):
    """The examined result with a network made by hand, all edges there, products among its nodes."""
    from symkan.data.dataset import Column
    from symkan.search.records import Network
    from symkan.symbolic.activation import Activation, Edge
    from symkan.symbolic.expressions import symbol
    from symkan.symbolic.library import Library

    generator = np.random.default_rng(seed)
    functions = list(Library())[1:]
    x = np.linspace(0.1, 2, 40)
    activations, kept, matches = [], [], []
    for layer, (sources, targets) in enumerate(pairwise(counts)):
        for target in range(targets):
            for source in range(sources):
                edge = Edge(layer, target, source)
                function = functions[generator.integers(len(functions))]
                with np.errstate(all="ignore"):
                    y = function.values(x)
                activations.append(Activation(edge, x, y, float(generator.uniform(0, 1))))
                if generator.uniform() < kept_share:
                    kept.append(edge)
    products = tuple(tuple(bool(j % 3 == 1) for j in range(n)) for n in counts[1:])
    inputs = tuple(symbol(f"x{i + 1}") for i in range(counts[0]))
    trained = Network(inputs, products, tuple(activations))
    pruned = Network(inputs, products, tuple(a for a in activations if a.edge in kept))
    old = examined.portrait or examined.evidence.portrait
    portrait = replace(old, trained=trained, pruned=pruned, kept=tuple(kept), matches=tuple(matches))
    columns = tuple(
        Column(name, name, "m", f"x{i + 1}")
        for i in range(counts[0])
        for name in [f"temperature of the inlet no. {i + 1:02d}"]
    )
    sample = examined.evidence.sample
    wide = np.column_stack([sample.x] + [sample.x[:, :1]] * (counts[0] - sample.x.shape[1]))[:, : counts[0]]
    target = replace(examined.data.target, name="measured torque at the spindle")
    data = replace(examined.data, features=columns, target=target, feature_ranges=((0.0, 1.0),) * counts[0])
    evidence = replace(examined.evidence, sample=replace(sample, x=wide))
    return replace(examined, portrait=portrait, data=data, evidence=evidence)


@pytest.fixture(scope="session")
def check():
    return check_figure


@pytest.fixture(scope="session")
def texts_of():
    return visible_texts


def check_figure(figure):
    """Assert that no text is clipped by the figure's edge and no two overlap."""
    edge = figure.bbox
    texts = visible_texts(figure)
    assert texts
    for text, box in texts:
        inside = box.x0 >= edge.x0 and box.x1 <= edge.x1 and box.y0 >= edge.y0 and box.y1 <= edge.y1
        assert inside, f"{text.get_text()!r} is clipped: {box}"
    # what touches by less than a third of a point is apart to the eye
    slack = figure.dpi / 72 / 3
    for (one, first), (other, second) in combinations(texts, 2):
        across = min(first.x1, second.x1) - max(first.x0, second.x0)
        along = min(first.y1, second.y1) - max(first.y0, second.y0)
        assert across <= slack or along <= slack, f"{one.get_text()!r} lies over {other.get_text()!r}"


def visible_texts(figure):
    """Texts that are drawn, with their boxes in pixels."""
    figure.draw_without_rendering()
    hidden = {id(text) for ax in figure.findobj(Axes) for text in _hidden(ax)}
    texts = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    found = [(t, t.get_window_extent()) for t in texts if id(t) not in hidden]
    return [(text, box) for text, box in found if box.width > 0 and box.height > 0]


def _hidden(ax):
    """Texts of axes that are switched off, and labels of ticks beyond the ends of an axis."""
    for axis in (ax.xaxis, ax.yaxis):
        off = not (ax.axison and axis.get_visible())
        low, high = np.sort(axis.get_transform().transform(axis.get_view_interval()))
        slack = 1e-9 * (high - low)
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            place = axis.get_transform().transform(tick.get_loc())
            outside = not low - slack <= place <= high + slack
            if off or outside or not tick.get_visible():
                yield from (tick.label1, tick.label2)
        if off:
            yield from (axis.label, axis.offsetText)
