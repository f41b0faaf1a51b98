"""`sympy.simplify` in a process of its own, which can be killed; started ahead, for it takes a second to load sympy."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from symkan.errors import ExpressionError
from symkan.symbolic.expressions import to_text
from symkan.symbolic.parsing import parse_expression

if TYPE_CHECKING:
    import sympy


def command(module: str, *arguments: str) -> list[str]:
    """The command line that runs a module of this package."""
    return [sys.executable, "-m", module, *arguments]


def environment() -> dict[str, str]:
    """The environment in which a process finds this package, wherever it runs."""
    package = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path}


class Elsewhere:
    """A process for one formula; `close` ends it when it is not needed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start the process, if it does not wait already and the system lets it."""
        if self._process is not None:
            return
        with suppress(OSError):
            self._process = subprocess.Popen(
                command("symkan.symbolic.elsewhere"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=environment(),
            )

    def simplify(self, expression: sympy.Expr, *, seconds: float) -> sympy.Expr | None:
        """The simplified formula; None when that fails or takes longer."""
        self.start()
        if self._process is None:
            return None
        try:
            shorter, _ = self._process.communicate(to_text(expression), timeout=seconds)
            return parse_expression(shorter) if self._process.returncode == 0 else None
        except (subprocess.SubprocessError, OSError, ExpressionError):
            return None
        finally:
            self.close()

    def close(self) -> None:
        """Kill the process, if there is one."""
        if self._process is not None:
            self._process.kill()
            with self._process:  # closes the pipes and waits
                self._process = None


def _serve() -> None:
    """What the process does: text in, shorter text out."""
    import sympy

    sys.stdout.write(to_text(sympy.simplify(parse_expression(sys.stdin.read()))))


if __name__ == "__main__":
    _serve()
