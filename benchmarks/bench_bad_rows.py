"""Bad rows of many kinds planted in a table of crystals, compositions and polymers: each must be found, with a reason.

Usage: python benchmarks/bench_bad_rows.py [--rows N] [--share X]
Good rows are taken from the generators; bad ones stand between them at random. The script fails where a bad row is
read as a candidate, gets no reason of its own, or a good row is lost.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from arguments import parse, run
from fuzz_known import Written

from ssbscreen.core.crystal import Crystal
from ssbscreen.generation.polymer_pool import generate as polymers
from ssbscreen.generation.substitution import generate as substituted
from ssbscreen.readers.inputs import load_inputs

COLUMNS = ("candidate_id", "composition", "structure_file", "smiles", "salt_smiles", "molality", "temperature")
Row = dict[str, str]
LITFSI = "[Li+].O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F"
PEO = {"smiles": "*CCO*", "salt_smiles": LITFSI, "molality": "1.1"}


def spoiled(text: Callable[[str], str]) -> Callable[[Path, str, str], Row]:
    """A row that names a structure file whose text was changed."""

    def make(folder: Path, name: str, cif: str) -> Row:
        (folder / f"{name}.cif").write_text(text(cif), encoding="utf-8")
        return {"structure_file": f"{name}.cif"}

    return make


def row(**cells: str) -> Callable[[Path, str, str], Row]:
    """A row of these cells."""
    return lambda folder, name, cif: dict(cells)


def first_atom(cif: str, change: Callable[[list[str]], list[str]]) -> str:
    """A CIF whose last line, an atom, was changed."""
    *lines, last = cif.rstrip("\n").split("\n")
    return "\n".join([*lines, " ".join(change(last.split()))]) + "\n"


def twice(cif: str) -> str:
    """A CIF in which two atoms lie on one point."""
    *lines, last = cif.rstrip("\n").split("\n")
    fields = last.split()
    return "\n".join([*lines, last, " ".join([f"{fields[0]}b", *fields[1:]])]) + "\n"


BAD: dict[str, Callable[[Path, str, str], Row]] = {
    "nothing given": row(),
    "a symbol that is no element": row(composition="Li3Xx1S4"),
    "no formula at all": row(composition="see the other table"),
    "an amount below zero": row(composition="Li(-3)PS4"),
    "an amount of zero": row(composition="Li0"),
    "an open bracket": row(composition="Li7La3(ZrO4"),
    "a number alone": row(composition="42"),
    "an amount past all bounds": row(composition="Li1e400PS4"),
    "no such file": row(structure_file="lost.cif"),
    "a folder for a file": row(structure_file="."),
    "a device for a file": row(structure_file="/dev/zero"),
    "an empty file": spoiled(lambda cif: ""),
    "a file cut off": spoiled(lambda cif: cif[: len(cif) // 4]),
    "a file of something else": spoiled(lambda cif: "<html><body>502</body></html>"),
    "an atom at no number": spoiled(lambda cif: first_atom(cif, lambda f: [*f[:2], "nan", *f[3:]])),
    "an atom far beyond the cell": spoiled(lambda cif: first_atom(cif, lambda f: [*f[:2], "1e300", *f[3:]])),
    "two atoms on one point": spoiled(twice),
    "a site fuller than full": spoiled(lambda cif: first_atom(cif, lambda f: [*f[:5], "1.9"])),
    "a species that is no element": spoiled(lambda cif: first_atom(cif, lambda f: [f[0], "Qq", *f[2:]])),
    "a cell without volume": spoiled(lambda cif: cif.replace("_cell_length_a ", "_cell_length_a 0.0 #")),
    "a chain that is no SMILES": row(**{**PEO, "smiles": "*CC((O*"}),
    "a chain without ends": row(**{**PEO, "smiles": "CCO"}),
    "a salt that is no SMILES": row(**{**PEO, "salt_smiles": "[Li+].[["}),
    "a molality below zero": row(**{**PEO, "molality": "-1"}),
    "a molality in words": row(**{**PEO, "molality": "some"}),
    "a temperature in words": row(composition="Li3PS4", temperature="warm"),
    "a temperature below absolute zero": row(composition="Li3PS4", temperature="-300"),
}


def good_rows(folder: Path, n: int, rng: np.random.Generator) -> list[Row]:
    """A third each of structure files, compositions and polymers."""
    crystals = [c.crystal for c in substituted(300, 0) if c.crystal is not None]
    chains = [c.polymer for c in polymers(300, 0) if c.polymer is not None]
    rows: list[Row] = []
    for i in range(n):
        crystal: Crystal = crystals[int(rng.integers(len(crystals)))]
        if i % 3 == 0:
            (folder / f"good{i}.cif").write_text(Written.of(crystal).cif(), encoding="utf-8")
            rows.append({"structure_file": f"good{i}.cif"})
        elif i % 3 == 1:
            rows.append({"composition": crystal.composition.formula.replace(" ", "")})
        else:
            chain = chains[int(rng.integers(len(chains)))]
            rows.append(
                {"smiles": chain.smiles, "salt_smiles": str(chain.salt_smiles), "molality": str(chain.molality)}
            )
    return rows


def plant(folder: Path, n: int, share: float, seed: int = 0) -> tuple[Path, dict[str, str]]:
    """A table of n rows of which a share is bad, and the kind of each bad row by its id."""
    rng = np.random.default_rng(seed)
    rows = good_rows(folder, n, rng)
    cif = next((folder / r["structure_file"]).read_text() for r in rows if "structure_file" in r)
    kinds = list(BAD)
    chosen = rng.choice(n, max(round(share * n), len(kinds)), replace=False)
    planted = {f"row{int(i)}": kinds[k % len(kinds)] for k, i in enumerate(chosen)}
    for name, kind in planted.items():
        rows[int(name[3:])] = BAD[kind](folder, name, cif)
    table = folder / "pool.csv"
    with table.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows({"candidate_id": f"row{i}"} | r for i, r in enumerate(rows))
    return table, planted


def main() -> None:
    """Print how many were found of each kind."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--share", type=float, default=0.05)
    given = parse(parser, rows=90, share=0.3)
    with tempfile.TemporaryDirectory() as name:
        table, planted = plant(Path(name), given.rows, given.share)
        start = time.process_time()
        records = load_inputs([table])
        seconds = time.process_time() - start
    reasons: dict[str, str] = {}
    for rejected in records.rejected:
        words = rejected.input.replace("(", " ").replace(")", " ").split()
        key = next((word for word in reversed(words) if word in planted), rejected.input)
        reasons[key] = rejected.reason
    taken = {c.candidate_id for c in records.candidates}
    missed = sorted(kind for i, kind in planted.items() if i in taken)
    silent = sorted(kind for i, kind in planted.items() if i not in taken and not reasons.get(i, "").strip())
    lost = sorted(set(reasons) - set(planted))
    for kind, n in sorted(Counter(planted.values()).items()):
        reason = next((reasons[i] for i, own in planted.items() if own == kind and i in reasons), "NOT FOUND")
        print(f"{n:4d}  {kind:36s} {reason[:110]}")
    print(
        f"{len(planted)} of {given.rows} rows bad, {len(planted) - len(missed)} found, "
        f"{len(taken)} candidates, {seconds:.1f} s"
    )
    assert not missed, f"read as candidates: {missed}"
    assert not silent, f"without a reason: {silent}"
    assert not lost, f"good rows lost: {lost[:5]} {[reasons[i] for i in lost[:5]]}"
    assert len(taken) + len(planted) == given.rows


if __name__ == "__main__":
    run(main)
