"""Measured electronic resistivities of the shipped table, as levels of classes and families."""

from __future__ import annotations

import numpy as np

from ssbscreen.core.candidate import Bound
from ssbscreen.physics.electronic import ExtrinsicResistivity, fit_extrinsic
from ssbscreen.sources.literature import SOURCE


def measured_resistivity() -> ExtrinsicResistivity:
    """Measured electronic resistivities of electrolytes by class and family; recalled values never count.

    Cathodes and mixed conductors stand in the table `interfaces` and are no measure of an electrolyte. A bound is no
    value: it is left out.
    """
    rows = [
        row
        for row in SOURCE.values("electronic")
        if row.key == "electronic_resistivity" and row.is_measured and row.value and row.bound is Bound.EXACT
    ]
    return fit_extrinsic(
        np.array([row.chemistry_class for row in rows]),
        np.array([row.family for row in rows]),
        np.array([row.reference or row.material for row in rows]),
        np.log10([float(row.value or np.nan) for row in rows]),
    )
