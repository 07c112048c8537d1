"""Hull quantities of a pool: shard by shard, then what only the whole pool tells of disordered crystals."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.evidence import Evidence, EvidenceKind
from ssbscreen.core.identity import Materials
from ssbscreen.core.prediction import Predictions, PropertyPrediction
from ssbscreen.engine.jobs import Job, give_input
from ssbscreen.engine.work import done_by_all
from ssbscreen.physics.negative_electrode import NegativeElectrode
from ssbscreen.query.finished_run import UNFINISHED
from ssbscreen.ranking.quantities import DrawTable
from ssbscreen.screening.candidates.gate import Gated
from ssbscreen.screening.hulls.disordered import disordered_distances, entropy_words, free_energies
from ssbscreen.screening.hulls.formation_energies import energy_draws, listed_energies, on_scale
from ssbscreen.screening.hulls.hull_evidence import evidence_of_energies
from ssbscreen.screening.hulls.hull_files import EnergyInput, joined, packed, unpacked
from ssbscreen.screening.hulls.hull_quantities import Hulls, compute_hulls
from ssbscreen.screening.hulls.references import References, named_references
from ssbscreen.screening.settings import Plan, Settings, profile_of
from ssbscreen.screening.shards import PREDICT, about, candidates_of, give_candidates, rows_of, settings_of

log = logging.getLogger(__name__)
HULLS = "hulls"
_ENERGY = "formation_energy"


def hulls_in_shards(
    plan: Plan, pool: Gated, predictions: Predictions, references: References, materials: Materials
) -> Hulls:
    """As `hulls_of`, shard by shard; finished ones of the same input are read back."""
    size, n = plan.settings.shard_size, len(pool.candidates)
    shards, parts = rows_of(n, size), dict[int, Hulls]()
    column, classes = predictions.by_property[_ENERGY], pool.facts.chemistry_class
    given = tuple(
        give_input(
            plan.out / UNFINISHED, HULLS, number, EnergyInput.of(column, materials.is_made, classes, rows).packed()
        )
        for number, rows in enumerate(shards)
    )
    inputs = {PREDICT: give_candidates(plan.out, pool.candidates, size), HULLS: given}

    def do(job: Job, number: int) -> bytes:
        return _hulls_of_shard(job, number, references)

    def taken(number: int, content: bytes) -> None:
        parts[number] = unpacked(content)
        plan.progress("phase diagrams", sum(len(part.energies) for part in parts.values()), n)

    done_by_all(Job(plan.out / UNFINISHED, HULLS, about(plan.settings, reference=references.title), inputs), do, taken)
    hulls = joined([parts[i] for i in range(len(shards))])
    return _completed(plan.settings, pool, predictions, references, materials, hulls)


def hulls_of(plan: Plan, pool: Gated, predictions: Predictions, references: References, materials: Materials) -> Hulls:
    """Energies of a pool on the scale of the reference, and what follows from them."""
    column, classes = predictions.by_property[_ENERGY], list(pool.facts.chemistry_class)
    electrode = plan.profile.operating.negative_electrode

    def progress(done: int, total: int) -> None:
        plan.progress("phase diagrams", done, total)

    hulls = _drawn(plan.settings, electrode, pool.candidates, classes, column, materials.is_made, references, progress)
    return _completed(plan.settings, pool, predictions, references, materials, hulls)


def hulls_of_shard(job: Job, number: int, known: dict[str, References]) -> bytes:
    """Hulls of one shard by a worker, packed.

    Args:
        job: of the stage.
        number: of the shard.
        known: references that this process has read, by the name that settings use; filled here.

    Raises:
        IntegrityError: this process has another reference or other code than the one that asks.
    """
    return _hulls_of_shard(job, number, named_references(job.about["settings"]["reference"], known))


def _hulls_of_shard(job: Job, number: int, references: References) -> bytes:
    settings = settings_of(job, reference=references.title)
    candidates = candidates_of(job, number)
    given = EnergyInput.unpacked(job.input(number))
    column, electrode = given.column(_ENERGY), profile_of(settings).operating.negative_electrode
    return packed(_drawn(settings, electrode, candidates, list(given.classes), column, given.is_made, references))


def _drawn(
    settings: Settings,
    electrode: NegativeElectrode,
    candidates: Sequence[Candidate],
    classes: Sequence[str],
    column: PropertyPrediction,
    is_made: np.ndarray,
    references: References,
    progress: Callable[[int, int], None] | None = None,
) -> Hulls:
    """What each candidate's own energy and the competing phases give."""
    seed, library = settings.seed, references.library
    energies = energy_draws(candidates, is_made, classes, column, library, seed, settings.n_energy_draws)
    hide = settings.hide_outcomes
    return compute_hulls(
        candidates, energies, references, is_made, seed, progress, hide_outcomes=hide, electrode=electrode
    )


def _completed(
    settings: Settings,
    pool: Gated,
    predictions: Predictions,
    references: References,
    materials: Materials,
    hulls: Hulls,
) -> Hulls:
    """Hulls with what the whole pool tells."""
    classes = list(pool.facts.chemistry_class)
    energy = on_scale(pool.candidates, classes, predictions.by_property[_ENERGY], references.library)
    hulls = _with_distances(hulls, energy, pool, materials.is_made, settings.seed)
    is_listed = np.isfinite(listed_energies(pool.candidates, materials.is_made, references.library))
    kinds = evidence_of_energies(hulls.energies, is_listed)
    return replace(hulls, evidence={**kinds, **hulls.evidence})


def _with_distances(
    hulls: Hulls, energy: tuple[np.ndarray, np.ndarray], pool: Gated, is_made: np.ndarray, seed: int
) -> Hulls:
    """Hulls with distances of disordered crystals that nobody made, and with what all distances rest on.

    Args:
        hulls: of the pool.
        energy: predicted ones on the scale of the reference and their errors, eV/atom.  # two (n,)
        pool: candidates.
        is_made: # (n,) bool
        seed: of the run.
    """
    key, ids, families = "energy_above_hull", list(pool.facts.candidate_ids), list(pool.facts.family)
    has_cell = np.array([c.crystal is not None for c in pool.candidates], dtype=bool)
    before = hulls.draws.values[key]
    above = free_energies(pool.candidates, energy[0]) - hulls.hull_energy
    drawn = disordered_distances(above, energy[1], is_made, families, ids, seed, before.shape[1])
    is_new = np.isnan(before).all(axis=1) & np.isfinite(drawn).all(axis=1)
    values = {**hulls.draws.values, key: np.where(is_new[:, None], drawn, before).astype(np.float32)}
    unmade = np.where(has_cell, EvidenceKind.PREDICTED, EvidenceKind.CALCULATED)
    kinds = np.where(is_made, EvidenceKind.MEASURED, unmade).astype(object)
    log.info("hulls: %d disordered candidates that nobody made by the energy of an ordered state", int(is_new.sum()))
    evidence = {**hulls.evidence, key: Evidence.of(kinds, is_made.astype(np.int64))}
    words = entropy_words(pool.candidates, is_new, list(pool.facts.chemistry_class), families)
    reasons = ["; ".join(filter(None, pair)) for pair in zip(hulls.sheet["reason"], words, strict=True)]
    return replace(hulls, draws=DrawTable(values), evidence=evidence, sheet=hulls.sheet.assign(reason=reasons))
