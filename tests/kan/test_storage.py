"""Networks survive a file; other files are refused with a word on what to do."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from symkan.errors import ResultError
from symkan.kan.network import Networks
from symkan.kan.storage import load_kan, save_kan


def test_round_trip(mixed, positive, functions, tmp_path):
    path = tmp_path / "kan.safetensors"
    save_kan(mixed, path)
    again = load_kan(path, library=functions)
    assert torch.equal(again(positive), mixed(positive))
    assert again.architecture == mixed.architecture
    assert [layer.functions for layer in again.stack] == [layer.functions for layer in mixed.stack]


def test_the_library_must_have_the_functions(mixed, functions, tmp_path):
    path = tmp_path / "kan.safetensors"
    save_kan(mixed, path)
    with pytest.raises(ResultError, match="has no function 'sin'"):
        load_kan(path, library={k: v for k, v in functions.items() if k != "sin"})
    with pytest.raises(ResultError, match="function 'sin' is sin"):
        load_kan(path, library=functions | {"sin": functions["x"]})


def test_files_that_are_no_networks(tmp_path):
    path = tmp_path / "kan.safetensors"
    with pytest.raises(ResultError, match="cannot be read"):
        load_kan(path)
    path.write_bytes(b"hello, this is no such file")
    with pytest.raises(ResultError, match="cut off or no safetensors file"):
        load_kan(path)
    save_file({"a": torch.zeros(3)}, path)
    with pytest.raises(ResultError, match="no network of symkan; give a file written by save_kan"):
        load_kan(path)
    with pytest.raises(ResultError, match="cannot be written"):
        save_kan(Networks([1, 1]), tmp_path / "missing" / "kan.safetensors")


def test_every_cut_off_file_is_refused(tmp_path):
    path = tmp_path / "kan.safetensors"
    save_kan(Networks([2, 1]), path)
    content = path.read_bytes()
    for size in range(0, len(content), 97):
        path.write_bytes(content[:size])
        with pytest.raises(ResultError):
            load_kan(path)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *[
            ("layout", 99),
            ("inputs", 3),
            ("inputs", 10**12),
            ("order", 0),
            ("order", 10**30),
            ("functions", [{}]),
        ],
        *[
            ("layers", [[1, 1]]),
            ("layers", "x"),
            ("layers", [[10**9, 0]]),
            ("layers", [[2, -1]]),
            ("layers", []),
        ],
        ("notes", [1]),
    ],
)
def test_damaged_headers_are_refused(tmp_path, key, value):
    path = tmp_path / "kan.safetensors"
    save_kan(Networks([2, 1]), path)
    header = {"layout": 1, "inputs": 2, "layers": [[1, 0]], "order": 3, "base": False, "functions": []}
    save_file(load_file(path), path, metadata={"symkan": json.dumps(header | {key: value})})
    with pytest.raises(ResultError, match=str(path)):
        load_kan(path)


def test_a_file_that_holds_nothing_makes_no_network(tmp_path):
    path = tmp_path / "kan.safetensors"
    save_kan(Networks([2, 1]), path)
    tensors = load_file(path)
    tensors |= {"0.coefficients": torch.zeros(10**9, 1, 0, 8, dtype=torch.float64)}  # no bytes, many networks
    header = {"layout": 1, "inputs": 2, "layers": [[1, 0]], "order": 3, "base": False, "functions": []}
    save_file(tensors, path, metadata={"symkan": json.dumps(header)})
    with pytest.raises(ResultError, match="coefficients of layer 0 have shape"):
        load_kan(path)


@pytest.mark.parametrize(
    ("name", "value"), [("kind", 7), ("kind", 2), ("knots", 0.0), ("coefficients", float("nan"))]
)
def test_damaged_tensors_are_refused(tmp_path, name, value):
    path = tmp_path / "kan.safetensors"
    save_kan(Networks([2, 1]), path)
    tensors = load_file(path)
    tensors[f"0.{name}"][..., -1] = value
    header = {"layout": 1, "inputs": 2, "layers": [[1, 0]], "order": 3, "base": False, "functions": []}
    save_file(tensors, path, metadata={"symkan": json.dumps(header)})
    with pytest.raises(ResultError, match="is damaged"):
        load_kan(path)
