"""A lithium conductor seen from several sides, each a vector whose city-block distance has a meaning."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import torch
from pymatgen.core import Element
from torch import Tensor

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.chemistry import STRUCTURE_TYPES
from ssbscreen.core.crystal import SYMBOLS
from ssbscreen.core.recognition import recognise_family
from ssbscreen.core.symmetry import space_group_of
from ssbscreen.featurize.base import COMPOSITION, EachAlone
from ssbscreen.featurize.charge_balance import valence_shares
from ssbscreen.featurize.composition import N_ELEMENTS, amounts_of, extras, fractions, magpie, scaled_extras
from ssbscreen.featurize.descriptors import DESCRIPTOR_NAMES, describe, scaled

_FAMILY_BITS = 32
_ABSENT = -9.0  # for trees, below every scaled descriptor
_LARGEST_FORMULA = 200  # atoms
_WHOLE = 0.006  # amounts so near a whole number count as one, times the root of the atoms of the formula
# View -> whether it needs a structure or a space group.
VIEWS: dict[str, bool] = {
    "shares": False,
    "roots": False,
    "scale": False,
    "extras": False,
    "kind": False,
    "complexity": False,
    "valences": False,
    "valence roots": False,
    "structure": True,
    "group": True,
}
# How similarity counts in a Gaussian process. Descriptors say much within a family and mislead from one to the other;
# the charges of the ions carry from one to the other. "kind" is the same all over a family, so that within it makes the
# family's mean.
BETWEEN_FAMILIES = ("shares", "roots", "scale", "kind", "complexity", "valences", "valence roots", "structure", "group")
WITHIN_FAMILY = ("kind", "scale", "extras", "roots", "complexity")
FAMILY = "family"  # view with the number of the family
N_STRUCTURE = len(DESCRIPTOR_NAMES) + 1  # columns for trees that need a structure or a space group
_STRUCTURE_TYPES = frozenset(row.key for row in STRUCTURE_TYPES)


@lru_cache(maxsize=1)
def _mendeleev() -> tuple[np.ndarray, np.ndarray]:
    """Atomic numbers along Pettifor's chemical scale, and the steps between neighbours on it.  # (103,), (102,)

    Source: Mendeleev numbers of pymatgen, after D. G. Pettifor, Solid State Commun. 51, 31 (1984).
    """
    number = np.array([Element(SYMBOLS[z]).mendeleev_no or np.nan for z in range(1, N_ELEMENTS)], dtype=float)
    number = np.where(np.isnan(number), np.nanmax(number) + 1.0, number)  # the heaviest have none
    order = np.argsort(number, kind="stable")
    return order + 1, np.diff(number[order])


def along_scale(share: np.ndarray) -> np.ndarray:
    """Summed shares along the chemical scale; city-block distances are earth mover's distances of compositions.

    Moving a share from one element to another costs the difference of their Mendeleev numbers. On a line the least
    cost is the area between the two cumulative distributions, here a sum over the steps of the scale.

    Args:
        share: fractions by atomic number.  # (n, 104)

    Returns:
        # (n, 102)
    """
    order, step = _mendeleev()
    return np.asarray(np.cumsum(share[:, order], axis=1)[:, :-1] * step)


def family_code(candidate: Candidate) -> int:
    """Number of the family of a material, odd for structure types, even for mere groups of compounds.

    Families are recognised from composition and space group; the number is 32 bits of a hash of the family's key, so
    that it stays the same when families are added.
    """
    return _code(recognise_family(candidate.composition, candidate.space_group))


@lru_cache(maxsize=512)
def _code(family: str) -> int:
    digest = hashlib.sha256(family.encode()).digest()[: _FAMILY_BITS // 8]
    return 2 * int.from_bytes(digest, "big") + (family in _STRUCTURE_TYPES)


def family_words(code: np.ndarray) -> np.ndarray:
    """Bits of the codes of families, for trees; the last one is 1 for structure types.  # (n,) -> (n, 33)"""
    return ((code[:, None] >> np.arange(_FAMILY_BITS, -1, -1)) & 1).astype(float)


def formula_size(share: np.ndarray) -> np.ndarray:
    """Atoms of the smallest formula with whole numbers, at most 200.  # (n, n_elements) -> (n,)

    Li6PS5Cl has 13, Li5.4PS4.4Cl1.6 has 62: what is doped or off its simple stoichiometry has a large one. The numbers
    need not be whole exactly, as amounts are rounded in print.
    """
    found = np.full(len(share), _LARGEST_FORMULA)
    there = share > 0
    for size in range(_LARGEST_FORMULA - 1, 1, -1):
        amount = share * size
        whole = np.round(amount)
        fits = (~there | ((np.abs(amount - whole) < _WHOLE * size**0.5) & (whole > 0))).all(axis=1)
        found[fits] = size
    return found


