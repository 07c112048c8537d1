"""Write data/polymers/simulated_properties.csv: ridge regression of simulated properties on descriptors of the chain.

    python benchmarks/polymer_projection.py

Needs the data set pi1070. No conductivity enters.
"""

from __future__ import annotations

import csv
import io

import numpy as np
from rdkit import Chem

from ssbscreen.curation.curate import curate
from ssbscreen.featurize.polymer_chain import Chain, read_unit
from ssbscreen.featurize.polymer_descriptors import CHAIN_NAMES, chain_descriptors
from ssbscreen.featurize.polymer_formulation import PROJECTED, PROJECTION_FILE
from ssbscreen.files.paths import data_dir
from ssbscreen.files.writing import write_text
from ssbscreen.sources.pi1070 import SOURCE

RIDGE, SOFT = 3.0, 0.05


def main() -> None:
    """Fit and write."""
    dataset, _ = curate([SOURCE.load()], PROJECTED, "pi1070")
    known = np.isfinite(dataset.values).all(axis=1)
    units = [c.polymer.smiles for c, is_known in zip(dataset.candidates, known, strict=True) if is_known and c.polymer]
    x = np.array([chain_descriptors(Chain.of(Chem.MolToSmiles(read_unit(unit)))) for unit in units])
    y = dataset.values[known]
    y = (y - y.mean(axis=0)) / y.std(axis=0)
    centre, spread = x.mean(axis=0), x.std(axis=0) + SOFT
    a = np.hstack([np.ones((len(x), 1)), (x - centre) / spread])
    weights = np.linalg.solve(a.T @ a + RIDGE * np.eye(a.shape[1]), a.T @ y)
    print("residual in standard deviations:", dict(zip(PROJECTED, (a @ weights - y).std(axis=0).round(2), strict=True)))
    path = data_dir() / "polymers" / PROJECTION_FILE
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["descriptor", "centre", "spread", *PROJECTED])
    for name, c, s, row in zip(("intercept", *CHAIN_NAMES), [0.0, *centre], [1.0, *spread], weights, strict=True):
        writer.writerow([name, f"{c:.6g}", f"{s:.6g}", *(f"{w:.5g}" for w in row)])
    write_text(out.getvalue(), path)


if __name__ == "__main__":
    main()
