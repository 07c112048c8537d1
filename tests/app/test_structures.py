"""Structures of the rows of a run are written as CIF files that another library reads back."""

import pytest
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core import Lattice, Structure

from ssbscreen.app.structures import block_code, write_cifs
from ssbscreen.cli import ranking

LIF = Structure.from_spacegroup("Fm-3m", Lattice.cubic(4.03), ["Li", "F"], [[0, 0, 0], [0.5, 0.5, 0.5]])
LI2O = Structure.from_spacegroup("Fm-3m", Lattice.cubic(4.62), ["Li", "O"], [[0.25, 0.25, 0.25], [0, 0, 0]])


class Run:
    """What is asked of a run folder."""

    def __init__(self, inputs):
        self._inputs = inputs

    def config(self):
        return {"settings": {"seed": 0}, "run": {"inputs": [str(path) for path in self._inputs]}}


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "in"
    (folder / "oxides").mkdir(parents=True)
    LIF.to(filename=str(folder / "LiF.cif"))
    LI2O.to(filename=str(folder / "oxides" / "Li2O.cif"))
    (tmp_path / "table.csv").write_text("candidate_id,composition\nglass,75Li2S-25P2S5\n")
    return Run([folder, tmp_path / "table.csv"])


def test_structures_come_back_as_they_went_in(run, tmp_path):
    without = write_cifs(run, ["oxides/Li2O.cif", "glass", "LiF.cif"], tmp_path / "out")
    assert without == ["glass"]
    files = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert files == ["001-oxides_Li2O.cif", "003-LiF.cif"]  # places are those of the list
    for name, given in zip(files, (LI2O, LIF), strict=True):
        assert StructureMatcher(ltol=1e-3, stol=1e-3).fit(Structure.from_file(tmp_path / "out" / name), given)


def test_an_id_never_leads_out_of_the_folder():
    for name in ("../../LiF.cif", "a\\b", "/root/x", "x\0y", "Li₂O|NMC811"):
        assert not set(block_code(name)) & set("/\\\0|:")


def test_rows_without_a_structure_are_named(run, tmp_path, capsys):
    import pandas as pd

    ranking._write_structures(run, pd.Series(["glass", "LiF.cif"]), tmp_path / "out")
    said = " ".join(capsys.readouterr().err.split())
    assert "wrote 1 structures" in said
    assert "1 rows have none, being compositions, polymers or cells: glass" in said
