"""What the measurements of families of conductors have in common."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ssbscreen.featurize.conductor import FAMILY_BITS

_DRAWN = 10.0  # rows of ordinary scatter that each family is thought to have besides its own


def middle_of_types(target: Tensor, family: Tensor) -> Tensor:
    """Median and variance of the values of structure types, of all rows where there are fewer than two.

    Args:
        target: values of the training rows, bounds by their latent values.  # (n,)
        family: as `featurize.conductor.family_bits` gives.  # (n, 33)

    Returns:
        # (2,)
    """
    value = target[family[:, FAMILY_BITS] > 0]
    value = value if len(value) > 1 else target
    return torch.stack([value.median(), value.var()]).float()


def scatter_by_family(family: Tensor, error: np.ndarray) -> tuple[Tensor, Tensor]:
    """How much larger or smaller the errors of a family are than those of all, drawn towards 1 for few rows.

    Args:
        family: words.  # (n, 33)
        error: absolute errors in units of their std.  # (n,)

    Returns:
        Words of the families (n_families, 33) and their factors (n_families,).
    """
    words, member = torch.unique(family, dim=0, return_inverse=True)
    count = torch.bincount(member, minlength=len(words)).double()
    total = torch.zeros(len(words), dtype=torch.float64).index_add(0, member, torch.from_numpy(error))
    mean = float(error.mean())
    return words, (total + _DRAWN * mean) / ((count + _DRAWN) * mean)
