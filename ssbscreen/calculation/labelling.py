"""Labels that are calculated: moduli, density and formation energy of candidates by a pretrained potential.

Each candidate is kept in a file of its own as soon as it is done, so that the same command goes on where it stopped.
The table at the end is one of measurements, of lower fidelity: its `method` begins with "calculation", its `noise` is
the scatter against density-functional labels.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ssbscreen import __version__
from ssbscreen.calculation.potentials import Potential, elemental_energies, get_potential, is_installed, load_calculator
from ssbscreen.calculation.straining import Effort, check_crystal, elastic_tensor, relax
from ssbscreen.core.candidate import CALCULATION, Candidate, Rejected
from ssbscreen.core.crystal import SYMBOLS, Crystal
from ssbscreen.core.errors import InputError, UsageError, unknown
from ssbscreen.core.properties import get_property
from ssbscreen.files.writing import write_rejected, write_table, write_text
from ssbscreen.measurements.files import NAMES
from ssbscreen.physics.elastic_tensor import polycrystal_moduli

log = logging.getLogger(__name__)
MODULI = ("bulk_modulus", "shear_modulus")
PROPERTIES = (*MODULI, "density", "formation_energy")
DEFAULT_POTENTIAL = "sevenn-l3i5"  # the least soft of those that ship in their packages
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
    tensor: list[list[float]] | None = None
    asymmetry: float = float("nan")
    reason: str = ""
    tensor_reason: str = ""
    n_calls: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Labelled:
    """Outcome of `label`.

    Attributes:
        n_candidates: given.
        n_resumed: of them done by an earlier call.
        n_values: rows of the table.
        rejected: candidates and properties set aside.
        out, rejected_path: tables; `out` is not written without a value.
    """

    n_candidates: int
    n_resumed: int
    n_values: int
    rejected: tuple[Rejected, ...]
    out: Path
    rejected_path: Path


def label(
    candidates: Sequence[Candidate],
    *,
    out: Path,
    properties: Sequence[str] = PROPERTIES,
    potential: str = DEFAULT_POTENTIAL,
    effort: Effort | None = None,
    device: str = "cpu",
    calculator: Any = None,
    progress: Callable[[str, int, int], None] | None = None,
    rejected: Sequence[Rejected] = (),
) -> Labelled:
    """Calculate properties of candidates and write them as a table of measurements.

    Args:
        candidates: with ordered crystals; others are set aside.
        out: `.csv` or `.json`; the structures and the finished candidates lie beside it.
        properties: of `PROPERTIES`; "volume" is another word for density.
        potential: of `POTENTIALS`.
        effort: limits and thresholds.
        device: "cpu" or "cuda".
        calculator: ASE calculator in place of the potential's own.
        progress: called with stage, candidates done and in all.
        rejected: inputs set aside before.

    Raises:
        UsageError: an unknown property, potential or ending.
        DataUnavailable: the potential is not installed.
        InputError: not one value could be calculated.
    """
    keys, how = check_request(properties, potential, out)
    effort = effort or Effort()
    if calculator is None and not is_installed(how):
        load_calculator(how, device)  # says what to install
    folder = out.with_name(f"{out.stem}.calculated")
    has_tensor = bool(set(keys) & set(MODULI))
    rows: list[dict[str, object]] = []
    aside, n_resumed = list(rejected), 0
    for done, candidate in enumerate(candidates):
        if progress is not None:
            progress("calculating", done, len(candidates))
        path = folder / f"{_identity(candidate, how, effort, has_tensor)}.json"
        found = _read(path)
        if found is None:
            if calculator is None:
                calculator = load_calculator(how, device)
            found = calculate(candidate.crystal, calculator, effort, has_tensor=has_tensor)
            _keep(found, path)
        else:
            n_resumed += 1
        name = candidate.label or candidate.candidate_id
        if found.reason:
            aside.append(Rejected(name, found.reason))
            continue
        for key in keys:
            try:
                rows.append(_row(candidate, found, key, how, path))
            except InputError as error:
                aside.append(Rejected(f"{name} {key}", str(error)))
    if progress is not None:
        progress("calculating", len(candidates), len(candidates))
    rejected_path = out.with_name(f"{out.stem}.rejected.csv")
    write_rejected(aside, rejected_path)
    log.info("label: %d candidates, %d values, %d set aside", len(candidates), len(rows), len(aside))
    if not rows:
        raise InputError(f"Not one value could be calculated; the reasons stand in {rejected_path}.")
    write_table(pd.DataFrame(rows, columns=list(NAMES)), out)
    return Labelled(len(candidates), n_resumed, len(rows), tuple(aside), out, rejected_path)


def check_request(properties: Sequence[str], potential: str, out: Path) -> tuple[tuple[str, ...], Potential]:
    """Keys of the properties and the potential.

    Raises:
        UsageError: an unknown property or potential, or an ending that is not written.
    """
    keys = tuple(dict.fromkeys("density" if key == "volume" else key for key in properties))
    for key in keys:
        if key not in PROPERTIES:
            raise unknown("property to calculate", key, (*PROPERTIES, "volume"))
    if out.suffix not in (".csv", ".json"):
        raise UsageError(f"'{out.name}' ends in '{out.suffix}'; the table is written as .csv or .json.")
    return keys, get_potential(potential)


def calculate(crystal: Crystal | None, calculator: Any, effort: Effort, *, has_tensor: bool = True) -> Calculated:
    """Relax a crystal and, where asked for, compute its elastic tensor; failures become reasons."""
    start = time.process_time()
    try:
        check_crystal(crystal, effort)
        assert crystal is not None
        relaxed = relax(crystal, calculator, effort)
    except (InputError, ValueError, RuntimeError, IndexError, KeyError, ArithmeticError) as error:
        # a potential raises whatever an element or cell it does not know leads to
        return Calculated(reason=_words(error), seconds=time.process_time() - start)
    tensor, asymmetry, reason, n_calls = None, float("nan"), "", relaxed.n_calls
    if has_tensor:
        try:
            elastic = elastic_tensor(relaxed.crystal, calculator, effort)
            tensor, asymmetry = elastic.tensor.tolist(), elastic.asymmetry
            n_calls += elastic.n_calls
        except (InputError, ValueError, RuntimeError, IndexError, KeyError, ArithmeticError) as error:
            reason = _words(error)
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


def _row(candidate: Candidate, found: Calculated, key: str, potential: Potential, path: Path) -> dict[str, object]:
    """One row of the table of measurements."""
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


def _identity(candidate: Candidate, potential: Potential, effort: Effort, has_tensor: bool) -> str:
    """Name of a candidate's file: another structure, potential or effort is another calculation."""
    given = {
        "crystal": None if candidate.crystal is None else candidate.crystal.to_record(),
        "weights": potential.sha256,
        "effort": asdict(effort),
        "tensor": has_tensor,
        "id": "" if candidate.crystal is not None else candidate.candidate_id,
    }
    return hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()[:20]


def _keep(found: Calculated, path: Path) -> None:
    write_text(json.dumps(asdict(found)), path)


def _read(path: Path) -> Calculated | None:
    """A finished candidate; None when there is none or the file is damaged."""
    try:
        return Calculated(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        log.warning("%s cannot be read (%s); it is calculated again", path, error)
        return None


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, InputError) else f"the potential fails: {type(error).__name__}: {error}"
