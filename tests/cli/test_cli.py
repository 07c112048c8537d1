"""The command line as a stranger meets it: verbs, exit codes, files good and bad."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from forked_command import ForkedCommand
from pymatgen.core import Lattice, Structure

LIF = Structure.from_spacegroup("Fm-3m", Lattice.cubic(4.03), ["Li", "F"], [[0, 0, 0], [0.5, 0.5, 0.5]])
LLTO = Structure(
    Lattice.cubic(3.87),
    [{"Li": 0.34, "La": 0.55}, "Ti", "O", "O", "O"],
    [[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]],
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Calls the command line as a process of its own would, in a folder."""
    command = ForkedCommand(tmp_path_factory.mktemp("said"))
    yield command
    command.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Four good files and four bad ones."""
    place = tmp_path_factory.mktemp("mixed")
    LIF.to(filename=str(place / "good.cif"))
    LIF.to(filename=str(place / "POSCAR_lif"), fmt="poscar")
    (place / "lif.json").write_text(LIF.to_json())
    LLTO.to(filename=str(place / "partial.cif"))
    text = (place / "good.cif").read_text()
    (place / "truncated.cif").write_text(text[: text.index("_atom_site_fract_x")])
    (place / "empty.cif").write_text("")
    (place / "binary.cif").write_bytes(bytes(range(256)) * 40)
    (place / "notes.txt").write_text("no structure here")
    return place


def test_predict_gives_each_good_file_a_row_and_each_bad_one_a_reason(run, folder, tmp_path):
    out = tmp_path / "p.csv"
    done = run("predict", folder, "--property", "bulk_modulus,ionic_conductivity", "--out", out, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(out)
    assert list(table.columns) == [
        "candidate_id",
        "property",
        "mean",
        "std",
        "lower",
        "upper",
        "unit",
        "in_domain",
        "model",
        "note",
    ]
    good = {"good.cif", "POSCAR_lif", "lif.json", "partial.cif"}
    for key in ("bulk_modulus", "ionic_conductivity"):
        assert set(table.loc[table["property"] == key, "candidate_id"]) == good
    assert set(table["unit"]) == {"log10(GPa)", "log10(S/cm)"}
    assert ((table["lower"] < table["mean"]) & (table["mean"] < table["upper"])).all()
    moduli = table[table["property"] == "bulk_modulus"]
    same = moduli[moduli["candidate_id"].isin(["good.cif", "POSCAR_lif", "lif.json"])]
    assert same["mean"].max() - same["mean"].min() < 0.02  # one crystal in three formats
    rejected = pd.read_csv(tmp_path / "p.rejected.csv")
    assert list(rejected.columns) == ["input", "reason"]
    told = " ".join(rejected["input"])
    for bad in ("truncated.cif", "empty.cif", "binary.cif"):
        assert bad in told
    assert rejected["reason"].str.len().gt(5).all()


def test_predict_reads_a_table_of_compositions_and_polymers(run, tmp_path):
    table = tmp_path / "in.csv"
    table.write_text(
        "candidate_id,composition,smiles,salt_smiles,molality,molar_mass,temperature\n"
        "glass,75Li2S-25P2S5,,,,,\n"
        "llzo,Li7La3Zr2O12,,,,,25\n"
        "peo,,*CCO*,[Li+].O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F,1.0,100000,60\n"
        "peo-cold,,[Cu]CCO[Au],[Li+].O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F,1.0,100000,0\n"
        "broken,Xx7Qq3,,,,,\n"
    )
    out = tmp_path / "out.json"
    done = run("predict", table, "--property", "ionic_conductivity", "--out", out, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = pd.read_json(out).set_index("candidate_id")["mean"]
    assert set(found.index) == {"glass", "llzo", "peo", "peo-cold"}
    assert found["peo"] > found["peo-cold"]  # ions move faster when warm
    assert "broken" in " ".join(pd.read_csv(tmp_path / "out.rejected.csv")["input"])


def test_predict_takes_formulas_and_prints_without_a_file(run, tmp_path):
    """Densities by X-ray diffraction, both 1.9 to 2.0 and 5.1 to 5.2 g/cm3 in the literature; nothing is written."""
    materials = ("Li5.5PS4.5Cl1.5", "LLZO", "*CCO*", "Xx7Qq3")
    done = run("predict", *materials[:3], "--property", "density", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for name in materials[:3]:
        assert name in done.stdout
    assert "3 of 3 candidates predicted" in done.stdout + done.stderr
    assert not list(tmp_path.iterdir())
    wrong = run("predict", *materials, "--property", "density", cwd=tmp_path)
    assert wrong.returncode == 2
    assert "Xx7Qq3" in wrong.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("predict", "nowhere.cif", "--property", "bulk_modulus", "--out", "x.csv"), "no file"),
        (("predict", "{folder}", "--property", "bulk_modulos", "--out", "x.csv"), "bulk_modulus"),
        (("predict", "{folder}", "--property", "bulk_modulus", "--out", "x.xlsx"), ".parquet"),
        (("predict", "{folder}/empty.cif", "--property", "bulk_modulus", "--out", "x.csv"), "x.rejected.csv"),
        (("screen", "--screen", "seperator"), "separator"),
        (("query", "--run", "nowhere"), "No finished run"),
        (("data", "fetch", "obelicks"), "obelix"),
        (("models", "show", "nothing"), "model"),
        (("train", "nothing"), "model"),
        (("nonsense",), "nonsense"),
    ],
)
def test_bad_use_exits_2_and_says_what_to_do(run, folder, tmp_path, arguments, says):
    done = run(*(a.format(folder=folder) for a in arguments), cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_place_that_cannot_be_written_is_said_in_a_sentence(run, folder, tmp_path):
    (tmp_path / "file").write_text("no folder")
    out = tmp_path / "file" / "p.csv"
    done = run("predict", folder / "good.cif", "--property", "band_gap", "--out", out, cwd=tmp_path)
    assert done.returncode == 1
    assert "is writable" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_user_without_a_home_gets_one(monkeypatch):
    from ssbscreen.cli import main

    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(main.Path, "home", homeless)
    monkeypatch.setenv("HOME", "")
    main._need_a_home()
    assert Path(os.environ["HOME"]).is_dir()


def test_a_window_without_lithium_is_said_in_words(run, tmp_path):
    done = run("window", "Al2O3", "--reference", "embedded", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "no oxidation limit (it holds no lithium)" in " ".join(done.stdout.split())
    assert "nan" not in done.stdout


def test_help_and_version(tmp_path):
    """In interpreters of their own, as a user starts them."""
    program = [sys.executable, "-m", "ssbscreen"]
    done = subprocess.run([*program, "--help"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0
    for verb in ("data", "train", "evaluate", "models", "predict", "screen", "query", "show", "compare", "report"):
        assert verb in done.stdout
    done = subprocess.run([*program, "--version"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.stdout.startswith("ssbscreen ")


def test_help_lists_every_verb_once_under_a_heading_in_lines_that_fit():
    import typer

    from ssbscreen.cli.main import GROUPS, app

    verbs = typer.main.get_command(app).commands
    assert sorted(verb for group in GROUPS.values() for verb in group) == sorted(verbs)
    for name, command in verbs.items():
        assert command.rich_help_panel in GROUPS, name
        first = (command.help or "").split("\n\n")[0]
        assert len(first) <= 64, f"{name}: its line in the list of verbs is broken at 80 columns"


@pytest.mark.parametrize("verb", ["refine", "label", "screen", "query"])
def test_help_cuts_nothing_off_at_80_columns(run, tmp_path, verb):
    done = run(verb, "--help", cwd=tmp_path, COLUMNS="80")
    assert done.returncode == 0
    assert "…" not in done.stdout


def test_help_names_extras_in_full():
    """Square brackets are markup to the library that prints help, and vanish."""
    import typer

    from ssbscreen.cli.main import app

    for name, command in typer.main.get_command(app).commands.items():
        told = " ".join([command.help or "", *(getattr(p, "help", "") or "" for p in command.params)])
        assert "[" not in told, name


def test_where_things_are_kept(run, tmp_path):
    done = run("where", cwd=tmp_path, SSBSCREEN_HOME=str(tmp_path / "mine"))
    assert done.returncode == 0, done.stderr
    for name in ("measurements", "registry", "mlflow", "cache"):
        assert name in done.stdout
    one = run("where", "mlflow", cwd=tmp_path, SSBSCREEN_HOME=str(tmp_path / "mine"), MLFLOW_TRACKING_URI="")
    assert one.stdout == f"sqlite:///{tmp_path / 'mine' / 'mlflow.db'}\n"
    assert run("where", "registri", cwd=tmp_path).returncode == 2


def test_imported_candidates_are_found_by_name(run, folder, tmp_path):
    done = run("data", "import", folder, "--name", "mine", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "mine" in run("data", "list", cwd=tmp_path).stdout
    out = tmp_path / "mine.csv"
    assert run("predict", "mine", "--property", "band_gap", "--out", out, cwd=tmp_path).returncode == 0
    assert set(pd.read_csv(out)["candidate_id"]) == {"good.cif", "POSCAR_lif", "lif.json", "partial.cif"}
    assert run("data", "import", folder, "--name", "../evil", cwd=tmp_path).returncode == 2


def test_retries_of_a_tracking_server_are_not_told(tmp_path):
    """One line says that a run was not tracked; what the library tried before stays out of the way."""
    code = (
        "import logging; from ssbscreen.cli import main; main._options(verbose=False, version=False); "
        "print(logging.getLogger('urllib3.connectionpool').getEffectiveLevel())"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert int(found.stdout) == 40  # errors alone
