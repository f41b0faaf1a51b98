"""Mutated inputs for every reader and parser: `python tests/hostile/fuzz.py --seconds 60`.

Each target takes bytes. What it raises must be a SymkanError; it takes a second at most, and the process grows by
200 MB at most. In scripts/fuzz, atheris chooses the inputs, by the code that they reach.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import resource
import sys
import tempfile
import time
import warnings
from pathlib import Path

from symkan.batch.atlas import read_metadata
from symkan.batch.config import read_config
from symkan.batch.records import Job
from symkan.bench.recovery import Row, Settings
from symkan.data.headers import label_columns, read_label
from symkan.data.predictions import read_features
from symkan.data.tables import read_table
from symkan.data.units import check_units, read_units
from symkan.errors import SymkanError
from symkan.report.languages.latex import law_latex
from symkan.report.languages.python import law_python
from symkan.report.reading_latex import read_latex
from symkan.result import Discovery
from symkan.serialization import from_line, to_line
from symkan.symbolic.parsing import parse_expression
from symkan.workbench.kan import KAN

_SCRATCH = tempfile.TemporaryDirectory(prefix="fuzz")
FOLDER, KEPT = Path(_SCRATCH.name), Path(__file__).resolve().parents[2] / "reports" / "fuzz"
SECONDS, MEGABYTES = 1.0, 200
TABLES = (
    b"a,b [m/s],y\n" + b"".join(b"%d,%.3f,%d\n" % (i, i / 7, i * i % 11) for i in range(30)),
    b"sep=;\n# made by hand\na;b;y\n" + b"".join(b"%d;%d,5;1e%d\n" % (i, i, i % 9 - 4) for i in range(20)),
    '\ufeffθ (rad)\t"x"\ty\n'.encode("utf-16") + "1\t2\t3\n2\t-\t4\n".encode("utf-16-le") * 9,
    b"1 2 3\n4 5 6\n7 nan 9\n1 0 1\n2 2 2\n3 3 1\n1 2 9\n4 4 4\n0 0 1\n1 1 1\n",
)
HEADERS = (
    b"v (m/s)",
    b"T [K]",
    b"f(x)",
    "\u03c3 [kg\u00b7m^2/s]".encode(),
    b"x=m, v=m/s",
    b"E [1/cm**3 per s]",
)
FORMULAS = (
    b"2.5*sin(x1)**2 + x2^(3/2) - exp(-x1/3)/(1 + x2)",
    b"sqrt(abs(x1*log(x2))) - 1.5e-3*besselj(2, x1) + g1(x2)",
    b"-((x1 + 2)/(x2 - 3*pi))**-2 + tanh(E*x1) + x1**400*2**-300",
)
LATEX = (
    rb"2.5 \, \sin{\left(x_{1} \right)} + x_{2}^{\frac{3}{2}} - \frac{e^{- \frac{x_{1}}{3}}}{x_{2} + 1}",
    rb"\sqrt{\left|{x_{1}}\right|} \cdot \log{\left(x_{2} \right)}^{2} - 1.5 \cdot 10^{-3} \, J_{2}\left(x_{1}\right)",
    rb"\left(x_{1} + \pi\right)^{-2} + \operatorname{erf}{\left(\sqrt[3]{x_{2}} \right)} \, g_{1}{\left(x_{1} \right)}",
)
CONFIGS = (
    b'target = "y"\nfeatures = ["a", "b"]\n[units]\na = "m/s"\n[options]\ntime_budget = 3.5\nseed = 1\n'
    b'[options.train]\nsteps = 40\n[[tables]]\npattern = "run_*.csv"\ntarget = "last"\n'
    b'[tables.options]\nlibrary = ["sin", "exp", "w=8/(4+x^2)"]\n[[tables]]\npattern = "[a-c]?"\nunits = {a = "K"}\n',
)
METADATA = (b'\xef\xbb\xbffile,T,note\na.csv,300,x\n"b,c.csv",1e-3,\nd.csv,inf,3\n',)
TOKENS = (
    *(
        b"0",
        b"-1",
        b"1e308",
        b"1e-320",
        b"999999999999",
        b"nan",
        b"inf",
        b'"',
        b"'",
        b",",
        b";",
        b"\n",
        b"\r",
        b"\t",
    ),
    *(
        b"\x00",
        b"\xff\xfe",
        b"(",
        b")",
        b"[",
        b"]",
        b"{",
        b"}",
        b"**",
        b"^",
        b"/",
        b"=",
        b"#",
        b"%",
        b"\\",
        b"null",
    ),
    *(
        b"x1",
        b"sin(",
        b"exp(",
        b"gamma",
        b"__import__('os')",
        "−µ°²\u202e\U0001f600".encode(),
        b"true",
        b"besselj(",
    ),
)


def table(data: bytes) -> None:
    """A table of text."""
    path = FOLDER / "table.csv"
    path.write_bytes(data)
    read_table(path, target="y")


def packed(data: bytes) -> None:
    """The same as gzip, Parquet or Excel: the first bytes say which, or else chance."""
    endings = {b"\x1f\x8b": "csv.gz", b"PA": "parquet", b"PK": "xlsx"}
    path = FOLDER / f"t.{endings.get(data[:2]) or list(endings.values())[len(data) % 3]}"
    path.write_bytes(data)
    read_table(path, target="y")


def packs() -> tuple[bytes, ...]:
    """A table in each of these formats."""
    import gzip
    import io

    import pandas as pd

    frame, files = pd.read_csv(io.BytesIO(TABLES[0])), (io.BytesIO(), io.BytesIO())
    frame.to_parquet(files[0])
    frame.head(8).to_excel(files[1], index=False)
    return gzip.compress(TABLES[0]), *(file.getvalue() for file in files)


def header(data: bytes) -> None:
    """Header cells and units."""
    text = data.decode("utf-8", "replace")
    label = read_label(text)
    with contextlib.suppress(SymkanError):
        label_columns(text.split(","), source="fuzz")
    with contextlib.suppress(SymkanError):
        read_units(text)
    check_units({"v": label.unit or text}, source="fuzz")


def expression(data: bytes) -> None:
    """A formula."""
    parse_expression(data.decode("utf-8", "replace"))


def result(data: bytes) -> None:
    """A result file; what is taken must predict, and go through JSON and into code."""
    path = FOLDER / "result.json"
    path.write_bytes(data)
    found = Discovery.load(path)
    found.predict([[0.5] * len(found.data.features)])
    assert Discovery.load(path).to_json() == found.to_json()
    law_python(found)
    law_latex(found)


def rows(data: bytes) -> None:
    """New rows for a law."""
    from symkan.data.dataset import Column

    path = FOLDER / "rows.csv"
    path.write_bytes(data)
    read_features(path, [Column("a", "a", None, "x1")], target=Column("y", "y", None, "y"))


def latex(data: bytes) -> None:
    """A law in LaTeX."""
    read_latex(data.decode("utf-8", "replace"), {"x_{1}": "x1", "x_{2}": "x2"})


def config(data: bytes) -> None:
    """A batch.toml, and what it asks of a table."""
    path = FOLDER / "batch.toml"
    path.write_bytes(data)
    read_config(path).job("in/run_1.csv", Job(target="last"))


def metadata(data: bytes) -> None:
    """Numbers of the tables of a batch."""
    path = FOLDER / "metadata.csv"
    path.write_bytes(data)
    read_metadata(path)


def line(data: bytes) -> None:
    """A line in the record of a benchmark."""
    from_line(Row, data)


def network(data: bytes) -> None:
    """A network by hand in its file; what is taken must predict, and write itself again."""
    path = FOLDER / "kan.safetensors"
    path.write_bytes(data)
    kan = KAN.load(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # coefficients of 1e308 may overflow
        kan.predict([[0.5] * kan.inputs])
    kan.save(path)


def networks() -> tuple[bytes, bytes]:
    """A network of splines, sums and products, and one with functions on its edges."""
    files = FOLDER / "splines", FOLDER / "functions"
    KAN([2, (1, 1), 1], grid=3).save(files[0])
    KAN.from_expression("x*sin(y)/(1 + y^2)^(7/3)").save(files[1])
    return files[0].read_bytes(), files[1].read_bytes()


def records() -> tuple[bytes, bytes]:
    """A result file as the search makes them, and one whose law holds a spline."""
    import numpy as np

    from symkan import Options, dataset_of, discover

    x = np.random.default_rng(0).uniform(1, 3, (40, 2))
    text = discover(dataset_of(x, np.sin(x[:, 0]) * x[:, 1]), Options(time_budget=2)).to_json()
    document = json.loads(text)
    knots = [-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0]
    spline = {"name": "g1", "knots": knots, "coefficients": [0.5, -1.0, 0.25, 2.0, 1.0], "order": 3}
    document["best"] |= {"expression": "3.0*g1(x1) + x2", "splines": [spline], "parameters": [], "snaps": []}
    small = {key: document["best"] if key == "best" else document[key] for key in reversed(document)}
    return text.encode(), json.dumps({**small, "front": [small["best"]], "runners_up": []}).encode()


ROW = Row(
    *("law", "a*b", "a*b", True, True, True, 0.0, float("inf"), 3, 3, 1.5, "exact", "finished", "0"),
    settings=Settings("feynman"),
)
SEEDS = {
    table: TABLES,
    packed: packs(),
    header: HEADERS,
    expression: FORMULAS,
    latex: LATEX,
    rows: TABLES,
    config: CONFIGS,
    metadata: METADATA,
    line: (to_line(ROW),),
    network: networks(),
}


def mutated(seed: bytes, draw: random.Random) -> bytes:
    """The seed after a few changes: bytes flipped, pieces cut, doubled, moved, tokens put in, or noise alone."""
    if draw.random() < 0.05:
        return draw.randbytes(draw.randrange(300))
    data = bytearray(seed)
    for _ in range(draw.choice((1, 1, 2, 4, 16))):
        at, length = draw.randrange(len(data) + 1), draw.choice((1, 2, 5, 20, 200))
        match draw.randrange(6):
            case 0 if at < len(data):
                data[at] ^= 1 << draw.randrange(8)
            case 1:
                del data[at : at + length]
            case 2:
                data[at:at] = draw.choice(TOKENS) * draw.choice((1, 1, 1, 3, 60))
            case 3:
                data[at : at + length] = draw.choice(TOKENS)
            case 4:
                data[at:at] = data[at : at + length] * draw.choice((1, 2, 40))
            case _:
                del data[at:]
    return bytes(data)


def changed(document: object, draw: random.Random) -> object:
    """A JSON value with one of its parts replaced by something else."""
    odd = (None, True, -1, 0, 10**30, 1e308, "nan", "", "x" * 99, [], {}, [[]], "x1", "1/0", [1, "inf"], 0.5)
    if not isinstance(document, (dict, list)) or not document or draw.random() < 0.1:
        return draw.choice(odd)
    if isinstance(document, dict) and isinstance(document.get("expression"), str) and draw.random() < 0.2:
        return {
            **document,
            "expression": mutated(document["expression"].encode(), draw).decode("utf-8", "replace"),
        }
    key = (
        "best"
        if isinstance(document, dict) and "best" in document and draw.random() < 0.5
        else draw.choice(list(document))
        if isinstance(document, dict)
        else draw.randrange(len(document))
    )
    return type(document)(
        {**document, key: changed(document[key], draw)}
        if isinstance(document, dict)
        else [*document[:key], changed(document[key], draw), *document[key + 1 :]]
    )


def attempt(target, data: bytes) -> str:
    """What a target makes of an input; whatever is no SymkanError passes through."""
    started = time.process_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            target(data)
        outcome = "taken"
    except SymkanError:
        outcome = "refused"
    assert time.process_time() - started < SECONDS, f"{time.process_time() - started:.1f} s"
    return outcome


def varied(target, seed: bytes, draw: random.Random) -> bytes:
    """The seed changed; of a JSON value, or of the header of a network, often a part."""
    if target in (result, line, network) and draw.random() < 0.7:
        with contextlib.suppress(ValueError, LookupError, TypeError, RecursionError, OverflowError):
            return (
                reheaded(seed, draw)
                if target is network
                else json.dumps(changed(json.loads(seed), draw)).encode()
            )
    return mutated(seed, draw)


def reheaded(seed: bytes, draw: random.Random) -> bytes:
    """A safetensors file with a part of its header changed, or of symkan's own header in that."""
    end = 8 + int.from_bytes(seed[:8], "little")
    header = json.loads(seed[8:end])
    if draw.random() < 0.8:
        notes = header["__metadata__"]
        notes["symkan"] = json.dumps(changed(json.loads(notes["symkan"]), draw))
    else:
        header = changed(header, draw)
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + seed[end:]


