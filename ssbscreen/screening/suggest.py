"""What to measure or calculate next on the candidates of a finished run, with the reason."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ssbscreen.core.candidate import Candidate, is_calculated
from ssbscreen.core.chemical_formula import formula_of
from ssbscreen.core.constants import ROOM_TEMPERATURE_C
from ssbscreen.core.errors import InputError, SsbscreenError, UsageError
from ssbscreen.core.formula import parse_formula
from ssbscreen.measurements.rows import NewValue
from ssbscreen.measurements.store import MeasurementStore
from ssbscreen.query.store import RunFolder
from ssbscreen.ranking.acquisition import bar_of, choose, p_ruled_out, revealed, scores_after
from ssbscreen.ranking.score_draws import ScoreDraws
from ssbscreen.ranking.tests_cost import TestKind, TestTable, load_tests
from ssbscreen.screening.reasons import COLUMNS, Considered, record
from ssbscreen.sources.literature import SOURCE

log = logging.getLogger(__name__)
Budget = Literal["measurements", "calculations"]
_SIMILARITY_POWER = 4  # shared composition to similarity: LLZO and its Ta-doped relative 0.9, Li3YCl6 and Li3InCl6 0.7
_SAME_CHAIN = 0.9  # similarity of one polymer with two salts or amounts of salt
_NEAR_ROOM = 10.0  # degree C around 25 in which a known conductivity counts


@dataclass(frozen=True)
class Suggestions:
    """A batch of tests.

    Attributes:
        table: one row a test, the best for its cost first; columns `COLUMNS`; `p_shortlist` is the share of results
            that put (or keep) the candidate in the shortlist, `score_if_in` and `score_if_out` its expected score then.
        bar: expected score of the last candidate of the shortlist.
        shortlist: its length.
        unit: of the costs.
        n_candidates: whose draws were kept with the run.
        n_known: tests left out because their result is already on record.
    """

    table: pd.DataFrame
    bar: float
    shortlist: int
    unit: str
    n_candidates: int
    n_known: int

    def readable(self) -> pd.DataFrame:
        """The columns that a person reads, as text, tests by their short names."""
        short = {test.title: test.name.replace("_", " ") for test in load_tests().tests}
        view = self.table.assign(
            test=self.table["test"].map(lambda title: short.get(title, title)),
            cost=self.table["cost"].map("{:,g}".format),
            gain=self.table["gain"].map("{:.3f}".format),
            score=self.table["score_now"].map("{:.2f}".format),
            share=self.table["p_shortlist"].map("{:.0%}".format),
        )
        titles = {"cost": f"cost in {self.unit}", "score": "score now", "share": f"ends in best {self.shortlist}"}
        return view[["candidate_id", "test", "cost", "gain", "score", "share", "then", "reason"]].rename(columns=titles)


def suggest(
    run: RunFolder, n: int, budget: Budget, *, shortlist: int = 10, seed: int = 0, tests: TestTable | None = None
) -> Suggestions:
    """A batch of tests that is expected to improve the shortlist of a run most for its cost.

    Args:
        run: finished.
        n: tests wanted.
        budget: what can be paid for.
        shortlist: best candidates whose summed score counts.
        seed: of the noise of the tests.
        tests: `configs/tests_cost.yaml` when None.

    Raises:
        UsageError: no draws with the run, or a number below 1.
        InputError: nothing was ranked, or no test of that budget says anything.
    """
    if n < 1 or shortlist < 1:
        raise UsageError(f"{n} tests for a shortlist of {shortlist} were asked for; give numbers of at least 1.")
    draws = run.draws()
    if not len(draws):
        raise InputError(f"'{run.path}' ranked no candidate, so there is nothing to test.")
    table = tests or load_tests()
    kinds = [t for t in table.tests if f"{t.kind}s" == budget and revealed(draws, t)]
    if not kinds:
        raise InputError(f"No {budget.removesuffix('s')} of the table shows a criterion of '{draws.screen.name}'.")
    frame = run.ranking(["role", "candidate_id", "formula", "chemistry_class", "is_known"])
    rows = frame[frame["role"] == draws.screen.role].set_index("candidate_id").loc[list(draws.candidate_ids)]
    is_open, n_known = _open_tests(draws, kinds, rows)
    after = np.stack([scores_after(draws, t, seed) for t in kinds])
    base = draws.score.mean(axis=1)
    alike = similarity(list(rows["formula"]))
    batch = choose(after, _costs(table, kinds, rows), base, n, shortlist, alike, is_open)
    bar = bar_of(base, shortlist)
    p_out = np.stack([p_ruled_out(draws, t, bar) for t in kinds])
    unit = table.units[kinds[0].kind]
    considered = Considered(draws, kinds, rows, after, is_open, base, p_out, shortlist, seed, unit)
    records = [record(c, considered) for c in batch]
    log.info("suggest: %d candidates, %d kinds of tests, %d chosen", len(draws), len(kinds), len(batch))
    return Suggestions(pd.DataFrame(records, columns=list(COLUMNS)), bar, shortlist, unit, len(draws), n_known)


def similarity(formulas: Sequence[str]) -> np.ndarray:
    """How much two candidates say about each other, 0 to 1, from shared composition or the same chain.  # (m, m)"""
    m = len(formulas)
    chains = np.array([f.split(" + ")[0] if "*" in f else "" for f in formulas], dtype=object)
    symbols: dict[str, int] = {}
    amounts = []
    for formula, chain in zip(formulas, chains, strict=True):
        parsed = {} if chain else parse_formula(formula)
        total = sum(parsed.values()) or 1.0
        amounts.append({symbols.setdefault(el, len(symbols)): x / total for el, x in parsed.items()})
    shares = np.zeros((m, max(1, len(symbols))))
    for i, own in enumerate(amounts):
        shares[i, list(own)] = list(own.values())
    found = np.stack([np.minimum(shares, row).sum(axis=1) for row in shares]) ** _SIMILARITY_POWER
    same_chain = (chains[:, None] == chains) & (chains != "")
    found[same_chain] = _SAME_CHAIN
    return np.asarray(found)


