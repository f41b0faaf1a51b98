import subprocess
import sys

import pytest

import symkan


@pytest.mark.parametrize("name", symkan.__all__)
def test_public_name_has_docstring(name):
    assert getattr(symkan, name).__doc__


def ruff_order(name):
    """Constants, then types, then functions."""
    return (not name.isupper(), name.islower(), name)


def test_names_are_sorted_and_listed():
    assert sorted(symkan.__all__, key=ruff_order) == symkan.__all__
    assert set(symkan.__all__) == set(symkan._MODULES)
    assert set(symkan.__all__) <= set(dir(symkan))


def test_unknown_name():
    with pytest.raises(AttributeError, match="'symkan' has no attribute 'nothing'"):
        symkan.nothing  # noqa: B018


@pytest.mark.parametrize("statement", ["import symkan", "import symkan; dir(symkan)", "import symkan.cli"])
def test_light_import(statement):
    assert _heavy_modules(statement) == ""


def test_light_help():
    assert _heavy_modules("import sys; sys.argv[1:] = ['--help']; import symkan.cli; symkan.cli.main()") == ""


def _heavy_modules(statement):
    code = (
        "import atexit, sys\n"
        "heavy = {'torch', 'sympy', 'pandas', 'scipy', 'sklearn', 'rich', 'pint'}\n"
        "atexit.register(lambda: print(*sorted(heavy & {*sys.modules}), file=sys.stderr))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code + statement], capture_output=True, text=True, check=True
    )
    return done.stderr.strip()
