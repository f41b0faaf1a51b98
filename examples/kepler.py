# %% [markdown]
# # Kepler's third law
#
# Ten bodies of the solar system, how far from the Sun they are and how long they take to go round it: three digits
# each. It took Kepler seventeen years to see what rule the two columns follow. We read the table, ask for the law
# that gives the last column, and look at how far the answer can be trusted.

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from symkan import discover, examine, read_table

here = Path(__file__).parent if "__file__" in globals() else Path()  # a notebook has no __file__
table = read_table(here / "../datasets/planets.csv", target="period [yr]")

print(f"{table.rows} rows; {table.target.name} in {table.target.unit}, from:")
for column in table.features:
    print(f"- {column.name} in {column.unit}")
for note in table.notes:
    print(f"note: {note}")

# %% [markdown]
# The column `planet` is text. It was left out, and the notes say so: nothing is done to a table without a word.
# They also say that AU can mean three things, so that dimensions are not checked; `au` would have been clear.
#
# `discover` needs nothing but the table. `examine` then asks what else could have given the same numbers.

# %%
discovery = examine(discover(table), table)
print(discovery)
discovery

# %% [markdown]
# The period grows with the power 3/2 of the distance: $P^2 = a^3$, with a factor of 1 because years and
# astronomical units are the Earth's own. The 3/2 was not put in. It was fitted as a number, with a standard error,
# and replaced by the closed form only because the data allow it:

# %%
for snap in discovery.best.snaps:
    decision = "accepted" if snap.accepted else "refused"
    print(
        f"{snap.value:.5f} in [{snap.low:.5f}, {snap.high:.5f}] as {snap.proposed}: {decision}, {snap.reason}"
    )

# %% [markdown]
# What speaks for it, in words:

# %%
verdict = discovery.evidence.verdict
print(verdict.trust.value)
for reason in verdict.reasons:
    print(f"- {reason}")

# %% [markdown]
# On logarithmic axes a power law is a straight line, and its slope is the power.

# %%
distance, period = table.x[:, 0], table.y
grid = np.geomspace(distance.min(), distance.max(), 50)
figure, axes = plt.subplots(figsize=(5, 3.6), layout="constrained")
axes.loglog(grid, discovery.predict(grid[:, None]), color="tab:orange", label="$P = a^{3/2}$")
axes.loglog(distance, period, "o", markersize=4, label="ten bodies")
axes.set(xlabel="semi-major axis [AU]", ylabel="period [yr]")
axes.legend()
plt.show()

# %% [markdown]
# The same from a terminal, with a report in PDF and HTML: `symkan discover datasets/planets.csv --target "period
# [yr]"`.