def _costs(table: TestTable, kinds: Sequence[TestKind], rows: pd.DataFrame) -> np.ndarray:
    """Of each test on each candidate, the sample included where one is needed.  # (n_tests, m)"""
    sample = np.where(rows["is_known"].to_numpy(dtype=bool), table.sample_known, table.sample_new)
    return np.array([test.cost + (sample if test.needs == "sample" else 0.0 * sample) for test in kinds])


def _open_tests(draws: ScoreDraws, kinds: Sequence[TestKind], rows: pd.DataFrame) -> tuple[np.ndarray, int]:
    """Tests that can be made and whose result is not on record, and how many are.  # (n_tests, m) bool"""
    was_made = rows["is_known"].to_numpy(dtype=bool)
    is_open = np.ones((len(kinds), len(draws)), dtype=bool)
    for j, test in enumerate(kinds):
        if test.needs == "structure":
            is_open[j] &= draws.has_structure
        if not test.for_known:
            is_open[j] &= ~was_made
    known = _on_record()
    n_known = 0
    for j, test in enumerate(kinds):
        if test.kind != "measurement":
            continue
        keys = {draws.ramps[i].criterion.property for i in revealed(draws, test)}
        for i, formula in enumerate(rows["formula"]):
            if is_open[j, i] and all((formula, key) in known for key in keys):
                is_open[j, i] = False
                n_known += 1
    return is_open, n_known


def _on_record() -> set[tuple[str, str]]:
    """Formula and property of measured values near room temperature: cited ones and imported ones."""
    found = {
        (formula_of(Candidate(row.material, row.composition, polymer=row.polymer, family_hint=row.family)), row.key)
        for row in SOURCE.values()
        if (row.composition is not None or row.polymer is not None)
        and row.is_measured
        and _is_near_room(row.temperature_c)
    }
    try:
        imported: Iterable[NewValue] = MeasurementStore().values()
    except SsbscreenError as error:
        log.warning("imported measurements cannot be read: %s", error)
        imported = ()
    for value in imported:
        if _is_near_room(value.measurement.temperature_c) and not is_calculated(value.measurement):
            found.add((formula_of(value.candidate), value.measurement.property))
    return found


def _is_near_room(temperature_c: float | None) -> bool:
    return temperature_c is None or abs(temperature_c - ROOM_TEMPERATURE_C) <= _NEAR_ROOM
