# %% [markdown]
# # A function of your own in the library
#
# A magnetic fluid is full of tiny magnets. A field $B$ turns them into line, heat turns them away, and what is left
# of their magnetisation is $M = M_s L(\beta B)$ with Langevin's function $L(u) = \coth u - 1/u$. It is not in
# symkan's library. Without it, symkan finds the formula that comes nearest.

# %%
import matplotlib.pyplot as plt
import numpy as np
import sympy

from symkan import Library, Options, dataset_of, discover
from symkan.options import SearchOptions

random = np.random.default_rng(2)
field = np.linspace(0.02, 3, 60)
magnetisation = 7 * (1 / np.tanh(2.6 * field) - 1 / (2.6 * field)) * (1 + 0.005 * random.standard_normal(60))
table = dataset_of(field[:, None], magnetisation, names=["B"], target="M")

search = SearchOptions(networks=False)  # regressions alone: a curve of one column needs no network
without = discover(table, Options(search=search))
print(without)

# %% [markdown]
# A function is added by its definition in x. `all` stands for the whole library; without it, only the functions
# named may be used. The same text works on the command line (`--library "all,langevin=1/tanh(x) - 1/x"`), in a
# `batch.toml` and in `SymbolicRegressor(library=[...])`, and it is kept in the result.

# %%
options = Options(search=search, library=("all", "langevin=1/tanh(x) - 1/x"))
discovery = discover(table, options)
print(discovery)
discovery

# %% [markdown]
# That is Langevin's function, written out. Coth and 1/B got constants of their own in the last fit, and that they
# belong together is a check that costs nothing: the factor of coth is $M_s$, and over the factor of 1/B it must
# give the $\beta$ within coth.

# %%
B, terms = sympy.Symbol("B"), sympy.expand(discovery.expression)
(tanh,) = terms.atoms(sympy.tanh)
saturation, beta, tail = float(terms.coeff(1 / tanh)), float(tanh.args[0] / B), float(terms.coeff(1 / B))
print(f"β = {beta:.4f}, and from the two other constants {-saturation / tail:.4f}; the truth is 2.6")

# %% [markdown]
# Inside the range of the data the two formulas can hardly be told apart. Further out they can: the magnetisation
# saturates at 7.

# %%
far = np.array([[3.0], [10.0], [30.0]])
print("B               ", far.ravel())
print("without langevin", without.predict(far).round(3))
print("with langevin   ", discovery.predict(far).round(3))
print("truth           ", (7 * (1 / np.tanh(2.6 * far) - 1 / (2.6 * far))).ravel().round(3))

# %%
grid = np.geomspace(0.01, 30, 300)[:, None]
figure, axes = plt.subplots(figsize=(5, 3.6), layout="constrained")
axes.plot(grid, without.predict(grid), "--", color="tab:gray", label="without langevin")
axes.plot(grid, discovery.predict(grid), color="tab:orange", label="with langevin")
axes.plot(field, magnetisation, ".", color="tab:blue", label="data")
axes.set(xscale="log", xlabel="B", ylabel="M")
axes.legend()
plt.show()

# %% [markdown]
# From the definition symkan derives what it needs to work with a function: its slope, its limit at 0 (where the
# text says $\infty - \infty$), and which of a, b, c, d in $c\,f(a x + b) + d$ are independent.

# %%
langevin = Library.of(options.library)["langevin"]
points = np.array([0.0, 0.5, 1.0, 5.0])
print("values", langevin.values(points).round(4))
print("slopes", langevin.slopes(points[1:]).round(4))
print("independent:", ", ".join(langevin.free))
