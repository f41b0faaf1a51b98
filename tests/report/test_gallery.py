"""The finished reports that the README shows."""

from pathlib import Path

import pytest

from symkan.evidence.records import Trust
from symkan.result import Discovery

GALLERY = sorted((Path(__file__).parents[2] / "reports" / "gallery").glob("*/result.json"))


@pytest.mark.parametrize("path", GALLERY, ids=lambda path: path.parent.name)
def test_a_finished_report_can_be_made_again(path):
    found = Discovery.load(path)
    assert found.evidence.verdict.trust is not Trust.NONE
    assert found.evidence.custody.ok
    assert {"report.pdf", "report.html"} <= {file.name for file in path.parent.iterdir()}


def test_there_are_six():
    assert len(GALLERY) >= 6
