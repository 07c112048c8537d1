"""Liverpool and Laskowski on tiny files of the same form, and on the real ones where they can be reached."""

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Bound
from ssbscreen.core.errors import InputError
from ssbscreen.sources import laskowski, liverpool

HEAD = "ID,composition,source,temperature,target,log_target,family,ChemicalFamily"


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """An empty mirror and an empty cache."""
    monkeypatch.setenv("SSBSCREEN_DATA_MIRROR", str(tmp_path / "mirror"))
    monkeypatch.setenv("SSBSCREEN_CACHE", str(tmp_path / "cache"))
    for name in ("liverpool", "laskowski"):
        (tmp_path / "mirror" / name).mkdir(parents=True)
    return tmp_path / "mirror"


def load_liverpool(folder, *rows):
    text = "\n".join([HEAD, *(f"{row},x,Garnet,Oxides" for row in rows)])
    (folder / "liverpool" / "LiIonDatabase.csv").write_text(text, encoding="utf-8-sig")
    return liverpool.SOURCE.load()


def reasons(records):
    return {r.input.split("-", 1)[1]: r.reason for r in records.rejected}


def test_a_series_gives_its_activation_energy(tiny):
    kelvin = np.array([25.0, 75.0, 125.0]) + 273.15
    value = 1e-4 * np.exp(-0.4 / 8.617333262e-5 * (1 / kelvin - 1 / 298.15))  # 0.4 eV
    records = load_liverpool(
        tiny,
        *(
            f"{i},Li7La3Zr2O12,10.1/a,{t - 273.15:.2f},{v:.6e}"
            for i, (t, v) in enumerate(zip(kelvin, value, strict=True), 1)
        ),
    )
    assert not records.rejected
    energies = [m for m in records.measurements if m.property == "activation_energy"]
    assert [m.value for m in energies] == [pytest.approx(0.4, abs=2e-3)]
    room = [m.groups["condition"] for m in records.measurements if m.property == "ionic_conductivity"]
    assert room == ["room", "off room temperature", "off room temperature"]


def test_three_hundred_is_celsius_only_where_another_temperature_says_so(tiny):
    records = load_liverpool(
        tiny,
        "1,Li14ZnGe4O16,10.1/a,300,0.125",
        "2,Li14ZnGe4O16,10.1/b,25,1e-6",  # 0.63 eV between them: degree C
        "3,Li3N,10.1/c,300,1.1e-3",
        "4,Li3N,10.1/c,25,1e-3",  # the same value: kelvin
        "5,Li7La3Hf2O12,10.1/d,303,1e-4",  # nothing to compare with
    )
    assert {c.candidate_id for c in records.candidates} == {"liverpool-1", "liverpool-2", "liverpool-4"}
    assert "kelvin" in reasons(records)["3"]
    assert "no other temperature" in reasons(records)["5"]
    by_id = {m.candidate_id: m.temperature_c for m in records.measurements}
    assert by_id["liverpool-1"] == 300.0


def test_a_conductivity_that_falls_on_heating_is_not_believed(tiny):
    records = load_liverpool(tiny, "1,LiF,10.1/a,25,1e-3", "2,LiF,10.1/a,126,1e-7", "3,LiF,10.1/b,25,1e-9")
    assert set(reasons(records)) == {"1", "2"}
    assert "falls" in reasons(records)["1"]


def test_unbalanced_formulas_and_impossible_numbers_are_told(tiny):
    records = load_liverpool(
        tiny, "1,Li1.05Al0.05Ti1.95(PO4),10.1/a,25,1e-6", "2,LiF,10.1/a,25,-1", "2,LiI,10.1/b,25,1e-7"
    )
    assert "balance" in reasons(records)["1"]
    assert "not possible" in reasons(records)["2"]
    assert [c.candidate_id for c in records.candidates] == ["liverpool-2-2"]  # a number that names two rows


def load_laskowski(folder, *rows):
    text = "\n".join(["Structure,σ(RT)(S cm-1),Ea (eV),space group,ICSD Entry", *rows])
    (folder / "laskowski" / "digitized_data_for_SSEs.csv").write_text(text, encoding="utf-8")
    return laskowski.SOURCE.load()


def test_laskowski_bounds_energies_and_series(tiny):
    records = load_laskowski(
        tiny,
        "Li1.1Ti1.9Sc0.1(PO4)3,1.2E−4,0.35,167.0,1.0",
        "Li1.2Ti1.8Sc0.2(PO4)3,<1E-10,,167.0,",
        "Li6PS5Cl,1e-3,0.3,216.0,",
        "Li6PS5Br,1e-3,?,216.0,",
        "Li10GePS12,1e-2,0.2,137.0,",
    )
    found = {(m.candidate_id, m.property): m for m in records.measurements}
    assert found["laskowski-2", "ionic_conductivity"].value == pytest.approx(np.log10(1.2e-4))
    assert found["laskowski-3", "ionic_conductivity"].bound is Bound.BELOW
    assert found["laskowski-2", "activation_energy"].value == 0.35
    papers = [found[f"laskowski-{i}", "ionic_conductivity"].groups["doi"] for i in (2, 3, 4, 5)]
    assert papers[0] == papers[1] != papers[2] == papers[3]
    assert [c.space_group for c in records.candidates] == [167, 167, 216, 216]
    assert {r.input for r in records.rejected} == {"laskowski:laskowski-5", "laskowski:laskowski-6"}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("LiHfTi(P04)3", "LiHfTi(PO4)3"),
        ("Li3.5Si0.5P05S4", "Li3.5Si0.5P0.5S4"),
        ("Li1.2Al0.2Ti0.8(PO4)3", "Li1.2Al0.2Ti1.8(PO4)3"),
    ],
)
def test_typing_errors_of_one_kind_are_mended_and_told(text, meant):
    composition, correction = laskowski.read_formula(text)
    assert composition.almost_equals(Composition(meant))
    assert text in correction


@pytest.mark.parametrize(
    "text",
    ["Li10(Ge0.8Si0.2)P2S12", "(Li2S)60(SiS2)28(P2S5)12", "La0.62 Li0.14(Mg0.5W0.5)O3", "Li3.20Ge0.20P0.8S3.6Se0.4"],
)
def test_sound_formulas_are_read_as_they_stand(text):
    composition, correction = laskowski.read_formula(text)
    assert not correction
    assert composition.almost_equals(Composition(text.replace(" ", "")))


@pytest.mark.parametrize("text", ["Li10GePS12", "Li1+xAlxTi2-x(PO4)3", "Li2OHBrF"])
def test_other_errors_are_refused(text):
    with pytest.raises(InputError):
        laskowski.read_formula(text)


def test_the_real_tables(mirror):
    records = liverpool.SOURCE.load()
    assert (len(records.candidates), len(records.rejected)) == (609, 38)  # of 647 rows, none lost
    assert sum("kelvin" in r.reason for r in records.rejected) == 16
    records = laskowski.SOURCE.load()
    assert (len(records.candidates), len(records.rejected)) == (777, 22)  # of 798, and one value
    assert sum(" read " in c.provenance for c in records.candidates) == 18
    assert sum(m.bound is Bound.BELOW for m in records.measurements) == 42
