# %% [markdown]
# # Units: what dimensional consistency buys
#
# A law of nature doesn't add metres to seconds. If symkan knows the units of the columns, formulas that do are put
# last. With many rows this changes little: of the hundred Feynman laws, symkan finds one more with units, or none.
# With few and noisy rows, where many formulas fit alike, it decides. Here are 25 measurements of the energy of a
# falling ball, with 10 % noise. The truth is $E = m v^2/2 + m g h$, and g differs because the ball falls on
# different planets. The table was picked to show a case where units matter.

# %%
import numpy as np

from symkan import Options, dataset_of, discover
from symkan.options import SearchOptions
from symkan.report.constant_units import constant_units

random = np.random.default_rng(7)
mass, speed, height, gravity = (
    random.uniform(low, high, 25) for low, high in ((1, 3), (1, 6), (0.2, 2), (1.6, 25))
)
energy = (mass * speed**2 / 2 + mass * gravity * height) * (1 + 0.1 * random.standard_normal(25))
columns = np.column_stack([mass, speed, height, gravity])
options = Options(library=("x", "x^2", "sqrt"), search=SearchOptions(networks=False, transforms=False))

# %% [markdown]
# The options keep the example short: a few functions, and regressions alone. First without units:

# %%
names = ["m", "v", "h", "g"]
without = discover(dataset_of(columns, energy, names=names, target="E"), options)
print(without)

# %% [markdown]
# It fits, and it can't be a law: m/s are added to m²/s². Now the same numbers with units in the headers, as they
# would stand in the first line of a CSV:

# %%
headers = ["m [kg]", "v [m/s]", "h [m]", "g [m/s^2]"]
with_units = discover(dataset_of(columns, energy, names=headers, target="E [J]"), options)
print(with_units)
with_units

# %% [markdown]
# Kinetic and potential energy. The 1/2 comes out as a number with an error, as it should from noisy rows.
#
# How much worse would each be on new rows? We take a thousand from the truth, without noise.

# %%
new = np.column_stack(
    [random.uniform(low, high, 1000) for low, high in ((1, 3), (1, 6), (0.2, 2), (1.6, 25))]
)
truth = new[:, 0] * (new[:, 1] ** 2 / 2 + new[:, 3] * new[:, 2])
for label, found in (("without units", without), ("with units", with_units)):
    error = np.sqrt(np.mean((found.predict(new) / truth - 1) ** 2))
    print(f"{label}: {100 * error:.1f} % off, root mean square")

# %% [markdown]
# ## Constants with units
#
# Where a constant must carry a unit, it gets one. A stone falls: thirty times and distances.

# %%
time = np.linspace(0.2, 2.0, 30)
distance = 9.81 / 2 * time**2 * (1 + 0.005 * random.standard_normal(30))
fall = discover(dataset_of(time[:, None], distance, names=["t [s]"], target="s [m]"), options)
print(fall)
for constant in fall.best.parameters:
    unit = constant_units(fall.best, fall.data).get(constant.symbol, "")
    print(f"{constant.symbol} = {constant.value:.4g} ± {constant.standard_error:.1g} {unit}")
