import pickle
import subprocess
import sys

import numpy as np
import pytest

from symkan import KAN
from symkan.errors import ColumnError, NetworkError
from tests.workbench.conftest import article

KANS = ["fitted", "mixed", "products", "two"]


@pytest.fixture(scope="module")
def products():
    x = np.random.default_rng(0).uniform(0.5, 2, (100, 3))
    return KAN([3, (1, 2), 1]).fit(x, x[:, 0] * x[:, 1] + x[:, 2], steps=10).fix((1, 0, 0), "exp")


@pytest.fixture(scope="module")
def two():
    x, y = article(100)
    return KAN([2, 2, 2], grid=8, order=2).fit(1e-20 * x, np.stack([y, 1e9 * y**2], 1), steps=10)


@pytest.mark.parametrize("which", KANS)
def test_numpy_gives_the_same(which, request):
    kan = request.getfixturevalue(which)
    x = 1.5 * kan.rows.x  # beyond the grid, too
    assert np.allclose(kan.to_numpy()(x), kan.predict(x), rtol=1e-9, atol=1e-12)


def test_numpy_needs_no_torch(mixed, tmp_path):
    (tmp_path / "kan").write_bytes(pickle.dumps(mixed.to_numpy()))
    code = (
        "import pickle, sys\n"
        f"print(pickle.load(open({str(tmp_path / 'kan')!r}, 'rb'))([[0.1, 0.2]])[0], 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    value, torch_there = done.stdout.split()
    assert float(value) == pytest.approx(mixed.predict([[0.1, 0.2]])[0])
    assert torch_there == "False"


def test_numpy_refuses_other_columns(mixed):
    with pytest.raises(ColumnError, match=r"shape \(3, 5\); give \[rows, 2\]"):
        mixed.to_numpy()(np.zeros((3, 5)))


@pytest.mark.parametrize("which", KANS)
def test_onnx_gives_the_same(which, request, tmp_path):
    pytest.importorskip("onnx", reason="onnx is missing: pip install 'symkan[onnx]'")
    from onnx.reference import ReferenceEvaluator

    kan = request.getfixturevalue(which)
    x = 1.5 * kan.rows.x
    (found,) = ReferenceEvaluator(str(kan.to_onnx(tmp_path / "kan.onnx"))).run(None, {"X": x})
    assert found.shape == (len(x), kan.outputs)
    assert np.allclose(found, kan.predict(x).reshape(found.shape), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "text", ["atan(x/y) + tanh(y)^3", "log(1 + exp(x)) + sqrt(y)", "erf(x)*abs(y)*asinh(y)"]
)
def test_functions_in_onnx(text, tmp_path):
    pytest.importorskip("onnx", reason="onnx is missing: pip install 'symkan[onnx]'")
    from onnx.reference import ReferenceEvaluator

    kan = KAN.from_expression(text)
    x = np.random.default_rng(0).uniform(0.5, 2, (20, 2))
    (found,) = ReferenceEvaluator(str(kan.to_onnx(tmp_path / "kan.onnx"))).run(None, {"X": x})
    assert np.allclose(found[:, 0], kan.predict(x), rtol=1e-6)


def test_functions_that_onnx_lacks(tmp_path):
    pytest.importorskip("onnx", reason="onnx is missing: pip install 'symkan[onnx]'")
    with pytest.raises(NetworkError, match="no operator for besselj"):
        KAN.from_expression("j0(x)").to_onnx(tmp_path / "kan.onnx")


def test_onnx_missing(fitted, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(NetworkError, match=r"pip install 'symkan\[onnx\]'"):
        fitted.to_onnx(tmp_path / "kan.onnx")
