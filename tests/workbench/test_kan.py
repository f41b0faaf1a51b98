import numpy as np
import pytest
import sympy
import torch

from symkan import KAN
from symkan.errors import ColumnError, NetworkError, OptionError, RowsError
from tests.workbench.conftest import article


def state(kan):
    return {
        name: value.clone() for name, value in kan.state_dict().items() if isinstance(value, torch.Tensor)
    }


def test_from_table_to_law(fitted):
    law = fitted.prune().fix_all().formula()
    x1, x2 = sympy.symbols("x1 x2", real=True)
    assert sympy.simplify(law - sympy.exp(sympy.sin(sympy.pi * x1) + x2**2)) == 0


def test_suggests_the_sine(fitted):
    assert fitted.suggest(0, 0, 0)[0].function.name == "sin"
    assert abs(abs(fitted.suggest(0, 0, 0)[0].a) - np.pi) < 1e-2


@pytest.mark.parametrize(
    "step",
    [
        lambda kan: kan.fit(*article(seed=1), steps=3),
        lambda kan: kan.fit(*article(seed=1), steps=3, method="adam"),
        lambda kan: kan.fit(*article(seed=1), steps=2, restarts=3),
        lambda kan: kan.sparsify(),
        lambda kan: kan.prune(),
        lambda kan: kan.refine(10),
        lambda kan: kan.fix((0, 0, 0), "sin"),
        lambda kan: kan.fix((0, 0, 0), "sin").unfix((0, 0, 0)),
        lambda kan: kan.fix_all("sin,exp,x^2"),
    ],
)
def test_old_network_stays(fitted, step):
    before, edges, rows, history = state(fitted), fitted.edges, fitted.rows, fitted.history
    new = step(fitted)
    with torch.no_grad():
        for parameter in new.parameters():
            parameter.add_(1.0)
    assert all(torch.equal(before[name], value) for name, value in state(fitted).items())
    assert (fitted.edges, fitted.rows, fitted.history) == (edges, rows, history)


def test_predicts_as_the_module_does(fitted):
    x, y = article(50, seed=3)
    assert np.array_equal(fitted.predict(x), fitted(torch.as_tensor(x)).detach().numpy()[:, 0])
    assert fitted.score(x, y) == pytest.approx(1 - np.mean((fitted.predict(x) - y) ** 2) / np.var(y))


def test_refined_grid_is_the_same_function(fitted):
    x, _ = article(50, seed=3)
    assert np.allclose(fitted.refine(10).predict(x), fitted.predict(x), atol=1e-9)


@pytest.mark.parametrize(("formula", "edge"), [("exp(x + y)", (1, 0, 0)), ("sin(3*x*y)", (1, 0, 0))])
def test_unfixed_edge_of_a_formula_is_the_same_function(formula, edge):
    """Its grid is that of no rows yet."""
    x = np.random.default_rng(0).uniform(-1, 1.5, (200, 2))
    kan = KAN.from_expression(formula, grid=40)
    kan = kan.fit(x, kan.predict(x), steps=0)
    opened = kan.unfix(edge)
    assert np.abs(opened.predict(x) - kan.predict(x)).max() < 1e-3 * np.ptp(kan.predict(x))


def test_unfixed_edge_is_the_same_function(fitted):
    x, _ = article()
    fixed = fitted.fix((0, 0, 0), "sin").fit(*article())
    assert np.abs(fixed.refine(40).unfix((0, 0, 0)).predict(x) - fixed.predict(x)).max() < 1e-3


def test_held_parameters_stay(fitted):
    fixed = fitted.fix((0, 0, 0), "sin", a=np.pi, b=0.0).fit(*article(), steps=20)
    edge = fixed.networks.stack[0].affine[0, 0, 0]
    assert edge[0].item() / fixed.x_scale[0].item() == pytest.approx(np.pi, rel=1e-15)
    assert edge[1].item() == 0.0
    assert fixed.score(*article(seed=2)) > 1 - 1e-4


