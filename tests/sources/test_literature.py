"""The literature tables: form, sources, plausibility, and agreement with the data sets they quote."""

from __future__ import annotations

import csv
import math
import os
import re
from collections import defaultdict
from pathlib import Path

import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Bound
from ssbscreen.core.chemistry import CLASSES, FAMILIES
from ssbscreen.core.errors import InputError, UsageError
from ssbscreen.core.oxidation import can_balance
from ssbscreen.core.properties import PROPERTIES
from ssbscreen.core.recognition import classify
from ssbscreen.core.units import convert
from ssbscreen.files.paths import data_dir
from ssbscreen.physics.safety import h2s_limits
from ssbscreen.sources.literature import (
    EVIDENCE_ONLY,
    FURTHER_QUANTITIES,
    LI_OUTCOME,
    OUTCOMES,
    SOURCE,
    TABLES,
    LiteratureValue,
    compiled_in,
    read_table,
    taken_in_after,
)
from ssbscreen.training.config import load_model_config

COLUMNS = [
    "material",
    "composition",
    "smiles",
    "salt_smiles",
    "molality",
    "molar_mass",
    "chemistry_class",
    "family",
    "property",
    "value",
    "value_low",
    "value_high",
    "bound",
    "unit",
    "temperature_c",
    "method",
    "conditions",
    "preparation",
    "year",
    "doi",
    "url",
    "verification",
    "confidence",
    "value_text",
]
DOI = re.compile(r"10\.\d{4,9}/[^\s|;,]+")
MIRROR = os.environ.get("SSBSCREEN_DATA_MIRROR", "")


@pytest.fixture(scope="module")
def rows() -> tuple[LiteratureValue, ...]:
    return SOURCE.values(with_unusable=True)


@pytest.fixture(scope="module")
def conductivities(rows: tuple[LiteratureValue, ...]) -> list[LiteratureValue]:
    return [r for r in rows if r.table == "electrolytes" and r.key == "ionic_conductivity"]


@pytest.mark.parametrize("table", TABLES)
def test_columns(table: str) -> None:
    with (data_dir() / "literature" / f"{table}.csv").open(encoding="utf-8") as file:
        assert next(csv.reader(file)) == COLUMNS


@pytest.mark.parametrize("table", TABLES)
def test_card_states_the_row_counts(table: str) -> None:
    stated = int(re.match(r"(\d+) rows", SOURCE.card.files[f"{table}.csv"].content).group(1))  # type: ignore[union-attr]
    assert stated == len(SOURCE.values(table, with_unusable=True))


def test_enough_materials_of_each_class(conductivities: list[LiteratureValue]) -> None:
    by_class, usable = defaultdict(set), set()
    for row in conductivities:
        by_class[row.chemistry_class].add(row.material)
        if row.is_usable:
            usable.add(row.material)
    for name, least in {"sulfide": 40, "oxide": 50, "halide": 20, "polymer": 20, "nitride": 1, "hydride": 5}.items():
        assert len(by_class[name]) >= least, name
    assert sum(map(len, by_class.values())) >= 150
    assert len(usable) >= 150
    # not the same compound under many names
    assert len({str(Composition(r.composition).fractional_composition) for r in conductivities if r.composition}) >= 150


