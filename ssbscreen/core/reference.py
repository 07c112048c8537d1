"""Reference phases with energies, read by a source and handed to the physics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ReferencePhases:
    """Competing phases on one energy scale.

    Attributes:
        formulas: reduced or full formulas that pymatgen's Composition reads.  # n
        formation_energy: eV/atom against the elements.  # (n,)
        source: name, such as "pymatgen experimental formation enthalpies".
        version: version or fingerprint, printed with every number derived from it.
        scale_std: error of setting a formation energy on the Materials Project scale against these phases, eV/atom;
            0 where they are on that scale.
    """

    formulas: tuple[str, ...]
    formation_energy: np.ndarray
    source: str
    version: str
    scale_std: float = 0.0

    @property
    def title(self) -> str:
        """Source and version, as printed beside derived numbers."""
        return f"{self.source} ({self.version})"
