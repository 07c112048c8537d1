"""What a potential says about one candidate, kept in a file of its own as soon as it is done."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ssbscreen.calculation.potentials import Potential
from ssbscreen.calculation.straining import Effort, check_crystal, elastic_tensor, relax
from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.files.writing import write_text

log = logging.getLogger(__name__)
# a potential raises whatever an element or cell it does not know leads to
_FAILURES = (InputError, ValueError, RuntimeError, IndexError, KeyError, ArithmeticError)


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


def calculate(crystal: Crystal | None, calculator: Any, effort: Effort, *, has_tensor: bool = True) -> Calculated:
    """Relax a crystal and, where asked for, compute its elastic tensor; failures become reasons."""
    start = time.process_time()
    try:
        check_crystal(crystal, effort)
        assert crystal is not None
        relaxed = relax(crystal, calculator, effort)
    except _FAILURES as error:
        return Calculated(reason=_words(error), seconds=time.process_time() - start)
    tensor, asymmetry, reason, n_calls = None, float("nan"), "", relaxed.n_calls
    if has_tensor:
        try:
            elastic = elastic_tensor(relaxed.crystal, calculator, effort)
            tensor, asymmetry = elastic.tensor.tolist(), elastic.asymmetry
            n_calls += elastic.n_calls
        except _FAILURES as error:
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


def keep(found: Calculated, path: Path) -> None:
    """Write a finished candidate."""
    write_text(json.dumps(asdict(found)), path)


def read(path: Path) -> Calculated | None:
    """A finished candidate; None when there is none or the file is damaged."""
    try:
        return Calculated(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        log.warning("%s cannot be read (%s); it is calculated again", path, error)
        return None


def identity(candidate: Candidate, potential: Potential, effort: Effort, has_tensor: bool) -> str:
    """Name of a candidate's file: another structure, potential or effort is another calculation."""
    given = {
        "crystal": None if candidate.crystal is None else candidate.crystal.to_record(),
        "weights": potential.sha256,
        "effort": asdict(effort),
        "tensor": has_tensor,
        "id": "" if candidate.crystal is not None else candidate.candidate_id,
    }
    return hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()[:20]


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, InputError) else f"the potential fails: {type(error).__name__}: {error}"
