"""Networks in safetensors files: tensors, and the rest as JSON in the file's own header; no pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor, nn

from symkan.errors import ResultError, SymkanError
from symkan.kan.layer import SYMBOLIC, KANLayer
from symkan.kan.network import Architecture, Networks

if TYPE_CHECKING:
    from symkan.symbolic.library import Function

LAYOUT = 1
"""Version of the layout of files; raised whenever it changes."""


class Lookup(Protocol):
    """Functions by name: a `Library` or a mapping."""

    def __getitem__(self, name: str, /) -> Function:
        """The function of that name."""


_KEY = "symkan"
_TENSORS = ("coefficients", "affine", "knots", "kind")


def save_kan(kan: Networks, path: str | Path, *, notes: Mapping[str, Any] | None = None) -> None:
    """Write a network to a safetensors file, and what else there is to note as JSON values.

    Raises
    ------
    ResultError
        When the file cannot be written.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    tensors = {
        f"{depth}.{name}": getattr(layer, name).detach().cpu().contiguous()
        for depth, layer in enumerate(kan.stack)
        for name in _TENSORS
    }
    header = json.dumps({"layout": LAYOUT, **_describe(kan), "notes": dict(notes or {})}, ensure_ascii=False)
    try:
        save_file(tensors, path, metadata={_KEY: header})
    except (OSError, SafetensorError) as error:
        raise ResultError(f"{path} cannot be written: {error}; choose another folder") from error


def _describe(kan: Networks) -> dict[str, Any]:
    """All that is no tensor, as JSON values."""
    shape = kan.architecture
    return {
        "inputs": shape.inputs,
        "layers": [list(nodes) for nodes in shape.layers],
        "order": kan.stack[0].order,
        "base": kan.stack[0].base,
        "functions": describe_functions(kan),
    }


def describe_functions(kan: Networks) -> list[dict[str, Any]]:
    """The functions of symbolic edges, as JSON values."""
    return [
        {
            "edge": [depth, j, i],
            "name": function.name,
            "expression": str(function.expression),
            "free": function.free,
            "logarithmic": function.logarithmic,
        }
        for depth, layer in enumerate(kan.stack)
        for (j, i), function in sorted(layer.functions.items(), key=lambda item: item[0])
    ]


def load_kan(path: str | Path, *, library: Lookup | None = None) -> Networks:
    """Read a network written by `save_kan`.

    Parameters
    ----------
    path
        The file.
    library
        Where the functions of symbolic edges are looked up by name; symkan's own by default.

    Raises
    ------
    ResultError
        When the file is missing, damaged, foreign, of another layout, or names a function that the library
        lacks.
    """
    return load_with_notes(path, library=library)[0]


def load_with_notes(path: str | Path, *, library: Lookup | None = None) -> tuple[Networks, dict[str, Any]]:
    """Read a network written by `save_kan`, and what was noted beside it; errors as `load_kan`."""
    header, tensors = _read(Path(path))
    try:
        kan = _build(header, tensors)
        for item in header["functions"]:
            depth, j, i = item["edge"]
            if int(kan.stack[depth].kind[j, i]) != SYMBOLIC:
                raise ResultError(f"edge {item['edge']} has a function but is not symbolic")
            place_function(kan, item, library)
        if missing := [
            (depth, *place)
            for depth, layer in enumerate(kan.stack)
            for place in torch.nonzero(layer.kind == SYMBOLIC).tolist()
            if tuple(place) not in layer.functions
        ]:
            raise ResultError(f"symbolic edge {missing[0]} has no function")
        return kan, dict(header.get("notes") or {})
    except (
        LookupError,
        TypeError,
        ValueError,
        ArithmeticError,
        RuntimeError,
        AttributeError,
        SymkanError,
    ) as error:
        raise ResultError(f"{path} is damaged ({error}); train the network again") from error


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The header and the tensors of a file."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get(_KEY)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
        header = json.loads(text) if text is not None else None
    except OSError as error:
        raise ResultError(f"{path} cannot be read: {error}; check the path") from error
    except (SafetensorError, ValueError, RecursionError) as error:
        raise ResultError(
            f"{path} is cut off or no safetensors file ({error}); save the network again"
        ) from error
    if not isinstance(header, dict):
        raise ResultError(f"{path} is no network of symkan; give a file written by save_kan")
    if header.get("layout") != LAYOUT:
        raise ResultError(
            f"{path} has layout {header.get('layout')!r}, this symkan reads {LAYOUT}; "
            "use the symkan that wrote it"
        )
    return header, tensors


