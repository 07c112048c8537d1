"""The terms of the scores as a file of the run folder: 32 bits a number, with the screen of every role."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ssbscreen.core.errors import IntegrityError, UsageError
from ssbscreen.files.writing import write_atomic
from ssbscreen.ranking.criteria import Screen
from ssbscreen.ranking.score_terms import ScoreTerms

SCORE_TERMS = "score_terms.parquet"
_SCREENS = b"screens"


def write_score_terms(roles: Sequence[ScoreTerms], run: Path) -> None:
    """Keep the terms of every role, sorted by role, rows as in the ranking, with the screens that they belong to."""
    ordered = sorted(roles, key=lambda terms: terms.screen.role)
    screens = {terms.screen.role: terms.screen.model_dump(mode="json") for terms in ordered}
    table = pa.concat_tables([_table(terms) for terms in ordered], promote_options="default")
    table = table.replace_schema_metadata({_SCREENS: json.dumps(screens).encode()})
    write_atomic(run / SCORE_TERMS, lambda path: pq.write_table(table, path, compression="zstd"))


def read_screens(run: Path) -> dict[str, Screen]:
    """Screen of every role of a run, resolved with its profile; none for runs of older versions.

    Raises:
        IntegrityError: the file cannot be read.
    """
    path = run / SCORE_TERMS
    if not path.is_file():
        return {}
    try:
        kept = json.loads((pq.read_schema(path).metadata or {})[_SCREENS])
        return {role: Screen.model_validate(screen) for role, screen in kept.items()}
    except (OSError, KeyError, ValueError) as error:
        raise IntegrityError(f"'{path}' cannot be read ({error}). Run `ssbscreen screen` again.") from error


def read_score_terms(run: Path, role: str) -> ScoreTerms:
    """Terms of one role.

    Raises:
        UsageError: the run does not keep them.
        IntegrityError: the file cannot be read.
    """
    screen = read_screens(run).get(role)
    if screen is None:
        raise UsageError(
            f"The run '{run.name}' keeps no {SCORE_TERMS} for the role {role}, as runs of older versions. "
            "Run `ssbscreen screen` again to weigh its criteria anew."
        )
    names = [criterion.name for criterion in screen.criteria]
    try:
        table = pq.read_table(run / SCORE_TERMS, filters=[("role", "==", role)])
        return ScoreTerms(
            table["candidate_id"].to_numpy(),
            screen,
            np.column_stack([table[name].to_numpy() for name in names]),
            table["log_survival"].to_numpy(),
            _flags(table["known"].to_numpy(), len(names)),
            table["is_representative"].to_numpy(),
            _flags(table["applies"].to_numpy(), len(names)) if "applies" in table.column_names else None,
        )
    except (OSError, KeyError, ValueError) as error:
        raise IntegrityError(f"'{run / SCORE_TERMS}' cannot be read ({error}).") from error


def _table(terms: ScoreTerms) -> pa.Table:
    """Columns of one role; flags of all criteria as one number, bit i for criterion i of the screen."""
    applies = np.ones_like(terms.has_own) if terms.applies is None else terms.applies
    columns = {
        "role": np.full(len(terms), terms.screen.role, dtype=object),
        "candidate_id": terms.candidate_ids,
        "is_representative": terms.is_representative,
        "known": _bits(terms.has_own),
        "applies": _bits(applies),
        "log_survival": terms.log_survival,
    }
    columns |= {name: terms.log_desirability[:, i] for i, name in enumerate(terms.names)}
    return pa.table({name: pa.array(values) for name, values in columns.items()})


def _bits(flags: np.ndarray) -> np.ndarray:
    """Flags of each row as one number.  # (n,) uint64"""
    return np.asarray(
        (flags * (np.uint64(1) << np.arange(flags.shape[1], dtype=np.uint64))).sum(axis=1, dtype=np.uint64)
    )


def _flags(bits: np.ndarray, n: int) -> np.ndarray:
    """Inverse of `_bits`.  # (len(bits), n) bool"""
    return np.asarray((bits[:, None] >> np.arange(n, dtype=np.uint64)) & np.uint64(1) > 0)
