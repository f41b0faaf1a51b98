# %% [markdown]
# # In a scikit-learn pipeline
#
# `SymbolicRegressor` is a scikit-learn estimator, so it goes where others go: behind a preprocessing step, into
# cross-validation, into a grid search. The table: the power of wind turbines, which grows with $\rho v^3 r^2$, with
# missing cells and 1 % noise.

# %%
import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score, train_test_split
from sklearn.pipeline import Pipeline

from symkan import SymbolicRegressor

random = np.random.default_rng(5)
table = pd.DataFrame(
    {
        "air density": random.uniform(1.0, 1.3, 300),
        "wind speed": random.uniform(3, 12, 300),
        "rotor radius": random.uniform(10, 40, 300),
        "site": random.choice(["north", "south"], 300),
    }
)
power = (table["air density"] * table["wind speed"] ** 3 * table["rotor radius"] ** 2 / 2000).rename("power")
power *= 1 + 0.01 * random.standard_normal(300)
table.loc[random.choice(300, 12, replace=False), "air density"] = np.nan

# %% [markdown]
# The column of text is dropped, missing densities are replaced by their median. There is no scaler: symkan scales
# inside, and a formula in scaled columns would be of no use. `set_output(transform="pandas")` keeps the names of
# the columns, and the formula gets them.

# %%
numbers = ["air density", "wind speed", "rotor radius"]
prepare = make_column_transformer(
    (SimpleImputer(strategy="median"), numbers), verbose_feature_names_out=False
)
model = Pipeline([("prepare", prepare), ("law", SymbolicRegressor(time_budget=3, random_state=0))])
model.set_output(transform="pandas")

train, test, power_train, power_test = train_test_split(table, power, random_state=0)
model.fit(train, power_train)
print(model["law"].discovery_)
print(f"R² on rows held out: {model.score(test, power_test):.4f}")

# %% [markdown]
# The Pareto front: what a simpler formula costs.

# %%
print(model["law"].pareto_front_.round(4).to_string(index=False))

# %% [markdown]
# Cross-validation, beside boosted trees, which need no preparation:

# %%
folds = KFold(3, shuffle=True, random_state=0)
scores = cross_val_score(model, table, power, cv=folds)
trees = cross_val_score(HistGradientBoostingRegressor(random_state=0), table[numbers], power, cv=folds)
print("law:  ", scores.round(4))
print("trees:", trees.round(4))

# %% [markdown]
# A grid search over the functions that may be used. There is little to tune in a search that chooses by itself; the
# library is worth a thought where you know what can't be. Here both find the same law, since powers and products
# are always there.

# %%
search = GridSearchCV(model, {"law__library": [["x^2", "x^3"], ["sin", "exp"]]}, cv=folds)
search.fit(train, power_train)
for candidate, score in zip(search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True):
    print(f"{candidate['law__library']}: {score:.4f}")
print(search.best_estimator_["law"].discovery_)
