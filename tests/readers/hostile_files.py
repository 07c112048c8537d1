"""Files that ask for more than a structure or a table can: makers of their content, by the name of the file."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

CELL = "".join(
    f"_cell_length_{x} 5\n_cell_angle_{y} 90\n" for x, y in zip("abc", ("alpha", "beta", "gamma"), strict=True)
)
_SITES = "loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n"
_CUBE = {"matrix": [[5, 0, 0], [0, 5, 0], [0, 0, 5]]}
_OFFICE = "http://schemas.openxmlformats.org"
_SHEET = f'<?xml version="1.0"?><worksheet xmlns="{_OFFICE}/spreadsheetml/2006/main">'
_END = "</sheetData></worksheet>"


def cif(operations: list[str], sites: list[str], head: str = "", cell: str = CELL) -> str:
    return f"data_a\n{head}{cell}loop_\n_symmetry_equiv_pos_as_xyz\n" + "\n".join(
        [*operations, _SITES + sites[0], *sites[1:], ""]
    )


def shifts(n: int) -> list[str]:
    """Distinct operations that gemmi can read: 24 steps along each axis."""
    return [f"x+{i % 24}/24,y+{i // 24 % 24}/24,z+{i // 576 % 24}/24" for i in range(n)]


def extxyz(n: int) -> str:
    return f'{n}\nLattice="5 0 0 0 5 0 0 0 5" Properties=species:S:1:pos:R:3 pbc="T T T"\n' + "Li 0.1 0.2 0.3\n" * n


def poscar(n: int, rows: int) -> str:
    return f"a\n1.0\n50 0 0\n0 50 0\n0 0 50\nLi\n{n}\nDirect\n" + "0.1 0.2 0.3\n" * rows


def table(text: str, column: str = "composition") -> str:
    return f'candidate_id,{column}\na,"{text}"\n'


def structure(n: int, **properties: Any) -> dict[str, Any]:
    site = {"species": [{"element": "Li", "occu": 1}], "abc": [0.1, 0.2, 0.3], "properties": properties}
    return {"lattice": _CUBE, "sites": [site] * n}


def xlsx(sheet: str) -> bytes:
    """An Excel file around the XML of its one sheet."""
    kind, relation = "application/vnd.openxmlformats-", f"{_OFFICE}/officeDocument/2006/relationships"
    links = f'<Relationships xmlns="{_OFFICE}/package/2006/relationships"><Relationship Id="rId1" Type="{relation}'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_OFFICE}/package/2006/content-types"><Default Extension="rels" '
        f'ContentType="{kind}package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" '
        f'ContentType="{kind}officedocument.spreadsheetml.worksheet+xml"/></Types>',
        "_rels/.rels": f'{links}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_OFFICE}/spreadsheetml/2006/main" xmlns:r="{relation}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{links}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


# name of the file -> its content, and what the reason must say
HOSTILE: dict[str, tuple[Callable[[], str | bytes], str]] = {
    "operations-5000.cif": (lambda: cif(shifts(5000), ["Li1 .1 .2 .3"]), "5000 symmetry operations"),
    "operations-13800.cif": (lambda: cif(shifts(13800), ["Li1 .1 .2 .3"]), "13800 symmetry operations"),
    "operations-60000.cif": (lambda: cif(shifts(60000), ["Li1 .1 .2 .3"]), "60000 symmetry operations"),
    "all-images-on-one-point.cif": (
        lambda: cif(shifts(1500), [f"Li1 .{i} .2 .3" for i in range(100, 230)], cell=CELL.replace(" 5", " 1.01")),
        "its own image",
    ),
    "almost-a-lattice.cif": (
        lambda: cif(shifts(1000), ["Li1 .01 .02 .03"], cell=CELL.replace(" 5", " 60")),
        "symmetry of 1000 sites",
    ),
    "long-operation.cif": (lambda: cif(["x" + "+1/2" * 500_000 + ",y,z"], ["Li1 .1 .2 .3"]), "200 characters"),
    "long-name.cif": (
        lambda: cif([], ["Li1 .1 .2 .3"]).replace(
            "loop_\n_symmetry_equiv_pos_as_xyz\n", f"_symmetry_space_group_name_H-M '{'P 2/m ' * 100_000}'\n"
        ),
        "200 characters",
    ),
    "brackets-in-the-formula.cif": (
        lambda: cif(
            ["x,y,z"], ["Li1 .1 .2 .3", "Li2 .1 .2 .3001"], "_chemical_formula_sum '" + "(" * 100_000 + "Li'\n"
        ),
        "",
    ),
    "million-sites.cif": (lambda: cif(["x,y,z"], ["Li1 .1 .2 .3"] * 1_000_000), "1000000 atoms"),
    "atoms-on-one-point.cif": (lambda: cif(["x,y,z"], ["Li1 .1 .2 .3 "] * 9000), "listed on one position"),
    "blocks.cif": (
        lambda: "".join(f"data_{i}\nloop_\n_atom_site_fract_x\n0\n" for i in range(300_000)),
        "300000 data blocks",
    ),
    "flat.cif": (lambda: cif(["x,y,z"], ["Li1 .1 .2 .3"], cell=CELL.replace("gamma 90", "gamma 1e-4")), "no unit cell"),
    "huge.cif": (lambda: cif(["x,y,z"], ["Li1 .1 .2 .3"], cell=CELL.replace(" 5", " 100000")), "out of all bounds"),
    "needle.cif": (
        lambda: cif(
            ["x,y,z"],
            ["Li1 .1 .2 .3"],
            cell=CELL.replace("_a 5", "_a 1e6").replace("_b 5", "_b .01").replace("_c 5", "_c .01"),
        ),
        "out of all bounds|its own image",
    ),
    "digits-of-a-cell.cif": (
        lambda: cif(["x,y,z"], ["Li1 .1 .2 .3"], cell=CELL.replace("_a 5", "_a 5" + "0" * 1_000_000)),
        "",
    ),
    "million-sites.extxyz": (lambda: extxyz(1_000_000), "1000000 sites"),
    "announced-sites.extxyz": (lambda: "999999999" + extxyz(1)[1:], "999999999 sites"),
    "digits.extxyz": (lambda: "9" * 1_000_000 + extxyz(1), "in place of a number of atoms"),
    "frames.extxyz": (lambda: extxyz(1) * 100_000, "more than 10000 frames"),
    "columns.extxyz": (lambda: extxyz(1).replace("pos:R:3", "pos:R:3:x:R:100000000"), "1000 columns"),
    "keys.extxyz": (lambda: extxyz(1).replace("pbc", "a=" * 1_000_000 + " pbc"), "characters"),
    "infinite.extxyz": (lambda: extxyz(1).replace("0.1", "inf"), "not a number"),
    "far.extxyz": (lambda: extxyz(1).replace("0.1", "1e300"), "out of all bounds"),
    "million-sites.poscar": (lambda: poscar(1_000_000, 1_000_000), "1000000 sites"),
    "announced-sites.poscar": (lambda: poscar(999_999_999, 1), "999999999 sites"),
    "digits.poscar": (lambda: poscar(0, 1).replace("\n0\n", "\n" + "9" * 1_000_000 + "\n"), "sites"),
    "counts.poscar": (lambda: poscar(0, 1).replace("\n0\n", "\n" + "1" * 40 + "x\n"), "no counts of the atoms"),
    "scale.poscar": (lambda: poscar(1, 1).replace("1.0", "nan"), "not a number"),
    "vectors.poscar": (lambda: poscar(1, 1).replace("50 0 0", "1e300 0 0"), ""),
    "sites.json": (lambda: json.dumps(structure(100_000)), "100000 sites"),
    "structures.json": (lambda: json.dumps([structure(1)] * 50_000), "50000 structures"),
    "deep.json": (lambda: "[" * 9_000_000 + "]" * 9_000_000, "recursion"),
    "deep-keys.json": (lambda: '{"lattice":' * 1_000_000 + "1" + "}" * 1_000_000, "recursion"),
    "digits.json": (lambda: '{"lattice":' + "9" * 1_000_000 + ',"sites":[]}', "not a readable JSON"),
    "atoms-of-ase.json": (
        lambda: json.dumps({"numbers": [3] * 1_000_000, "positions": [[0, 0, 0]], "cell": _CUBE["matrix"]}),
        "1000000 sites",
    ),
    "shape-of-ase.json": (
        lambda: json.dumps({"numbers": {"__ndarray__": [[10**9], "int64", [3]]}, "positions": [], "cell": []}),
        "cannot be read",
    ),
    "deep.jsonl": (lambda: "[" * 9_000_000 + "]" * 9_000_000 + "\n", "recursion"),
    "digits.csv": (lambda: table("Li" + "9" * 100_000), "100002 characters"),
    "brackets.csv": (lambda: table("(" * 60_000 + "Li" + ")" * 60_000), "120002 characters"),
    "nested-mixtures.csv": (lambda: table("50(" * 10_000 + "Li2S" + ")-50Li2S" * 10_000), "characters"),
    "ratio.csv": (lambda: table("Li2S-P2S5 (" + ":".join(["1"] * 50_000) + ")"), "characters"),
    "periods.csv": (lambda: table("LiClO4.3H2O" * 5_000), "characters"),
    "spaces.csv": (lambda: table("Li" + " " * 100_000 + "Cl"), "characters"),
    "amounts.csv": (lambda: table("Li" + "9" * 390), "atoms; give a formula with usual amounts"),
    "nested-brackets.csv": (lambda: table("(" * 190 + "Li" + ")" * 190), ""),
    "rows.csv": (lambda: "candidate_id,composition\n" + "a,#\n" * 2_000_000, "more than 1000000 lines"),
    "blank-lines.csv": (lambda: "\n" * 19_000_000, "more than 1000000 lines"),
    "columns.csv": (lambda: ",".join(f"c{i}" for i in range(200_000)) + "\n", "200000 columns"),
    "more-columns.csv": (lambda: ",".join("abcdefgh" * 200) + "\n1\n", "1600 columns"),
    "cell.csv": (lambda: "candidate_id,composition\na," + "x" * 5_000_000 + "\n", "field larger than"),
    "chain.csv": (lambda: table("*" + "C" * 10_000 + "*", "smiles"), "1000 atoms"),
    "branches.csv": (lambda: table("*" + "C(" * 5000 + ")" * 5000 + "*", "smiles"), "1000 atoms"),
    "parts.csv": (lambda: table("*CC*" + ".[Li+]" * 3000, "smiles"), "1000 atoms"),
    "salt.csv": (lambda: "candidate_id,smiles,salt_smiles\na,*CCO*," + "C" * 10_000 + "[O-]\n", "1000 atoms"),
    "rows.xlsx": (
        lambda: xlsx(_SHEET + "<sheetData>" + "<row><c><v>1</v></c></row>" * 3_000_000 + _END),
        "100 are allowed|rows and cells",
    ),
    "nested-rows.xlsx": (
        lambda: xlsx(_SHEET + "<sheetData>" + "<row>" * 300_000 + "</row>" * 300_000 + _END),
        "too deeply",
    ),
    "far-cell.xlsx": (
        lambda: xlsx(
            _SHEET
            + '<sheetData><row r="1"><c r="XFD1"><v>1</v></c></row>'
            + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
            + _END
        ),
        "rows and cells",
    ),
    "declared-size.xlsx": (
        lambda: xlsx(
            _SHEET + '<dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
            '<row r="1048576"><c r="A1048576"><v>1</v></c></row>' + _END
        ),
        "rows and cells",
    ),
    "entities.xlsx": (
        lambda: xlsx(
            '<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">'
            + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
            + f']><worksheet xmlns="{_OFFICE}/spreadsheetml/2006/main"><sheetData>'
            + '<row><c t="inlineStr"><is><t>&j;</t></is></c></row>'
            + _END
        ),
        "amplification",
    ),
}
