"""Tabulated properties of the chemical species that may fill a site."""

from __future__ import annotations

import numpy as np
import torch
from pymatgen.core import Element
from torch import Tensor

N_SPECIES = 104  # vacancy, then atomic numbers 1 to 103


def species_features() -> Tensor:
    """Standardised tabulated properties of species 0 (vacancy, all zero) to 103.  # (104, 32)

    One-hot period (7) and group (18), block s to f (4), electronegativity, atomic radius, log mass. A value that
    the table lacks takes the mean of the elements.
    """
    one_hot = np.zeros((N_SPECIES, 29))
    numbers = np.full((N_SPECIES, 3), np.nan)
    for z in range(1, N_SPECIES):
        element = Element.from_Z(z)
        one_hot[z, element.row - 1] = 1.0
        one_hot[z, 7 + element.group - 1] = 1.0
        one_hot[z, 25 + "spdf".index(element.block)] = 1.0
        radius = element.atomic_radius
        numbers[z] = (
            _electronegativity(element),
            float(radius) if radius is not None else np.nan,
            np.log(float(element.atomic_mass)),
        )
    known = numbers[1:]
    numbers[1:] = np.nan_to_num((known - np.nanmean(known, axis=0)) / np.nanstd(known, axis=0))
    numbers[0] = 0.0
    return torch.tensor(np.hstack([one_hot, numbers]), dtype=torch.float32)


def _electronegativity(element: Element) -> float:
    value = element.data.get("X")
    return float(value) if isinstance(value, (int, float)) else float("nan")
