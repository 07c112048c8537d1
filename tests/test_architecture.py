"""The two halves stay apart: import contracts, and no torch in the deciding half."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIGHT = tuple("core files readers measurements download sources generation curation physics ranking query".split())


def test_import_contracts_hold():
    # in a process of its own: it silences the loggers of the process that it runs in
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(sys.argv[1], no_cache=True))"
    done = subprocess.run([sys.executable, "-c", code, "pyproject.toml"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_deciding_wing_loads_neither_torch_nor_plotting_nor_what_fetches():
    """One fresh interpreter loads package after package and says after each what is there that should not be."""
    code = (
        "import importlib, pkgutil, sys\n"
        "for name in sys.argv[1:]:\n"
        "    package = importlib.import_module(f'ssbscreen.{name}')\n"
        "    for found in pkgutil.iter_modules(package.__path__):\n"
        "        importlib.import_module(f'{package.__name__}.{found.name}')\n"
        "    print(name, *sorted({'torch', 'matplotlib.pyplot', 'plotly', 'requests'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *LIGHT], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == list(LIGHT)


def test_inner_packages_are_empty():
    for init in (ROOT / "ssbscreen").glob("*/**/__init__.py"):
        assert init.read_text() == "", init


def test_no_two_files_of_tests_share_a_name():
    """They are imported by their names alone."""
    names = [path.name for path in (ROOT / "tests").rglob("*.py") if path.name != "conftest.py"]
    assert len(names) == len(set(names)), sorted({name for name in names if names.count(name) > 1})
