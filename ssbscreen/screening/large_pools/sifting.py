"""The beginning of a first pass: inputs read in parts, gated and described, by any process; nothing is held at once."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from ssbscreen.core.candidate import Candidate, Records, Rejected
from ssbscreen.engine.jobs import Job, give_input
from ssbscreen.files.candidate_json import from_plain, to_plain
from ssbscreen.query.finished_run import UNFINISHED
from ssbscreen.ranking.criteria import load_screen
from ssbscreen.ranking.eligibility import CandidateFacts, eligibility
from ssbscreen.ranking.facts import facts_of
from ssbscreen.readers.pieces import Piece, cut, read
from ssbscreen.screening.candidates.pool import TAKEN, at_use_temperature, named_sets, split_by_size, where_of
from ssbscreen.screening.evidence.measured import is_measured
from ssbscreen.screening.exclusion import without
from ssbscreen.screening.large_pools.student_descriptors import Described, described
from ssbscreen.screening.settings import Plan, profile_of
from ssbscreen.screening.shards import about, settings_of

SIFT = "sift"
_PARTS = 4
"""Shards in a part: what is read is smaller and quicker than what is predicted."""
_REJECTED = b"rejected"


@dataclass(frozen=True)
class Sifted:
    """What was read of a part.

    Attributes:
        table: a row a candidate: candidate_id, formula, chemistry_class, passed (one bit a gate of the screen, in their
            order), is_measured, kind (crystal, disordered, composition, polymer), record.
        kinds: descriptors of those that passed all gates, rows being those of the table.
        rejected: inputs that could not be used.
    """

    table: pa.Table
    kinds: dict[str, Described]
    rejected: tuple[Rejected, ...]

    def candidates(self, rows: np.ndarray) -> list[Candidate]:
        """Some candidates, whole."""
        return [from_plain(orjson.loads(record)) for record in self.table["record"].take(rows).to_pylist()]

    def packed(self) -> bytes:
        """As bytes."""
        stream = io.BytesIO()
        reasons = orjson.dumps([asdict(one) for one in self.rejected])
        pq.write_table(self.table.replace_schema_metadata({_REJECTED: reasons}), stream, compression="NONE")
        arrays = {"table": np.frombuffer(stream.getvalue(), dtype=np.uint8)}
        for kind, own in self.kinds.items():
            arrays |= {f"{kind} rows": own.rows, f"{kind} vectors": own.vectors, f"{kind} shares": own.shares}
            arrays[f"{kind} groups"] = own.groups.astype(str)
        stream = io.BytesIO()
        np.savez(stream, allow_pickle=False, **arrays)  # type: ignore[arg-type]
        return stream.getvalue()

    @classmethod
    def unpacked(cls, content: bytes) -> Sifted:
        """What `packed` gave."""
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            table = pq.read_table(pa.BufferReader(arrays["table"].tobytes()))
            names = [name.removesuffix(" rows") for name in arrays.files if name.endswith(" rows")]
            kinds = {
                kind: Described(*(arrays[f"{kind} {part}"] for part in ("rows", "vectors", "shares", "groups")))
                for kind in names
            }
        reasons = orjson.loads((table.schema.metadata or {})[_REJECTED])
        return cls(table, kinds, tuple(Rejected(**one) for one in reasons))


def sift_job(plan: Plan) -> Job:
    """The inputs of a run, cut; they are read by whoever does the parts."""
    folder = plan.out / UNFINISHED
    given = tuple(give_input(folder, SIFT, number, part) for number, part in enumerate(_parts(plan)))
    return Job(folder, SIFT, about(plan.settings), {SIFT: given})


def _parts(plan: Plan) -> Iterator[bytes]:
    """Parts of all inputs in turn."""
    size = _PARTS * plan.settings.shard_size
    named = named_sets(plan.settings.pool, plan.settings.seed)
    for name in plan.inputs or plan.settings.pool.sources:
        where = where_of(name, named)
        if isinstance(where, Path):
            for pieces in cut(where, size):
                packed = [piece.packed() for piece in pieces]
                yield orjson.dumps([len(one) for one in packed]) + b"\n" + b"".join(packed)
        else:
            records = where()
            for start in range(0, max(len(records.candidates), 1), size):
                own = records.candidates[start : start + size]
                reasons = [asdict(one) for one in records.rejected] if not start else []
                yield b"\n" + orjson.dumps([reasons, [to_plain(c) for c in own]], option=orjson.OPT_SERIALIZE_NUMPY)


def _read(content: bytes) -> Records:
    """Candidates of a part."""
    head, body = content.split(b"\n", 1)
    if not head:
        reasons, own = orjson.loads(body)
        return Records(tuple(map(from_plain, own)), (), tuple(Rejected(**one) for one in reasons))
    ends = np.cumsum([0, *orjson.loads(head)]).tolist()
    found = [read(Piece.unpacked(body[a:b])) for a, b in itertools.pairwise(ends)]
    return Records(tuple(c for f in found for c in f.candidates), (), tuple(r for f in found for r in f.rejected))


def sift_part(job: Job, number: int) -> bytes:
    """Read, gate and describe one part.

    Raises:
        IntegrityError: this process has other code or data than the one that asks, or the part is gone.
    """
    settings = settings_of(job)
    profile, screen = profile_of(settings), load_screen(settings.screen)
    records = without(split_by_size(_read(job.input(number)), settings.max_sites), settings.exclude)
    own = _distinct(records)
    candidates = [at_use_temperature(c, profile) for c in own.candidates]
    return _sifted(candidates, screen.gates, settings.evidence, own.rejected).packed()


def _distinct(records: Records) -> Records:
    """The first of each id in a part; ids of different parts are compared when all are read."""
    seen: dict[str, Candidate] = {}
    rejected = list(records.rejected)
    for candidate in records.candidates:
        if candidate.candidate_id in seen:
            rejected.append(Rejected(candidate.candidate_id, TAKEN))
        else:
            seen[candidate.candidate_id] = candidate
    return replace(records, candidates=tuple(seen.values()), rejected=tuple(rejected))


def _sifted(
    candidates: Sequence[Candidate], gates: Sequence[str], evidence: str, rejected: tuple[Rejected, ...]
) -> Sifted:
    facts = facts_of(candidates)
    result = eligibility(CandidateFacts.from_candidates(candidates, list(facts.chemistry_class)), gates)
    rows = np.flatnonzero(result.eligible)
    passing = [candidates[i] for i in rows.tolist()]
    measured = np.zeros(len(candidates), dtype=bool)
    measured[rows] = is_measured(passing, evidence)
    kinds = described(passing, facts.take(rows), measured[rows])
    bits = (result.passed << np.arange(len(result.gates), dtype=np.uint16)).sum(axis=1, dtype=np.uint16)
    table = pa.table(
        {
            "candidate_id": pa.array(facts.candidate_ids, pa.string()),
            "formula": pa.array(facts.formula, pa.string()),
            "chemistry_class": pa.array(facts.chemistry_class, pa.string()),
            "passed": pa.array(bits, pa.uint16()),
            "is_measured": pa.array(measured, pa.bool_()),
            "kind": pa.array([kind_of(c) for c in candidates], pa.string()),
            "record": pa.array(
                [orjson.dumps(to_plain(c), option=orjson.OPT_SERIALIZE_NUMPY) for c in candidates], pa.binary()
            ),
        }
    )
    return Sifted(table, {kind: replace(own, rows=rows[own.rows]) for kind, own in kinds.items()}, rejected)


def kind_of(candidate: Candidate) -> str:
    """What is known of a candidate, as far as it decides how well anything can be estimated of it."""
    if candidate.polymer is not None:
        return "polymer"
    if candidate.crystal is None:
        return "composition"
    return "crystal" if candidate.crystal.is_ordered else "disordered"
