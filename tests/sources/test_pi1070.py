"""PI1070: units, missing cells and groups on a tiny file, and on the real one where it can be reached."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ssbscreen.curation.curate import curate
from ssbscreen.curation.splits import grouped_kfold
from ssbscreen.sources import pi1070

COLUMNS = [
    "monomer_ID",
    "smiles",
    "temp",
    "density",
    "bulk_modulus",
    "bulk_modulus_std",
    "qm_homo_monomer",
    "qm_lumo_monomer",
]
KEYS = ("bulk_modulus", "density", "homo", "lumo")


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One polymer written in four ways among others, a unit without ends, an empty cell."""
    monkeypatch.setenv("SSBSCREEN_DATA_MIRROR", str(tmp_path / "mirror"))
    monkeypatch.setenv("SSBSCREEN_CACHE", str(tmp_path / "cache"))
    units = [
        "*CCO*",
        "[Cu]COC[Au]",
        "*OCCOCC*",
        "*COCCOCCOC*",
        "*CC(*)C#N",
        "*CC*",
        "*CC(*)C",
        "*CCCO*",
        "*CCN*",
        "*CC(*)O",
        "CCO",
    ]
    rows = [(f"PI{i}", u, 300, 1.0 + i / 100, 2.5e9 + i * 1e8, 3e8, -9.0 - i / 10, 1.0) for i, u in enumerate(units)]
    table = pd.DataFrame(rows, columns=COLUMNS)
    table.loc[4, "bulk_modulus"] = np.nan
    folder = tmp_path / "mirror" / "pi1070"
    folder.mkdir(parents=True)
    table.to_csv(folder / "PI1070.csv", index=False)


@pytest.mark.usefixtures("planted")
def test_pascals_become_log_gigapascals_and_empty_cells_stay_missing() -> None:
    records = pi1070.SOURCE.load()
    found = {(m.candidate_id, m.property): m.value for m in records.measurements}
    assert found["pi1070-PI5", "bulk_modulus"] == pytest.approx(np.log10(3.0))
    assert found["pi1070-PI5", "density"] == pytest.approx(1.05)
    assert ("pi1070-PI4", "bulk_modulus") not in found
    assert ("pi1070-PI4", "density") in found
    assert [r.input for r in records.rejected] == ["pi1070: line 12"]


@pytest.mark.usefixtures("planted")
def test_one_polymer_however_written_lies_in_one_fold() -> None:
    dataset, _ = curate([pi1070.SOURCE.load()], KEYS, "pi1070")
    ids = np.array([c.candidate_id for c in dataset.candidates])
    twins = np.isin(ids, [f"pi1070-PI{i}" for i in range(4)])
    assert twins.sum() == 4
    for train, test in grouped_kfold(dataset.groups["polymer"], 3, 0):
        assert not (twins[train].any() and twins[test].any())


def test_real_pi1070() -> None:
    if not os.environ.get("SSBSCREEN_DATA_MIRROR"):
        pytest.skip("SSBSCREEN_DATA_MIRROR names no mirror")
    records = pi1070.SOURCE.load()
    assert len(records.candidates) == 1077
    assert sum(m.property == "bulk_modulus" for m in records.measurements) == 1076
    assert not records.rejected
    assert len({m.groups["polymer"] for m in records.measurements}) == 1067