def test_famous_electrolytes_have_usable_room_temperature_conductivities(conductivities: list[LiteratureValue]) -> None:
    """Reference values: S/cm, 25 degree C; known ranges over laboratories."""
    known = {
        "Li10GeP2S12": (5e-3, 3e-2),  # 1.2e-2, 10.1038/nmat3066
        "Li6PS5Cl": (3e-4, 5e-3),
        "Li7La3Zr2O12": (1e-4, 1e-3),  # 3e-4, 10.1002/anie.200701144
        "Li1.3Al0.3Ti1.7(PO4)3": (1e-4, 5e-3),
        "Li3YCl6": (5e-5, 1e-3),  # 5e-4, 10.1002/adma.201803075
        "Li2.88PO3.73N0.14": (1e-14, 1e-12),
        "LiPON (sputtered film)": (5e-7, 5e-6),
        "PEO-LiTFSI": (5e-7, 2e-4),
        "beta-Li3PS4": (1e-4, 3e-4),
        "Li7P3S11": (1e-3, 2e-2),
        "Li9.54Si1.74P1.44S11.7Cl0.3": (2e-2, 3e-2),
        "Li3N": (1e-4, 2e-3),
        "LiNbOCl4": (5e-3, 2e-2),
    }
    for name, (low, high) in known.items():
        found = [
            r.value
            for r in conductivities
            if r.material == name and r.is_usable and r.temperature_c is not None and 18 <= r.temperature_c <= 30
        ]
        assert found, name
        assert all(low <= v <= high for v in found if v is not None), (name, found)


def test_sources_are_stated_and_recalled_values_have_none(rows: tuple[LiteratureValue, ...]) -> None:
    assert {r.verification for r in rows} == {"corroborated", "text", "recalled"}
    for row in rows:
        if row.verification == "recalled":
            assert not row.doi
            assert not row.url
            assert not row.is_usable
        else:
            assert row.url.startswith(("http://", "https://")), row
        if row.verification == "corroborated":
            assert row.doi, row
        assert not row.doi or DOI.fullmatch(row.doi), row.doi
        if "second-hand" in row.conditions:
            assert row.confidence != "high", row


def test_units_fit_and_values_are_plausible(rows: tuple[LiteratureValue, ...]) -> None:
    for row in rows:
        if row.key == LI_OUTCOME:
            assert row.outcome in OUTCOMES
            assert row.value is None
            continue
        assert row.value is not None
        assert not row.outcome
        if row.key in FURTHER_QUANTITIES:
            _, lowest, highest = FURTHER_QUANTITIES[row.key]
            assert lowest <= row.value <= highest, row
        else:
            natural = convert(row.value, row.unit, PROPERTIES[row.key].unit)
            assert PROPERTIES[row.key].is_plausible(natural), row
        if row.low is not None and row.high is not None:
            assert row.low <= row.high, row
        if row.low is not None and row.bound is Bound.EXACT:
            assert row.low <= row.value * 1.001 + 1e-12, row
        if row.high is not None and row.bound is Bound.EXACT:
            assert row.high >= row.value * 0.999 - 1e-12, row


def test_conductivities_carry_a_temperature_and_lie_between_an_insulator_and_a_melt(
    conductivities: list[LiteratureValue],
) -> None:
    for row in conductivities:
        assert row.temperature_c is not None, row
        assert -50 <= row.temperature_c <= 350, row
        assert row.value is not None, row
        assert -14 <= math.log10(row.value) <= 0, row


def test_activation_energies(rows: tuple[LiteratureValue, ...]) -> None:
    energies = [r.value for r in rows if r.key == "activation_energy" and r.value is not None]
    assert len(energies) >= 60
    assert all(0.1 < value < 1.5 for value in energies)


def test_electronic_resistivity_is_the_inverse_of_the_stated_conductivity(rows: tuple[LiteratureValue, ...]) -> None:
    checked = 0
    for row in rows:
        if row.key == "electronic_resistivity":
            stated = re.search(r"electronic conductivity ([\d.e+-]+) S/cm", row.conditions)
            assert stated
            assert row.value is not None
            assert row.value * float(stated.group(1)) == pytest.approx(1, rel=1e-4)
            checked += 1
    assert checked >= 20


def test_compositions_of_electrolytes_are_neutral(rows: tuple[LiteratureValue, ...]) -> None:
    """Formulas of films are measured ones, and hydrogen of amides and boranes has no one state."""
    films = {"LiPON (ALD film)", "Li3.09BO2.53N0.52"}
    for row in rows:
        if row.table not in ("electrolytes", "electronic") or row.composition is None or not row.is_usable:
            continue
        if row.chemistry_class != "hydride" and row.material not in films and "H" not in row.composition:
            assert can_balance(row.composition.get_el_amt_dict()), row


