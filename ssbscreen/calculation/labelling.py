"""Labels that are calculated: moduli, density and formation energy of candidates by a pretrained potential.

Each candidate is kept in a file of its own as soon as it is done, so that the same command resumes where it stopped.
The table at the end is one of measurements, of lower fidelity: its `method` begins with "calculation", its `noise` is
the scatter against density-functional labels.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from ssbscreen.calculation import calculated, kept
from ssbscreen.calculation.calculated import MODULI, PROPERTIES, Calculated, calculate, row_of
from ssbscreen.calculation.potential_loading import load_calculator
from ssbscreen.calculation.potentials import Potential, get_potential, is_installed
from ssbscreen.calculation.straining import Effort
from ssbscreen.core.candidate import Candidate, Rejected
from ssbscreen.core.errors import InputError, UsageError, unknown
from ssbscreen.files.writing import write_rejected, write_table
from ssbscreen.measurements.files import NAMES

log = logging.getLogger(__name__)
DEFAULT_POTENTIAL = "sevenn-l3i5"  # the least soft of those that ship in their packages


@dataclass(frozen=True)
class Request:
    """What to calculate, how, and where to; checked when it is made, before a large input is read.

    Attributes:
        out: `.csv` or `.json`; the structures and the finished candidates lie beside it.
        properties: of `PROPERTIES`; "volume" is another word for density.
        potential: of `POTENTIALS`.
        effort: limits and thresholds.
        device: "cpu" or "cuda".

    Raises:
        UsageError: an unknown property or potential, none at all, or an ending that is not written.
    """

    out: Path
    properties: Sequence[str] = PROPERTIES
    potential: str = DEFAULT_POTENTIAL
    effort: Effort = field(default_factory=Effort)
    device: str = "cpu"

    def __post_init__(self) -> None:
        if not self.properties:
            raise UsageError(f"--property names nothing; give some of {', '.join(PROPERTIES)}.")
        for key in self.keys:
            if key not in PROPERTIES:
                raise unknown("property to calculate", key, (*PROPERTIES, "volume"))
        if self.out.suffix not in (".csv", ".json"):
            raise UsageError(f"'{self.out.name}' ends in '{self.out.suffix}'; the table is written as .csv or .json.")
        _ = self.how

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Keys of the properties, each once."""
        return tuple(dict.fromkeys("density" if key == "volume" else key for key in self.properties))

    @cached_property
    def how(self) -> Potential:
        """The potential."""
        return get_potential(self.potential)

    @property
    def has_tensor(self) -> bool:
        """Whether a modulus is asked for."""
        return not set(self.keys).isdisjoint(MODULI)


@dataclass(frozen=True)
class Labelled:
    """Outcome of `label`.

    Attributes:
        n_candidates: given.
        n_resumed: of them done by an earlier call.
        n_values: rows of the table.
        rejected: candidates and properties rejected.
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
    request: Request,
    *,
    calculator: Any = None,
    rejected: Sequence[Rejected] = (),
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> Labelled:
    """Calculate properties of candidates and write them as a table of measurements.

    Args:
        candidates: with ordered crystals; others are rejected.
        request: what to calculate.
        calculator: ASE calculator in place of the potential's own.
        rejected: inputs rejected before.
        progress: called with stage, candidates done and in all.

    Raises:
        DataUnavailable: the potential is not installed.
        InputError: not one value could be calculated.
    """
    out, rows, refused, n_resumed = request.out, list[dict[str, object]](), list(rejected), 0
    source = _Source(request, calculator)
    for done, candidate in enumerate(candidates):
        progress("calculating", done, len(candidates))
        found, is_resumed = source.of(candidate)
        n_resumed += is_resumed
        for outcome in _labels(candidate, found, request, source.path(candidate)):
            if isinstance(outcome, Rejected):
                refused.append(outcome)
            else:
                rows.append(outcome)
    progress("calculating", len(candidates), len(candidates))
    rejected_path = out.with_name(f"{out.stem}.rejected.csv")
    write_rejected(refused, rejected_path)
    log.info("label: %d candidates, %d values, %d rejected", len(candidates), len(rows), len(refused))
    if not rows:
        raise InputError(f"Not one value could be calculated; the reasons stand in {rejected_path}.")
    write_table(pd.DataFrame(rows, columns=list(NAMES)), out)
    return Labelled(len(candidates), n_resumed, len(rows), tuple(refused), out, rejected_path)


class _Source:
    """Finished candidates from their files, others from the calculator, which is loaded when one needs it."""

    def __init__(self, request: Request, calculator: Any) -> None:
        self._request, self._calculator = request, calculator
        self._folder = request.out.with_name(f"{request.out.stem}.calculated")
        if calculator is None and not is_installed(request.how):
            load_calculator(request.how, request.device)  # says what to install

    def path(self, candidate: Candidate) -> Path:
        """File of a candidate."""
        request = self._request
        return self._folder / f"{calculated.identity(candidate, request.how, request.effort, request.has_tensor)}.json"

    def of(self, candidate: Candidate) -> tuple[Calculated, bool]:
        """What the potential says, and whether an earlier call has asked it."""
        request, path = self._request, self.path(candidate)
        found = kept.read(Calculated, path)
        if found is not None:
            return found, True
        if self._calculator is None:
            self._calculator = load_calculator(request.how, request.device)
        found = calculate(candidate.crystal, self._calculator, request.effort, has_tensor=request.has_tensor)
        kept.keep(found, path)
        return found, False


def _labels(
    candidate: Candidate, found: Calculated, request: Request, path: Path
) -> Iterator[dict[str, object] | Rejected]:
    """A row of the table of measurements for each property, or the reason why there is none."""
    name = candidate.label or candidate.candidate_id
    if found.reason:
        yield Rejected(name, found.reason)
        return
    for key in request.keys:
        try:
            yield row_of(candidate, found, key, request.how, path)
        except InputError as error:
            yield Rejected(f"{name} {key}", str(error))
