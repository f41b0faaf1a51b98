"""Where networks are trained."""

from __future__ import annotations

from symkan.errors import OptionError


def is_found(name: str) -> bool:
    """Whether there is such a device here.

    Examples
    --------
    >>> is_found("cpu"), is_found("abacus")
    (True, False)
    """
    if name != "cuda":
        return name == "cpu"
    import torch  # not before it is needed: many answers come without it

    return torch.cuda.is_available()


def check_device(name: str) -> None:
    """Raise OptionError when there is no such device here."""
    if not is_found(name):
        raise OptionError(f"device: no {name!r} device is found here; use cpu, or a torch build with CUDA")


def model(name: str) -> str:
    """The maker's name of a GPU, "" for the CPU."""
    if name == "cpu":
        return ""
    import torch

    return torch.cuda.get_device_name(name)
