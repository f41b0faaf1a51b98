"""How a KAN and an MLP are compared: every option with its default."""

from __future__ import annotations

from dataclasses import dataclass, field

from symkan.options import SplitOptions, TrainOptions


@dataclass(frozen=True)
class CompareOptions:
    """How a KAN and an MLP are compared.

    Attributes
    ----------
    kan
        Nodes of the KAN, inputs and output included; empty for the best of [n, 1], [n, 1, 1] and, as in
        Kolmogorov's theorem, [n, 2n + 1, 1] with the first seed.
    grids
        Grid intervals of its stages; the next one is not tried when validation rows object to the last.
    restarts
        Starts of each KAN, of which the one with the lowest validation error after ten steps goes on.
    method
        How it is trained: "lm" or "lbfgs".
    train
        Of each stage.
    mlp
        Widths of the hidden layers of the MLP.
    activation
        Its activation function: "relu", "silu" or "tanh".
    rates
        Learning rates of Adam; the best with the first seed is taken for all.
    epochs, batch
        Passes over the rows, and rows of a minibatch (0: all).
    decay
        Whether the rate falls to 0 over the epochs, as a cosine.
    seeds, seed
        How many starts each of both gets, and the first of their seeds.
    standardise
        Whether columns and target get mean 0 and standard deviation 1, for both.
    rows
        Most rows to train on, and most to validate and to test on.
    split
        How rows are shared out. Without validation rows training rows choose.
    widths
        Of all hidden layers, in the scaling experiment.
    """

    kan: tuple[int, ...] = ()
    grids: tuple[int, ...] = (5, 10, 20, 50, 100)
    restarts: int = 8
    method: str = "lm"
    train: TrainOptions = field(default_factory=lambda: TrainOptions(steps=50))
    mlp: tuple[int, ...] = (64, 64)
    activation: str = "relu"
    rates: tuple[float, ...] = (1e-3, 3e-3, 1e-2)
    epochs: int = 250
    batch: int = 64
    decay: bool = True
    seeds: int = 3
    seed: int = 0
    standardise: bool = True
    rows: int = 2000
    split: SplitOptions = field(
        default_factory=lambda: SplitOptions(validation=0.2, test=0.2, small=0, test_from=0)
    )
    widths: tuple[int, ...] = (4, 8, 16, 32, 64)


ARTICLE = CompareOptions(
    restarts=1,
    train=TrainOptions(steps=50, patience=50, stall=50),
    rates=(1e-2,),
    batch=0,
    decay=False,
    standardise=False,
    split=SplitOptions(validation=0.0, test=0.5, small=0, test_from=0),
)
"""The protocol of Liu et al. 2024 (arXiv 2404.19756), section 2.4: half of the rows train, half test, none validate;
one start and 50 steps on each grid against 250 full passes of Adam at a rate of 0.01; columns as they are."""
