"""A shortlist calculated step by step: who enters each step, who leaves and why, and what is known at the end."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ssbscreen.calculation import steps as calculations
from ssbscreen.calculation.calculated import Calculated
from ssbscreen.calculation.hull_distance import Distance, competitors, crystals_of, hull, rival_effort
from ssbscreen.calculation.kept import name_of
from ssbscreen.calculation.phase_structures import PhaseStructures
from ssbscreen.calculation.phonons import Phonons
from ssbscreen.calculation.potentials import get_potential
from ssbscreen.calculation.refine_settings import RefineSettings, StepName
from ssbscreen.calculation.steps import Diffusion, Ordered
from ssbscreen.calculation.workbench import Failure, Workbench
from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.physics.hull import PhaseLibrary

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Leader:
    """A candidate to calculate.

    Attributes:
        candidate: with a crystal.
        rank: in its run.
        anneal_c: at which it is densified, degree C; NaN where nothing was read.
        origin: how its crystal was built, in words; empty where it came with one.
    """

    candidate: Candidate
    rank: int
    anneal_c: float = float("nan")
    origin: str = ""


@dataclass
class Refined:
    """What is known of one leader.

    Attributes:
        leader: itself.
        results: step -> result or failure.
        left: step at which it left.
        reason: why it left.
    """

    leader: Leader
    results: dict[StepName, Any] = field(default_factory=dict)
    left: StepName | None = None
    reason: str = ""

    @property
    def crystal(self) -> Crystal:
        """The crystal as far as it has been calculated."""
        relaxed, ordered = self.results.get("relax"), self.results.get("order")
        if isinstance(relaxed, Calculated) and relaxed.crystal is not None:
            return Crystal.from_record(relaxed.crystal)
        if isinstance(ordered, Ordered):
            return Crystal.from_record(ordered.crystal)
        assert self.leader.candidate.crystal is not None
        return self.leader.candidate.crystal

    def energy(self) -> tuple[float, float]:
        """Energy that stands against the hull and its own doubt, eV/atom: of disorder its free energy."""
        ordered, relaxed = self.results["order"], self.results["relax"]
        if ordered.energies:
            return ordered.free_energy, ordered.free_std
        return relaxed.energy, 0.0


def refine(
    leaders: Sequence[Leader],
    steps: Sequence[StepName],
    given: RefineSettings,
    bench: Workbench,
    library: PhaseLibrary,
    progress: Progress = lambda stage, done, total: None,
    shard: tuple[int, int] = (1, 1),
) -> list[Refined]:
    """Calculate leaders step by step; finished results are read.

    Args:
        leaders: the best first.
        steps: in their order.
        given: settings.
        bench: potentials and finished work.
        library: competing phases.
        progress: called with step, candidates done and in all.
        shard: number and count; of several processes each computes its own candidates, so that one more call without
            a shard finds all of them finished.

    Raises:
        DataUnavailable: a potential is not installed.
    """
    found = [Refined(leader) for leader in leaders]
    stages = _Stages(given, bench, library, found)
    own = {id(one) for one in found[shard[0] - 1 :: shard[1]]}
    for step in steps:
        inside = [one for one in found if one.left is None][: getattr(given, step).top]
        if bench.is_batched:
            stages.rest(step, [one for one in inside if id(one) in own])
        for done, one in enumerate(inside):
            progress(step, done, len(inside))
            if id(one) in own:
                one.results[step] = result = stages.run(step, one)
                if reason := _why_it_leaves(step, result, given):
                    one.left, one.reason = step, reason
        progress(step, len(inside), len(inside))
    return found


class _Stages:
    """Runs a step on a candidate."""

    def __init__(
        self, given: RefineSettings, bench: Workbench, library: PhaseLibrary, found: Sequence[Refined]
    ) -> None:
        self._given, self._bench, self._library = given, bench, library
        self._potential = get_potential(given.potential)
        self._found = found
        self._engine = {"engine": given.engine} if bench.is_batched else {}
        self._read: PhaseStructures | None = None

    def run(self, step: StepName, one: Refined) -> Any:
        """Result or failure."""
        bench, potential, given = self._bench, self._potential, self._given
        if step == "order":
            leader = one.leader
            anneal = float(np.fmax(leader.anneal_c, given.order.anneal_c))  # cold-pressed powders were annealed before
            name = self._name(one.crystal, given.order, given.relax, anneal=anneal)
            return bench.result(
                step, Ordered, name, lambda: calculations.order(one.crystal, anneal, bench, potential, given)
            )
        if step == "relax":
            effort = given.relax.effort()
            return bench.result(
                step,
                Calculated,
                self._name(one.crystal, given.relax),
                lambda: bench.at_rest(one.crystal, potential, effort),
            )
        if step == "hull":
            energy = one.energy()[0]
            name = self._name(one.crystal, given.hull, given.relax, energy=energy, phases=self._library.reference.title)
            return bench.result(step, Distance, name, lambda: self._hull(one.crystal, energy))
        if step == "phonons":
            name = self._name(one.crystal, given.phonons)
            return bench.result(
                step, Phonons, name, lambda: calculations.soft_modes(one.crystal, bench, potential, given)
            )
        if step == "elastic":
            name = self._name(one.crystal, given.elastic)
            return bench.result(
                step, Calculated, name, lambda: calculations.stiffness(one.crystal, bench, potential, given)
            )
        moving = get_potential(given.diffusion.potential)
        settings = _settings(given.diffusion, given.relax)
        name = name_of(crystal=one.crystal, weights=moving.sha256, given=settings, **self._engine)
        return bench.result(step, Diffusion, name, lambda: calculations.diffuse(one.crystal, bench, moving, given))

    def rest(self, step: StepName, inside: Sequence[Refined]) -> None:
        """Bring all crystals of a step to rest at once; `run` finds them."""
        given, crystals = self._given, list[Crystal]()
        efforts = {
            "order": calculations.order_effort(given),
            "relax": given.relax.effort(),
            "hull": rival_effort(given),
        }
        if step not in efforts:
            return
        for one in inside:
            with contextlib.suppress(InputError):  # `run` says what is wrong
                crystals += self._to_rest(step, one.crystal)
        self._bench.rest_together(crystals, self._potential, efforts[step])

    def _to_rest(self, step: StepName, crystal: Crystal) -> Sequence[Crystal]:
        if step == "order":
            return () if crystal.is_ordered else calculations.orderings_of(crystal, self._given)
        if step == "relax":
            return (crystal,)
        phases = competitors(crystal, self._potential, self._given, self._library)
        return [rival for phase in phases for rival in crystals_of(phase, self._given, self._structures())]

    def _structures(self) -> PhaseStructures:
        if self._read is None:
            elements = {
                str(el) for one in self._found if one.leader.candidate.composition for el in one.crystal.composition
            }
            self._read = PhaseStructures(elements)
        return self._read

    def _hull(self, crystal: Crystal, energy: float) -> Distance:
        return hull(crystal, energy, self._bench, self._potential, self._given, self._library, self._structures())

    def _name(self, crystal: Crystal, *parts: Any, **more: Any) -> str:
        return name_of(crystal=crystal, weights=self._potential.sha256, given=_settings(*parts), **more, **self._engine)


def _settings(*parts: Any) -> list[dict[str, Any]]:
    """Settings on which a result depends; how many candidates enter is none of them."""
    return [part.model_dump(mode="json", exclude={"top"}) for part in parts]


def _why_it_leaves(step: StepName, result: Any, given: RefineSettings) -> str:
    """Why no more is spent on a candidate; empty where it goes on."""
    if step in ("order", "relax"):
        if isinstance(result, Failure):
            return result.reason
        return result.reason if isinstance(result, Calculated) else ""
    if isinstance(result, Distance) and result.distance > given.hull.leaves_above:
        return f"{1e3 * result.distance:.0f} meV/atom above the hull of {result.products}"
    if isinstance(result, Phonons) and result.is_soft:
        return f"its framework is soft: {result.words()}"
    if step == "elastic" and isinstance(result, Failure) and "eigenvalue" in result.reason:
        return result.reason
    return ""
