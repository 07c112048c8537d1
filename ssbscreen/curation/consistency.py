"""Repeated measurements of one material: what makes them repeats, and which contradict each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ssbscreen.core.candidate import Bound, Candidate, Measurement

# Values of one material at one temperature further apart than this are taken as an error of the record,
# in stored units. Samples of one composition differ by 0.4 log10 units of conductivity in the median
# (repeats in OBELiX), so two decades are far beyond sample scatter.
CONTRADICTION: dict[str, float] = {
    "ionic_conductivity": 2.0,
    "activation_energy": 0.5,
    "band_gap": 2.0,
    "bulk_modulus": 0.5,
    "shear_modulus": 0.5,
}


def material_key(candidate: Candidate, temperature_c: float | None = None) -> str:
    """What two measurements must share to be repeats: material, phase and temperature (to 1 degree).

    A crystal without a space group is a phase of its own, known by its id.
    """
    condition = "" if temperature_c is None or temperature_c != temperature_c else f"@{round(temperature_c)}"
    if (polymer := candidate.polymer) is not None:
        amounts = "/".join("" if v is None else f"{v:.4g}" for v in (polymer.molality, polymer.molar_mass))
        return f"{polymer.smiles}|{polymer.salt_smiles or ''}|{amounts}{condition}"
    if candidate.space_group is None and candidate.crystal is not None:
        return f"{candidate.source}:{candidate.candidate_id}{condition}"
    phase = "" if candidate.space_group is None else str(candidate.space_group)
    return f"{candidate.formula}|{phase}{condition}"


def contradictions(measurements: Sequence[Measurement], limit: float) -> list[tuple[int, str]]:
    """Which of the repeats of one property of one material contradict the others, and why.

    With three or more exact values those further than `limit` from the median go; when two exact values
    differ by more, nothing says which is wrong and both go. A bound contradicts when it excludes every
    remaining exact value by more than `limit`.

    Returns:
        Positions in `measurements`, each with its reason.
    """
    exact = [i for i, m in enumerate(measurements) if m.bound is Bound.EXACT]
    values = np.array([measurements[i].value for i in exact])
    found: list[tuple[int, str]] = []
    if len(exact) == 2 and abs(values[0] - values[1]) > limit:
        text = (
            f"two values {values[0]:.4g} and {values[1]:.4g} differ by more than {limit:g}; nothing says which is wrong"
        )
        return [(exact[0], text), (exact[1], text)]
    if len(exact) >= 3:
        median = float(np.median(values))
        for i, value in zip(exact, values, strict=True):
            if abs(value - median) > limit:
                found.append(
                    (
                        i,
                        f"value {value:.4g} is more than {limit:g} from the median {median:.4g} of "
                        f"{len(exact)} repeats",
                    )
                )
    gone = {i for i, _ in found}
    kept = [measurements[i].value for i in exact if i not in gone]
    for i, m in enumerate(measurements):
        if m.bound is Bound.EXACT or not kept:
            continue
        excess = min(kept) - m.value if m.bound is Bound.BELOW else m.value - max(kept)
        if excess > limit:
            found.append(
                (i, f"bound '{m.bound.value}' {m.value:.4g} excludes the measured {kept[0]:.4g} by more than {limit:g}")
            )
    return found