def inputs(target, draw: random.Random, seeds):
    """Mutated inputs without end."""
    while True:
        yield varied(target, draw.choice(seeds), draw)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    seeds = {**SEEDS, result: records()}
    failures = 0
    for target, given in seeds.items():
        failures += run(target, given, options.seconds / len(seeds), options.seed)
    sys.exit(failures > 0)


def run(target, seeds, seconds: float, seed: int) -> int:
    counts = {"taken": 0, "refused": 0, "failed": 0}
    for data in seeds:
        attempt(target, data)  # what is loaded once does not count
    before, slowest = memory(), 0.0
    source, until = inputs(target, random.Random(seed), seeds), time.monotonic() + seconds
    while time.monotonic() < until:
        data, started = next(source), time.process_time()
        try:
            counts[attempt(target, data)] += 1
        except Exception as error:
            counts["failed"] += 1
            if counts["failed"] < 20:
                KEPT.mkdir(parents=True, exist_ok=True)
                name = KEPT / f"{target.__name__}-{counts['failed']}"
                name.write_bytes(data)
                print(f"  {name}: {type(error).__name__}: {str(error)[:100]}")
        slowest = max(slowest, time.process_time() - started)
    grown = memory() - before
    counts["failed"] += grown > MEGABYTES
    total = sum(counts.values())
    print(
        f"{target.__name__:<11}{total:>7} inputs {counts}, slowest {slowest:.2f} s, grown by {grown:.0f} MB",
        flush=True,
    )
    return counts["failed"]


def memory() -> float:
    """Most memory so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
