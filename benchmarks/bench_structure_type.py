"""Cells that are built for bare compositions in the structure type of their family, against measured ones of OBELiX.

Volumes, and the moduli that the shipped models give both cells, beside those of the composition alone. Of the volumes
the prototypes themselves are left out, where nothing was replaced. Needs the data set `obelix`.

    python benchmarks/bench_structure_type.py
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace

import numpy as np
from arguments import parse, run

from ssbscreen.calculation.orderings import orderings
from ssbscreen.calculation.refine_settings import load_refine_settings
from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import InputError
from ssbscreen.core.recognition import family_from_label, recognise_family
from ssbscreen.generation.structure_type import crystal_in_type
from ssbscreen.prediction.predictor import predict
from ssbscreen.screening.candidates.in_type import STIFFNESS
from ssbscreen.sources.obelix import SOURCE


def main() -> None:
    """Print how many are built, how far their volumes are off, and how many have whole atoms in a cell of the limit."""
    parse(argparse.ArgumentParser(description=__doc__))
    most = load_refine_settings().order.max_atoms
    errors, families, refused, n_whole = list[float](), Counter[str](), Counter[str](), 0
    crystals = [c for c in SOURCE.load().candidates if c.crystal is not None]
    pairs = list[tuple[Candidate, Candidate]]()
    for candidate in crystals:
        assert candidate.composition is not None
        assert candidate.crystal is not None
        named = family_from_label(candidate.family_hint)
        family = named or recognise_family(candidate.composition, candidate.space_group)
        try:
            found = crystal_in_type(candidate.composition, family)
        except InputError as error:
            refused[str(error).split(": ", 1)[-1].split(" (")[0][:60]] += 1
            continue
        pairs.append((candidate, Candidate(candidate.candidate_id, candidate.composition, found.crystal)))
        if found.replaced > 0.0005:
            measured = candidate.crystal.volume / candidate.crystal.n_atoms
            errors.append(found.crystal.volume / found.crystal.n_atoms / measured - 1.0)
            families[family] += 1
        try:
            orderings(found.crystal, 1, most)
            n_whole += 1
        except InputError:
            pass
    e = np.array(errors)
    print(
        f"{len(crystals)} crystals: {len(crystals) - sum(refused.values())} built, of which {n_whole} have whole atoms "
        f"in at most {most}; volume of the {len(e)} with replacements: mean {e.mean():+.1%}, median absolute "
        f"{np.median(np.abs(e)):.1%}, nine tenths within {np.quantile(np.abs(e), 0.9):.1%}"
    )
    print(families.most_common(8))
    print(refused.most_common(12))
    _print_moduli(pairs)


def _print_moduli(pairs: list[tuple[Candidate, Candidate]]) -> None:
    """Difference from the moduli in the measured structure, log10."""
    measured, built = (list(column) for column in zip(*pairs, strict=True))
    truth = predict(measured, STIFFNESS).by_property
    for name, others in (("in its type", built), ("alone", [replace(c, crystal=None) for c in measured])):
        found = predict(others, STIFFNESS).by_property
        for key in STIFFNESS:
            off = found[key].mean - truth[key].mean
            print(
                f"log10 {key} of the composition {name}, {len(off)} crystals: mean {off.mean():+.3f}, "
                f"mean absolute {np.abs(off).mean():.3f}, root mean square {np.sqrt((off**2).mean()):.3f}"
            )


if __name__ == "__main__":
    run(main)
