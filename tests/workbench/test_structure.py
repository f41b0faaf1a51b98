import numpy as np
import pytest
import torch

from symkan import KAN
from symkan.errors import OptionError
from symkan.workbench.structure import separable

TEXTS = {
    "sum": "sin(a) + b*c",
    "product": "exp(a)*(b + c)",
    "shifted product": "100 + a*b*c",
    "difference": "tanh(a - b)*c",
    "ratio": "sin(a/b) + c",
    "one": "exp(a*b*c + a)",
}


@pytest.fixture(scope="module", params=[1.0, 1e-20, 1e15])
def kans(request):
    x = np.random.default_rng(0).uniform(0.5, 2.0, (200, 3))
    made = {}
    for name, text in TEXTS.items():
        kan = KAN.from_expression(text, names=["a", "b", "c"])
        y = kan.predict(x)
        made[name] = kan.fit(x, y * request.param, steps=2)
    return made


@pytest.mark.parametrize(
    ("name", "groups", "how", "expected"),
    [
        ("sum", [["a"], ["b", "c"]], "sum", True),
        ("sum", [[0], [1]], "sum", True),
        ("sum", [[1], [2]], "sum", False),
        ("sum", [[0], [1, 2]], "product", False),
        ("sum", [[1], [2]], "product", False),
        ("product", [[0], [1, 2]], "product", True),
        ("product", [[0], [1, 2]], "sum", False),
        ("product", [[1], [2]], "sum", True),
        ("product", [[1], [2]], "product", False),
        ("shifted product", [[0], [1], [2]], "product", False),
        ("difference", [[0, 1], [2]], "product", True),
        ("difference", [[0], [1]], "sum", False),
        ("ratio", [[0, 1], [2]], "sum", True),
        ("one", [[1], [2]], "product", False),
    ],
)
def test_separability(kans, name, groups, how, expected):
    assert kans[name].is_separable(groups, how=how) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sum", {(1, 2, "product")}),
        ("product", {(1, 2, "sum")}),
        ("shifted product", {(0, 1, "product"), (0, 2, "product"), (1, 2, "product")}),
        ("difference", {(0, 1, "difference")}),
        ("ratio", {(0, 1, "ratio")}),
        ("one", {(1, 2, "product")}),
    ],
)
def test_symmetries(kans, name, expected):
    assert {(s.first, s.second, s.kind) for s in kans[name].symmetries()} == expected


def test_a_trained_network_knows():
    x = np.random.default_rng(0).uniform(0.5, 2.0, (300, 3))
    kan = KAN([3, 4, 1]).fit(x, np.exp(x[:, 0] - x[:, 1]) * x[:, 2], steps=60)
    assert kan.is_separable([[0, 1], [2]], how="product")
    assert not kan.is_separable([[0, 1], [2]])
    assert [s.kind for s in kan.symmetries() if (s.first, s.second) == (0, 1)] == ["difference"]


def test_columns_without_effect_have_no_symmetry():
    x = np.random.default_rng(0).uniform(0.5, 2.0, (100, 3))
    kan = KAN.from_expression("a", names=["a", "b", "c"]).fit(x, x[:, 0], steps=1)
    assert kan.symmetries() == ()
    assert kan.is_separable([["a"], ["b"], ["c"]])


def test_distance_is_that_of_the_definition():
    x = torch.rand(500, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    assert separable(lambda z: z[:, 0] + 3 * z[:, 1] ** 2, x, [[0], [1]], "sum") < 1e-14
    small, large = (
        separable(lambda z, e=e: z.sum(1) + e * z.prod(1), x, [[0], [1]], "sum") for e in (0.01, 0.1)
    )
    assert large == pytest.approx(10 * small, rel=0.1)


@pytest.mark.parametrize(
    ("groups", "how", "words"),
    [
        ([[0]], "sum", "two or more"),
        ([[0], [0, 1]], "sum", "share no column"),
        ([[0], []], "sum", "two or more"),
        ([["a"], ["d"]], "sum", "no column 'd'; there are a, b, c"),
        ([[0], [1]], "power", "neither 'sum' nor 'product'"),
    ],
)
def test_bad_questions(kans, groups, how, words):
    with pytest.raises(OptionError, match=words):
        kans["sum"].is_separable(groups, how=how)
