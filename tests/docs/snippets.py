"""The fenced blocks of a page, and how they are run: a page is one session in one folder."""

from __future__ import annotations

import contextlib
import doctest
import io
import re
import shlex
from dataclasses import dataclass
from itertools import pairwise

from typer.testing import CliRunner

from symkan.cli import app

SECONDS = "60"
"""Time budget of a search where a page gives none: on a loaded machine, too, what is exact is found."""

_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w+)[^\n]*\n(?P<text>.*?)^(?P=indent)```$", re.DOTALL | re.MULTILINE
)
_NOT_RUN = re.compile(r"<!-- not run: .+? -->\s*\Z", re.DOTALL)
_EXIT = re.compile(r"# exit code (\d+)")
RUN = ("python", "console", "sh")
LOOSE = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, the line it begins in, whether it is to be run."""

    language: str
    text: str
    line: int
    run: bool


def blocks(markdown: str) -> list[Block]:
    """The blocks of a page, in order; those after a comment ``<!-- not run: why -->`` are only shown."""
    found = []
    for match in _FENCE.finditer(markdown):
        before = markdown[: match.start()]
        text = re.sub(rf"^{match['indent']}", "", match["text"], flags=re.MULTILINE)
        shown = _NOT_RUN.search(before) is not None
        line = before.count("\n") + 1
        found.append(Block(match["language"], text, line, match["language"] in RUN and not shown))
    return found


def run_page(markdown: str, **given: object) -> None:
    """Run what is to be run, with some names given.

    A ``text`` block right after Python is its output, with ... for what may differ.
    """
    namespace: dict[str, object] = {"__name__": "page", **given}
    for block, after in pairwise([*blocks(markdown), None]):
        assert block is not None
        if not block.run:
            continue
        if block.language == "python":
            output = _python(block, namespace)
            if after is not None and after.language == "text":
                same(after.text, output, f"line {after.line}")
        else:
            for command, expected in commands(block.text):
                _command(command, expected)


def _python(block: Block, namespace: dict[str, object]) -> str:
    code = compile("\n" * block.line + block.text, "page", "exec")
    with contextlib.redirect_stdout(io.StringIO()) as output:
        exec(code, namespace)
    return output.getvalue()


def commands(text: str) -> list[tuple[str, str]]:
    """Command lines of a block, each with the output shown after it ("" where none is)."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        if line.startswith("$ ") or not any(line.startswith("$ ") for line in text.splitlines()):
            found.append((line.removeprefix("$ "), ""))
        else:
            found[-1] = (found[-1][0], f"{found[-1][1]}{line}\n")
    return found


def _command(line: str, expected: str) -> None:
    code = int(match[1]) if (match := _EXIT.search(line)) else 0
    program, *arguments = shlex.split(line, comments=True) or [""]
    if not program:
        return
    assert program == "symkan", f"{line}: only commands of symkan are run"
    if arguments[0] == "discover" and "--time-budget" not in arguments:
        arguments += ["--time-budget", SECONDS]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == code, f"{line}: exit code {done.exit_code}\n{done.output}\n{done.exception!r}"
    if expected:
        same(expected, done.output, line)


def same(expected: str, found: str, where: str) -> None:
    """Whether the output is the one shown, but for white space."""
    assert doctest.OutputChecker().check_output(expected, found, LOOSE), (
        f"{where}: expected\n{expected}\nbut found\n{found}"
    )
