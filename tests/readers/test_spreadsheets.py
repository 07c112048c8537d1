"""Tables as spreadsheets of several countries and data bases write them."""

import pytest
from openpyxl import Workbook

from ssbscreen.core.composition_text import parse_composition
from ssbscreen.readers.inputs import load_inputs

ROWS = "試料,組成,温度\n硫化物,Li６PS５Cl,６０\n表面,Li3YCl6,室温\n"


def read(path, content):
    path.write_bytes(content)
    records = load_inputs([path])
    return {c.candidate_id: c for c in records.candidates}, [r.reason for r in records.rejected]


@pytest.mark.parametrize("encoding", ["cp932", "utf-8", "utf-8-sig", "utf-16"])
def test_a_japanese_table_in_every_encoding(tmp_path, encoding):
    found, rejected = read(tmp_path / "t.csv", ROWS.encode(encoding))
    assert not rejected
    assert {name: (c.formula, c.temperature_c) for name, c in found.items()} == {
        "硫化物": ("Li6PS5Cl", 60.0),
        "表面": ("Li3YCl6", 25.0),
    }


@pytest.mark.parametrize("word", ["größere Körner", "Gerät – käuflich", "répétés étés", "„Müller‟ ßä", "25 °C ± 2"])
def test_accents_of_europe_are_no_japanese(tmp_path, word):
    found, _ = read(tmp_path / "t.csv", f"Probe;Formel\n{word};LiF\n".encode("cp1252", "ignore"))
    assert list(found) == [word.replace("‟", "")]


@pytest.mark.parametrize(
    "content",
    [
        "sep=;\nProbe;Zusammensetzung;Temperatur (°C)\na;Li2,5Y0,5Zr0,5Cl6;60,5\n",
        "Name\tFormel\tT [℃]\na\tLi2,5Y0,5Zr0,5Cl6\t60,5\n",
        "name,composition,T\ra,Li2.5Y0.5Zr0.5Cl6,60.5 ºC\r",
        "CollectionCode,StructuredFormula,T_K\na,Li2.5 (Y0.5 Zr0.5) Cl6,333.65\n",
        "entry_id,chemical_formula_reduced,t\na,Cl12Li5YZr,~60.5\n",
        "material_id,composition,t\na,\"{'Li': 2.5, 'Y': 0.5, 'Zr': 0.5, 'Cl': 6.0}\",\"60,5\"\n",
    ],
)
def test_one_table_of_many_programs(tmp_path, content):
    found, rejected = read(tmp_path / "t.csv", content.encode())
    assert not rejected
    wanted = parse_composition("Li5YZrCl12").fractional_composition
    assert found["a"].composition.fractional_composition.almost_equals(wanted)
    assert found["a"].temperature_c == pytest.approx(60.5)


@pytest.mark.parametrize(
    ("header", "words"), [("name,formula,Temperature [°F]", "Fahrenheit"), ("name,polymer,salt,EO:Li", "molality")]
)
def test_a_column_that_would_change_the_material_is_not_passed_over(tmp_path, header, words):
    found, rejected = read(tmp_path / "t.csv", f"{header}\na,PEO,LiTFSI,20\n".encode())
    assert not found
    assert words in rejected[0]


def test_merged_cells_hold_for_all_their_rows(tmp_path):
    book = Workbook()
    sheet = book.active
    for row in (["id", "formula", "temperature"], ["a", "LiF", 60], ["b", "LiCl", None], ["c", "LiBr", None]):
        sheet.append(row)
    sheet.append(["d", "LiI", None])
    sheet.merge_cells("C2:C4")
    book.save(tmp_path / "t.xlsx")
    found = load_inputs([tmp_path / "t.xlsx"]).candidates
    assert [c.temperature_c for c in found] == [60.0, 60.0, 60.0, 25.0]


def test_a_composite_of_a_polymer_is_not_read_as_the_polymer(tmp_path):
    found, rejected = read(tmp_path / "t.csv", b"composition\nPEO18LiTFSI + 10wt% LLZO\n")
    assert not found
    assert "more than polymer and salt" in rejected[0]


@pytest.mark.parametrize("end", ["\r", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_cif_with_other_ends_of_lines_and_encodings(tmp_path, end, encoding):
    lines = ["data_a", "_symmetry_space_group_name_H-M 'P m -3 m'", "loop_", "_atom_site_label", "_atom_site_fract_x"]
    lines += ["_atom_site_fract_y", "_atom_site_fract_z", "Cs 0 0 0", "Cl 0.5 0.5 0.5"]
    cell = [f"_cell_length_{a} 4.12" for a in "abc"] + [f"_cell_angle_{a} 90" for a in ("alpha", "beta", "gamma")]
    text = end.join([lines[0], *cell, *lines[1:], ""])
    found, rejected = read(tmp_path / "a.cif", text.encode(encoding))
    assert not rejected
    assert (found["a.cif"].formula, found["a.cif"].space_group) == ("CsCl", 221)


def test_a_file_of_another_program_is_refused_with_a_way_out(tmp_path):
    _, rejected = read(tmp_path / "pw.out", b"     Program PWSCF v.7.2 starts\n")
    assert ".xlsx" in rejected[0]
    assert "ase convert" in rejected[0]
