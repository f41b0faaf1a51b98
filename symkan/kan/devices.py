"""Where networks are trained."""

from __future__ import annotations

from symkan.errors import OptionError


def check_device(name: str) -> None:
    """Raise OptionError when there is no such device here."""
    if name == "cpu":
        return
    import torch  # not before it is needed: many answers come without it

    if name != "cuda" or not torch.cuda.is_available():
        raise OptionError(f"device: no {name!r} device is found here; use cpu, or a torch build with CUDA")
