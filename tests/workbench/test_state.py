import copy
import io
import os

import numpy as np
import pytest
import torch

from symkan import KAN, Library
from symkan.errors import NetworkError, ResultError
from tests.workbench.conftest import article


def test_state_dict_round_trip(mixed):
    x, _ = article(50, seed=5)
    file = io.BytesIO()
    torch.save(mixed.state_dict(), file)
    file.seek(0)
    other = KAN([2, 1, 1], seed=9)
    clone = other._with(other.networks.clone())
    other.predict(x)  # a grid is prepared, which must not stay
    before = clone.predict(x)
    other.load_state_dict(torch.load(file, weights_only=True))
    assert np.array_equal(other.predict(x), mixed.predict(x))
    assert np.array_equal(clone.predict(x), before)
    assert other.fit(*article(), steps=5).networks.stack[0].functions[0, 0].free == "bcd"


def test_state_dict_in_a_larger_module(mixed):
    x = torch.rand(7, 2, dtype=torch.float64)
    whole, other = (torch.nn.Sequential(k, torch.nn.Tanh()) for k in (mixed, KAN([2, 1, 1])))
    other.load_state_dict(whole.state_dict())
    assert torch.equal(whole(x), other(x))


def test_deepcopy_and_to(mixed):
    x, _ = article(20, seed=5)
    assert np.array_equal(copy.deepcopy(mixed).to("cpu").predict(x), mixed.predict(x))


@pytest.mark.parametrize("which", ["fitted", "mixed"])
def test_save_and_load(which, request, tmp_path):
    kan = request.getfixturevalue(which)
    kan.save(tmp_path / "kan.safetensors")
    again = KAN.load(tmp_path / "kan.safetensors")
    x, y = article(50, seed=5)
    assert np.allclose(again.predict(x), kan.predict(x), rtol=1e-14)
    assert again.rows is None
    assert np.allclose(again.fit(x, y, steps=0).predict(x), again.predict(x), rtol=1e-14)
    with pytest.raises(NetworkError, match="has seen no rows"):
        again.prune()


def test_names_and_powers_are_saved(tmp_path):
    kan = KAN.from_expression("x/(1 + yy^2)^(7/3)")
    kan.save(tmp_path / "kan")
    again = KAN.load(tmp_path / "kan")
    assert again.names == ("x", "yy")
    assert again.predict([[0.4, 0.5]]) == kan.predict([[0.4, 0.5]])


def test_functions_of_the_user(tmp_path):
    library = Library.parse("x,witch=8/(4+x^2)")
    kan = KAN([1, 1]).fix((0, 0, 0), library["witch"], a=2.0)
    assert kan.predict([[1.0]]) == [1.0]
    kan.save(tmp_path / "kan")
    assert KAN.load(tmp_path / "kan", library=library).predict([[1.0]]) == [1.0]
    with pytest.raises(ResultError, match="no function 'witch'"):
        KAN.load(tmp_path / "kan")


def test_files_that_are_none(tmp_path):
    (tmp_path / "text").write_text("no network")
    with pytest.raises(ResultError, match="cut off or no safetensors file"):
        KAN.load(tmp_path / "text")
    with pytest.raises(ResultError, match="cannot be read"):
        KAN.load(tmp_path / "nothing")


@pytest.mark.parametrize(
    "notes",
    [
        *[{"x_scale": [1.0]}, {"y_scale": [float("nan")]}, {"x_scale": [10**400, 1]}, {"x_scale": "ab"}],
        *[{"names": ["a"]}, {"names": 3}, {"seed": "x"}, {"seed": -1}, {"seed": 1e999}],
    ],
    ids=str,
)
def test_notes_that_do_not_fit(fitted, notes, tmp_path):
    from symkan.kan.storage import save_kan

    save_kan(fitted.networks, tmp_path / "kan", notes=notes)
    with pytest.raises(ResultError, match=r"save it again by KAN\.save"):
        KAN.load(tmp_path / "kan")


def test_nothing_is_printed_or_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    kan = KAN([2, 1, 1]).fit(*article(60), steps=5).sparsify().prune().fix_all("sin,x")
    kan.formula(), kan.plot(), kan.symmetries()
    assert os.listdir() == []
    assert capsys.readouterr() == ("", "")


def test_second_derivatives():
    x = torch.linspace(0.2, 1.0, 9, dtype=torch.float64)[:, None].requires_grad_()
    kan = KAN([1, 1]).fix((0, 0, 0), "sin")
    (first,) = torch.autograd.grad(kan(x).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    assert torch.allclose(second, -torch.sin(x))
    assert torch.autograd.gradgradcheck(
        KAN([2, 2, 1]), (torch.rand(3, 2, dtype=torch.float64).requires_grad_(),)
    )


def test_both_ways_forward_agree(mixed):
    x = torch.rand(30, 2, dtype=torch.float64)
    assert torch.allclose(mixed(x), mixed(x.clone().requires_grad_()), rtol=1e-13)


def test_held_parameters_have_no_gradient(mixed):
    mixed(torch.rand(30, 2, dtype=torch.float64)).sum().backward()
    gradient = mixed.networks.stack[0].affine.grad[0, 0]
    assert gradient[0, 0] == 0
    assert gradient[0, 1:].all()
    assert gradient[1, 0] == 0  # a square has no a of its own
    mixed.zero_grad()
