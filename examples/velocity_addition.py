# %% [markdown]
# # Adding velocities, with a network taken apart by hand
#
# On a train that runs at u, somebody runs forward at v. Seen from the ground that is u + v, as long as nobody is
# fast. Near the speed of light it is less. `datasets/velocity_addition.csv` has 200 rows of $u/c$, $v/c$ and the
# sum $w/c$ seen from the ground. `symkan discover` would give its formula at once. Here we train a small
# Kolmogorov-Arnold network and look inside.

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import sympy

from symkan import KAN, read_table

here = Path(__file__).parent if "__file__" in globals() else Path()  # a notebook has no __file__
table = read_table(here / "../datasets/velocity_addition.csv", target="w/c")
X, w = pd.DataFrame(table.x, columns=["u", "v"]), pd.Series(table.y, name="w")
train, test = np.arange(table.rows) % 4 > 0, np.arange(table.rows) % 4 == 0

# %% [markdown]
# The network `[2, 1, 1]` is $w = \Phi(\varphi_1(u) + \varphi_2(v))$: one curve for each velocity, a sum, and a
# curve on top of it. Each call gives a new network and leaves the old one as it was.

# %%
kan = KAN([2, 1, 1], seed=0).fit(X[train], w[train], restarts=4, grids=(5, 10, 20))
error = np.sqrt(np.mean((kan.predict(X[test]) - w[test]) ** 2))
print(f"RMSE on rows held out: {error:.1e} c")

figure, axes = plt.subplots(figsize=(5, 4), layout="constrained")
kan.plot(ax=axes)
plt.show()

# %% [markdown]
# What are these curves? `suggest` ranks the functions of the library by how well they describe an edge, as $c\,f(a
# x + b) + d$; $1 - R^2$ is what a function leaves.

# %%
for layer, source, name in ((0, 0, "u"), (0, 1, "v"), (1, 0, "the sum")):
    matches = kan.suggest(layer, 0, source, top=3)
    print(f"{name}: {', '.join(f'{m.function.name} (1 - R² = {1 - m.r2:.0e})' for m in matches)}")

# %% [markdown]
# The inverse hyperbolic tangent for both velocities, the hyperbolic tangent on top: $\operatorname{artanh}(u/c)$ is
# called the rapidity, and rapidities simply add. We put these functions in the places of the splines, and train the
# constants.

# %%
fixed = kan.fix((0, 0, 0), "atanh").fix((0, 0, 1), "atanh").fix((1, 0, 0), "tanh")
fixed = fixed.fit(X[train], w[train], steps=200)
error = np.sqrt(np.mean((fixed.predict(X[test]) - w[test]) ** 2))
print(f"RMSE on rows held out: {error:.1e} c")
print(fixed.formula())

# %% [markdown]
# All constants came out as 1 and 0. The theorem for the hyperbolic tangent of a sum does the rest:

# %%
law = sympy.factor(sympy.expand_trig(fixed.formula()))
print(f"w = {law}")
law

# %% [markdown]
# Einstein's formula of 1905 for the addition of velocities.
