"""A pool cut into shards of fixed content, and what the work on a shard depends on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import IntegrityError
from ssbscreen.engine.jobs import SHARDS, Job, give_input
from ssbscreen.files import code_version
from ssbscreen.files.candidate_json import from_plain, to_plain
from ssbscreen.query.finished_run import UNFINISHED
from ssbscreen.screening.settings import Settings
from ssbscreen.training.registry import active_models

FOLDER = Path(UNFINISHED) / SHARDS
PREDICT = "predict"
"""Stage whose input are the candidates; later stages read them, too."""


def rows_of(n: int, size: int) -> list[slice]:
    """Rows of each shard of a pool; they depend on nothing but the pool, so every worker computes the same batches."""
    return [slice(start, min(start + size, n)) for start in range(0, n, size)]


def give_candidates(run: Path, candidates: Sequence[Candidate], size: int) -> tuple[str, ...]:
    """Write the candidates of every shard where workers find them; their fingerprints."""
    return tuple(
        give_input(run / UNFINISHED, PREDICT, number, _packed(candidates[rows]))
        for number, rows in enumerate(rows_of(len(candidates), size))
    )


def candidates_of(job: Job, number: int) -> tuple[Candidate, ...]:
    """Candidates of a shard.

    Raises:
        IntegrityError: they are not there or not as they were written.
    """
    return tuple(from_plain(orjson.loads(line)) for line in job.input(number, PREDICT).splitlines())


def about(settings: Settings, **more: object) -> dict[str, Any]:
    """What all shards of a run depend on beside their input."""
    return {
        "settings": settings.model_dump(mode="json"),
        "models": [f"{card.name} {card.weights_sha256}" for _, card in active_models()],
        "code": code_version.code_version(),
        "configs": code_version.settings_version(),
        "starter data": code_version.starter_data_version(),
        **more,
    }


def settings_of(job: Job, **more: object) -> Settings:
    """Settings of a job, for a process that has the models, code and data of the run: others would give other results.

    Args:
        job: asked for with `about`.
        more: as in `about`.

    Raises:
        IntegrityError: says what differs.
    """
    settings, asked = Settings(**job.about["settings"]), job.about
    here = about(settings, **more)
    differ = [key for key in asked if json.dumps(here.get(key)) != json.dumps(asked[key])]
    if differ:
        raise IntegrityError(
            f"This worker has other {', '.join(differ)} than the run that asks for it; install the same version of "
            "ssbscreen, with the same models and data, on all machines."
        )
    return settings


def _packed(candidates: Sequence[Candidate]) -> bytes:
    return b"\n".join(orjson.dumps(to_plain(c), option=orjson.OPT_SERIALIZE_NUMPY) for c in candidates)


def pool_fingerprint(candidates: Sequence[Candidate]) -> str:
    """Hash of all that is known of the candidates of a pool, which species sits where included."""
    digest = hashlib.sha256()
    for candidate in candidates:
        plain = to_plain(candidate)
        for crystal in (plain.pop("crystal"), plain.pop("charged")):
            for name, values in sorted((crystal or {}).items()):
                array = np.asarray(values)
                digest.update(f"{name}{array.shape}{array.dtype}".encode() + array.tobytes())
            digest.update(b"\n")
        digest.update(json.dumps(plain, sort_keys=True).encode() + b"\n")
    return digest.hexdigest()[:16]
