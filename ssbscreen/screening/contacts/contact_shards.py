"""Reactions of a pool with the cathodes, in units of chemical systems that any process may do while others rank."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import orjson

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.cathode import Cathode
from ssbscreen.engine.jobs import Job, give_input
from ssbscreen.engine.work import done_by_all
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.pair_reactions import Kinks
from ssbscreen.query.finished_run import UNFINISHED
from ssbscreen.screening.contacts.cathode_contacts import by_system, kinks_of, states_of
from ssbscreen.screening.hulls.formation_energies import plain_formula
from ssbscreen.screening.hulls.references import References, named_references
from ssbscreen.screening.settings import Plan
from ssbscreen.screening.shards import about, settings_of
from ssbscreen.sources.reference_cathodes import SOURCE

CONTACTS = "contacts"
_N_FORMULAS = 200  # of a unit: some seconds of work, beside a tenth of one to hand it out and take it back


def formulas_of(candidates: Sequence[Candidate]) -> tuple[str | None, ...]:
    """Formulas by which candidates react; None for polymers."""
    return tuple(None if c.composition is None or c.polymer is not None else plain_formula(c) for c in candidates)


@dataclass(frozen=True)
class Asked:
    """Contacts that were asked for.

    Attributes:
        cathodes: the panel.
        job: units of them.
        n_further: partners after the states of the cathodes.
    """

    cathodes: tuple[Cathode, ...]
    job: Job
    n_further: int = 0


def ask_for_contacts(
    plan: Plan,
    candidates: Sequence[Candidate],
    has_window: np.ndarray,
    references: References,
    further: Sequence[str] = (),
) -> Asked:
    """Post the reactions of candidates with the cathodes.

    Further processes begin at once; what they leave is done by `kinks_by_unit`.

    Args:
        plan: of the screen.
        candidates: n.
        has_window: whether the reference knows enough phases for a window.  # (n,) bool
        references: competing phases.
        further: formulas of other partners.
    """
    cathodes = SOURCE.load_panel(plan.settings.pairs.cathodes)
    states = [*states_of(cathodes), *further]
    known = [f for f, has in zip(formulas_of(candidates), has_window, strict=True) if f is not None and has]
    names = by_system(known)
    folder = plan.out / UNFINISHED
    given = tuple(
        give_input(
            folder, CONTACTS, number, orjson.dumps({"formulas": names[start : start + _N_FORMULAS], "with": states})
        )
        for number, start in enumerate(range(0, len(names), _N_FORMULAS))
    )
    job = Job(folder, CONTACTS, about(plan.settings, reference=references.title), {CONTACTS: given})
    job.post()
    return Asked(cathodes, job, len(further))


def kinks_by_unit(
    job: Job,
    library: PhaseLibrary,
    take: Callable[[Mapping[str, list[Kinks | None]]], None],
    progress: Callable[[int, int], None],
) -> None:
    """Do what nobody else does of the contacts, and hand over the kinks of each unit, so that none need be kept.

    Args:
        job: of `ask_for_contacts`.
        library: competing phases.
        take: called with formulas and their kinks.
        progress: called with units done and in all.
    """
    n_done = 0

    def do(asked: Job, number: int) -> bytes:
        return _kinks_of_unit(asked, number, library)

    def taken(number: int, content: bytes) -> None:
        nonlocal n_done
        take(unpacked(content, _asked(job, number)["formulas"]))
        n_done += 1
        progress(n_done, len(job))

    done_by_all(job, do, taken)


def contacts_of_unit(job: Job, number: int, known: dict[str, References]) -> bytes:
    """Kinks of one unit by a worker, packed.

    Args:
        job: of the stage.
        number: of the unit.
        known: references that this process has read, by the name that settings use; filled here.

    Raises:
        IntegrityError: this process has another reference or other code than the one that asks.
    """
    references = named_references(job.about["settings"]["reference"], known)
    settings_of(job, reference=references.title)
    return _kinks_of_unit(job, number, references.library)


def packed(found: Mapping[str, Sequence[Kinks | None]]) -> bytes:
    """Kinks as bytes, an .npz file without pickles; what is not known has no kinks."""
    every = [one for own in found.values() for one in own]
    buffer = io.BytesIO()
    np.savez(
        buffer,
        n_kinks=np.array([-1 if one is None else len(one.fraction) for one in every], dtype=np.int64),
        end=np.array([np.nan if one is None else one.end_energy for one in every], dtype=float),
        fraction=np.concatenate([np.empty(0), *(one.fraction for one in every if one is not None)]),
        energy=np.concatenate([np.empty(0), *(one.energy for one in every if one is not None)]),
    )
    return buffer.getvalue()


def unpacked(content: bytes, formulas: Sequence[str]) -> dict[str, list[Kinks | None]]:
    """Inverse of `packed`, of the same formulas in the same order."""
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        counts, ends, fraction, energy = (file[name] for name in ("n_kinks", "end", "fraction", "energy"))
    stops = np.cumsum(np.maximum(counts, 0))
    every = [
        None if n < 0 else Kinks(fraction[stop - n : stop], energy[stop - n : stop], float(end))
        for n, stop, end in zip(counts.tolist(), stops.tolist(), ends, strict=True)
    ]
    each = len(every) // max(len(formulas), 1)
    return {name: every[i * each : (i + 1) * each] for i, name in enumerate(formulas)}


def _kinks_of_unit(job: Job, number: int, library: PhaseLibrary) -> bytes:
    asked = _asked(job, number)
    return packed(kinks_of(asked["formulas"], asked["with"], library))


def _asked(job: Job, number: int) -> dict[str, list[str]]:
    asked: dict[str, list[str]] = orjson.loads(job.input(number))
    return asked
