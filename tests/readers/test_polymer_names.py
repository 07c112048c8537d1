"""Polymers by name and by BigSMILES, against amounts counted by hand."""

from __future__ import annotations

import pytest
from pymatgen.core import Composition

from ssbscreen.core.errors import InputError
from ssbscreen.core.formulation import formulation_composition
from ssbscreen.readers.formats.candidate_table import candidate_of
from ssbscreen.readers.polymer_names import named_formulation, repeat_unit_of
from ssbscreen.readers.polymer_text import formulation
from ssbscreen.readers.reading import Limits

EO = 44.053  # g/mol of C2H4O


def candidate(text, folder, **fields):
    return candidate_of({"candidate_id": "a", "composition": text, **fields}, folder, Limits())[0]


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("PEO20LiTFSI", 20),
        ("P(EO)20LiTFSI", 20),
        ("PEO20-LiTFSI", 20),
        ("PEO:LiTFSI (EO:Li = 16:1)", 16),
        ("PEO/LiTFSI 18:1", 18),
        ("PEO-LiTFSI, [EO]/[Li] = 8", 8),
        ("PEO-LiTFSI (Li:EO = 1:12)", 12),
        ("PEO-LiTFSI", None),
    ],
)
def test_units_per_lithium_become_mol_per_kg(text, units, tmp_path):
    polymer = candidate(text, tmp_path).polymer
    assert polymer.smiles == formulation("*CCO*").smiles
    assert polymer.salt_smiles == formulation("*CCO*", "LiTFSI").salt_smiles
    assert polymer.molality == (None if units is None else pytest.approx(1000 / (units * EO), rel=1e-4))


@pytest.mark.parametrize(
    "text", ["PEO", "{[$]CCO[$]}", "{[][$]CCO[$][]}", "*CCO*", "[*]CCO[*]", "poly(ethylene oxide)"]
)
def test_one_host_however_it_is_written(text, tmp_path):
    found = candidate(text, tmp_path)
    assert found.composition is None
    assert found.polymer.smiles == formulation("*CCO*").smiles


@pytest.mark.parametrize("text", ["PEO", "{[>][<]CCO[>][<]}", "poly(ethylene oxide)"])
def test_a_name_stands_for_the_smiles_too(text):
    assert formulation(text).smiles == formulation("*CCO*").smiles


@pytest.mark.parametrize("text", ["Li6PS5Cl", "LiCl*H2O", "PCl3", "LiI-Li3PS4", "{Li}", "Li2B12H12", "LiPF6"])
def test_compositions_are_left_to_their_reader(text):
    assert named_formulation(text) is None


def test_columns_of_the_row_go_before_the_name(tmp_path):
    assert candidate("PEO20LiTFSI", tmp_path, molality="2").polymer.molality == 2


@pytest.mark.parametrize(
    "text",
    [
        "PEO-LiTFSI 30%",
        "PEO:LiTFSI 70:30 wt%",
        "PEO-LiTFSI (EO:Li = 0:1)",
        "{[$]CCO[$],[$]CC[$]}",
        "{[$]CCO[$],C}",
        "{[$]CCO}",
    ],
)
def test_what_leaves_the_amount_or_the_unit_open_says_so(text):
    with pytest.raises(InputError, match=r"lithium|ratio|repeat unit"):
        named_formulation(text)


def test_names_without_a_unit_are_no_polymer():
    assert repeat_unit_of("PCl") is None
    assert repeat_unit_of("PTFE") is None


@pytest.mark.parametrize(
    ("name", "unit"),
    [("PEG", "C2H4O"), ("PPG", "C3H6O"), ("PEI", "C2H5N"), ("polycaprolactone", "C6H10O2"), ("PAN", "C3H3N")],
)
def test_names_stand_for_their_repeat_units(name, unit):
    found = formulation_composition(formulation(name))
    assert found.fractional_composition.almost_equals(Composition(unit).fractional_composition)