def test_formula_is_the_network(fitted):
    from symkan.symbolic.expressions import numpy_function

    x, _ = article(40, seed=4)
    law = fitted.fix_all("sin,exp,x^2").formula(["u", "v"], snap=False)
    fixed = fitted.fix_all("sin,exp,x^2")
    assert np.allclose(numpy_function(law, ["u", "v"])(x), fixed.predict(x), rtol=1e-12)


def test_open_edges_have_names(fitted):
    assert str(fitted.fix((0, 0, 0), "sin").formula()).count("g") == 2
    assert [s.name for s in fitted.splines()] == ["g1", "g2", "g3"]


def test_product_node_multiplies():
    x = np.random.default_rng(0).uniform(-2, 2, (200, 2))
    kan = KAN([2, (0, 1)]).fit(x, x[:, 0] * x[:, 1]).fix_all()
    assert kan.formula() == sympy.prod(sympy.symbols("x1 x2", real=True))


@pytest.mark.parametrize("size", [1e-30, 1e20])
def test_columns_of_any_size(size):
    x, y = article()
    kan = KAN([2, 1, 1]).fit(x * size, y / size)
    assert kan.score(x * size, y / size) > 1 - 1e-4
    assert abs(kan.suggest(0, 0, 0, library="sin")[0].a) == pytest.approx(np.pi / size, rel=1e-2)
    fixed = kan.fix((0, 0, 0), "sin", a=np.pi / size).fix((1, 0, 0), "exp")
    assert fixed.fit(x * size, y / size).score(x * size, y / size) > 1 - 1e-4


def test_edges_before_the_fit_keep_their_functions():
    x, y = article()
    kan = KAN([2, 1, 1]).fix((0, 0, 0), "sin", a=np.pi).fix((0, 0, 1), "x^2").fix((1, 0, 0), "exp")
    assert np.allclose(kan.predict(3 * x), np.exp(np.sin(3 * np.pi * x[:, 0]) + 9 * x[:, 1] ** 2))
    assert np.allclose(kan.fit(x, y, steps=0).predict(x), y)


def test_own_loop():
    x, y = (torch.as_tensor(part) for part in article())
    kan = KAN([2, 3, 1])
    optimizer = torch.optim.Adam(kan.parameters(), lr=0.02)
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        loss = (kan(x)[:, 0] - y).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.2 * losses[0]


def test_gradients_are_those_of_finite_differences(fitted):
    x = torch.as_tensor(article(5, seed=7)[0]).requires_grad_()
    assert torch.autograd.gradcheck(fitted, (x,))


@pytest.mark.parametrize("method", ["lm", "lbfgs", "adam"])
def test_history(method):
    x, y = article()
    check = article(seed=1)[0], 100 * article(seed=1)[1]
    kan = KAN([2, 1, 1]).fit(x, 100 * y, validation=check, steps=5, method=method)
    h = kan.history
    assert len(h.grid) == len(h.train_rmse) == len(h.validation_rmse) <= 6
    best = h.train_rmse[int(np.argmin(h.validation_rmse))]
    assert best == pytest.approx(np.sqrt(np.mean((kan.predict(x) - 100 * y) ** 2)), rel=1e-6)
    assert len(kan.fit(x, y, steps=5).history.grid) > len(h.grid)


def test_grids():
    history = KAN([2, 1, 1]).fit(*article(), validation=article(seed=1), steps=20, grids=(5, 10)).history
    assert set(history.grid) == {5, 10}


def test_several_outputs():
    x, y = article()
    kan = KAN([2, 3, 2]).fit(x, np.stack([y, 1e6 * x[:, 0]], 1), steps=40)
    assert kan.predict(x).shape == (300, 2)
    assert kan.score(x, np.stack([y, 1e6 * x[:, 0]], 1)) > 0.99
    with pytest.raises(NetworkError, match="2 outputs; say which"):
        kan.formula()
    assert kan.formula(output=1).free_symbols