def test_no_more_gas_than_sulfur_can_give(rows: tuple[LiteratureValue, ...]) -> None:
    released = [r for r in rows if r.key == "h2s_release" and r.value is not None]
    assert len(released) >= 20
    for row, limit in zip(released, h2s_limits([r.composition for r in released]), strict=True):
        assert row.value is not None
        assert row.value <= limit, row


def test_cathodes_and_mixed_conductors_tell_nothing_about_electrolytes(rows: tuple[LiteratureValue, ...]) -> None:
    resistivities = [r for r in rows if r.key == "electronic_resistivity" and r.is_usable and r.value is not None]
    electrolytes = [r.value for r in resistivities if r.table == "electronic" and r.value is not None]
    others = [r.value for r in resistivities if r.table == "interfaces"]
    assert min(electrolytes) > 1e5
    assert len(others) >= 20
    assert not any(r.family in ("layered", "olivine") for r in resistivities if r.table == "electronic")


def test_a_polymer_electrolyte_names_its_salt(rows: tuple[LiteratureValue, ...]) -> None:
    """Without the salt a conductivity belongs to no formulation; such values make no candidate."""
    for row in rows:
        if row.polymer is not None and row.key == "ionic_conductivity" and row.family != "single_ion":
            assert (row.polymer.salt_smiles is None) == (row.table == "polymers"), row


def test_class_and_family_are_of_the_chemistry_table(rows: tuple[LiteratureValue, ...]) -> None:
    classes = {c.key for c in CLASSES}
    families = {f.key for f in FAMILIES} | {"other"}
    exceptions = {"Li(BH3NH2BH2NH2BH3)"}  # amidoborane: N outweighs the hydride in the charge rule
    for row in rows:
        assert row.chemistry_class in classes, row
        assert row.family in families, row
        if row.composition is not None and len(row.composition) > 1 and row.material not in exceptions:
            assert classify(row.composition) == row.chemistry_class, row
        assert (row.polymer is not None) == (row.chemistry_class == "polymer")


def test_one_spelling_a_material(rows: tuple[LiteratureValue, ...]) -> None:
    formulas = defaultdict(set)
    for row in rows:
        if row.table == "electrolytes" and row.composition is not None:
            formulas[row.material].add(row.composition.fractional_composition.formula)
    assert all(len(found) == 1 for found in formulas.values()), [k for k, v in formulas.items() if len(v) > 1]


def test_no_row_stands_twice(rows: tuple[LiteratureValue, ...]) -> None:
    keys = [
        (
            r.table,
            r.material,
            r.polymer,
            r.key,
            r.value,
            r.outcome,
            r.temperature_c,
            r.conditions,
            r.preparation,
            r.doi,
            r.url,
        )
        for r in rows
    ]
    assert len(keys) == len(set(keys))


def test_quotes_from_obelix_stay_few_and_are_credited(rows: tuple[LiteratureValue, ...]) -> None:
    others = [r for r in rows if "/mchaffie/" in r.url]  # a collection of its own that stands beside OBELiX
    assert len(others) > 100
    assert all("McHaffie et al. (10.1039/D5DD00052A)" in r.conditions for r in others)
    quoted = [r for r in rows if r not in others]
    quoted = [r for r in quoted if "OBELiX" in r.url or "OBELiX" in r.conditions.split(", agrees")[0]]
    from_obelix = [r for r in quoted if "as compiled in OBELiX" in r.conditions]
    assert 50 <= len(from_obelix) <= 120
    credited = ("as compiled in OBELiX", "as compiled in the Liverpool Ionics Dataset")
    assert all(any(c in r.conditions for c in credited) for r in quoted)
    assert all("github.com/NRC-Mila/OBELiX" in r.url for r in from_obelix)


