"""What a table of a run costs: neither a plotting library nor the chemistry is loaded for it."""

import subprocess
import sys

_OF_TABLES = ("columns", "diff", "expression", "query", "sheet", "store", "tables")
_HEAVY = ("matplotlib", "pymatgen", "scipy.stats", "torch")


def test_tables_load_no_pictures_and_no_chemistry():
    code = (
        "import importlib, sys\n"
        f"for name in {_OF_TABLES}: importlib.import_module(f'ssbscreen.query.{{name}}')\n"
        f"print(*sorted(set({_HEAVY}) & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.split() == []
