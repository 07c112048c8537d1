"""Candidates by charge-balanced ionic substitution into the structure types of `data/prototypes/`.

Whole ions of at most two framework cations, and of the anions, are replaced; lithium makes up the charge by
emptying or filling its own sites. Doping steps replace a share of one ion of such a base compound. The cell
is scaled by bond lengths from ionic radii. Which ions replace which is weighed in `generation/ions.py`.
"""

from __future__ import annotations

import itertools
import logging
import math
from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np

from ssbscreen.core.candidate import Candidate, reduced_formula
from ssbscreen.core.orbits import build_crystal
from ssbscreen.generation.host import Draft, Host
from ssbscreen.generation.ions import is_open_shell
from ssbscreen.generation.known_compounds import known_name
from ssbscreen.readers.prototype_file import Prototype
from ssbscreen.sources.prototypes import load_prototypes, prototype

_log = logging.getLogger(__name__)

_OPEN_SHELL_PENALTY = 5.0  # on the log likelihood, in structure types that are no cathodes
# Base compounds a structure type: fewer for classes with many types, so that no class drowns the others.
_CAP = {"sulfide": 130, "oxide": 84, "halide": 130, "nitride": 40, "hydride": 10}
_DOPED_BASES = 4  # base compounds of a structure type that get doping steps


def generate(n_max: int | None = None, seed: int = 0, names: tuple[str, ...] | None = None) -> tuple[Candidate, ...]:
    """Candidates from all structure types, the same for the same arguments.

    Of the possible base compounds of a structure type those with the highest log likelihood plus Gumbel
    noise are taken (sampling without replacement in proportion to the likelihood); the type itself and the
    likeliest of them also get doping steps. Formulas are unique within a structure type.

    Args:
        n_max: most candidates to return, taken in turn from all structure types, base compounds before
            doping steps; None for all (about 5,000).
        seed: of the noise.
        names: structure types to use; None for all.

    Raises:
        UsageError: a structure type of that name does not exist.
    """
    types = load_prototypes() if names is None else tuple(prototype(name) for name in names)
    derived = [_Derived(row, seed) for row in types]
    in_order = itertools.chain(_in_turn(d.bases() for d in derived), _in_turn(d.doped() for d in derived))
    found = tuple(itertools.islice(in_order, n_max))
    _log.info("substitution: %d candidates from %d structure types", len(found), len(types))
    return found


class _Derived:
    """Candidates of one structure type, each made when it is asked for: few need not wait for thousands."""

    def __init__(self, row: Prototype, seed: int) -> None:
        self._row, self._seed = row, seed
        self._seen = {reduced_formula(row.composition)}  # the type itself is a candidate of the source `prototypes`

    @cached_property
    def _host(self) -> Host:
        return Host(self._row)

    @cached_property
    def _chosen(self) -> list[Draft]:
        return _choose(self._host, np.random.default_rng((self._seed, *self._row.name.encode())))

    def bases(self) -> Iterator[Candidate]:
        """Base compounds."""
        yield from _build(self._host, self._chosen[1:], self._seen)

    def doped(self) -> Iterator[Candidate]:
        """Doping steps of the likeliest base compounds, those that are no base compound: to be asked for after them."""
        likely = sorted(self._chosen, key=lambda draft: -draft.log_likelihood)[:_DOPED_BASES]
        yield from _build(self._host, (step for base in likely for step in self._host.doped(base)), self._seen)


def _choose(host: Host, rng: np.random.Generator) -> list[Draft]:
    """Base compounds of one structure type, the type itself first."""
    drafts = list(host.bases())
    is_cathode = "cathode" in host.prototype.record.roles
    weight = np.array([draft.log_likelihood for draft in drafts])
    if not is_cathode:
        weight = weight - _OPEN_SHELL_PENALTY * np.array([_has_open_shell(draft) for draft in drafts])
    weight[0] = math.inf
    order = np.argsort(-(weight + rng.gumbel(size=len(drafts))), kind="stable")
    return [drafts[i] for i in order[: _CAP[host.prototype.record.chemistry_class]]]


def _has_open_shell(draft: Draft) -> bool:
    return any(is_open_shell(target) for targets in draft.replacement.values() for target, _ in targets)


def _build(host: Host, drafts: Iterable[Draft], seen: set[str]) -> Iterator[Candidate]:
    record, cell = host.prototype.record, host.prototype.primitive
    for draft in drafts:
        composition = host.composition(draft)
        formula = reduced_formula(composition)
        if formula in seen:
            continue
        seen.add(formula)
        scale = host.length_scale(draft.replacement)
        crystal = build_crystal(cell.lattice * scale, cell.orbits, host.species(draft))
        words = _provenance(host, draft, scale)
        if name := known_name(composition):
            words += f"; composition known as {name}"
        yield Candidate(
            candidate_id=f"proto/{record.name}/{formula}",
            composition=composition,
            crystal=crystal,
            source="prototypes",
            provenance=words,
            family_hint=record.family,
            space_group=record.space_group.number,
            prototype=record.name,
        )


def _provenance(host: Host, draft: Draft, scale: float) -> str:
    swaps = [
        f"{ion} -> " + " + ".join(f"{share:g} {target}" if share < 1 else str(target) for target, share in targets)
        for ion, targets in draft.replacement.items()
    ]
    words = [f"structure type {host.prototype.name} ({host.prototype.record.formula})", ", ".join(swaps)]
    if draft.dopant:
        words.append(f"doped: {draft.dopant}")
    words.append(f"ln likelihood {draft.log_likelihood:.2f}")
    words.append(f"cell volume x {scale**3:.3f}")
    return "; ".join(words)


def _in_turn(groups: Iterable[Iterator[Candidate]]) -> Iterator[Candidate]:
    """One of each group, then the next of each."""
    waiting = list(groups)
    while waiting:
        left = []
        for group in waiting:
            if (candidate := next(group, None)) is not None:
                yield candidate
                left.append(group)
        waiting = left
