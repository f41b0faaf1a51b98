"""A device that pretends: its tensors lie in this process's memory, and refuse to be mixed with those of the CPU.

What runs on it and gives what the CPU gives makes no tensor in the wrong place, so that it will run on a GPU, of which
the machines that run these tests have none. It stands on PyTorch's way to write a backend in Python.
"""

from __future__ import annotations

import functools

import pytest
import torch
from torch.overrides import TorchFunctionMode
from torch.utils import _pytree, backend_registration

NAME = "pretend"

aten = torch.ops.aten
INDEXING = (aten.index, aten.index_put_, aten.index_put, aten._index_put_impl_)
"""Operations whose indices may lie on the CPU."""

FACTORIES = ("arange", "arange.start", "arange.start_step", "linspace", "eye", "eye.m", "full")
"""Of what makes tensors, that which would resize an empty one."""


class Tensor(torch.Tensor):
    """A tensor on the device; `raw` holds its numbers."""

    @staticmethod
    def __new__(cls, raw: torch.Tensor) -> Tensor:
        layout = {"strides": raw.stride(), "storage_offset": raw.storage_offset()}
        return torch.Tensor._make_wrapper_subclass(
            cls, raw.shape, dtype=raw.dtype, device=f"{NAME}:0", **layout
        )

    def __init__(self, raw: torch.Tensor) -> None:
        self.raw = raw

    def __repr__(self, **_: object) -> str:
        return f"{self.raw} on {NAME}"

    def tolist(self) -> list:
        return self.detach().cpu().tolist()

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        return _run(func, args, kwargs or {})


class Making(TorchFunctionMode):
    """Python lists become tensors of the device, which its backend cannot do by itself."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        made = func in (torch.tensor, torch.as_tensor) and not isinstance(args[0], Tensor)
        if made and _is_there(kwargs.get("device")):
            return func(*args, **{**kwargs, "device": "cpu"}).to(NAME)
        if func in (torch.Tensor.__getitem__, torch.Tensor.__setitem__) and _is_there(args[0].device):
            places = args[1] if isinstance(args[1], tuple) else (args[1],)
            places = tuple(torch.tensor(p, dtype=torch.long) if isinstance(p, list) else p for p in places)
            args = (args[0], places, *args[2:])
        return func(*args, **kwargs)


def _is_there(device: object) -> bool:
    return device is not None and torch.device(device).type == NAME


def _run(func, args, kwargs):
    """An operation, on the CPU, with its result on the device on which it belongs."""
    leaves = _pytree.tree_leaves((args, kwargs))
    given = [a for a in leaves if isinstance(a, torch.Tensor)]
    there = [a for a in given if isinstance(a, Tensor)]
    packet, device = func._overloadpacket, kwargs.get("device")
    if there and any(isinstance(a, torch.Generator) for a in leaves):
        raise RuntimeError(f"{func}: a generator on cpu for {NAME}")
    if there and packet not in (aten._to_copy, aten.copy_):
        _refuse_mixed(func, args, given)
    if _is_there(device):
        kwargs = {**kwargs, "device": "cpu"}
    raw_args, raw_kwargs = _pytree.tree_map_only(Tensor, lambda a: a.raw, (args, kwargs))
    out = func(*raw_args, **raw_kwargs)
    assert all(a.shape == a.raw.shape for a in there), f"{func} changes a shape; see FACTORIES"
    if packet is aten.copy_:
        return args[0]
    if not _is_there(device) and (device is not None or not there):
        return out
    same = {id(a.raw): a for a in there}
    return _pytree.tree_map_only(torch.Tensor, lambda o: same[id(o)] if id(o) in same else Tensor(o), out)


def _refuse_mixed(func, args, given) -> None:
    """Raise RuntimeError, as CUDA does; single numbers may come from the CPU, and so may indices."""
    written = (
        func._schema.is_mutable and isinstance(args[0], torch.Tensor) and not isinstance(args[0], Tensor)
    )
    joined = func._overloadpacket in (aten.cat, aten.stack)
    if written or (joined and len(given) != sum(isinstance(a, Tensor) for a in given)):
        raise RuntimeError(f"{func}: a tensor on cpu, others on {NAME}")
    if func._overloadpacket in INDEXING and isinstance(args[0], Tensor):
        given = args[2:3]
    if strange := [a for a in given if a.ndim and not isinstance(a, Tensor)]:
        raise RuntimeError(f"{func}: {len(strange)} of its tensors on cpu, others on {NAME}")


def _register() -> tuple[torch.library.Library, torch.library.Library]:
    """Make the device known; what it stands on, which must be kept."""
    backend_registration._setup_privateuseone_for_python_backend(NAME)
    torch.get_device_module(NAME).synchronize = lambda: None
    own = torch.library.Library("aten", "IMPL")
    for name in FACTORIES:
        packet, _, overload = name.partition(".")
        factory = getattr(getattr(aten, packet), overload or "default")
        own.impl(name, functools.partial(_factory, factory), "PrivateUse1")
    rest = torch.library.Library("_", "IMPL")
    rest.fallback(_factory, "PrivateUse1")
    return own, rest


def _factory(func, *args, **kwargs):
    return _run(func, args, kwargs)


_REGISTERED = _register()  # here, since the first backward pass of a process settles which devices there are


@pytest.fixture
def there():
    """The device's name, in a test that makes tensors on it."""
    with Making():
        yield NAME
