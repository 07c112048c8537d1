"""Good inputs of every format that fuzzing starts from: structure types of `data/prototypes`, reports, small ones."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import gemmi
import numpy as np
import pandas as pd
from fuzz_known import Written

from ssbscreen.files.paths import configs_dir, data_dir
from ssbscreen.readers.prototype_file import Prototype, read_prototype

_REPORTS = Path(__file__).parents[1] / "tests" / "readers" / "public_reports"
_NAMES = ("li2s", "lif", "licoo2", "lifepo4", "li3ocl", "argyrodite", "li3ycl6", "latp", "li3n", "li4ti5o12")
ENDINGS = {
    "cif": ".cif",
    "poscar": ".poscar",
    "extxyz": ".extxyz",
    "json": ".json",
    "jsonl": ".jsonl",
    "table": ".csv",
    "xlsx": ".xlsx",
    "measurements": ".csv",
    "yaml": ".yaml",
    "composition": ".txt",
    "smiles": ".txt",
    "where": ".txt",
}
_COMPOSITIONS = (
    "Li7La3Zr2O12",
    "Li1.3Al0.3Ti1.7(PO4)3",
    "Li7-xLa3Zr2-xTaxO12 (x = 0.5)",
    "75Li2S-25P2S5",
    "0.7Li2S·0.3P2S5",
    "80(0.75Li2S-0.25P2S5)-20LiI",
    "Li2S-P2S5 (75:25)",
    "LiClO4.3H2O",
    "Li₆PS₅Cl",
    "[Li0.5La0.5]TiO3",
    "LLZO",
    "70 mol% Li2S - 30 mol% P2S5",
)
_SMILES = (
    "*CCO* [Li+].FC(F)(F)S(=O)(=O)[N-]S(=O)(=O)C(F)(F)F",
    "[Cu]CC([Au])c1ccccc1",
    "*CC(*)(C)C(=O)OC",
    "*OC(=O)Oc1ccc(cc1)C(C)(C)c1ccc(*)cc1",
    "*CCO*.[Li+].[O-][Cl+3]([O-])([O-])[O-]",
    "*[Si](C)(C)O* [Li+].F[B-](F)(F)F",
)
_WHERE = (
    "ionic_conductivity > 1e-4 and chemistry_class in ('oxide', 'halide')",
    "not (rank <= 10) or score != 0.5",
    "0 < score < 1 and formula == 'LiF'",
)
_TABLE = (
    "candidate_id,composition,temperature\na,Li7La3Zr2O12,25\nb,75Li2S-25P2S5,298 K\nc,Li6PS5Cl,\n",
    "Name;Formula\nx;Li2S\ny;Li1,3Al0,3Ti1,7(PO4)3\n",
    "id\tsmiles\tsalt_smiles\tmolality\tMw\np\t*CCO*\t[Li+].[Cl-]\t1.5\t10000\n",
    'material_id,composition,note\nm1,LiCoO2,"one, two"\nm2,LiFePO4,\n',
)
_MEASURED = (
    "sample_id,composition,property,value,unit,temperature,laboratory\ns1,Li7La3Zr2O12,ionic_conductivity,4e-4,S/cm,25,us\n"
    "s2,Li6PS5Cl,ionic_conductivity,<1e-9,mS/cm,298 K,us\ns3,LiF,bulk_modulus,70,GPa,,us\n",
)


def prototypes() -> list[Prototype]:
    """Structure types with few sites, of every kind of occupancy."""
    folder = data_dir() / "prototypes"
    return [read_prototype(folder / f"{name}.yaml") for name in _NAMES if (folder / f"{name}.yaml").is_file()]


def with_symmetry(prototype: Prototype) -> str:
    """CIF of the asymmetric unit with the operations written out."""
    group = gemmi.find_spacegroup_by_name(prototype.record.space_group.symbol)
    operations = "\n".join(f"'{op.triplet()}'" for op in group.operations())
    cell = prototype.record.lattice
    rows = "\n".join(
        f"{site.label}_{element} {element} {' '.join(f'{x:.6f}' for x in site.xyz)} {share:.5f}"
        for site in prototype.record.sites
        for element, share in site.species.items()
    )
    sizes = "\n".join(
        f"_cell_{tag} {value}"
        for tag, value in zip(
            ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma"),
            (cell.a, cell.b, cell.c, cell.alpha, cell.beta, cell.gamma),
            strict=True,
        )
    )
    sites = "loop_\n" + "\n".join(
        f"_atom_site_{tag}" for tag in ("label", "type_symbol", "fract_x", "fract_y", "fract_z", "occupancy")
    )
    return f"data_{prototype.name}\n{sizes}\nloop_\n_symmetry_equiv_pos_as_xyz\n{operations}\n{sites}\n{rows}\n"


def seeds() -> dict[str, list[bytes]]:
    """Format -> inputs."""
    types = prototypes()
    written = [Written.of(p.crystal) for p in types if p.crystal.n_sites <= 24]
    ordered = [w for w in written if w.is_ordered]
    reports = {kind: _reports(kind) for kind in ("cif", "extxyz", "jsonl")}
    found: dict[str, list[str]] = {
        "cif": [with_symmetry(p) for p in types] + [w.cif() for w in written[:4]] + reports["cif"],
        "poscar": [w.poscar() for w in ordered] + _reports("POSCAR"),
        "extxyz": [w.extxyz() for w in ordered] + ["".join(w.extxyz() for w in ordered[:3])] + reports["extxyz"],
        "json": [w.json() for w in written]
        + [json.dumps([json.loads(w.json()) for w in ordered[:2]])]
        + [json.dumps({"data": [{"material_id": "mp-1", "structure": json.loads(ordered[0].json())}]})]
        + [w.ase() for w in ordered[:3]],
        "jsonl": [_two_lines(one, other) for one, other in pairwise(written)]
        + [w.line() for w in ordered[:3]]
        + reports["jsonl"],
        "table": list(_TABLE),
        "measurements": list(_MEASURED),
        "yaml": [p.read_text(encoding="utf-8") for p in sorted((data_dir() / "prototypes").glob("l*.yaml"))[:8]]
        + [p.read_text(encoding="utf-8") for p in sorted((configs_dir() / "profiles").glob("*.yaml"))]
        + [(configs_dir() / "defaults.yaml").read_text(encoding="utf-8")],
        "composition": list(_COMPOSITIONS),
        "smiles": list(_SMILES),
        "where": list(_WHERE),
    }
    return {kind: [text.encode() for text in texts] for kind, texts in found.items()} | {
        "xlsx": [_excel(text) for text in (*_TABLE[:1], *_TABLE[3:], *_MEASURED)]
    }


def _reports(kind: str) -> list[str]:
    paths = [p for p in sorted(_REPORTS.rglob("*")) if p.is_file() and (p.suffix == f".{kind}" or kind in p.name)]
    return [p.read_text(encoding="utf-8", errors="replace") for p in paths]


def _two_lines(one: Written, other: Written) -> str:
    return "".join(json.dumps({"id": name} | json.loads(w.json())) + "\n" for name, w in (("a", one), ("b", other)))


def _excel(text: str) -> bytes:
    out = io.BytesIO()
    pd.read_csv(io.StringIO(text), dtype=str).to_excel(out, index=False)
    return out.getvalue()


def dictionary() -> dict[str, Callable[[np.random.Generator], bytes]]:
    """Format -> a word of it, or one that is at the border of what it allows."""
    own = {
        "cif": "_atom_site_occupancy _atom_site_fract_x _cell_length_a _symmetry_equiv_pos_as_xyz loop_ data_ ; . ? "
        "x,y,z -x,-y,-z x+1/2,y,z _space_group_name_H-M_alt 'P 1' 'F d -3 m' _atom_site_disorder_group D Wat "
        "0.5(3) 1/3",
        "poscar": "Direct Cartesian Selective T F -30.0 Li O 1 2 3 # ! Li_sv",
        "extxyz": 'Lattice=" Properties= species:S:1 pos:R:3 pbc="T T F" 2 Li VEC1',
        "json": '"lattice" "matrix" "sites" "species" "abc" "occu" "@class" null true [] {} NaN "pbc"',
        "jsonl": '"id" "species" "frac" "lattice" null [] {} NaN',
        "table": 'composition smiles structure_file temperature candidate_id , ; \t " Li2S ../x.cif K',
        "xlsx": '<c> <row> </row> t="s" r="XFD1" &amp;',
        "measurements": 'value unit S/cm mS/cm kelvin < > property bulk_modulus , " 10.1038/x',
        "yaml": "- : { } [ ] & * ! | > name: sites: null true ~ 0x10 1e400 !!python/object",
        "composition": "Li ( ) [ ] - · . x = 0.5 % mol wt : / H2O D T 1e3 ₂",
        "smiles": "* [Li+] . ( ) c1 %10 = # [Cu] [Au] / \\ @ [13C] [*:1] +",
        "where": "and or not in ( ) < == 'x' rank lambda __import__ [ ] : ** -",
    }
    common = "0 -1 1e300 -1e300 nan inf 999999999999999999999 1e-300 0.0000001 \u202e \x1b[31m \ufeff é \ud7ff".split()

    def maker(words: list[str]) -> Callable[[np.random.Generator], bytes]:
        return lambda rng: words[int(rng.integers(len(words)))].encode("utf-8", "surrogatepass")

    return {kind: maker([*text.split(" "), *common]) for kind, text in own.items()}