def _build(header: dict[str, Any], tensors: dict[str, Tensor]) -> Networks:
    """The network with all its tensors checked; it takes no more memory than they do."""
    order, base = int(header["order"]), bool(header["base"])
    restarts, intervals = _sizes(order, tensors)
    widths = [header["inputs"], *((int(s), int(p)) for s, p in header["layers"])]
    shape = Architecture.of(widths)
    for depth, (sources, targets) in enumerate(pairwise(shape.widths)):
        size = restarts, targets, sources, intervals + order + base
        if (found := tuple(tensors[f"{depth}.coefficients"].shape)) != size:
            raise ResultError(f"coefficients of layer {depth} have shape {found}, not {size}")
    kan = Networks(widths, intervals=intervals, order=order, restarts=restarts, base=base)
    expected = {f"{depth}.{name}" for depth in range(len(kan.stack)) for name in _TENSORS}
    if expected != tensors.keys():
        raise ResultError(f"tensors {sorted(expected ^ tensors.keys())[:3]} are missing or unknown")
    for depth, layer in enumerate(kan.stack):
        for name in _TENSORS:
            _fill(layer, name, tensors[f"{depth}.{name}"])
    return kan


def _sizes(order: int, tensors: dict[str, Tensor]) -> tuple[int, int]:
    """Restarts and grid intervals as the tensors have them."""
    restarts, intervals = tensors["0.coefficients"].shape[0], tensors["0.knots"].shape[-1] - 2 * order - 1
    if min(restarts, intervals, order) < 1:
        raise ResultError("there is no network in it, or its grid has no interval")
    return restarts, intervals


def _fill(layer: KANLayer, name: str, value: Tensor) -> None:
    present: Tensor = getattr(layer, name)
    if present.shape != value.shape or present.dtype != value.dtype:
        raise ResultError(f"{name}: shape {tuple(value.shape)} does not fit {tuple(present.shape)}")
    if not bool(torch.isfinite(value).all()):
        raise ResultError(f"{name}: a value is not finite")
    if name == "knots" and bool((value.diff(dim=-1) < 0).any()):
        raise ResultError("knots: they do not rise")
    if name == "kind" and bool(((value < 0) | (value > SYMBOLIC)).any()):
        raise ResultError("kind: an edge is of no known kind")
    setattr(layer, name, nn.Parameter(value) if isinstance(present, nn.Parameter) else value)


def place_function(kan: Networks, item: dict[str, Any], library: Lookup | None) -> None:
    """Put a function, as `describe_functions` has it, on its edge.

    The library has its only definition, which must agree; a function of symkan's own that is named by its definition,
    such as x^(7/3), needs no entry there.
    """
    depth, j, i = item["edge"]
    layer = kan.stack[depth]
    name = item["name"]
    try:
        function = (library if library is not None else _library())[name]
    except (KeyError, SymkanError):
        function = _by_definition(name)
    if str(function.expression) != item["expression"]:
        raise ResultError(f"function {name!r} is {item['expression']} there and {function.expression} here")
    free, logarithmic = item["free"], item["logarithmic"]
    if not (isinstance(free, str) and set(free) <= set("abcd") and isinstance(logarithmic, bool)):
        raise ResultError(f"function {name!r}: free parameters {free!r} are no part of abcd")
    layer.functions[j, i] = replace(function, free=free, logarithmic=logarithmic)


def _by_definition(name: str) -> Function:
    """A function that is called what it is."""
    from symkan.symbolic.library import Library

    try:
        return Library(()).add(name, name)[name]
    except SymkanError:
        raise ResultError(f"the library has no function {name!r}") from None


def _library() -> Lookup:
    from symkan.symbolic.library import Library

    return Library.default()
