"""Window of a polymer and its outcome on lithium, from its functional groups.

Each group has a limit read in the literature, with its scatter, in `polymer_groups.csv`; where none was read, the
trend with the orbital energies of monomers stands in, or an assumption, and the row says which. The weakest group
decides: the lowest oxidation limit and the highest reduction limit of those present. Salt, residual solvent,
catalyst and the electrode's surface shift measured limits by half a volt and more, which the widths hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from ssbscreen.core.cathode import Estimate
from ssbscreen.core.recognition import chains_of
from ssbscreen.physics.shipped_table import shipped_rows

SHARED_VARIANCE = 0.5
"""Share of a group's variance that all polymers with it have in common; the rest is drawn for each polymer."""


@dataclass(frozen=True, slots=True)
class Group:
    """A functional group.

    Attributes:
        key, title: names.
        smarts: pattern in the repeat unit.
        oxidation, reduction: limits, V against Li/Li+.
        oxidation_from: "read", "trend" or "assumption".
        stable, mixed: probabilities on lithium: no reaction, and an interphase that keeps growing.
        lithium_source: behind the probabilities.
    """

    key: str
    title: str
    smarts: str
    oxidation: Estimate
    oxidation_from: str
    reduction: Estimate
    stable: Estimate
    mixed: Estimate
    lithium_source: str


@cache
def groups() -> tuple[Group, ...]:
    """Rows of `polymer_groups.csv`."""

    def estimate(row: dict[str, str], name: str, source: str) -> Estimate:
        return Estimate(float(row[name]), float(row[f"{name}_low"]), float(row[f"{name}_high"]), source)

    return tuple(
        Group(
            row["key"],
            row["title"],
            row["smarts"],
            estimate(row, "oxidation", row["oxidation_source"]),
            row["oxidation_from"],
            estimate(row, "reduction", row["reduction_source"]),
            estimate(row, "stable", row["lithium_source"]),
            estimate(row, "mixed", row["lithium_source"]),
            row["lithium_source"],
        )
        for row in shipped_rows("polymer_groups.csv")
    )


@cache
def groups_of(smiles: str) -> tuple[str, ...]:
    """Keys of the groups in a repeat unit, in the order of the table; empty where it cannot be read.

    Args:
        smiles: repeat unit with ends written `*`; parts of a mixture or copolymer are separated by dots. A
            counter-ion without carbon has no group.
    """
    chains = chains_of(smiles)
    return tuple(key for key, pattern in _patterns() if any(chain.HasSubstructMatch(pattern) for chain in chains))


@cache
def _patterns():  # type: ignore[no-untyped-def]  # rdkit ships no usable types
    from rdkit import Chem  # heavy, and only polymers need it

    return tuple((group.key, Chem.MolFromSmarts(group.smarts)) for group in groups())


def weakest(keys: Sequence[str]) -> tuple[Group, Group]:
    """Of the groups present, the one that is oxidised first and the one that is reduced first.

    Raises:
        ValueError: no group is given, or one that the table does not have.
    """
    present = [group for group in groups() if group.key in keys]
    if len(present) != len(set(keys)) or not present:
        raise ValueError(f"Groups {list(keys)} are not all in polymer_groups.csv, or none was given.")
    return min(present, key=lambda g: g.oxidation.value), max(present, key=lambda g: g.reduction.value)


@dataclass(frozen=True)
class PolymerStability:
    """Draws for polymers; NaN where no group was found.

    Attributes:
        oxidation_limit, reduction_limit: V against Li/Li+; the second never above the first.  # (n, n_draws)
        p_stable, p_mixed: probabilities; the rest passivates.  # (n, n_draws)
    """

    oxidation_limit: np.ndarray
    reduction_limit: np.ndarray
    p_stable: np.ndarray
    p_mixed: np.ndarray


def polymer_stability(
    present: Sequence[Sequence[str]], shared: dict[str, np.ndarray], own: np.ndarray
) -> PolymerStability:
    """Limits and outcomes of polymers.

    Args:
        present: keys of the groups of each polymer.
        shared: standard normal numbers of each group, by key.  # each (n_draws,)
        own: of each polymer.  # (n, n_draws)
    """
    shape = np.shape(own)
    oxidation, reduction, stable, mixed = (np.full(shape, np.nan) for _ in range(4))
    table = {group.key: group for group in groups()}
    alike: dict[tuple[str, ...], list[int]] = {}
    for i, keys in enumerate(present):
        if keys:
            alike.setdefault(tuple(keys), []).append(i)
    for keys, members in alike.items():
        numbers = [np.sqrt(SHARED_VARIANCE) * shared[k] + np.sqrt(1.0 - SHARED_VARIANCE) * own[members] for k in keys]
        rows = [table[k] for k in keys]
        oxidation[members] = np.min([row.oxidation.sample(z) for row, z in zip(rows, numbers, strict=True)], axis=0)
        # a strong reducer of one group does not follow from a strong oxidation limit of it: use the mirrored number
        limits = [row.reduction.sample(-z) for row, z in zip(rows, numbers, strict=True)]
        reduction[members] = np.clip(np.max(limits, axis=0), 0.0, oxidation[members])
        firm = np.min([row.stable.sample(z) for row, z in zip(rows, numbers, strict=True)], axis=0)
        stable[members] = np.clip(firm, 0, 1)
        worst = np.max([row.mixed.sample(-z) for row, z in zip(rows, numbers, strict=True)], axis=0)
        mixed[members] = np.clip(worst, 0.0, 1.0 - stable[members])
    return PolymerStability(oxidation, reduction, stable, mixed)


def describe(keys: Sequence[str]) -> str:
    """Groups of a polymer and where the limits of the weakest ones come from, in words."""
    if not keys:
        return "no functional group of the table was found"
    first, last = weakest(keys)
    names = ", ".join(group.title for group in groups() if group.key in keys)
    return (
        f"groups: {names}. Oxidised first: {first.title}, {first.oxidation.value:g} V ({first.oxidation_from}; "
        f"{first.oxidation.source}). Reduced first: {last.title}, {last.reduction.value:g} V "
        f"({last.reduction.source})"
    )
