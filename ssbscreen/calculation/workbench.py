"""What the steps of a refinement share: potentials, loaded once and when needed, and the folder of finished work."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ssbscreen.calculation import batched, kept
from ssbscreen.calculation.calculated import FAILURES, Calculated, calculate
from ssbscreen.calculation.dynamics import Unfinished
from ssbscreen.calculation.kept import name_of
from ssbscreen.calculation.potential_loading import load_calculator
from ssbscreen.calculation.potentials import Potential
from ssbscreen.calculation.straining import Effort
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.files.paths import cache_dir

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


@dataclass(frozen=True)
class Failure:
    """Why a step has no result.

    Attributes:
        reason: in words.
        seconds: of processor time until it was known.
    """

    reason: str
    seconds: float


@dataclass
class Workbench:
    """Potentials and finished work of a refinement.

    Attributes:
        folder: of the finished steps.
        device: "cpu" or "cuda".
        calculators: name of a potential -> ASE calculator, those that were given or loaded.
        is_batched: whether crystals are brought to rest by torch-sim, many at once.
        models: name of a potential -> model of torch-sim, the same.
        n_new: results that this call computed.
        n_kept: results that were there.
    """

    folder: Path
    device: str = "cpu"
    calculators: dict[str, Any] = field(default_factory=dict)
    is_batched: bool = False
    models: dict[str, Any] = field(default_factory=dict)
    n_new: int = 0
    n_kept: int = 0

    def calculator(self, potential: Potential) -> Any:
        """ASE calculator of a potential."""
        if potential.name not in self.calculators:
            self.calculators[potential.name] = load_calculator(potential, self.device)
        return self.calculators[potential.name]

    def result(self, step: str, kind: type[T], name: str, compute: Callable[[], T]) -> T | Failure:
        """What a step says, from its file or computed and kept; a failure is kept as well.

        Args:
            step: folder.
            kind: of the result.
            name: of the file.
            compute: makes it; an error becomes a failure.
        """
        path, failed = self.folder / step / f"{name}.json", self.folder / step / f"{name}.failed.json"
        for one, place in ((kind, path), (Failure, failed)):
            if (found := kept.read(one, place)) is not None:
                self.n_kept += 1
                return found  # type: ignore[return-value]
        begin = time.process_time()
        self.n_new += 1
        try:
            made = compute()
        except Unfinished as error:
            return Failure(str(error), time.process_time() - begin)
        except FAILURES as error:
            words = str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
            failure = Failure(words, time.process_time() - begin)
            kept.keep(failure, failed)
            return failure
        kept.keep(made, path)
        return made

    def at_rest(self, crystal: Crystal, potential: Potential, effort: Effort) -> Calculated:
        """A crystal relaxed; kept for every run and every candidate, since competing phases return."""
        if self.is_batched:
            self.rest_together([crystal], potential, effort)
        path = self._path(crystal, potential, effort)
        found = kept.read(Calculated, path)
        if found is None:
            found = calculate(crystal, self.calculator(potential), effort, has_tensor=False)
            kept.keep(found, path)
        return found

    def rest_together(self, crystals: Sequence[Crystal], potential: Potential, effort: Effort) -> None:
        """Relax what is not kept yet at once, so that `at_rest` finds it; nothing where crystals are relaxed singly."""
        if not self.is_batched:
            return
        lacking = {self._path(one, potential, effort): one for one in crystals}
        lacking = {path: one for path, one in lacking.items() if kept.read(Calculated, path) is None}
        if not lacking:
            return
        if potential.name not in self.models:
            self.models[potential.name] = batched.load_model(potential, self.device)
        found = batched.relax_together(list(lacking.values()), self.models[potential.name], effort)
        for path, one in zip(lacking, found, strict=True):
            kept.keep(one, path)

    def _path(self, crystal: Crystal, potential: Potential, effort: Effort) -> Path:
        engine = {"engine": batched.ENGINE} if self.is_batched else {}
        name = name_of(crystal=crystal, weights=potential.sha256, effort=asdict(effort), tensor=False, **engine)
        return cache_dir() / "calculated" / potential.name / "relaxed" / f"{name}.json"
