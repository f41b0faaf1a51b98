"""The `torch.nn.Module` under a network by hand: forward pass, state, files."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import torch
from torch import Tensor, nn

from symkan.errors import ResultError
from symkan.kan.network import SPLINE, SYMBOLIC, Networks
from symkan.kan.storage import describe_functions, load_with_notes, place_function, save_kan
from symkan.search.records import History

if TYPE_CHECKING:
    from symkan.symbolic.library import Library
    from symkan.workbench.rows import Data

_COUNTED = ((SPLINE, SYMBOLIC), (SYMBOLIC,))
Widths = Sequence[int | tuple[int, int]]


class Core(nn.Module):
    """One network of `networks`, with the scales of columns [inputs] and of outputs [outputs]."""

    x_scale: Tensor
    y_scale: Tensor
    seed: int
    rows: Data | None
    names: tuple[str, ...] | None
    history: History

    def __init__(self, widths: Widths, *, grid: int = 5, order: int = 3, seed: int = 0) -> None:
        super().__init__()
        self.networks = Networks(widths, intervals=grid, order=order, seed=seed)
        self.seed, self.rows, self.names = seed, None, None
        self.history = History(str(self.networks.architecture), (), (), ())
        self._scaled = False
        self.register_buffer("x_scale", torch.ones(self.inputs, dtype=torch.float64))
        self.register_buffer("y_scale", torch.ones(self.outputs, dtype=torch.float64))

    @property
    def inputs(self) -> int:
        """Number of inputs."""
        return self.networks.architecture.inputs

    @property
    def outputs(self) -> int:
        """Number of outputs."""
        return self.networks.architecture.widths[-1]

    def __repr__(self) -> str:
        kinds = [layer.kind for layer in self.networks.stack]
        edges, symbolic = (sum(int((kind == k).sum()) for kind in kinds for k in ks) for ks in _COUNTED)
        grid = self.networks.stack[0].intervals
        return f"<KAN {self.networks.architecture}, grid {grid}: {edges} edges, {symbolic} of them symbolic>"

    def forward(self, x: Tensor) -> Tensor:
        """Outputs [N, outputs] at rows x [N, inputs], in their own units.

        Where derivatives by x are asked for, autograd may differentiate them again.
        """
        z = x / self.x_scale
        if x.requires_grad:
            return self.networks.trace(z)[-1].nodes[0] * self.y_scale
        outputs: Tensor = self.networks(z)[0]
        return outputs * self.y_scale

    def _with(self, networks: Networks, **changes: Any) -> Self:
        """A copy with another network inside."""
        new = copy.copy(self)
        new._modules = {"networks": networks}
        new._buffers = {name: None if b is None else b.clone() for name, b in self._buffers.items()}
        for name, value in changes.items():
            setattr(new, name, value)
        return new

    @classmethod
    def _holding(cls, networks: Networks, **changes: Any) -> Self:
        """A new one around a network."""
        shape = networks.architecture
        return cls([shape.inputs, *shape.layers])._with(networks, **changes)

    def get_extra_state(self) -> dict[str, Any]:
        """What of the state is no tensor: the functions of symbolic edges, and whether the scales are set."""
        return {"functions": describe_functions(self.networks), "scaled": self._scaled, "names": self.names}

    def set_extra_state(self, state: dict[str, Any]) -> None:
        """Take over what `get_extra_state` gave."""
        for layer in self.networks.stack:
            layer.functions.clear()
        for item in state["functions"]:
            place_function(self.networks, item, None)
        self._scaled = bool(state["scaled"])
        self.names = None if state["names"] is None else tuple(state["names"])

    def _load_from_state_dict(self, *args: Any, **kwargs: Any) -> None:
        for layer in self.networks.stack:  # copies share knots, and torch writes into them
            layer.knots = layer.knots.clone()
        super()._load_from_state_dict(*args, **kwargs)

    def save(self, path: str | Path) -> None:
        """Write the network, without its rows, to a safetensors file.

        Raises
        ------
        ResultError
            When the file cannot be written.
        """
        notes = {"x_scale": self.x_scale.tolist(), "y_scale": self.y_scale.tolist(), "seed": self.seed}
        save_kan(self.networks, path, notes={**notes, "scaled": self._scaled, "names": self.names})

    @classmethod
    def load(cls, path: str | Path, *, library: Library | None = None) -> Self:
        """Read a network that `save` wrote.

        Parameters
        ----------
        path
            The file.
        library
            With the functions of its edges; symkan's own if None.

        Raises
        ------
        ResultError
            When the file is missing, damaged or foreign, or the library lacks a function.
        """
        networks, notes = load_with_notes(path, library=library)
        try:
            return cls._holding(networks, **_noted(notes, networks))
        except (TypeError, ValueError, ArithmeticError, RuntimeError) as error:
            raise ResultError(
                f"{path} is no single network with its scales ({error}); save it again by KAN.save"
            ) from error


def _noted(notes: dict[str, Any], networks: Networks) -> dict[str, Any]:
    """What `save` noted beside a network; a ValueError or its like where that does not fit the network."""
    shape = networks.architecture
    if networks.restarts != 1:
        raise ValueError(f"{networks.restarts} networks")
    found: dict[str, Any] = {}
    for name, size in (("x_scale", shape.inputs), ("y_scale", shape.widths[-1])):
        found[name] = torch.tensor(notes.get(name, [1.0] * size), dtype=torch.float64)
        if found[name].shape != (size,) or not bool((found[name].isfinite() & (found[name] != 0)).all()):
            raise ValueError(f"{name} is not {size} numbers other than 0")
    names, seed = notes.get("names"), notes.get("seed", 0)
    if names is not None and len(names) != shape.inputs:
        raise ValueError(f"names are not {shape.inputs}")
    if not (isinstance(seed, int) and 0 <= seed < 2**63):
        raise ValueError(f"seed {seed!r}")
    return {
        **found,
        "names": None if names is None else tuple(map(str, names)),
        "seed": seed,
        "_scaled": bool(notes.get("scaled", False)),
    }