def test_molalities_follow_from_the_stated_ratio(rows: tuple[LiteratureValue, ...]) -> None:
    """PEO: one mol salt per n mol of C2H4O (44.053 g/mol) is 1000/(44.053 n) mol/kg."""
    checked = 0
    for row in rows:
        stated = re.search(r"molality computed from O:Li ([\d.]+)", row.conditions)
        if stated and row.polymer is not None and row.polymer.molality is not None:
            assert row.polymer.molality == pytest.approx(1000 / (44.053 * float(stated.group(1))), rel=1e-3)
            checked += 1
    ptmc = next(r.polymer for r in rows if r.material == "PTMC-LiClO4")
    # (TMC)2LiClO4: C4H6O3 weighs 102.09 g/mol
    assert ptmc is not None
    assert ptmc.molality == pytest.approx(1000 / (2 * 102.09), rel=1e-3)
    assert checked >= 1


def test_load_gives_measurements_only_of_usable_values(rows: tuple[LiteratureValue, ...]) -> None:
    records = SOURCE.load()
    ids = [c.candidate_id for c in records.candidates]
    assert len(ids) == len(set(ids))
    assert all("|" not in i for i in ids)
    assert not records.rejected
    known = set(ids)
    assert all(m.candidate_id in known and m.method == "experiment" and m.reference for m in records.measurements)
    labels = {c.label: c for c in records.candidates}
    recalled = {r.material for r in rows if r.table == "electrolytes" and r.verification == "recalled"}
    only_recalled = recalled - {r.material for r in rows if r.is_usable}
    assert only_recalled
    measured = {m.candidate_id for m in records.measurements}
    for name in only_recalled:
        assert labels[name].candidate_id not in measured
    # PAN-LiTf cast with residual solvent has low confidence
    n_conductivity = sum(m.property == "ionic_conductivity" for m in records.measurements)
    n_usable = sum(r.key == "ionic_conductivity" and r.is_usable and r.table == "electrolytes" for r in rows)
    assert n_conductivity == n_usable
    assert not {m.property for m in records.measurements} & set(FURTHER_QUANTITIES)


def test_load_stores_logarithms_and_bounds() -> None:
    records = SOURCE.load()
    by_label = defaultdict(list)
    for candidate in records.candidates:
        by_label[candidate.label].append(candidate.candidate_id)
    lgps = [
        m
        for m in records.measurements
        if m.candidate_id in by_label["Li10GeP2S12"]
        and m.reference == "10.1038/nmat3066"
        and m.property == "ionic_conductivity"
    ]
    assert [m.value for m in lgps] == [pytest.approx(math.log10(0.012))]
    bound = [
        m for m in records.measurements if m.candidate_id in by_label["Li2PO2N"] and m.property == "ionic_conductivity"
    ]
    assert [m.bound for m in bound] == [Bound.BELOW]
    assert len(by_label["PEO-LiTFSI"]) >= 2  # formulations stay apart


def test_evidence_of_the_ranking_is_neither_learned_nor_an_outcome_in_a_cell() -> None:
    rows = [row for name in EVIDENCE_ONLY for row in SOURCE.values(name, with_unusable=True)]
    assert len(rows) >= 20
    learned = {(m.reference, m.property, m.temperature_c, round(m.value, 3)) for m in SOURCE.load().measurements}
    elsewhere = {(r.reference, r.key, r.value) for n in TABLES if n not in EVIDENCE_ONLY for r in SOURCE.values(n)}
    for row in rows:
        assert row.is_usable, row
        assert row.is_measured, row
        assert row.year, row
        assert row.key not in ("critical_current", LI_OUTCOME, "cell_cycled"), row
        assert (row.reference, row.key, row.value) not in elsewhere, row  # one value stands once
        if row.key == "ionic_conductivity":
            assert row.value is not None
            assert (row.reference, row.key, row.temperature_c, round(math.log10(row.value), 3)) not in learned, row


