"""Reference phases with energies, read by a source and handed to the physics."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

_SYMBOL = re.compile(r"[A-Z][a-z]?")


@dataclass(frozen=True, slots=True)
class ScaleShift:
    """How formation energies on the Materials Project scale compare with those of a reference.

    Attributes:
        chemistry_class: key of the class.
        offset: median of Materials Project minus reference, eV/atom.
        std: standard deviation around it, eV/atom.
        n: formulas that both hold.
    """

    chemistry_class: str
    offset: float
    std: float
    n: int


@dataclass(frozen=True, slots=True)
class OxyanionShift:
    """How far a reference puts oxyanions and hydroxides of an element below experiment.

    Attributes:
        element: that forms the oxyanion, such as C of carbonates; H stands for hydroxides.
        least_oxygen: O per atom of it from which a compound counts.
        shift: median of reference minus experiment, eV per atom of the element.
        std: robust standard deviation, eV per atom of the element.
        n: formulas compared.
    """

    element: str
    least_oxygen: float
    shift: float
    std: float
    n: int


@dataclass(frozen=True)
class ReferencePhases:
    """Competing phases on one energy scale.

    Attributes:
        formulas: reduced or full formulas that pymatgen's Composition reads.  # n
        formation_energy: eV/atom against the elements.  # (n,)
        source: name, such as "pymatgen experimental formation enthalpies".
        version: version or fingerprint, printed with every number derived from it.
        scale: shift of each class against the Materials Project scale; empty where the phases are on that scale.
        oxyanions: shifts of oxyanions against experiment, which reactions with gases need; empty for measured ones.
    """

    formulas: tuple[str, ...]
    formation_energy: np.ndarray
    source: str
    version: str
    scale: tuple[ScaleShift, ...] = ()
    oxyanions: tuple[OxyanionShift, ...] = ()

    def within(self, elements: frozenset[str]) -> ReferencePhases:
        """The phases that hold no other element; source, version and shifts stay."""
        rows = [i for i, formula in enumerate(self.formulas) if elements.issuperset(_SYMBOL.findall(formula))]
        return replace(
            self,
            formulas=tuple(self.formulas[i] for i in rows),
            formation_energy=np.asarray(self.formation_energy)[rows],
        )

    @property
    def title(self) -> str:
        """Source and version, as printed beside derived numbers."""
        return f"{self.source} ({self.version})"
