"""Results to draw: a large network made by hand, and one with hostile names."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

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
            for c, name, unit in zip(data.features, names, ("$_m", "<b>", "单位"), strict=True)
        )
        target = replace(data.target, name=names[3], header=names[3], unit="%\\")
        return replace(examined, data=replace(data, features=features, target=target))

    return renamed


@pytest.fixture(scope="session")
def large(examined):
    """Nine inputs with names of 30 characters, five nodes, one output."""
    return with_network(examined, [9, 5, 1])


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
