"""Tables as other programs write them, and what chemists write for a material."""

import gzip

import pandas as pd
import pytest
from pymatgen.core import Composition

from ssbscreen.core.composition_text import parse_composition
from ssbscreen.core.errors import InputError
from ssbscreen.files.material_names import composition_of
from ssbscreen.readers.inputs import load_inputs
from ssbscreen.readers.polymer_text import formulation

LITFSI = "[Li+].FC(F)(F)S(=O)(=O)[N-]S(=O)(=O)C(F)(F)F"


def read(tmp_path, content, name="t.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    records = load_inputs([path])
    return {c.candidate_id: c for c in records.candidates}, [r.reason for r in records.rejected]


@pytest.mark.parametrize(
    "content",
    [
        "name,composition\na,LiF\n",
        "id;formula;T (K)\na;LiF;298,15\n",
        "Material\tpretty_formula\na\tLiF\n",
        "mp_id|Chemical Formula\na|LiF\n",
        ",candidate_id,composition\n0,a,LiF\n",
        "candidate_id,composition,\na,LiF,\n",
        "candidate_id,composition,smiles\na,LiF,NaN\n",
        "\ufeffcandidate_id,composition\r\na,LiF\r\n",
        "candidate_id,composition,note\na,LiF,25 \u00b0C\n".encode("cp1252"),
        "candidate_id,composition\na,LiF\n".encode("utf-16"),
    ],
)
def test_one_table_however_it_is_saved(tmp_path, content):
    found, rejected = read(tmp_path, content)
    assert not rejected
    assert found["a"].formula == "LiF"
    assert found["a"].temperature_c == pytest.approx(25.0)


def test_excel_and_compressed_tables(tmp_path):
    frame = pd.DataFrame({"id": ["a"], "formula": ["LiF"], "temperature": [60.0]})
    frame.to_excel(tmp_path / "t.xlsx", index=False)
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(frame.to_csv(index=False).encode()))
    for name in ("t.xlsx", "t.csv.gz"):
        (candidate,) = load_inputs([tmp_path / name]).candidates
        assert (candidate.candidate_id, candidate.formula, candidate.temperature_c) == ("a", "LiF", 60.0)


def test_ids_are_made_where_there_are_none(tmp_path):
    found, _ = read(tmp_path, "composition\nLiF\nLiCl\n")
    assert {name: c.formula for name, c in found.items()} == {"t.csv#0": "LiF", "t.csv#1": "LiCl"}


def test_a_column_of_names_alone_is_read_as_materials(tmp_path):
    found, rejected = read(tmp_path, "material\nLGPS\nLi6PS5Cl\nunobtainium\n")
    assert found["LGPS"].formula == "Li10Ge(PS6)2"
    assert set(found) == {"LGPS", "Li6PS5Cl"}
    assert len(rejected) == 1


def test_the_text_nan_is_no_sodium_nitride(tmp_path):
    _, rejected = read(tmp_path, "candidate_id,composition\na,NaN\n")
    assert "neither composition" in rejected[0]


@pytest.mark.parametrize(("text", "celsius"), [("298 K", 24.85), ("60 \u00b0C", 60.0), ("60C", 60.0), ("", 25.0)])
def test_temperatures_with_a_unit(tmp_path, text, celsius):
    found, _ = read(tmp_path, f"candidate_id,composition,temperature\na,LiF,{text}\n")
    assert found["a"].temperature_c == pytest.approx(celsius)


def test_a_temperature_that_looks_like_kelvin_is_doubted(tmp_path):
    found, _ = read(tmp_path, "candidate_id,composition,temperature\na,LiF,298.15\nb,LiF,60\n")
    assert "kelvin" in found["a"].doubt
    assert not found["b"].doubt


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("Li7-xLa3Zr2-xTaxO12 (x=0.5)", "Li6.5La3Zr1.5Ta0.5O12"),
        ("Li1+xAlxTi2-x(PO4)3, x = 0.3", "Li1.3Al0.3Ti1.7P3O12"),
        ("xLi2S-(1-x)P2S5 (x=0.75)", "Li1.5P0.5S2"),
        ("LiClO4.3H2O", "LiClO7H6"),
        ("LiI.3H2O", "LiIO3H6"),
        ("Li2O.2B2O3", "Li2B4O7"),
        ("Li.5La.5TiO3", "Li0.5La0.5TiO3"),
        ("Li2.0O1.0H1.0Br1.0", "Li2OHBr"),
        ("LiBD4", "LiBH4"),
        ('"(Li2S)0.75 (P2S5)0.25"', "Li1.5P0.5S2"),
        ("Li[Ni0.8Mn0.1Co0.1]O2", "LiNi0.8Mn0.1Co0.1O2"),
        ("LGPS", "Li10GeP2S12"),
        ("llzo", "Li7La3Zr2O12"),
        ("Li\u2086PS\u2085Cl", "Li6PS5Cl"),
    ],
)
def test_what_chemists_write(text, formula):
    assert composition_of(text).get_el_amt_dict() == pytest.approx(Composition(formula).get_el_amt_dict())


@pytest.mark.parametrize("text", ["LiTFSI", "PVDF", "TFSI", "LiT", "Li7-xLa3Zr2-xTaxO12", "Li1-xO (x=2)", "Li2S-P2S5"])
def test_what_is_no_composition_is_refused(text):
    with pytest.raises(InputError):
        composition_of(text)


def test_a_period_that_may_be_both_is_refused():
    with pytest.raises(InputError, match="mixture or a decimal"):
        parse_composition("FeO.5Fe2O3")


def test_a_salt_inside_the_smiles_is_the_salt_beside_it():
    assert formulation(f"*CCO*.{LITFSI}", None, 1.2) == formulation("*CCO*", LITFSI, 1.2)
    with pytest.raises(InputError, match="names another"):
        formulation(f"*CCO*.{LITFSI}", "[Li+].[Cl-]", 1.2)
    bound = formulation("*CC(*)C(=O)[O-].[Li+]")  # an ionomer keeps the lithium that its chain needs
    assert bound.salt_smiles is None
    assert "[Li+]" in bound.smiles
