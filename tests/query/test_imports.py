"""What a table of a run costs: neither a plotting library nor the chemistry is loaded for it, often not pandas."""

import subprocess
import sys

import pandas as pd

from ssbscreen.query.ranking_file import RoleTable, write_roles

_OF_TABLES = ("columns", "diff", "expression", "query", "sheet", "store", "tables")
_HEAVY = ("matplotlib", "pymatgen", "scipy.stats", "torch")


def test_tables_load_no_pictures_and_no_chemistry():
    code = (
        "import importlib, sys\n"
        f"for name in {_OF_TABLES}: importlib.import_module(f'ssbscreen.query.{{name}}')\n"
        f"print(*sorted(set({_HEAVY}) & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_first_rows_of_a_ranking_are_printed_without_pandas_and_bars(tmp_path):
    names = ["Li6PS5Cl", "Li3YCl6", "Li7La3Zr2O12"]
    frame = pd.DataFrame({"role": "separator", "rank": [1, 2, 3], "rank_low": 1, "rank_high": 3, "candidate_id": names})
    frame = frame.assign(formula=names, chemistry_class="sulfide", family="argyrodite", family_series=names, score=0.5)
    frame = frame.assign(limiting_criterion="", p_all=0.1, in_domain=True, coverage=1.0, next_test="", is_made=True)
    write_roles([RoleTable.of(frame)], tmp_path / "ranking.parquet")
    (tmp_path / "config.yaml").write_text("screen: {role: separator}\n")
    code = (
        "import sys\n"
        "from ssbscreen.cli.main import app\n"
        f"app(['query', '--run', {str(tmp_path)!r}, '--top', '2'], standalone_mode=False)\n"
        "heavy = {'numpy.ma', 'pandas', 'pyarrow.compute', 'pymatgen', 'rich', 'torch'}\n"
        "print(*sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert names[0] in done.stdout
    assert done.stderr.splitlines()[-1].split() == []