def test_frames_bring_names():
    import pandas as pd

    x, y = article()
    kan = KAN([2, 1, 1]).fit(pd.DataFrame(x, columns=["angle", "r"]), pd.Series(y), steps=5)
    assert {str(s) for s in kan.formula().free_symbols} == {"angle", "r"}


def test_columns_of_frames_are_found_by_name():
    import pandas as pd

    x = np.random.default_rng(0).uniform(1, 2, (30, 2))
    frame = pd.DataFrame(x, columns=["m", "v"]).assign(note="none")
    y, swapped = x[:, 0] * x[:, 1] ** 2, frame[["v", "m"]]
    kan = KAN.from_expression("m*v^2").fit(swapped, y, validation=(frame, y), steps=0)
    assert kan.names == ("m", "v")
    for rows in (x, frame[["m", "v"]], swapped, frame, pd.DataFrame(x)):
        np.testing.assert_allclose(kan.predict(rows), y)
    assert kan.score(swapped, y) == pytest.approx(1)
    np.testing.assert_array_equal(kan.activations(swapped)[0].x, kan.activations(x)[0].x)
    with pytest.raises(ColumnError, match="no column, or several, for the inputs 'm', 'v' of the network"):
        kan.predict(frame[["v", "v"]])
    with pytest.raises(ColumnError, match="its columns are 'a', 'v'; name them 'm', 'v', or give an array"):
        kan.fit(frame[["m", "v"]].set_axis(["a", "v"], axis=1), y)
    plain = KAN([2, 1]).fit(x, y, steps=0)
    np.testing.assert_array_equal(plain.predict(swapped), plain.predict(x[:, ::-1]))
    assert plain.fit(swapped, y, steps=0).names == ("v", "m")


def test_attribution_sees_who_plays_a_part():
    x = np.random.default_rng(0).uniform(-1, 1, (300, 3))
    kan = KAN([3, 1, 1]).fit(x, np.exp(x[:, 0] + x[:, 1]))
    share = kan.attribution()
    assert share.shape == (3,)
    assert share[2] < 0.01
    assert share[0] > 0.3
    assert set(kan.edge_scores()) == set(kan.edges)


@pytest.mark.parametrize(
    ("act", "error", "words"),
    [
        (lambda kan: kan.fix((0, 5, 0), "sin"), NetworkError, r"no edge φ\[0,5,0\]"),
        (lambda kan: kan.suggest(3, 0, 0), NetworkError, r"there are φ\[0,0,0\]"),
        (lambda kan: kan.unfix("first"), NetworkError, "is no edge"),
        (lambda kan: kan.fix((0, 0, 0), "sine"), OptionError, "did you mean sin"),
        (lambda kan: kan.fix((0, 0, 0), "power"), NetworkError, "power cannot be fitted"),
        (lambda kan: kan.formula(["a"]), OptionError, "not 2 different names"),
        (lambda kan: kan.formula(output=4), NetworkError, "no output 4"),
        (lambda kan: kan.predict(np.zeros((3, 5))), ColumnError, "5 columns and the network 2 inputs"),
        (
            lambda kan: kan.fit(np.full((3, 2), np.nan), np.zeros(3)),
            RowsError,
            "holds nan in row 0, column 0",
        ),
        (lambda kan: kan.fit(np.zeros((3, 2)), np.zeros(2)), RowsError, "3 rows and y has 2"),
        (lambda kan: kan.fit(*article(), method="sgd"), OptionError, "choose lm, lbfgs or adam"),
        (lambda kan: kan.fit(*article(), restarts=0), OptionError, "at least one start"),
        (lambda kan: kan.refine(2), OptionError, "coarser"),
    ],
)
def test_errors_say_what_to_do(fitted, act, error, words):
    with pytest.raises(error, match=words):
        act(fitted)


@pytest.mark.parametrize(
    "act",
    [KAN.prune, KAN.sparsify, KAN.fix_all, KAN.activations, KAN.attribution, KAN.plot, KAN.plot_training],
)
def test_needs_rows(act):
    with pytest.raises(NetworkError, match=r"call fit\(X, y\) first"):
        act(KAN([2, 1]))
