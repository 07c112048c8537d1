"""A candidate of a finished run, read from its inputs again."""

from __future__ import annotations

from ssbscreen.core.candidate import Candidate
from ssbscreen.query.store import RunFolder
from ssbscreen.screening.candidates.pool import load_candidates
from ssbscreen.screening.settings import load_settings


def candidate_of_run(run: RunFolder, candidate_id: str) -> Candidate | None:
    """The candidate under its id; None where the inputs hold it no more, or it is a pair.

    Raises:
        UsageError: an input is not where it was.
    """
    config = run.config()
    settings = load_settings(**{key: value for key, value in config["settings"].items() if key in ("pool", "seed")})
    inputs = [str(name) for name in config["run"]["inputs"]]
    records = load_candidates(inputs, settings.pool, settings.seed)
    return next((c for c in records.candidates if c.candidate_id == candidate_id), None)
