# %% [markdown]
# # The differential equation behind a time series
#
# Two animals were counted for twenty years: prey x and predators y. We look for the right-hand sides of $\dot x =
# f(x, y)$ and $\dot y = g(x, y)$. The steps: smooth each series by a spline, take the spline's slope as the
# derivative, and let symkan find how the slopes depend on the values.
#
# The counts come from Lotka and Volterra's equations, $\dot x = x - x y/2$ and $\dot y = x y/4 - 0.8 y$, with
# noise.

# %%
import matplotlib.pyplot as plt
import numpy as np
from scipy.integrate import solve_ivp
from scipy.interpolate import make_smoothing_spline

from symkan import Options, dataset_of, discover


def lotka_volterra(_time, state):
    x, y = state
    return [x - x * y / 2, x * y / 4 - 0.8 * y]


time = np.linspace(0, 20, 1000)
truth = solve_ivp(lotka_volterra, (0, 20), [3, 1], t_eval=time, rtol=1e-9, atol=1e-9).y
counts = truth + 0.01 * np.random.default_rng(4).standard_normal(truth.shape)

# %% [markdown]
# `make_smoothing_spline` finds by generalised cross-validation how much to smooth. Two things need care:
#
# - **The ends.** A spline knows least about slopes there; twenty points at each end are left out.
# - **Neighbours share their errors.** The spline's value at a point comes from some dozen points around it. A
#   thousand rows would look like a thousand independent measurements of the slope and are far fewer; symkan would
#   then find structure in the spline's errors and try to explain it. One row in ten is about independent, and
#   nothing is lost.

# %%
splines = [make_smoothing_spline(time, series) for series in counts]
rows = slice(20, -20, 10)
values = np.column_stack([spline(time)[rows] for spline in splines])
slopes = np.column_stack([spline.derivative()(time)[rows] for spline in splines])
print(f"{len(values)} rows")

# %%
laws = {}
for name, slope in zip(["dx/dt", "dy/dt"], slopes.T, strict=True):
    laws[name] = discover(dataset_of(values, slope, names=["x", "y"], target=name), Options(time_budget=15))
    print(laws[name])

# %% [markdown]
# Both right-hand sides, with constants near the truth. A differential equation is tested by solving it: start where
# the data start, and let the equations found run.

# %%
found = solve_ivp(
    lambda _time, state: [law.predict([state])[0] for law in laws.values()],
    (0, 20),
    [splines[0](0.0), splines[1](0.0)],
    t_eval=time,
    rtol=1e-8,
)
difference = np.abs(found.y - truth).max(axis=1)
print(
    f"largest difference from the truth in twenty years: {difference[0]:.2f} of x, {difference[1]:.2f} of y"
)

figure, axes = plt.subplots(figsize=(6, 3.2), layout="constrained")
for series, solution, name, colour in zip(counts, found.y, "xy", ("tab:blue", "tab:orange"), strict=True):
    axes.plot(time[::10], series[::10], ".", markersize=3, color=colour, label=f"{name}, counted")
    axes.plot(time, solution, linewidth=1, color=colour, label=f"{name}, equations found")
axes.set(xlabel="time [yr]", ylabel="animals (hundreds)")
axes.legend(ncols=2, fontsize="small", loc="upper right")
axes.set_ylim(0, 1.35 * counts.max())
plt.show()
