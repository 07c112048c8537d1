"""What a potential says about one candidate: kept in a file of its own, then as measurements.

The measurements are of lower fidelity: on the scale of the labels, with their known scatter.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ssbscreen import __version__
from ssbscreen.calculation.kept import name_of
from ssbscreen.calculation.potentials import Potential, elemental_energies
from ssbscreen.calculation.straining import Effort, check_crystal, elastic_tensor, relax
from ssbscreen.core.anion_correction import anion_correction
from ssbscreen.core.candidate import CALCULATION, Candidate
from ssbscreen.core.crystal import SYMBOLS, Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.core.oxidation import charge_excess
from ssbscreen.core.properties import get_property
from ssbscreen.files.writing import write_text
from ssbscreen.physics.elastic_tensor import polycrystal_moduli

# a potential raises whatever an element or cell it does not know leads to
FAILURES = (InputError, ValueError, RuntimeError, IndexError, KeyError, ArithmeticError)
MODULI = ("bulk_modulus", "shear_modulus")
PROPERTIES = (*MODULI, "density", "formation_energy")
_WITH_U = frozenset(("Co", "Cr", "Fe", "Mn", "Mo", "Ni", "V", "W"))
_ANIONS_WITH_U = frozenset(("O", "F"))
LABORATORY = f"ssbscreen {__version__}"


@dataclass(frozen=True)
class Calculated:
    """What a potential says about one candidate; NaN and reasons where it says nothing.

    Attributes:
        energy: of the relaxed cell, eV/atom on the scale of the potential.
        volume: relaxed, cubic angstrom/atom.
        volume_change: relative to the given cell.
        space_group: international number of the relaxed cell, 0 when there is none.
        crystal: relaxed primitive cell as a record, None when there is none.
        tensor: GPa, None when there is none.  # (6, 6)
        asymmetry: of the tensor before it was made symmetric, relative.
        reason: why there is nothing at all; empty otherwise.
        tensor_reason: why there is no tensor; empty when there is one or none was asked for.
        n_calls: forces computed.
        seconds: of processor time.
    """

    energy: float = float("nan")
    volume: float = float("nan")
    volume_change: float = float("nan")
    space_group: int = 0
    crystal: dict[str, Any] | None = None
    tensor: Sequence[Sequence[float]] | None = None
    asymmetry: float = float("nan")
    reason: str = ""
    tensor_reason: str = ""
    n_calls: int = 0
    seconds: float = 0.0


def calculate(crystal: Crystal | None, calculator: Any, effort: Effort, *, has_tensor: bool = True) -> Calculated:
    """Relax a crystal and, where asked for, compute its elastic tensor; failures become reasons."""
    start = time.process_time()
    try:
        check_crystal(crystal, effort)
        assert crystal is not None
        relaxed = relax(crystal, calculator, effort)
    except FAILURES as error:
        return Calculated(reason=words_of(error), seconds=time.process_time() - start)
    tensor, asymmetry, reason, n_calls = None, float("nan"), "", relaxed.n_calls
    if has_tensor:
        try:
            elastic = elastic_tensor(relaxed.crystal, calculator, effort)
            tensor, asymmetry = elastic.tensor.tolist(), elastic.asymmetry
            n_calls += elastic.n_calls
        except FAILURES as error:
            reason = words_of(error)
    return Calculated(
        relaxed.energy,
        relaxed.volume,
        relaxed.volume_change,
        relaxed.space_group,
        relaxed.crystal.to_record(),
        tensor,
        asymmetry,
        "",
        reason,
        n_calls,
        time.process_time() - start,
    )


def identity(candidate: Candidate, potential: Potential, effort: Effort, has_tensor: bool) -> str:
    """Name of a candidate's file: another structure, potential or effort is another calculation."""
    crystal = candidate.crystal
    return name_of(
        crystal=crystal,
        weights=potential.sha256,
        effort=asdict(effort),
        tensor=has_tensor,
        id="" if crystal is not None else candidate.candidate_id,
    )


def formation_energy(found: Calculated, potential: Potential) -> float:
    """Energy from the elements by the same potential, eV/atom, brought to the scale of the reference anion by anion.

    Potentials learn oxides, halides, sulfides and gases as density functionals have them, 0.3 eV/atom apart in the mean
    from the corrected energies of the reference (`benchmarks/fit_anion_scale.py`).

    Raises:
        InputError: there is no energy of one of the elements, or compound and elements are on different scales, as
            oxides of metals with a Hubbard U and peroxides.
    """
    elements = elemental_energies(potential.name)
    assert found.crystal is not None
    numbers = found.crystal["z"]
    check_scale({SYMBOLS[z] for z in numbers}, potential)
    if lacking := sorted({SYMBOLS[z] for z in numbers} - set(elements)):
        raise InputError(
            f"there is no energy of {', '.join(lacking)} by {potential.title}; formation energies need "
            "that of every element"
        )
    amounts: dict[str, float] = dict(Counter(SYMBOLS[z] for z in numbers))
    excess = charge_excess(amounts) if potential.anions and len(amounts) > 1 and "O" in amounts else None
    if excess is not None and excess[0] < 0.0:
        raise InputError(
            f"more oxygen than the other elements can balance, as in a peroxide or superoxide: the term of oxide ions "
            f"that brings {potential.title} to the scale of the reference is 0.2 to 0.4 eV/atom too large there"
        )
    return from_elements(found.energy, amounts, elements) + anion_correction(amounts, potential.anions)


def from_elements(energy: float, amounts: Mapping[str, float], elements: Mapping[str, float]) -> float:
    """Energy of a compound less that of its elements, eV/atom, as the potential has both."""
    return energy - sum(elements[s] * n for s, n in amounts.items()) / sum(amounts.values())


def _origin_of_energy(potential: Potential) -> str:
    scale = "anions brought to the scale of the reference" if potential.anions else "uncorrected"
    return f"relaxed, from elements by the same potential, {scale}"


def check_scale(symbols: set[str], potential: Potential) -> None:
    """Refuse compounds that the potential learned with a Hubbard U, while it learned their metals without.

    The Materials Project brings both to one scale by 1.6 to 4.4 eV a metal atom, which the potential has not learned:
    LiCoO2 comes out about 1 eV/atom too high.

    Raises:
        InputError: an oxide or fluoride of such a metal.

    Source: Jain et al., Phys. Rev. B 84, 045115 (2011), 10.1103/PhysRevB.84.045115; metals and anions as in
        MP2020Compatibility of pymatgen (10.1038/s41598-021-94550-5).
    """
    metals, anions = sorted(symbols & _WITH_U), sorted(symbols & _ANIONS_WITH_U)
    if metals and anions:
        raise InputError(
            f"{potential.title} learned compounds of {', '.join(metals)} with {', '.join(anions)} with a Hubbard U and "
            "the metals without, so that an energy from the elements is off by up to 1 eV/atom; take that of a "
            "database, or of the model `crystal` (`ssbscreen predict`)"
        )


def value_of(found: Calculated, key: str, potential: Potential) -> tuple[float, str]:
    """Value of a property in natural units, on the scale of the labels, and how it came about.

    Raises:
        InputError: there is none.
    """
    assert found.crystal is not None
    if key == "density":
        return Crystal.from_record(found.crystal).density, f"relaxed, {found.volume:.3f} cubic angstrom/atom"
    if key == "formation_energy":
        return formation_energy(found, potential), _origin_of_energy(potential)
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


def words_of(error: Exception) -> str:
    """Why a potential said nothing."""
    return str(error) if isinstance(error, InputError) else f"the potential fails: {type(error).__name__}: {error}"
