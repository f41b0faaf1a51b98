# %% [markdown]
# # A noisy enzyme table, with intervals
#
# An enzyme turns a substrate into a product. The more substrate, the faster, up to a limit: Michaelis and Menten's
# law $v = V S / (K + S)$. What an experiment is made for are the two constants and how well they are known. We
# generate a table with known constants and 3 % noise, find the law, and see whether the intervals hold the truth.
# Then comes a measured table that is too small to decide.

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from symkan import Options, dataset_of, discover, examine, read_table, refit
from symkan.evidence.bands import limits
from symkan.symbolic.parsing import parse_expression

V, K = 120.0, 15.0
random = np.random.default_rng(1)
substrate = np.geomspace(0.5, 200, 30)
rate = V * substrate / (K + substrate) * (1 + 0.03 * random.standard_normal(30))
table = dataset_of(substrate[:, None], rate, names=["S [uM]"], target="v [nM/s]")

discovery = examine(discover(table, Options(time_budget=30)), table)
print(discovery)
print(f"verdict: {discovery.evidence.verdict.trust.value}; errors are {discovery.best.errors}")
discovery

# %% [markdown]
# That is Michaelis and Menten's law in other letters: multiply out, and compare. Nobody said that the noise is in
# proportion to the rate; that was chosen because it describes the residuals in fewer bits.
#
# `evidence.intervals` holds a 95 % interval for each constant: by its standard error where that is good enough
# ("wald"), by profile likelihood where it is not ("profile").

# %%
for interval in discovery.evidence.intervals:
    print(f"{interval.symbol}: {interval.low:.4g} to {interval.high:.4g} ({interval.kind})")

# %% [markdown]
# A textbook writes the law with other constants. Write it so, put any numbers for them, and `refit` fits them
# again: each number with a decimal point is a constant to be fitted, x1 is the first column. The weights make
# errors relative.

# %%
textbook = parse_expression("100.0*x1 / (10.0 + x1)")
fit = refit(textbook, table.x, y=table.y, weights=1 / discovery.predict(table.x))
for name, truth, constant in zip("VK", (V, K), sorted(fit.parameters, key=lambda p: -p.value), strict=True):
    print(
        f"{name} = {constant.value:.2f} ± {constant.standard_error:.2f}, "
        f"95 % interval {constant.low:.2f} to {constant.high:.2f} (truth: {truth:g})"
    )

# %% [markdown]
# The band holds 95 % of new observations, if the law is right.

# %%
grid = np.geomspace(0.3, 300, 200)
low, high = limits(discovery.best, discovery.evidence.band, grid[:, None])
figure, axes = plt.subplots(figsize=(5, 3.6), layout="constrained")
axes.fill_between(
    grid, low, high, color="tab:orange", alpha=0.25, linewidth=0, label="95 % of new observations"
)
axes.plot(grid, discovery.predict(grid[:, None]), color="tab:orange", label="law found")
axes.plot(substrate, rate, "o", markersize=4, label="data")
axes.set(xscale="log", xlabel="S [µM]", ylabel="v [nM/s]")
axes.legend(loc="upper left")
plt.show()

# %% [markdown]
# ## A measured table, and the answer "tentative"
#
# The treated cells of R's `Puromycin`: twelve rows, six concentrations twice each, with much scatter. Another
# formula describes these rows in fewer bits than Michaelis and Menten's, and the verdict says what that is worth:
# the substrate has an effect, but the rows don't say which formula.

# %%
here = Path(__file__).parent if "__file__" in globals() else Path()  # a notebook has no __file__
measured = read_table(here / "../datasets/puromycin.csv", target="rate")
small = examine(discover(measured, Options(time_budget=30)), measured)
print(small)
print(f"verdict: {small.evidence.verdict.trust.value}")
for reason in small.evidence.verdict.reasons:
    print(f"- {reason}")

# %% [markdown]
# Twelve rows can't choose a law among thousands. They can still measure the constants of a law that theory gives.
# That is a fit, not a discovery, and `refit` does it. The numbers are those in the literature (212.7 and 0.0641;
# Bates and Watts 1988).

# %%
known = refit(parse_expression("100.0*x1 / (0.1 + x1)"), measured.x, y=measured.y)
for name, constant in zip("VK", sorted(known.parameters, key=lambda p: -p.value), strict=True):
    print(
        f"{name} = {constant.value:.4g} ± {constant.standard_error:.2g}, "
        f"95 % interval {constant.low:.4g} to {constant.high:.4g}"
    )