def test_values_of_one_table() -> None:
    assert {r.table for r in SOURCE.values("mechanics")} == {"mechanics"}
    with pytest.raises(UsageError, match="mechanics"):
        SOURCE.values("mechanic")


def test_a_broken_row_is_named(tmp_path: Path) -> None:
    source = (data_dir() / "literature" / "mechanics.csv").read_text(encoding="utf-8").splitlines()
    path = tmp_path / "mechanics.csv"
    path.write_text(
        "\n".join([source[0], source[1], source[2].replace(",high,", ",certain,").replace(",medium,", ",certain,")]),
        encoding="utf-8",
    )
    with pytest.raises(InputError, match=r"mechanics.csv line 3 .*certain"):
        read_table(path)
    path.write_text("\n".join([source[0], source[1].replace(",density,", ",weight,")]), encoding="utf-8")
    with pytest.raises(InputError, match=r"mechanics.csv line 2 .*'weight' is no property"):
        read_table(path)


@pytest.mark.skipif(not MIRROR or MIRROR.startswith("http"), reason="SSBSCREEN_DATA_MIRROR not set to a folder")
def test_quotes_agree_with_obelix(conductivities: list[LiteratureValue]) -> None:
    with (Path(MIRROR) / "obelix" / "train.csv").open(encoding="utf-8-sig") as file:
        entries = defaultdict(list)
        for entry in csv.DictReader(file):
            value = entry["Ionic conductivity (S cm-1)"].lstrip("<")
            composition = Composition(entry["Reduced Composition"].replace("[", "").replace("]", ""))
            entries[_key(composition)].append((entry["DOI"].lower(), float(value)))
    quoted = [r for r in conductivities if "as compiled in OBELiX" in r.conditions]
    for row in quoted:
        assert row.composition is not None
        assert row.value is not None
        found = [v for doi, v in entries[_key(row.composition)] if row.doi.lower() in doi]
        assert any(math.isclose(v, row.value, rel_tol=1e-4) for v in found), row
    others = [
        r
        for r in conductivities
        if r not in quoted
        and r.composition is not None
        and r.verification == "text"
        and r.temperature_c is not None
        and 18 <= r.temperature_c <= 30
    ]
    distances = [
        min(abs(math.log10(v / r.value)) for _, v in entries[_key(r.composition)])
        for r in others
        if r.value and r.composition and entries[_key(r.composition)]
    ]
    # repeats of one composition differ by 0.4 in the median
    assert len(distances) >= 10
    assert sorted(distances)[len(distances) // 2] <= 0.4


def _key(composition: Composition) -> tuple[tuple[str, float], ...]:
    total = composition.num_atoms
    return tuple(sorted((el, round(n / total, 3)) for el, n in composition.get_el_amt_dict().items()))


def test_quotes_from_a_compilation_name_it_and_read_values_do_not() -> None:
    assert compiled_in("room temperature taken as 25 C; as compiled in OBELiX, agrees with Laskowski") == "OBELiX"
    assert compiled_in("as compiled in the Liverpool Ionics Dataset, single row") == "Liverpool"
    assert compiled_in("as compiled in the digitised data of Laskowski et al.") == "Laskowski"
    assert compiled_in("mechanochemical; temperature not in abstract") == ""


def test_values_taken_in_after_a_model_are_known_to_screens_and_not_to_its_training() -> None:
    config = load_model_config("conductivity")
    marked = [r for r in SOURCE.values("electrolytes") if taken_in_after(r.conditions) == "conductivity 0.7.0"]
    assert len(marked) == 280
    assert taken_in_after("room temperature taken as 25 C") == ""
    assert config.version == "0.7.0"
    assert config.exclude["taken_in_after"] == ("conductivity 0.7.0",)
