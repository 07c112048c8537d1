"""Pairs of structures: good ones become electrodes, bad ones are counted with their reason."""

import gzip
import json

import numpy as np
import pandas as pd
import pytest

from ssbscreen.core.insertion import exchanged_lithium, signed_volume_change
from ssbscreen.physics import electrode
from ssbscreen.readers.inputs import load_inputs
from ssbscreen.sources.electrodes import SOURCE, UNITS

SITES = {"Li": [0.5, 0.5, 0.5], "Co": [0, 0, 0], "O": [0.5, 0, 0], "Ni": [0, 0, 0.5]}
COLUMNS = [
    "battery_id",
    "id_charge",
    "id_discharge",
    "formula_charge",
    "formula_discharge",
    *UNITS,
    "framework_chemsys",
]


def line(name, symbols, edge):
    return {"id": name, "lattice": [edge] * 3 + [90.0] * 3, "species": symbols, "frac": [SITES[s] for s in symbols]}


STRUCTURES = [
    line("full", ["Li", "Co", "O"], 4.0),
    line("empty", ["Co", "O"], 4.1),
    line("nickel", ["Ni", "O"], 4.0),
    line("blown up", ["Co", "O"], 4.6),
]


@pytest.fixture
def structures(tmp_path):
    path = tmp_path / "structures.jsonl.gz"
    path.write_bytes(gzip.compress("".join(json.dumps(s) + "\n" for s in STRUCTURES).encode()))
    return path


@pytest.fixture
def tiny(tmp_path, structures, monkeypatch):
    folder = tmp_path / "mirror" / "mp_electrodes"
    folder.mkdir(parents=True)
    (folder / "structures.jsonl.gz").write_bytes(structures.read_bytes())
    values = [4.0, 100.0, 500.0, 400.0, 2000.0, 0.07, 0.0, 0.01]
    rows = [
        ["good", "empty", "full", "CoO", "LiCoO", *values, "Co-O"],
        ["formula", "empty", "full", "CoO2", "LiCoO", *values, "Co-O"],
        ["framework", "nickel", "full", "NiO", "LiCoO", *values, "Co-O"],
        ["swapped", "full", "empty", "LiCoO", "CoO", *values, "Co-O"],
        ["absent", "none", "full", "CoO", "LiCoO", *values, "Co-O"],
        ["other phase", "blown up", "full", "CoO", "LiCoO", *values, "Co-O"],
        ["volts", "empty", "full", "CoO", "LiCoO", 12.2, *values[1:], "Co-O"],
    ]
    pd.DataFrame(rows, columns=COLUMNS).to_csv(folder / "pairs.csv", index=False)
    monkeypatch.setenv("SSBSCREEN_DATA_MIRROR", str(tmp_path / "mirror"))
    monkeypatch.setenv("SSBSCREEN_CACHE", str(tmp_path / "cache"))


def test_bad_pairs_are_set_aside_with_their_reason(tiny):
    found = SOURCE.load()
    assert [c.candidate_id for c in found.candidates] == ["good", "volts"]
    told = {r.input: r.reason for r in found.rejected}
    for name, says in (
        ("formula", "not CoO2"),
        ("framework", "frameworks differ"),
        ("swapped", "exchange"),
        ("absent", "not among"),
        ("other phase", "+52%"),
        ("volts average_voltage", "plausible"),
    ):
        assert says in told[f"mp_electrodes:{name}"]
    good = {m.property: m for m in found.measurements if m.candidate_id == "good"}
    assert good["volume_change_on_charge"].value == pytest.approx(4.1**3 / 4.0**3 - 1)
    assert {m.groups["framework_chemsys"] for m in good.values()} == {"Co-O"}


def test_the_real_pairs_follow_from_stoichiometry_and_geometry(mirror):
    found = SOURCE.load()
    assert len(found.candidates) == 1196
    values = {(m.candidate_id, m.property): m.value for m in found.measurements}
    deviation, volumetric, change = [], [], []
    for c in found.candidates:
        n = exchanged_lithium(c.crystal, c.charged)
        grav = electrode.capacity_grav(n, c.composition.weight)
        deviation.append(grav / values[c.candidate_id, "capacity_grav"] - 1)
        volumetric.append(electrode.capacity_vol(grav, c.crystal.density) / values[c.candidate_id, "capacity_vol"] - 1)
        signed = values[c.candidate_id, "volume_change_on_charge"]
        assert signed == pytest.approx(signed_volume_change(c.crystal, c.charged))
        change.append(electrode.max_delta_volume(signed) - values[c.candidate_id, "max_delta_volume"])
        if (c.candidate_id, "energy_grav") in values and (c.candidate_id, "average_voltage") in values:
            assert values[c.candidate_id, "energy_grav"] == pytest.approx(
                electrode.energy_grav(
                    values[c.candidate_id, "capacity_grav"], values[c.candidate_id, "average_voltage"]
                ),
                rel=1e-6,
            )
    assert np.abs(deviation).max() < 1e-4  # masses of the elements only
    assert np.quantile(np.abs(volumetric), 0.95) < 2e-3
    assert np.quantile(np.abs(change), 0.9) < 2e-3
    assert np.mean(np.abs(change) < 0.01) > 0.95


def table(tmp_path, text):
    path = tmp_path / "pairs.csv"
    path.write_text(text)
    return path


def test_a_table_of_pairs_is_read_with_its_structures(tmp_path, structures):
    path = table(
        tmp_path,
        "candidate_id,id_charge,id_discharge,composition\nlco,empty,full,\nswapped,full,empty,\n"
        "half,,full,\nlost,gone,full,\nboth,empty,full,LiCoO2\nplain,,,LiFePO4\n",
    )
    found = load_inputs([path], structures=structures)
    assert {c.candidate_id for c in found.candidates} == {"lco", "plain"}
    lco = next(c for c in found.candidates if c.candidate_id == "lco")
    assert lco.formula == "LiCoO"
    assert signed_volume_change(lco.crystal, lco.charged) > 0
    told = " ".join(f"{r.input} {r.reason}" for r in found.rejected)
    for says in ("exchange id_charge", "id_charge is missing", "'gone' was not found", "give one of them"):
        assert says in told


def test_pairs_without_structures_are_told_what_to_do(tmp_path):
    found = load_inputs([table(tmp_path, "candidate_id,id_charge,id_discharge\na,b,c\n")])
    assert not found.candidates
    assert "--structures" in found.rejected[0].reason
