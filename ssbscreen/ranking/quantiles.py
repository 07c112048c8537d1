"""Quantiles of draws: missing draws are left out, and a draw may be infinite."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def quantiles(values: np.ndarray, shares: Sequence[float]) -> list[np.ndarray]:
    """Quantiles along the last axis by sorting, linear between neighbours.

    Args:
        values: NaN counts as missing, an infinite draw as larger than every other one.  # (m, n_draws)
        shares: from 0 to 1.

    Returns:
        One array a share, NaN for a row without any draw.  # each (m,)
    """
    ordered = np.sort(values, axis=1)  # missing ones last
    last = (~np.isnan(ordered)).sum(axis=1) - 1
    found = []
    for share in shares:
        position = share * np.maximum(last, 0)
        below = np.floor(position).astype(np.intp)
        above = np.ceil(position).astype(np.intp)
        low, high = (np.take_along_axis(ordered, at[:, None], axis=1)[:, 0] for at in (below, above))
        part = (position - below).astype(values.dtype)
        with np.errstate(invalid="ignore"):
            found.append(np.where(low == high, low, low * (1 - part) + high * part))
    return found


def quantiles_of_all(values: np.ndarray, shares: Sequence[float]) -> np.ndarray:
    """What `np.quantile(values, shares, axis=1)` gives, several times faster where nothing is missing.

    Args:
        values: no NaN.  # (m, n_draws)
        shares: from 0 to 1.

    Returns:
        # (n_shares, m)
    """
    ordered, last, found = np.sort(values, axis=1), values.shape[1] - 1, []
    for share in shares:
        place = np.float64(share * last)
        below, above = ordered[:, int(place)], ordered[:, min(int(place) + 1, last)]
        part = place - int(place)
        step = above - below
        found.append(above - step * (1.0 - part) if part >= 0.5 else below + step * part)
    return np.array(found)
