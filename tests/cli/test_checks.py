"""Wrong calls are refused at once: before anything heavy is loaded and before an input is read."""

import json
import logging
import subprocess
import sys

import pytest

from ssbscreen.cli import checks
from ssbscreen.core.errors import UsageError

WRONG = [
    ("predict", "no/where.cif", "-p", "band_gap", "--out", "x.csv"),
    ("predict", ".", "-p", "band_gapp", "--out", "x.csv"),
    ("predict", ".", "-p", "band_gap", "--out", "x.xls"),
    ("predict", ".", "-p", "band_gap", "--out", "x.csv", "--structures", "nowhere.jsonl"),
    ("screen", "--candidates", "nowhere.csv"),
    ("screen", "--screen", "seperator"),
    ("screen", "--screen", "pair"),
    ("screen", "--profile", "car"),
    ("screen", "--config", "nowhere.yaml"),
    ("label", "nowhere.cif", "--out", "x.csv"),
    ("train", "nothing"),
    ("tune", "nothing"),
    ("evaluate", "nothing"),
    ("retrain", "--data", "nowhere.csv"),
    ("data", "import", "no/where.csv"),
    ("window", "LGPS", "--plot", "x.txt"),
]
ON_CUDA = [
    ("predict", ".", "-p", "band_gap", "--out", "x.csv", "--device", "cuda"),
    ("screen", "--device", "cuda"),
    ("train", "--device", "cuda"),
    ("label", ".", "--out", "x.csv", "--device", "cuda"),
]
PROGRAM = """
import json, sys
from ssbscreen.cli import checks, main
if sys.argv[2] == "no device":
    checks.n_cuda_devices = lambda: 0
    checks._torch_builds = lambda platform: platform == "cuda"
codes = []
for arguments in json.loads(sys.argv[1]):
    sys.argv = ["ssbscreen", *arguments]
    try:
        main.main()
        codes.append(0)
    except SystemExit as end:
        codes.append(end.code)
heavy = sorted({"torch", "pandas", "pymatgen", "mlflow", "rdkit"} & set(sys.modules))
print(json.dumps({"codes": codes, "heavy": heavy}))
"""


@pytest.mark.parametrize(("calls", "machine"), [(WRONG, "any"), (ON_CUDA, "no device")])
def test_wrong_calls_load_nothing_heavy(tmp_path, calls, machine):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(calls), machine], cwd=tmp_path, capture_output=True, text=True
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["codes"] == [2] * len(calls), done.stderr
    assert not found["heavy"]


def test_an_error_lists_no_screen_that_is_refused():
    with pytest.raises(UsageError) as error:
        checks.pool_screen("seperator")
    allowed = str(error.value).split("Allowed: ")[1].rstrip(".").split(", ")
    assert "pair" not in allowed
    for name in allowed:
        checks.pool_screen(name)
    with pytest.raises(UsageError, match="query --role pair"):
        checks.pool_screen("pair")


def test_a_warning_is_said_once(capsys):
    from ssbscreen.cli import main

    main._options(verbose=False, version=False)
    for _ in range(3):
        logging.getLogger("ssbscreen.test").warning("%s is not there", "it")
    logging.getLogger("ssbscreen.test").warning("%s is not there", "she")
    assert capsys.readouterr().err.count("is not there") == 2


def test_an_empty_history_is_said_in_words(tmp_path, monkeypatch, capsys):
    from ssbscreen.cli.data import history

    monkeypatch.setenv("SSBSCREEN_HOME", str(tmp_path))
    history()
    printed = capsys.readouterr()
    assert not printed.out
    assert "no measurements were imported yet" in printed.err


def test_a_build_of_pytorch_without_cuda_is_told_from_one_with(tmp_path, monkeypatch):
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text("")
    monkeypatch.setattr(checks, "n_cuda_devices", lambda: 1)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    text = "cuda: Optional[str] = {}\nhip: Optional[str] = None\n"
    (tmp_path / "torch" / "version.py").write_text(text.format("'12.8'"))
    assert checks.device("cuda") == "cuda"
    (tmp_path / "torch" / "version.py").write_text(text.format("None"))
    with pytest.raises(UsageError, match="No CUDA device"):
        checks.device("cuda")
    assert checks.device("auto") == "auto"


def test_a_temperature_of_use_is_a_number_or_own():
    assert [checks.temperature_of_use(given) for given in ("60", "own", None)] == ["60", "own", None]
    with pytest.raises(UsageError, match="own for each class"):
        checks.temperature_of_use("warm")


def test_temperatures_are_numbers():
    assert checks.temperatures("-20,0,25") == "-20,0,25"
    assert checks.temperatures(None) is None
    with pytest.raises(UsageError, match="'warm' is no number"):
        checks.temperatures("25,warm")


def test_a_path_with_a_typing_error_names_the_nearest_file(tmp_path):
    (tmp_path / "electrolytes.csv").write_text("candidate_id,composition\n")
    with pytest.raises(UsageError, match=r"Did you mean '.*electrolytes\.csv'"):
        checks.inputs([str(tmp_path / "electrolites.csv")])
    with pytest.raises(UsageError) as far:
        checks.inputs([str(tmp_path / "nothing.cif")])
    assert "Did you mean" not in str(far.value)
