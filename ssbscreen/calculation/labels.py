"""Calculated values as measurements of lower fidelity: on the scale of the labels, with their known scatter."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ssbscreen import __version__
from ssbscreen.calculation.calculated import Calculated
from ssbscreen.calculation.potentials import Potential, elemental_energies
from ssbscreen.core.candidate import CALCULATION, Candidate
from ssbscreen.core.crystal import SYMBOLS, Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.core.properties import get_property
from ssbscreen.files.writing import write_text
from ssbscreen.physics.elastic_tensor import polycrystal_moduli

MODULI = ("bulk_modulus", "shear_modulus")
PROPERTIES = (*MODULI, "density", "formation_energy")
LABORATORY = f"ssbscreen {__version__}"


def formation_energy(found: Calculated, potential: Potential) -> float:
    """Energy from the elements, eV/atom, all by one potential and without corrections.

    Raises:
        InputError: there is no energy of one of the elements.
    """
    elements = elemental_energies(potential.name)
    assert found.crystal is not None
    numbers = found.crystal["z"]
    if lacking := sorted({SYMBOLS[z] for z in numbers} - set(elements)):
        raise InputError(
            f"there is no energy of {', '.join(lacking)} by {potential.title}; formation energies need "
            "that of every element"
        )
    return found.energy - float(np.mean([elements[SYMBOLS[z]] for z in numbers]))


def value_of(found: Calculated, key: str, potential: Potential) -> tuple[float, str]:
    """Value of a property in natural units, on the scale of the labels, and how it came about.

    Raises:
        InputError: there is none.
    """
    assert found.crystal is not None
    if key == "density":
        return Crystal.from_record(found.crystal).density, f"relaxed, {found.volume:.3f} cubic angstrom/atom"
    if key == "formation_energy":
        return formation_energy(found, potential), "relaxed, from elements by the same potential, uncorrected"
    if found.tensor is None:
        raise InputError(found.tensor_reason)
    moduli = polycrystal_moduli(np.array(found.tensor))
    raw = moduli.bulk if key == "bulk_modulus" else moduli.shear
    if not raw > 0.0:
        raise InputError(f"the modulus is {raw:.3g} GPa, which is none of a stable crystal")
    scale = potential.scales.get(key)
    text = f"Voigt-Reuss-Hill {raw:.4g} GPa by the potential"
    if scale is None:
        return raw, text
    return scale.corrected(raw), f"{text}, corrected by its known softness"


def row_of(candidate: Candidate, found: Calculated, key: str, potential: Potential, path: Path) -> dict[str, object]:
    """One row of the table of measurements; the relaxed structure is written beside the finished candidate.

    Raises:
        InputError: there is no value, or its scatter was never measured.
    """
    value, note = value_of(found, key, potential)
    structure = _write_structure(found, path.with_suffix(".cif"))
    if key not in potential.noise:
        raise InputError(
            f"the scatter of {key} by {potential.title} was never measured against labels, so the value "
            "would count like a measured one; take another potential"
        )
    noise = potential.noise[key] * (value if key == "density" else 1.0)  # that of a density is stated as a share
    return {
        "sample_id": candidate.label or candidate.candidate_id,
        "composition": candidate.formula,
        "structure_file": f"{path.parent.name}/{structure.name}",
        "space_group": str(found.space_group or ""),
        "property": key,
        "value": f"{value:.6g}",
        "unit": get_property(key).unit,
        "laboratory": LABORATORY,
        "method": f"{CALCULATION}: {potential.title}",
        "noise": f"{noise:.4g}",
        "note": note,
    }


def _write_structure(found: Calculated, path: Path) -> Path:
    """The relaxed cell as a CIF with its symmetry, once."""
    if not path.is_file():
        from pymatgen.io.cif import CifWriter

        assert found.crystal is not None
        text = str(CifWriter(Crystal.from_record(found.crystal).to_structure(), symprec=0.01))
        write_text(text, path)
    return path
