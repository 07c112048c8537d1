"""A first pass over a pool too large for the whole pipeline: a student of its score decides who goes on.

A random sample goes through the pipeline; a quick student learns the scores of the sample and estimates those of all
others; those that may be best, measured ones and the sample go through the pipeline together. Everything else is kept
with its estimate. In memory are a few dozen bytes a candidate; the candidates themselves lie in the files of the parts.

More than 300 lines, since its stages, what they keep and what is read back from it share one layout of rows and parts.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ssbscreen.core.candidate import Candidate, Records, Rejected, n_inputs
from ssbscreen.core.errors import InputError, IntegrityError
from ssbscreen.core.memory import give_back
from ssbscreen.engine.jobs import Job, withdraw
from ssbscreen.engine.results import digest, read_result, write_result
from ssbscreen.engine.work import done_by_all
from ssbscreen.files.writing import write_atomic
from ssbscreen.query.finished_run import UNFINISHED
from ssbscreen.query.store import FIRST_PASS
from ssbscreen.ranking.eligibility import EligibilityResult, chosen_gates
from ssbscreen.screening.candidates.gate import FAILS, attrition_table
from ssbscreen.screening.candidates.pool import TAKEN
from ssbscreen.screening.hulls.references import References
from ssbscreen.screening.large_pools.first_choice import (
    WIDTH,
    WORDS,
    Outcome,
    Read,
    joined,
    numbers_of,
    outcomes,
    places,
    sample_of,
)
from ssbscreen.screening.large_pools.sifting import SIFT, Sifted, sift_job, sift_part
from ssbscreen.screening.large_pools.student import Student, teach
from ssbscreen.screening.large_pools.student_descriptors import Described
from ssbscreen.screening.settings import Plan
from ssbscreen.screening.shards import about, settings_of
from ssbscreen.screening.stages import log_scores, staged

log = logging.getLogger(__name__)
ESTIMATE = "estimate"
KEY = "first_pass"
_STUDENT = "student"
_ROWS = 50_000  # of a group of the table
_STRATA = 2**16  # numbers that kinds and classes, some dozens, are told apart by


@dataclass(frozen=True)
class FirstPass:
    """What the first pass found.

    Attributes:
        plan: of the run.
        job: whose results hold the candidates.
        read: what is held of all of them.
        outcome: numbers of `Outcome`.  # (n,) int8
        estimate, error: log score and its standard deviation, NaN where nothing could be estimated.  # (n,) float32
        student: None where all went on, so that none was needed.
        n_refused: inputs that could not be read.
        pool: the candidates that went on, the sample first.
    """

    plan: Plan
    job: Job
    read: Read
    outcome: np.ndarray
    estimate: np.ndarray
    error: np.ndarray
    student: Student | None
    n_refused: int
    pool: Records

    def counts(self) -> dict[str, int]:
        """Candidates read and refused, and what became of them."""
        n_of = {outcome: int((self.outcome == outcome).sum()) for outcome in Outcome}
        return {
            "read": len(self.read) - n_of[Outcome.REPEATED],
            "rejected": self.n_refused + n_of[Outcome.REPEATED],
            "passed the gates": len(self.read) - n_of[Outcome.REPEATED] - n_of[Outcome.GATE],
            "left at the first pass": n_of[Outcome.LEFT],
        }

    def attrition(self) -> pd.DataFrame:
        """One row a gate, then the first pass."""
        keys = self.plan.screen.gates
        rows = np.flatnonzero(self.outcome != Outcome.REPEATED)
        passed = (self.read.passed[rows, None] >> np.arange(len(chosen_gates(keys)), dtype=np.uint16)) & 1 > 0
        table = attrition_table(EligibilityResult(_Ids(self, rows), chosen_gates(keys), passed))
        n_in, left = int((self.outcome > Outcome.REPEATED).sum()), np.flatnonzero(self.outcome == Outcome.LEFT)
        row = {
            "gate": KEY,
            "title": "May be among the best",
            "reason": "a quick estimate plus its error is below that of those that went on; first_pass.parquet has it",
            "n_in": n_in,
            "n_removed": len(left),
            "n_left": n_in - len(left),
            "examples": ", ".join(_Ids(self, left[:5])),
            "n_eligible_without_it": n_in,
        }
        return pd.concat([table, pd.DataFrame([row])], ignore_index=True)

    def rejected(self) -> Iterator[Rejected]:
        """Inputs that could not be used, and candidates that fail a gate or repeat an id, one after the other."""
        gates = chosen_gates(self.plan.screen.gates)
        for number, part in enumerate(self._parts()):
            yield from part.rejected
            start = int(self.read.starts[number])
            own, ids = self.outcome[start : start + len(part.table)], part.table["candidate_id"]
            for i in np.flatnonzero(own <= Outcome.REPEATED).tolist():
                bits = int(self.read.passed[start + i])
                failed = next((gate for k, gate in enumerate(gates) if not bits >> k & 1), None)
                is_failed = failed is not None and own[i] == Outcome.GATE
                yield Rejected(ids[i].as_py(), f"{FAILS} {failed.words}" if failed and is_failed else TAKEN)

    def write(self, folder: Path) -> None:
        """The table of all candidates that were read, in their order, a group in memory at a time."""
        may = self.outcome > Outcome.REPEATED
        place = places(_bound(self.estimate, self.error), may)

        def groups() -> Iterator[pa.Table]:
            for number, part in enumerate(self._parts()):
                rows = slice(int(self.read.starts[number]), int(self.read.starts[number + 1]))
                shown = part.table.select(["candidate_id", "formula", "chemistry_class", "kind", "is_measured"])
                words = np.array(list(WORDS.values()), dtype=object)[self.outcome[rows]]
                place_of = np.ma.masked_array(place[rows], ~may[rows])
                shown = shown.append_column("outcome", pa.array(words, pa.string()).dictionary_encode())
                for name, values in (("estimate", np.exp(self.estimate[rows])), ("error", self.error[rows])):
                    shown = shown.append_column(name, pa.array(values, pa.float32(), from_pandas=True))
                yield shown.append_column("place", pa.array(place_of.filled(0), pa.int32(), mask=place_of.mask))

        write_atomic(folder / FIRST_PASS, lambda path: _write_groups(groups(), path))

    def described(self) -> dict[str, object]:
        """What the configuration of the run says of it."""
        own = {} if self.student is None else {k: asdict(pupil.score) for k, pupil in self.student.pupils.items()}
        n_of = {WORDS[o]: int((self.outcome == o).sum()) for o in Outcome}
        return {"width": WIDTH, "outcomes": n_of, "student on held-out systems, natural logarithms of scores": own}

    def _parts(self) -> Iterator[Sifted]:
        return (_sifted(self.job, number) for number in range(len(self.job)))

    def id_of(self, row: int) -> str:
        """Id of a candidate by its number."""
        part = int(np.searchsorted(self.read.starts, row, side="right")) - 1
        found = _sifted(self.job, part).table["candidate_id"][row - int(self.read.starts[part])]
        return str(found.as_py())


class _Ids(Sequence[str]):
    """Ids of some rows, each read from its part when it is asked for."""

    def __init__(self, found: FirstPass, rows: np.ndarray) -> None:
        self._found, self._rows = found, rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self._found.id_of(int(row)) for row in self._rows[at]]
        return self._found.id_of(int(self._rows[at]))


def first_pass(plan: Plan, references: References) -> FirstPass:
    """Decide who goes through the whole pipeline.

    Raises:
        InputError: nothing that can be screened is among the inputs.
    """
    n_best = plan.settings.first_pass
    assert n_best is not None
    job = sift_job(plan)
    read, n_refused = _read(plan, job)
    is_repeated = read.is_repeated()
    all_gates = (1 << len(chosen_gates(plan.screen.gates))) - 1
    may = (read.passed == all_gates) & ~is_repeated
    if not may.any():
        raise InputError(
            f"None of {len(read)} candidates passes the gates of a {plan.screen.role}; see the inputs given."
        )
    nothing = np.full(len(read), np.nan, dtype=np.float32)
    sample = np.flatnonzero(may)
    estimate, error, student = nothing, nothing, None
    if len(sample) > n_best + plan.settings.first_pass_sample:
        sample = sample_of(read, may, plan.settings.first_pass_sample, plan.settings.shard_size)
        student = _taught(plan, job, read, sample, references)
        estimate, error = _estimated(plan, job, read, student)
    outcome = outcomes(read, may, is_repeated, sample, _bound(estimate, error), n_best)
    if student is None:
        outcome[sample] = Outcome.BEST
    others = np.flatnonzero((outcome == Outcome.MEASURED) | (outcome == Outcome.BEST))
    kept = np.flatnonzero(outcome == Outcome.SAMPLE), others  # the sample first: its shards are done already
    pool = Records(tuple(c for rows in kept for c in _candidates(job, read, rows)))
    log.info("first pass: %d read, %d go on", len(read), len(pool.candidates))
    return FirstPass(plan, job, read, outcome, estimate, error, student, n_refused, pool)


def _read(plan: Plan, job: Job) -> tuple[Read, int]:
    """Read all parts; what is held of them, and how many inputs could not be used."""
    parts, refused = dict[int, Read](), dict[int, int]()
    seed, n = plan.settings.seed, len(job)

    def taken(number: int, content: bytes) -> None:
        found = Sifted.unpacked(content)
        parts[number], refused[number] = _held(found, seed), n_inputs(found.rejected)
        plan.progress("first pass: read", len(parts), n)

    done_by_all(job, sift_part, taken)
    withdraw(job.folder)
    return joined([parts[i] for i in range(n)]), sum(refused.values())


def _held(part: Sifted, seed: int) -> Read:
    table = part.table
    measured = np.flatnonzero(table["is_measured"].to_numpy())
    words = [f"{k} {c}" for k, c in zip(table["kind"].to_pylist(), table["chemistry_class"].to_pylist(), strict=True)]
    return Read(
        numbers_of(table["candidate_id"].to_pylist(), seed),
        table["passed"].to_numpy(),
        (numbers_of(words, 0) % _STRATA).astype(np.uint16),
        measured,
        numbers_of(table["formula"].take(measured).to_pylist(), 0),
        np.array([0, len(table)]),
    )


def _taught(plan: Plan, job: Job, read: Read, sample: np.ndarray, references: References) -> Student:
    """A student of the scores that the pipeline gives a sample; kept, so that a killed run does not screen it again."""
    folder = plan.out / UNFINISHED
    fingerprint = digest(_STUDENT, *(job.fingerprint(i) for i in range(len(job))), sample.tobytes())
    if (content := read_result(folder / _STUDENT, fingerprint)) is not None:
        return Student.unpacked(content)
    pool = staged(plan, Records(tuple(_candidates(job, read, sample))), references)
    log_score = log_scores(plan, pool)
    n_unknown = int(np.isnan(log_score).sum())
    log.info("first pass: %d of a sample of %d have too little known for a rank", n_unknown, len(sample))
    del pool
    give_back()
    student = teach(_described(job, read, sample), log_score, plan.settings.seed)
    write_result(folder / _STUDENT, fingerprint, student.packed())
    return student


def _estimated(plan: Plan, job: Job, read: Read, student: Student) -> tuple[np.ndarray, np.ndarray]:
    """Estimates and errors of all candidates, by all processes.  # two (n,) float32"""
    packed = student.packed()
    name = digest(packed)
    write_result(_student_file(job.folder), name, packed)
    found = np.full((2, len(read)), np.nan, dtype=np.float32)
    n_done = 0

    def taken(number: int, content: bytes) -> None:
        nonlocal n_done
        start, n_done = int(read.starts[number]), n_done + 1
        own = np.frombuffer(content, dtype=np.float32).reshape(2, -1)
        found[:, start : start + own.shape[1]] = own
        plan.progress("first pass: estimate", n_done, len(job))

    sifted = {SIFT: job.inputs[SIFT], ESTIMATE: job.inputs[SIFT]}
    done_by_all(Job(job.folder, ESTIMATE, about(plan.settings, student=name), sifted), estimate_part, taken)
    withdraw(job.folder)
    return found[0], found[1]


