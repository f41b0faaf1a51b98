# %% [markdown]
# # A folder of tables, and the atlas of their laws
#
# Three springs were hung with masses and timed, one file for each. `symkan batch` finds the law in each file and
# compares them: which files follow laws of one form, which constants are shared, and which differ.

# %%
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

folder = Path(tempfile.mkdtemp())
random = np.random.default_rng(0)
(folder / "tables").mkdir()
mass = np.linspace(0.1, 2, 20).round(2)
for stiffness in (20, 80, 320):
    period = 2 * np.pi * np.sqrt(mass / stiffness) * (1 + 0.003 * random.standard_normal(20))
    pd.DataFrame({"mass [kg]": mass, "period [s]": period.round(5)}).to_csv(
        folder / "tables" / f"spring_k={stiffness}.csv", index=False
    )

# %% [markdown]
# A `batch.toml` says what holds for all tables: here, that the last column is the target, and that little time is
# spent.

# %%
(folder / "batch.toml").write_text(
    """
target = "last"
[options]
time_budget = 3
[options.evidence]
network_seconds = 0.2
""",
    encoding="utf-8",
)
command = ["batch", "tables", "--config", "batch.toml", "--out", "results"]
done = subprocess.run(
    [sys.executable, "-m", "symkan", *command], cwd=folder, check=False, capture_output=True
)
print(f"symkan {' '.join(command)}: exit code {done.returncode}")

# %% [markdown]
# Each table has a folder with its report, and the folder of results has a page, `index.html`, that sorts and
# filters. The same as a table for further work:

# %%
summary = pd.read_csv(folder / "results" / "summary.csv")
print(summary[["file", "verdict", "law"]].sort_values("file").to_string(index=False))
print(sorted(path.name for path in (folder / "results").glob("[!.]*") if path.is_file()))

# %% [markdown]
# The atlas puts laws of one form side by side. The number in the files' names, `k`, was read, too:

# %%
atlas = pd.read_csv(folder / "results" / "atlas" / "law1.csv").sort_values("spring_k")
print(atlas[["file", "spring_k", "c1", "c1_low", "c1_high"]].round(4).to_string(index=False))

# %% [markdown]
# The constants differ, and how is plain: $c_1 \sqrt{k}$ is the same for all, $2\pi$.

# %%
product = atlas["c1"] * np.sqrt(atlas["spring_k"])
print(f"c1·√k = {', '.join(f'{value:.3f}' for value in product)}; 2π = {2 * np.pi:.3f}")

# %% [markdown]
# From eight files on, the atlas looks for that law by itself and shows it on `atlas.html`.
