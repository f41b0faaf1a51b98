# %% [markdown]
# # A function of your own in the library
#
# Magnets in a warm gas: a field $B$ turns them into line, heat turns them away, and what is left of their magnetisation
# is Langevin's function $L(u) = \coth u - 1/u$ of $u = \mu B / k T$. This function is not in symkan's library. Without it,
# symkan finds something that fits, as good as it can.

# %%
import matplotlib.pyplot as plt
import numpy as np

from symkan import Library, Options, dataset_of, discover

random = np.random.default_rng(2)
field, temperature = random.uniform(0.05, 6, 300), random.uniform(1.5, 10, 300)
u = 4.7 * field / temperature
magnetisation = 7 * (1 / np.tanh(u) - 1 / u) * (1 + 0.002 * random.standard_normal(300))
table = dataset_of(np.column_stack([field, temperature]), magnetisation, names=["B", "T"], target="M")

without = discover(table, Options(time_budget=6))
print(without)
print(f"complexity {without.best.complexity}, validation RMSE {without.best.validation_rmse:.4f}")

# %% [markdown]
# A function is added by its definition in x. `all` stands for the whole library; without it, only the functions named may
# be used. The same text works on the command line (`--library "all,langevin=1/tanh(x) - 1/x"`), in a `batch.toml` and in
# `SymbolicRegressor(library=[...])`, and it is kept in the result.

# %%
options = Options(time_budget=20, library=("all", "langevin=1/tanh(x) - 1/x"))
discovery = discover(table, options)
print(discovery)
print(f"complexity {discovery.best.complexity}, validation RMSE {discovery.best.validation_rmse:.4f}")
discovery

# %% [markdown]
# Written out, $7 \coth(4.7\,B/T) - 7/4.7 \cdot T/B$. The two constants were fitted independently; that they belong together
# is a check that costs nothing:

# %%
expression = discovery.best.expression
inner, outer = sorted(abs(p.value) for p in discovery.best.parameters)[-1], None
print(f"constants: {', '.join(f'{p.value:.5g} ± {p.standard_error:.1g}' for p in discovery.best.parameters)}")

# %% [markdown]
# What symkan derived from the definition: the slope, the limit at 0 (where the text is $\infty - \infty$), and which of a, b,
# c, d in $c\,f(a x + b) + d$ are independent.

# %%
langevin = Library.of(options.library)["langevin"]
points = np.array([0.0, 0.5, 1.0, 5.0])
print("values", langevin.values(points).round(4))
print("slopes", langevin.slopes(points[1:]).round(4))
print("independent:", ", ".join(langevin.free), "; complexity:", langevin.complexity)

# %%
figure, axes = plt.subplots(figsize=(5, 3.6), layout="constrained")
axes.plot(field / temperature, magnetisation, ".", markersize=3, label="data")
ratio = np.linspace(0.01, 4, 200)
axes.plot(ratio, discovery.predict(np.column_stack([ratio, np.ones(200)])), label="law found")
axes.set(xlabel="B / T", ylabel="M")
axes.legend()
plt.show()
