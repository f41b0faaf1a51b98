# %% [markdown]
# # Three columns that matter among thirty-three
#
# A logger writes down everything; the law needs three columns of it. Here it is $y = x_{12}\sqrt{x_5}/x_{21}$, with
# 1 % noise, 300 rows, and thirty columns of random numbers beside the three.

# %%
import numpy as np
from sklearn.ensemble import RandomForestRegressor

from symkan import Options, dataset_of, discover, examine

random = np.random.default_rng(3)
columns = random.uniform(0.5, 3, (300, 33))
y = columns[:, 11] * np.sqrt(columns[:, 4]) / columns[:, 20] * (1 + 0.01 * random.standard_normal(300))
table = dataset_of(columns, y)

discovery = discover(table, Options(time_budget=10))
print(discovery)
for note in discovery.data.notes:
    print(f"note: {note}")

# %% [markdown]
# Of more than ten columns, only those come into the search that show an effect on the target, alone or in a product
# with one or two others. The others are named in a note: a column never goes without a word.
#
# Was the choice luck? Shuffle the target, and no column has an effect any more.

# %%
shuffled = dataset_of(columns, random.permutation(y))
nothing = examine(discover(shuffled, Options(time_budget=6)), shuffled)
print(nothing)
print(f"verdict: {nothing.evidence.verdict.trust.value}")
for reason in nothing.evidence.verdict.reasons:
    print(f"- {reason}")

# %% [markdown]
# For a comparison, the importances of a random forest on the same rows. They rank the three columns first, too;
# they don't say where to stop, nor what the columns do.

# %%
forest = RandomForestRegressor(100, random_state=0).fit(columns, y)
for i in np.argsort(-forest.feature_importances_)[:6]:
    print(f"x{i + 1}: {forest.feature_importances_[i]:.3f}")