def views(amounts: np.ndarray, family: np.ndarray, structure: np.ndarray, group: np.ndarray) -> dict[str, np.ndarray]:
    """All views of rows; a row of NaN lacks the view.

    Args:
        amounts: # (n, 104)
        family: as `family_code` gives.  # (n,)
        structure: scaled descriptors of the crystal, a row of NaN where there is none.  # (n, 18)
        group: number of the space group, 0 where unknown.  # (n,)

    Returns:
        Name in `VIEWS` -> # (n, dim). `shares` are atomic fractions; `roots` their square roots, which let small
        amounts of a dopant count more; `scale` as `along_scale`; `extras` descriptors of ion conductors; `kind` whether
        the family is a structure type; `complexity` size of the formula and number of elements; `valences` shares of
        the ions by charge, with their roots; `group` the number of the space group, whose order follows the crystal
        classes.
    """
    share = fractions(amounts)
    valences = valence_shares(share)
    has = np.isfinite(structure).any(axis=1, keepdims=True)
    return {
        "shares": share[:, 1:],
        "roots": np.sqrt(share[:, 1:]),
        "scale": along_scale(share),
        "extras": scaled_extras(extras(amounts)),
        "kind": (family % 2)[:, None].astype(float),
        "complexity": np.stack([np.log2(formula_size(share)), (share > 0).sum(axis=1)], axis=1) / 4.0,
        "valences": valences,
        "valence roots": np.sqrt(valences),
        "structure": np.where(has, np.nan_to_num(structure), np.nan),
        "group": np.where(group > 0, group, np.nan)[:, None],
    }


def tree_features(amounts: np.ndarray, family: np.ndarray, seen: dict[str, np.ndarray]) -> np.ndarray:
    """Magpie statistics, family and all views side by side, for trees; what is absent has a value of its own.

    The last `N_STRUCTURE` columns need a structure or a space group.

    Returns:
        # (n, dim)
    """
    # trees see no difference in roots, and the kind is the last column of the family
    names = [name for name in VIEWS if name not in {"roots", "valence roots", "kind"}]
    parts = [magpie(amounts), family_words(family), *(seen[name] for name in names)]
    return np.nan_to_num(np.concatenate(parts, axis=1), nan=_ABSENT)


@dataclass(frozen=True)
class Material:
    """One encoded candidate.

    Attributes:
        amounts: by atomic number.  # (104,)
        family: as `family_code` gives.
        structure: scaled descriptors, NaN where there is no crystal.  # (18,)
        space_group: international number, 0 where unknown.
        temperature_c: at which the conductivity is asked for.
    """

    amounts: np.ndarray
    family: int
    structure: np.ndarray
    space_group: int
    temperature_c: float


@dataclass(frozen=True)
class MaterialBatch:
    """Materials side by side.

    Attributes:
        amounts, family, structure, space_group, temperature_c: as of `Material`.  # (n, ...) each
        views: as `views`, and the family.  # (n, dim) double each, (n,)
        trees: as `tree_features`.  # (n, dim) single
        distances: to the rows that a process was trained on, by the hash of these; filled by those who ask.
    """

    amounts: Tensor
    family: Tensor
    structure: Tensor
    space_group: Tensor
    temperature_c: Tensor
    views: dict[str, Tensor]
    trees: Tensor
    distances: dict[str, dict[str, Tensor]] = field(default_factory=dict, compare=False)

    @property
    def given(self) -> tuple[Tensor, ...]:
        """What the rest is derived from."""
        return self.amounts, self.family, self.structure, self.space_group

    def distances_to(self, rows: str) -> dict[str, Tensor]:
        """Distances to some training rows by view, as far as they are known."""
        return self.distances.setdefault(rows, {})

    @classmethod
    def of(
        cls, amounts: Tensor, family: Tensor, structure: Tensor, space_group: Tensor, temperature_c: Tensor
    ) -> MaterialBatch:
        """With all that is derived from the rest, on the CPU."""
        mass, code = amounts.double().numpy(), family.numpy()
        seen = views(mass, code, structure.double().numpy(), space_group.numpy())
        matrices = {name: torch.from_numpy(np.ascontiguousarray(view, dtype=np.float64)) for name, view in seen.items()}
        trees = torch.from_numpy(tree_features(mass, code, seen)).float()
        return cls(amounts, family, structure, space_group, temperature_c, matrices | {FAMILY: family}, trees)

    def to(self, device: torch.device | str) -> MaterialBatch:
        """The same on a device."""
        moved = {name: view.to(device) for name, view in self.views.items()}
        rest = {name: value.to(device) for name, value in vars(self).items() if isinstance(value, Tensor)}
        return replace(self, **rest, views=moved, distances={})


class Materials(EachAlone):
    """Representation of a composition with whatever is known of its structure."""

    name = "conductivity"
    kind = COMPOSITION

    def encode_one(self, candidate: Candidate) -> Material:
        """Any composition, with whatever is known of its structure."""
        assert candidate.composition is not None  # nothing else has this kind
        structure = np.full(len(DESCRIPTOR_NAMES), np.nan)
        if candidate.crystal is not None:
            structure = scaled(torch.from_numpy(describe(candidate.crystal))).numpy()
        group = candidate.space_group
        if group is None:
            group = 0 if candidate.crystal is None else space_group_of(candidate.crystal)
        amounts = amounts_of(candidate.composition)
        known = replace(candidate, space_group=group or None)
        return Material(amounts / amounts.sum(), family_code(known), structure, group, candidate.temperature_c)

    def collate(self, items: Sequence[Material]) -> MaterialBatch:
        """One batch; amounts in single, descriptors in half precision, as they are saved."""
        amounts, structure = (
            torch.from_numpy(np.stack([getattr(item, name) for item in items]).astype(np.float32))
            for name in ("amounts", "structure")
        )
        return MaterialBatch.of(
            amounts,
            torch.tensor([item.family for item in items]),
            structure.half().float(),
            torch.tensor([item.space_group for item in items]),
            torch.tensor([item.temperature_c for item in items], dtype=torch.float64),
        )