def estimate_part(job: Job, number: int) -> bytes:
    """Estimates of one part and their errors, NaN for those that fail a gate; two rows of float32.

    Raises:
        IntegrityError: this process has other code or data than the one that asks, or the student is gone.
    """
    name = job.about["student"]
    settings = settings_of(job, student=name)
    part = _sifted(Job(job.folder, SIFT, about(settings), {SIFT: job.inputs[SIFT]}), number)
    estimate, error = _student(job.folder, name).estimate(part.kinds, len(part.table))
    return np.stack([estimate, error]).astype(np.float32).tobytes()


@lru_cache(maxsize=1)
def _student(folder: Path, name: str) -> Student:
    content = read_result(_student_file(folder), name)
    if content is None:
        raise IntegrityError(f"The student in '{folder}' is gone; run the screen again.")
    return Student.unpacked(content)


def _student_file(folder: Path) -> Path:
    return folder / "student_of_all"


def _sifted(job: Job, number: int) -> Sifted:
    """What was read of a part; read again where its file was lost."""
    content = job.result(number)
    return Sifted.unpacked(sift_part(job, number) if content is None else content)


def _by_part(read: Read, rows: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Number of each part that holds some of the rows, and these rows counted from its first."""
    part = np.searchsorted(read.starts, rows, side="right") - 1
    for number in np.unique(part).tolist():
        yield number, rows[part == number] - int(read.starts[number])


def _candidates(job: Job, read: Read, rows: np.ndarray) -> Iterator[Candidate]:
    """Candidates of ascending rows."""
    for number, own in _by_part(read, rows):
        yield from _sifted(job, number).candidates(own)


def _described(job: Job, read: Read, rows: np.ndarray) -> dict[str, Described]:
    """Descriptors of ascending rows by kind; they are numbered as in `rows`."""
    found: dict[str, list[Described]] = {}
    n = 0
    for number, own in _by_part(read, rows):
        for kind, part in _sifted(job, number).kinds.items():
            at = np.flatnonzero(np.isin(part.rows, own))
            found.setdefault(kind, []).append(part.take(at).numbered(n + np.searchsorted(own, part.rows[at])))
        n += len(own)
    return {kind: Described.joined(parts) for kind, parts in found.items()}


def _bound(estimate: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Log score that a candidate may have; infinite where nothing could be estimated.  # (n,)"""
    return np.where(np.isnan(estimate), np.inf, estimate + WIDTH * error).astype(np.float32)


def _write_groups(groups: Iterator[pa.Table], path: Path) -> None:
    """Tables of one form, put together in groups of many rows."""
    waiting: list[pa.Table] = []
    writer: pq.ParquetWriter | None = None
    try:
        for table in groups:
            waiting.append(table)
            if sum(map(len, waiting)) >= _ROWS:
                writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
                writer.write_table(pa.concat_tables(waiting).unify_dictionaries())
                waiting = []
        if waiting:
            writer = writer or pq.ParquetWriter(path, waiting[0].schema, compression="zstd")
            writer.write_table(pa.concat_tables(waiting).unify_dictionaries())
    finally:
        if writer is not None:
            writer.close()
