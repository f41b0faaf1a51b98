"""Names of columns and files that mean harm do nothing, in the files that are written and in what they run."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from symkan import cli_folders, dataset_of
from symkan.data.predictions import write_predictions
from symkan.report.languages.latex import law_latex
from symkan.report.languages.python import law_python
from symkan.result import Discovery

NAMES = [
    "__import__('os').system('touch pwned')",
    '"""\nimport os; os.system("touch pwned")\n"""',
    r"\write18{touch pwned}",
    r"\input{/etc/passwd}",
    "<img src=x onerror=alert(1)>",
    "=cmd|'/c calc'!A1",
    "{{ 7*7 }}${7*7}",
    "'; DROP TABLE laws; --",
    "\x1b[31mred\x07",
    "a\u202eb\u0000c",
    "%s%n{0}{}",
    "x" * 5000,
    "../../etc/passwd",
    "\U0001f600 重力 θ̂",
    "\ud800",
]
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "＋1", "－1", "＠x"]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_code_and_files_of_a_law_are_harmless(renamed, tmp_path, name):
    record = renamed(name, "v", target=f"{name} 2")
    record.save(tmp_path / "result.json")
    assert json.loads((tmp_path / "result.json").read_text("utf-8"))
    Discovery.load(tmp_path / "result.json")
    latex = "\n".join(line for line in law_latex(record).split("\n") if not line.startswith("%"))
    for command in (r"\write18", r"\input", r"\immediate"):
        assert command not in latex
    (tmp_path / "law.py").write_text(law_python(record), "utf-8", errors="backslashreplace")
    (tmp_path / "in.csv").write_text("a,b\n1,2\n")
    subprocess.run([sys.executable, "-c", "import law"], cwd=tmp_path, check=True, capture_output=True)
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("name", FORMULAS, ids=ascii)
def test_no_spreadsheet_computes_a_header(tmp_path, name):
    table = dataset_of(
        np.arange(20.0).reshape(10, 2), np.arange(10.0) ** 2, names=[name, "b"], target=f"{name}y"
    )
    write_predictions(
        tmp_path / "p.csv", table.features, x=table.x, target=table.target,
        predictions={"predicted": -table.y}, inside=np.ones(10, dtype=bool),
    )  # fmt: skip
    header, *rows = csv.reader((tmp_path / "p.csv").read_text("utf-8").splitlines())
    assert all(cell.startswith("'") for cell in (header[0], header[-2]))
    assert all(cell in ("", "true", "false") or np.isfinite(float(cell)) for row in rows for cell in row)


@pytest.mark.parametrize(
    "name", ["../../x.csv", "..", "/etc/passwd", "a\0b.csv", "$(touch pwned).csv", "CON.csv", "\n"]
)
def test_results_stay_in_their_folder(name):
    folder = cli_folders.default_folder(Path(name))
    assert folder.parent == Path("reports")
    assert folder.name not in ("", ".", "..")
    assert folder.name.isprintable()
