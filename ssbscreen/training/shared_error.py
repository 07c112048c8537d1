"""How much of a model's error all members of a class or family have in common."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ssbscreen.core.nested_effects import MINIMUM_GROUPS, nested_codes, nested_variance
from ssbscreen.core.recognition import OTHER_FAMILY
from ssbscreen.training.card import SharedError

CLUSTER_GROUP = "formula"  # rows of one composition (or repeat unit) share their error
MINIMUM_ROWS = 50
_LARGEST = 3.0  # stds beyond which a single failure must not rule the variances


def shared_error(error: np.ndarray, groups: Mapping[str, np.ndarray]) -> SharedError | None:
    """Variance components of held-out errors.

    Args:
        error: measured minus predicted, in units of the stated std.  # (n,)
        groups: of the dataset; None comes back without "class", "family" and "formula".  # each (n,)
    """
    finite = np.isfinite(error)
    if finite.sum() < MINIMUM_ROWS or not {"class", "family", CLUSTER_GROUP} <= set(groups):
        return None
    error = np.clip(error[finite], -_LARGEST, _LARGEST)
    classes, families, clusters = (
        np.asarray(groups[name]).astype(str)[finite] for name in ("class", "family", CLUSTER_GROUP)
    )
    has_family = ~np.isin(families, ("", OTHER_FAMILY))
    # members of no known family have nothing but their class in common
    families = np.where(has_family, families, np.char.add("alone ", clusters))
    n_families = len(np.unique(nested_codes([classes, families])[1][has_family]))
    if n_families >= MINIMUM_GROUPS:
        class_share, family_share, _ = nested_variance(error, [classes, families, clusters]).shares
    else:
        class_share, family_share = nested_variance(error, [classes, clusters]).shares[0], 0.0
    return SharedError(
        class_share=round(class_share, 4),
        family_share=round(family_share, 4),
        n=len(error),
        n_classes=len(np.unique(classes)),
        n_families=n_families,
    )
