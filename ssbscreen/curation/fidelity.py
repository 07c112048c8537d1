"""Values of lower fidelity: where they yield to others, and how much they count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from ssbscreen.core.candidate import Candidate, Measurement, is_calculated
from ssbscreen.curation.novelty import NOISE_FLOOR

SAME_VOLUME = 0.05  # two crystals of one formula whose volumes an atom differ by less are taken as one phase


def superseded(pairs: Sequence[tuple[Candidate, Measurement]]) -> dict[int, str]:
    """Calculated values of materials whose value is also known from measurement or density-functional theory.

    They never correct, contradict or repeat a better one, so they go before anything is compared. Where the phase of
    one of the two is not known, the better value is taken to be of the same phase.

    Returns:
        Position in `pairs` of each value that yields, with the reason.
    """
    better: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, (candidate, m) in enumerate(pairs):
        if not is_calculated(m) and candidate.polymer is None:
            better[m.property, candidate.formula].append(i)
    found: dict[int, str] = {}
    for i, (candidate, m) in enumerate(pairs):
        if not is_calculated(m) or candidate.polymer is not None:
            continue
        for j in better.get((m.property, candidate.formula), ()):
            other, known = pairs[j]
            if is_same_phase(candidate, other):
                found[i] = (
                    f"{m.method} yields to {known.source}:{known.candidate_id} ({known.method or 'no method named'})"
                )
                break
    return found


def is_same_phase(a: Candidate, b: Candidate) -> bool:
    """Whether two candidates of one formula may be one phase: nothing that is known of both tells them apart."""
    if a.space_group and b.space_group:
        return a.space_group == b.space_group
    if a.crystal is not None and b.crystal is not None:
        volumes = [c.volume / c.n_atoms for c in (a.crystal, b.crystal)]
        return abs(volumes[0] / volumes[1] - 1.0) <= SAME_VOLUME
    return True


def row_weights(noise: np.ndarray | None, properties: Sequence[str], n: int) -> np.ndarray:
    """Share with which each row counts in a training, 1 for ordinary ones.

    A value with a noise of its own counts f^2 / (f^2 + noise^2), f being the scatter of ordinary values; the row takes
    the largest share of its values.

    Args:
        noise: stored units, NaN where there is none; None when no row has one.  # (n, n_properties)
        properties: keys of the columns.
        n: rows.
    """
    if noise is None:
        return np.ones(n)
    floor = np.array([NOISE_FLOOR.get(key, 0.1) for key in properties])
    share = floor**2 / (floor**2 + noise**2)
    has_any = np.isfinite(noise).any(axis=1)
    weights = np.ones(n)
    weights[has_any] = np.nanmax(share[has_any], axis=1)
    return weights
