"""Predictions of a part of a pool on disk; each file says what it holds, and one that does not fit is made again."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.prediction import Predictions
from ssbscreen.files.candidate_json import to_plain
from ssbscreen.files.code_version import code_version
from ssbscreen.files.writing import write_table
from ssbscreen.query.finished_run import UNFINISHED
from ssbscreen.screening.prediction_tables import from_frame, to_frame
from ssbscreen.training.registry import active_models

log = logging.getLogger(__name__)
FOLDER = Path(UNFINISHED) / "shards"
_FINGERPRINT = "fingerprint"


@dataclass(frozen=True)
class Shard:
    """A part of a pool.

    Attributes:
        path: of its file.
        candidates: n.
        properties: that are predicted.
        fingerprint: of candidates, properties, models and code.
    """

    path: Path
    candidates: Sequence[Candidate]
    properties: Sequence[str]
    fingerprint: str

    def read(self) -> Predictions | None:
        """What was predicted before; None where there is nothing or where it does not fit, which is said."""
        if not self.path.is_file():
            return None
        try:
            frame = pd.read_parquet(self.path)
            if frame.attrs.get(_FINGERPRINT) != self.fingerprint:
                raise ValueError("it holds other candidates, or was made by other models or code")
            return from_frame(frame, [c.candidate_id for c in self.candidates], self.properties)
        except (OSError, ValueError, KeyError, TypeError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            log.warning("'%s' is not used (%s); its part is predicted again", self.path, reason)
            return None

    def write(self, predictions: Predictions) -> None:
        """Keep what was predicted."""
        frame = to_frame(predictions)
        frame.attrs[_FINGERPRINT] = self.fingerprint
        write_table(frame, self.path)


def shards_of(run: Path, candidates: Sequence[Candidate], properties: Sequence[str], size: int) -> list[Shard]:
    """A pool in parts of at most `size` candidates."""
    weights = [(card.name, card.weights_sha256) for _, card in active_models()]
    made_by = json.dumps([list(properties), weights, code_version()])
    parts = (candidates[start : start + size] for start in range(0, len(candidates), size))
    return [
        Shard(
            run / FOLDER / f"{number:05d}.parquet",
            part,
            properties,
            hashlib.sha256(f"{made_by}{pool_fingerprint(part)}".encode()).hexdigest()[:16],
        )
        for number, part in enumerate(parts)
    ]


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
