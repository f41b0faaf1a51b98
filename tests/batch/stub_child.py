"""Stands in for symkan.batch.child: does what the table's text says, and finds a law at once."""

import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

from symkan.batch import child
from symkan.batch.records import Constant, Entry, Finding, Status

FINDING = Finding(
    rows=60,
    columns=2,
    verdict="law",
    reasons=("the residuals look like noise",),
    law="c = 3.0*a/b**2",
    latex=r"c = \frac{3.0 \, a}{b^{2}}",
    mathml="<math><mi>c</mi></math>",
    complexity=7,
    test_error=0.01,
    r2=0.999,
    skeleton="c = c1*a/b**2",
    constants=(Constant("c1", 3.0, 0.01, 2.98, 3.02),),
    covariance=((1e-4,),),
    warnings=("row 7 left out",),
    points=((0, 1), (50, 50)),
    report=False,
)


def work(task, folder, *, started):
    said = Path(task.path).read_text().split()
    match said[0]:
        case "sleep":
            time.sleep(float(said[1]))
        case "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "kill":  # so many times
            marks = Path(task.path).with_suffix(".killed")
            marks.write_text(marks.read_text() + "x" if marks.exists() else "x")
            if len(marks.read_text()) <= int(said[1]):
                os.kill(os.getpid(), signal.SIGKILL)
        case "memory":
            bytearray(3 << 30)
        case "exit":
            print("no space\nlast words", file=sys.stderr)
            sys.exit(3)
        case "raise":
            raise ZeroDivisionError("by zero")
    (folder / "result.json").write_text(f"{said}\n")
    value = float(said[1]) if len(said) > 1 else 3.0
    found = replace(FINDING, constants=(Constant("c1", value, 0.01, value - 0.02, value + 0.02),))
    return Entry(task.file, task.name, task.key, Status.DONE, "", round(time.monotonic() - started, 2), found)


if __name__ == "__main__":
    child.work = work
    child.main(Path(sys.argv[1]))
