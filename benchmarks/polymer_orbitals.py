"""How oxidation limits of functional groups follow the highest occupied orbital of monomers (RadonPy PI1070).

Run: python benchmarks/polymer_orbitals.py PI1070.csv
For each group, monomers that hold it and no group that is easier to oxidise give the median orbital energy. Over the
groups whose limit was read, rank correlation and straight line; the line gives the limits marked "trend".
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
from scipy import stats

from ssbscreen.physics.polymer_stability import groups, groups_of

EASY = ("aromatic", "aryl_ether", "amine", "thioether", "alkene")  # their orbital hides that of other groups


def main(path: str) -> None:
    """Print the table and the fit."""
    data = pd.read_csv(path)
    keys = [groups_of(s) for s in data["smiles"]]
    rows = []
    for group in groups():
        clean = np.array([group.key in k and not (set(EASY) - {group.key}) & set(k) for k in keys])
        if group.key == "ether" or clean.sum() > 60:  # frequent: only where nothing else but CH2 is present
            clean &= np.array([set(k) <= {group.key, "hydrocarbon"} for k in keys])
        if clean.sum() >= 2:
            rows.append(
                (
                    group.key,
                    int(clean.sum()),
                    data["qm_homo_monomer"][clean].median(),
                    data["qm_lumo_monomer"][clean].median(),
                    group.oxidation.value,
                    group.oxidation_from,
                )
            )
    table = pd.DataFrame(rows, columns=["group", "monomers", "homo_eV", "lumo_eV", "limit_V", "from"])
    read = table[table["from"] == "read"]
    fit = stats.linregress(read["homo_eV"], read["limit_V"])
    residual = float(np.std(read["limit_V"] - fit.intercept - fit.slope * read["homo_eV"], ddof=2))
    rank = stats.spearmanr(read["homo_eV"], read["limit_V"])
    table["line_V"] = fit.intercept + fit.slope * table["homo_eV"]
    print(table.round(2).to_string(index=False))
    print(
        f"groups with a read limit: {len(read)}; Spearman {rank.statistic:.2f} (p {rank.pvalue:.2f}); "
        f"limit = {fit.intercept:.2f} {fit.slope:+.2f} HOMO; residual {residual:.2f} V"
    )


if __name__ == "__main__":
    main(sys.argv[1])
