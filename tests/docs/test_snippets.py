"""Each snippet of the README and of docs/ runs, and gives what it is said to give."""

import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from symkan.batch import runner
from tests.docs.snippets import blocks, run_page, same

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
PAGES = [
    page
    for page in sorted((ROOT / "docs").rglob("*.md"))
    if any(block.run for block in blocks(page.read_text("utf-8")))
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder like the root of the repository; tables of a batch are not searched (tests/batch does that)."""
    shutil.copytree(ROOT / "datasets", tmp_path / "datasets")
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/gallery").symlink_to(ROOT / "reports/gallery")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(HERE), str(HERE.parent / "batch")]))
    monkeypatch.setattr(runner, "CHILD", "no_search_child")
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_page(page, folder):
    run_page(page.read_text("utf-8"))


def test_readme(folder, monkeypatch):
    """Its examples name tables that a reader may have; examinations and reports are those of docs/."""
    monkeypatch.setattr("symkan.examination.examine", lambda found, dataset: found)
    monkeypatch.setattr("symkan.report.document.write_report", lambda found, folder, **_: ())
    readme = (ROOT / "README.md").read_text("utf-8")
    settings = next(block.text for block in blocks(readme) if block.language == "toml")
    (folder / "batch.toml").write_text(settings, "utf-8")
    table = make_tables(folder)
    run_page(readme, df=table[["a", "b"]], y=table["y"])


def make_tables(folder):
    """Tables with the names that the README takes as examples; data.csv."""
    a, b = np.meshgrid(np.linspace(1, 2, 5), np.linspace(0.5, 3, 6))
    table = pd.DataFrame({"a": a.ravel(), "b": b.ravel()})
    table["m"], table["E"], table["F"], table["y"] = (
        table.a + 1,
        table.b**2,
        2 * table.a * table.b,
        table.a * table.b,
    )
    table.to_csv(folder / "data.csv", index=False)
    table.to_csv(folder / "new.csv", index=False)
    (folder / "runs/inner").mkdir(parents=True)
    (folder / "runs/1.csv").write_text("l,m,T\n1,2,3\n", "utf-8")
    (folder / "runs/inner/2.tsv").write_text("l\tm\tT\n1\t2\t3\n", "utf-8")
    table.assign(run=np.arange(30) % 2).to_csv(folder / "all_runs.csv", index=False)
    return table


def test_blocks():
    page = (
        "```python\na\n```\n<!-- not run: why -->\n```sh\nb\n```\n\n```text\nc\n```\n\n"
        "    ```python\n    d\n    ```\n"
    )
    found = [(block.language, block.text, block.line, block.run) for block in blocks(page)]
    assert found == [
        ("python", "a\n", 1, True),
        ("sh", "b\n", 5, False),
        ("text", "c\n", 9, False),
        ("python", "d\n", 13, True),
    ]


def test_output_that_differs():
    with pytest.raises(AssertionError, match="expected"):
        same("1", "2", "here")
