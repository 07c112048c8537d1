"""A lithium conductor seen from several sides, each a vector whose city-block distance has a meaning."""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np
from pymatgen.core import Element

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import SYMBOLS
from ssbscreen.core.recognition import recognise_family
from ssbscreen.featurize.composition import N_ELEMENTS, extras, fractions, magpie, scaled_extras

FAMILY_BITS = 32
_ABSENT = -9.0  # for trees, below every scaled descriptor
# View -> whether it needs a structure or a space group.
VIEWS: dict[str, bool] = {
    "shares": False, "roots": False, "scale": False, "extras": False, "family": False, "structure": True,
    "group": True,
}


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


def family_bits(candidate: Candidate) -> np.ndarray:
    """A fixed random word for the family of a material, so that any two families are about equally far apart.  # (32,)

    Families are recognised from composition and space group; the word depends on the family's key alone.
    """
    return _word(recognise_family(candidate.composition, candidate.space_group))


@lru_cache(maxsize=512)
def _word(family: str) -> np.ndarray:
    digest = hashlib.sha256(family.encode()).digest()[: FAMILY_BITS // 8]
    word = np.unpackbits(np.frombuffer(digest, dtype=np.uint8)).astype(float)
    word.setflags(write=False)
    return word


def views(amounts: np.ndarray, family: np.ndarray, structure: np.ndarray, group: np.ndarray) -> dict[str, np.ndarray]:
    """All views of rows; a row of NaN lacks the view.

    Args:
        amounts: # (n, 104)
        family: as `family_bits` gives.  # (n, 32)
        structure: scaled descriptors of the crystal, a row of NaN where there is none.  # (n, 18)
        group: number of the space group, 0 where unknown.  # (n,)

    Returns:
        Name in `VIEWS` -> # (n, dim). `shares` are atomic fractions; `roots` their square roots, which let small
        amounts of a dopant count more; `scale` as `along_scale`; `extras` descriptors of ion conductors; `group` the
        number of the space group, whose order follows the crystal classes.
    """
    share = fractions(amounts)
    has = np.isfinite(structure).any(axis=1, keepdims=True)
    return {
        "shares": share[:, 1:],
        "roots": np.sqrt(share[:, 1:]),
        "scale": along_scale(share),
        "extras": scaled_extras(extras(amounts)),
        "family": family,
        "structure": np.where(has, np.nan_to_num(structure), np.nan),
        "group": np.where(group > 0, group, np.nan)[:, None],
    }


def tree_features(amounts: np.ndarray, seen: dict[str, np.ndarray], with_structure: bool) -> np.ndarray:
    """Magpie statistics and all views side by side, for trees; what is absent has a value of its own.  # (n, dim)"""
    names = [name for name, needs_structure in VIEWS.items() if with_structure or not needs_structure]
    parts = [magpie(amounts), *(seen[name] for name in names if name != "roots")]  # trees see no difference in roots
    return np.nan_to_num(np.concatenate(parts, axis=1), nan=_ABSENT)
