"""`symkan bench threads`: answers with one thread and with more."""

import io
import os
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from symkan import cli
from symkan.batch.process import Process
from symkan.bench import threads
from symkan.bench.catalogue import Catalogue
from symkan.bench.recovery import Row, Settings
from symkan.bench.threads import Attempt, compare, page, totals

LAWS = Catalogue.load("feynman").laws[:3]
SETTINGS = Settings("feynman")


def row(law, answer="x", stopped="finished"):
    failed = Row.failed(law, SETTINGS, seconds=1.0, outcome="fitted", reason=stopped)
    return replace(failed, answer=answer)


@pytest.fixture
def comparisons():
    one = [Attempt(1, row(law)) for law in LAWS]
    texts = (("x", "finished"), ("2*x", "time budget"), ("3*x", "finished"))
    more = [Attempt(2, row(law, *text)) for law, text in zip(LAWS, texts, strict=True)]
    return compare([*more, *one, Attempt(4, row(LAWS[0], "4*x"))], LAWS, threads=2)


def test_answers_are_compared_as_text(comparisons):
    assert [c.verdict for c in comparisons] == ["the same", "cut off", "other"]
    assert totals(comparisons, threads=2) == (
        "1 of 3 answers are the same text with 1 and 2 threads; 1 differ where time ended a search, 1 elsewhere"
    )
    text = page(comparisons, SETTINGS, threads=2, command="symkan bench threads")
    assert f"| {LAWS[1].name} | `x` | `2*x` | finished, time budget |" in text
    assert f"| {LAWS[0].name} |" not in text


def test_two_failures_are_not_the_same():
    failed = [Attempt(count, row(LAWS[0], "", "no answer after 9 s")) for count in (1, 2)]
    assert [c.verdict for c in compare(failed, LAWS, threads=2)] == ["cut off"]


def test_command_is_resumed_and_fails_where_an_answer_is_another(tmp_path, monkeypatch):
    asked = []

    def run(laws, settings, *, workers, threads):
        asked.append((threads, [law.name for law in laws]))
        return [row(law, "x" if law is laws[0] else f"{threads}*x") for law in laws]

    monkeypatch.setattr(threads, "run", run)
    names = [law.name for law in LAWS[:2]]

    def command(*only):
        given = ["bench", "threads", "--only", ",".join(only), "--out", str(tmp_path)]
        return CliRunner().invoke(cli.app, given)

    first = command(names[0])
    assert (first.exit_code, asked) == (0, [(1, names[:1]), (2, names[:1])])
    assert "1 of 1 answers are the same text" in first.stdout
    monkeypatch.setattr(
        threads, "run", lambda laws, *_, threads, **__: [row(x, f"{threads}*x") for x in laws]
    )
    second = command(*names)
    assert second.exit_code == 1
    assert "2 of 4 searches are in" in second.stderr
    assert "1 of 2 answers are the same text" in second.stdout
    assert (tmp_path / "feynman-threads.md").read_text().count(f"| {names[1]} |") == 1


def test_no_such_set(tmp_path):
    done = CliRunner().invoke(cli.app, ["bench", "threads", "--laws", "magic", "--out", str(tmp_path)])
    assert done.exit_code == 2
    assert "--laws: no set 'magic'; there are feynman," in done.stderr


def test_a_process_gets_its_threads(monkeypatch):
    given = {}
    monkeypatch.setattr("subprocess.Popen", lambda *_, env, **__: given.update(env))
    Process.start("json.tool", output=io.BytesIO(), errors=io.BytesIO(), threads=3)
    assert {given["OMP_NUM_THREADS"], given["OPENBLAS_NUM_THREADS"]} == {"3"}
    assert given["PATH"] == os.environ["PATH"]
