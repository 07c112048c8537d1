"""The CIFs of OBELiX as read here and as read by pymatgen: composition, atoms in the cell, space group.

Usage: python benchmarks/bench_readers.py [--every N] [--out FILE]
The space group is found from the sites of either reading at 0.05 angstrom, and held against the one that the file
names. Each file is read once more without the formula and density that it declares, so that the second reading has to
decide. Prints the summary and all files with a difference; --out writes these as a table.
"""

from __future__ import annotations

import argparse
import io
import json
import warnings
from collections import Counter
from pathlib import Path

import gemmi
import numpy as np
import pandas as pd
from arguments import parse, run
from pymatgen.io.cif import CifParser

from ssbscreen.core.candidate import reduced_formula
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.core.symmetry import space_group_of
from ssbscreen.files.writing import write_table
from ssbscreen.readers.agreement import disagreement
from ssbscreen.readers.formats.cif import read_cif
from ssbscreen.sources.obelix import SOURCE, read_cifs

SAME = 0.001  # atomic fraction, and relative in the number of atoms
DECLARED = ("_chemical_formula_sum", "_cell_formula_units_Z", "_exptl_crystal_density_diffrn")


def by_pymatgen(text: str) -> Crystal:
    """The first structure of a CIF.

    Raises:
        ValueError: pymatgen finds none.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parser = CifParser(io.StringIO(text), occupancy_tolerance=1.05)
        return Crystal.from_structure(parser.parse_structures(primitive=False)[0])


def undeclared(text: str) -> str:
    """The same CIF without what it says of its contents."""
    document = gemmi.cif.read_string(text)
    for block in document:
        for item in [i for i in block if i.pair is not None and i.pair[0] in DECLARED]:
            item.erase()
    return str(document.as_string())


def compared(name: str, text: str) -> dict[str, object]:
    """One row: what either program reads, and in which way they differ."""
    (ours,) = [block for block in read_cif(text) if not isinstance(block, str)]
    crystal, stated = ours.crystal, ours.space_group
    row: dict[str, object] = {"entry": name, "formula": reduced_formula(crystal.composition), "named": stated or 0}
    row |= {"atoms": round(crystal.n_atoms, 3), "group": space_group_of(crystal)}
    try:
        other = by_pymatgen(text)
    except ValueError as error:
        return row | {"difference": f"pymatgen: {str(error).splitlines()[0]}"}
    row |= {"pymatgen_formula": reduced_formula(other.composition), "pymatgen_atoms": round(other.n_atoms, 3)}
    row["pymatgen_group"] = space_group_of(other)
    found = [disagreement(other.composition, crystal.composition, SAME) and "composition"]
    found.append("atoms" if abs(other.n_atoms / crystal.n_atoms - 1) > SAME else "")
    found.append("space group" if row["group"] != row["pymatgen_group"] else "")
    if stated and row["group"] != stated:
        found.append("space group named")
    try:
        read_cif(undeclared(text))
    except InputError as error:
        found.append(f"second reading: {error}")
    return row | {"difference": "; ".join(filter(None, found))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="one CIF in so many")
    parser.add_argument("--out", type=Path, help="table of the files with a difference")
    arguments = parse(parser, every=50)
    rows, refused = [], {}
    for name, text in sorted(read_cifs(SOURCE.folder() / "train_cifs.zip").items())[:: arguments.every]:
        try:
            rows.append(compared(name, text))
        except InputError as error:
            refused[name] = str(error)
    table = pd.DataFrame(rows)
    differing = table[table["difference"] != ""]
    print(differing.to_string(index=False))
    kinds = Counter(kind.split(":")[0] for text in differing["difference"] for kind in text.split("; "))
    summary = {"files": len(rows) + len(refused), "refused": refused, "agree": int(np.sum(table["difference"] == ""))}
    print(json.dumps(summary | dict(kinds)))
    if arguments.out:
        write_table(differing, arguments.out)


if __name__ == "__main__":
    run(main)
