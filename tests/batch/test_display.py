"""What a terminal shows while a batch runs."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from symkan.batch.child import STAGE
from symkan.batch.records import Entry, Finding, Status
from symkan.cli_batch_display import Board

FOUND = Finding(60, 2, "law", (), "c = 3*a/b**2", "", "", 7, 0.1, 0.9, "", (), (), (), (), False)


def shown(board, width=80):
    console = Console(file=io.StringIO(), width=width, color_system=None, highlight=False)
    console.print(board)
    return console.file.getvalue()


@pytest.fixture
def board(tmp_path):
    board = Board(10)
    for i in range(3):
        board.finished(Entry(f"old{i}.csv", "a", "", Status.DONE, "", 1.0, FOUND), fresh=False)
    board.finished(Entry("run_1.csv", "a", "", Status.DONE, "", 1.0, FOUND), fresh=True)
    board.finished(Entry("b\n[red].csv", "b", "", Status.TIME, "no answer " * 20, 9.0, None), fresh=True)
    folder: Path = tmp_path / "run_2" / "1234"
    folder.mkdir(parents=True)
    (folder / STAGE).write_text("training [2, 1, 1]: 2*a")
    (tmp_path / "run_3" / "5678").mkdir(parents=True)
    half = tmp_path / "run_4" / "9"
    half.mkdir(parents=True)
    (half / STAGE).write_bytes("fitting µ".encode()[:-1])
    board.tick(tmp_path)
    return board


@pytest.mark.parametrize("width", [50, 80, 200])
def test_a_board(board, width):
    text = shown(board, width)
    assert max(map(len, text.splitlines())) <= width
    assert "5 of 10 tables" in text
    assert "1 failed" in text
    assert "left" in text
    assert "run_3" in text
    assert "starting" in text
    assert "training [2, 1, 1]" in text
    assert "fitting \N{REPLACEMENT CHARACTER}" in text
    assert "run_1.csv" in text
    assert "c = 3*a/b**2" in text
    assert "b\\n[red].csv" in text
    assert "old0" not in text
