# %% [markdown]
# # The article, step by step
#
# Liu et al. 2024, *KAN: Kolmogorov-Arnold Networks* (arXiv 2404.19756), section 2.4, train a network [2, 1, 1] on
# exp(sin(πx₁) + x₂²) with finer and finer grids, and read the formula from it. Here is the same with symkan, beside
# a multilayer perceptron on the same rows.

# %%
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np

import symkan
from symkan.workbench.compare_options import ARTICLE


def function(x):
    return np.exp(np.sin(np.pi * x[:, 0]) + x[:, 1] ** 2)


x = np.random.default_rng(0).uniform(-1, 1, (2000, 2))
y = function(x)

# %% [markdown]
# ## Training and test loss
#
# The protocol of the article: half of the rows train, half test. The KAN makes 50 steps on each of the grids 5, 10,
# 20, 50 and 100. The MLP has two hidden layers of 64 ReLU and is trained by Adam, 250 epochs at a learning rate of
# 0.01. Each has three starts, of which the one with the lowest training error is kept.

# %%
table = symkan.dataset_of(x, y, target="f")
found = symkan.compare(table, options=replace(ARTICLE, kan=(2, 1, 1), mlp=(64, 64)))

for name, best in ("KAN", found.best_kan), ("MLP", found.best_mlp):
    errors = best.errors
    print(f"{name} {list(best.nodes)}: {best.parameters} parameters,", end=" ")
    print(f"RMSE {errors.train:.1e} in training, {errors.test:.1e} in the test")
print(f"the KAN's test RMSE is lower by {found.decades:.1f} decades")
assert found.decades > 2

# %%
figure, ax = plt.subplots(figsize=(5, 3.6), layout="constrained")
found.plot(ax=ax)
plt.show()

# %% [markdown]
# The KAN settles within a few steps after each extension of the grid, and its error falls as the grid becomes finer.
# Where training and test part, a grid has become too fine for the rows.

# %%
best = found.best_kan
for grid in sorted(set(best.grid)):
    last = max(i for i, g in enumerate(best.grid) if g == grid)
    print(f"grid {grid:3}: RMSE {best.train[last]:.1e} in training, {best.test[last]:.1e} in the test")

# %% [markdown]
# ## The surface
#
# The same network by hand: `fit` gives a new network, which predicts as any regressor does.

# %%
train, test = slice(None, 1000), slice(1000, None)
kan = symkan.KAN([2, 1, 1]).fit(x[train], y[train], grids=(5, 10, 20), steps=50)
print(f"test RMSE on grid 20: {np.sqrt(np.mean((kan.predict(x[test]) - y[test]) ** 2)):.1e}")

# %%
side = np.linspace(-0.98, 0.98, 120)
points = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
truth, values = (f(points).reshape(120, 120) for f in (function, kan.predict))
panels = ("truth", truth, "viridis"), ("KAN", values, "viridis"), ("KAN - truth", values - truth, "RdBu_r")

figure, axes = plt.subplots(1, 3, figsize=(10, 3), layout="constrained", sharey=True)
for ax, (title, z, colors) in zip(axes, panels, strict=True):
    reach = np.abs(z).max()
    low, high = (-reach, reach) if colors == "RdBu_r" else (truth.min(), truth.max())
    image = ax.pcolormesh(side, side, z, cmap=colors, vmin=low, vmax=high, rasterized=True)
    ax.set(title=title, xlabel="$x_1$", aspect="equal")
    figure.colorbar(image, ax=ax)
axes[0].set_ylabel("$x_2$")
plt.show()

# %% [markdown]
# ## The formula
#
# Each edge is compared with the functions of the library; $1 - R^2$ is what a function leaves. The best match takes
# the edge's place, and the constants are fitted to the rows.

# %%
for edge in kan.edges:
    matches = kan.suggest(*edge, top=3)
    print(edge, ", ".join(f"{match.function.name} (1 - R² = {1 - match.r2:.0e})" for match in matches))

# %%
for edge in kan.edges:
    kan = kan.fix(edge, kan.suggest(*edge)[0])
kan = kan.fit(x[train], y[train])
formula = kan.formula()
print("f =", formula)
print(f"test RMSE: {np.sqrt(np.mean((kan.predict(x[test]) - y[test]) ** 2)):.1e}")
