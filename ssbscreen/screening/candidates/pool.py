"""What is screened: the starter pool, named data sets, the user's own files, or candidates imported before."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from ssbscreen.core.candidate import Candidate, Records, Rejected, n_inputs
from ssbscreen.core.errors import InputError, UsageError
from ssbscreen.files.data_source import RecordSource, load_source
from ssbscreen.files.material_names import composition_of
from ssbscreen.ranking.criteria import Profile
from ssbscreen.screening.candidates.imported import is_imported, read_imported
from ssbscreen.screening.exclusion import without
from ssbscreen.screening.settings import Plan, PoolSettings

log = logging.getLogger(__name__)
TAKEN = "its id is already taken; give each candidate an id of its own"


def read_pool(plan: Plan) -> Records:
    """Candidates of a run, those with a large cell or an excluded element rejected, polymers at the temperature of use.

    Raises:
        UsageError: an input is neither a path nor a set.
        InputError: nothing is left.
    """
    settings = plan.settings
    records = limit_size(load_candidates(plan.inputs, settings.pool, settings.seed), settings.max_sites)
    records = without(records, settings.exclude)
    if not records.candidates:
        raise InputError(f"No candidate is left without {', '.join(settings.exclude)}; leave out fewer elements.")
    return replace(records, candidates=tuple(at_use_temperature(c, plan.profile) for c in records.candidates))


def load_candidates(
    inputs: Sequence[str], pool: PoolSettings | None = None, seed: int = 0, structures: Path | None = None
) -> Records:
    """Candidates of files, folders and named sets, ids unique.

    Args:
        inputs: paths and names; the sources of `pool` when empty.
        pool: settings of the starter pool.
        seed: of the generators.
        structures: file of the structures that electrode pairs in a table name by id.

    Raises:
        UsageError: nothing was named, or a name is neither a path nor a set.
    """
    from ssbscreen.readers.inputs import load_inputs

    names = list(inputs) or list(pool.sources if pool else ())
    if not names:
        raise UsageError("No input was named; give a file, a folder or the name of a data set.")
    named = named_sets(pool, seed)
    parts: list[Records] = []
    for name in names:
        where = where_of(name, named)
        parts.append(load_inputs([where], structures=structures) if isinstance(where, Path) else where())
    return unique(parts)


def where_of(name: str, named: Mapping[str, Callable[[], Records]]) -> Path | Callable[[], Records]:
    """A path that is there, or what reads a named set, candidates imported under a name, or a material by its formula,
    a name in use or the SMILES of a repeat unit.

    Raises:
        UsageError: it is none of these.
    """
    path = Path(name).expanduser()
    if path.exists():
        return path
    if name in named:
        return named[name]
    if is_imported(name):
        return partial(read_imported, name)
    if _is_material(name):
        return partial(_material, name)
    near = difflib.get_close_matches(name, named, n=1)
    hint = f" Did you mean the set '{near[0]}'?" if near else ""
    raise UsageError(f"'{name}' is no file, no folder, no named set and no formula.{hint} Sets: {', '.join(named)}.")


def _is_material(text: str) -> bool:
    """Whether a text is a formula, a name in use or the SMILES of a repeat unit."""
    if "*" in text:
        return True
    try:
        composition_of(text)
    except InputError:
        return False
    return True


def _material(text: str) -> Records:
    from ssbscreen.readers.objects import candidates_of

    return candidates_of(text)


def unique(parts: Sequence[Records]) -> Records:
    """All records together; a candidate whose id came before is rejected, and nothing else is left out.

    Which of them are one material, and which row stands for it, is said by `screening/candidates/materials.py`.
    """
    kept: dict[str, Candidate] = {}
    rejected: list[Rejected] = []
    for part in parts:
        rejected.extend(part.rejected)
        for candidate in part.candidates:
            if candidate.candidate_id in kept:
                rejected.append(Rejected(candidate.candidate_id, TAKEN))
            else:
                kept[candidate.candidate_id] = candidate
    log.info("pool: %d candidates, %d rejected", len(kept), n_inputs(rejected))
    return Records(tuple(kept.values()), (), tuple(rejected))


def limit_size(records: Records, max_sites: int) -> Records:
    """Without cells of more than `max_sites` sites, which are rejected with the reason."""
    left = split_by_size(records, max_sites)
    if not left.candidates:
        raise InputError("Not one candidate is left to screen; see the reasons in rejected.csv or the inputs given.")
    return left


def split_by_size(records: Records, max_sites: int) -> Records:
    """As `limit_size`, where nothing may be left."""
    large = {c.candidate_id for c in records.candidates if c.crystal is not None and c.crystal.n_sites > max_sites}
    reasons = tuple(
        Rejected(i, f"more than {max_sites} sites in the cell; give a smaller cell or raise max_sites")
        for i in sorted(large)
    )
    kept = tuple(c for c in records.candidates if c.candidate_id not in large)
    return Records(kept, records.measurements, records.rejected + reasons)


def at_use_temperature(candidate: Candidate, profile: Profile) -> Candidate:
    """Polymers are predicted at the temperature of use: their model knows how they depend on it."""
    if candidate.polymer is None:
        return candidate
    return replace(candidate, temperature_c=float(profile.operating.temperatures_of(["polymer"])[0]))


def named_sets(pool: PoolSettings | None, seed: int) -> dict[str, Callable[[], Records]]:
    """What reads each named set."""

    def generated() -> Records:
        from ssbscreen.generation.substitution import generate

        return Records(generate(pool.n_generated if pool else None, seed))

    def polymers() -> Records:
        from ssbscreen.generation.polymer_pool import generate

        return Records(generate(pool.n_polymers if pool else None, seed))

    def cathodes() -> Records:
        from ssbscreen.generation.known_compounds import known_cathodes

        return Records(known_cathodes())

    def mp_crystals() -> Records:
        from ssbscreen.sources.snapshot import SOURCE

        return SOURCE.pool()

    return {
        "literature": partial(_records_of, "literature"),
        "prototypes": partial(_records_of, "prototypes"),
        "generated": generated,
        "polymers": polymers,
        "obelix": partial(_records_of, "obelix"),
        "cathodes": cathodes,
        "mp_crystals": mp_crystals,
    }


def _records_of(source: str) -> Records:
    found = load_source(source)
    assert isinstance(found, RecordSource)
    return found.load()
