"""What could be tested next on the leading candidates of a screen, and which test each should get."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import pandas as pd

from ssbscreen.core.candidate import Candidate, is_calculated
from ssbscreen.core.chemical_formula import formula_of
from ssbscreen.core.constants import ROOM_TEMPERATURE_C
from ssbscreen.core.errors import SsbscreenError
from ssbscreen.core.recognition import OTHER_FAMILY
from ssbscreen.measurements.rows import NewValue
from ssbscreen.measurements.store import MeasurementStore
from ssbscreen.ranking.acquisition import revealed, scores_after
from ssbscreen.ranking.quantities import Quantities
from ssbscreen.ranking.ranker import Ranking
from ssbscreen.ranking.score_draws import N_CANDIDATES, ScoreDraws, draws_of, from_arrays, to_arrays, with_outcomes
from ssbscreen.ranking.tests_cost import TestKind, TestTable, load_tests
from ssbscreen.ranking.value import own_part, preferences, said_once, shortlist_for
from ssbscreen.sources.literature import SOURCE

log = logging.getLogger(__name__)
Budget = Literal["measurements", "calculations"]
SHORTLIST = 10
ROWS = ("formula", "chemistry_class", "family", "is_known")
_NEAR_ROOM = 10.0  # degree C around 25 in which a known conductivity counts


@dataclass(frozen=True)
class Options:
    """Tests that could be made on m candidates.

    Attributes:
        draws: of the candidates, chances drawn as outcomes.
        kinds: tests that show a criterion.  # n_tests
        rows: formula, class, family and whether it was made, of each candidate.
        costs: the sample included where one is needed.  # (n_tests, m)
        chances: that there is a sample to test, 1 where none is needed.  # (n_tests, m)
        is_open: can be made, and no result is on record.  # (n_tests, m) bool
        n_known: left out because their result is on record.
        after: expected score after the result of each draw, told apart from its family.  # (n_tests, m, n_draws)
        base: expected scores.  # (m,)
    """

    draws: ScoreDraws
    kinds: Sequence[TestKind]
    rows: pd.DataFrame
    costs: np.ndarray
    chances: np.ndarray
    is_open: np.ndarray
    n_known: int
    after: np.ndarray
    base: np.ndarray

    def best(self, shortlist: int = SHORTLIST) -> tuple[np.ndarray, dict[str, tuple[int, ...]]]:
        """Test of each candidate that changes its place most for its cost, what most of a family want said once.

        Returns:
            -1 where no test is open (m,), and the tests of each family that has some.
        """
        length = shortlist_for(self.base, shortlist)
        wanted = preferences(self.after, self.costs, self.base, self.is_open, length)
        return said_once(wanted, families_of(self.rows), self.base, self.kinds)


def options_of(draws: ScoreDraws, rows: pd.DataFrame, table: TestTable, budget: Budget, seed: int = 0) -> Options:
    """What could be tested.

    Args:
        draws: of m candidates.
        rows: columns `ROWS`, one row a candidate in the order of the draws.
        table: of the tests.
        budget: measurements or calculations.
        seed: of the noise of the tests.
    """
    draws = with_outcomes(draws, seed)
    kinds = [test for test in table.tests if f"{test.kind}s" == budget and revealed(draws, test)]
    is_open, n_known = _open_tests(draws, kinds, rows)
    stored = own_part(draws, families_of(rows))
    after = [scores_after(draws, test, seed, stored) for test in kinds]
    shape = (0, len(draws), draws.n_draws)
    costs, chances = _costs(table, kinds, rows), _chances(table, kinds, rows)
    base = draws.score.mean(axis=1)
    return Options(
        draws, kinds, rows, costs, chances, is_open, n_known, np.stack(after) if after else np.empty(shape), base
    )


def families_of(rows: pd.DataFrame) -> list[str]:
    """Class and family of each row; empty without a family."""
    pairs = zip(rows["chemistry_class"], rows["family"], strict=True)
    return [f"{name} {family}" if family != OTHER_FAMILY else "" for name, family in pairs]


def next_tests(draws: ScoreDraws, rows: pd.DataFrame, table: TestTable) -> tuple[np.ndarray, np.ndarray]:
    """Measurement that each candidate should get next, and those that its family should get once.

    Returns:
        Names, empty where none is open, and names separated by "; ", empty where members differ.  # each (m,) str
    """
    options = options_of(draws, rows, table, "measurements")
    if not options.kinds:
        return np.full(len(draws), "", dtype=object), np.full(len(draws), "", dtype=object)
    names = np.array([*(test.name for test in options.kinds), ""], dtype=object)
    best, of_families = options.best()
    shared = {family: "; ".join(names[list(tests)]) for family, tests in of_families.items()}
    return names[best], np.array([shared.get(family, "") for family in families_of(rows)], dtype=object)


def with_next_tests(
    ranking: Ranking, quantities: Quantities, is_made: np.ndarray, n_candidates: int = N_CANDIDATES
) -> tuple[Ranking, ScoreDraws]:
    """The ranking with the next tests of its leaders, as `suggest` finds them, in its table and a last column
    `family_tests`; and the draws of the leaders as a run keeps them.

    Cells of one electrolyte share its doubt with each other and not with its family, so nothing is taken off them as
    common to a family.

    Args:
        ranking: rows of its table beyond the leaders keep what they have.
        quantities: that it was made from.
        is_made: whether a sample of each row was made before.  # (n,) bool
        n_candidates: leaders at most.
    """
    draws = from_arrays(to_arrays(draws_of(ranking, quantities, n_candidates)), ranking.screen)
    facts = quantities.facts
    family = facts.family if quantities.cathodes is None else np.full(len(facts), OTHER_FAMILY, dtype=object)
    rows = pd.DataFrame(
        {"formula": facts.formula, "chemistry_class": facts.chemistry_class, "family": family, "is_known": is_made},
        index=facts.candidate_ids,
    ).loc[list(draws.candidate_ids)]
    own, shared = next_tests(draws, rows, load_tests())
    ids = [str(i) for i in draws.candidate_ids]
    found = (("next_test", own), ("family_tests", shared))
    return ranking.saying({name: dict(zip(ids, words, strict=True)) for name, words in found}), draws


def _costs(table: TestTable, kinds: Sequence[TestKind], rows: pd.DataFrame) -> np.ndarray:
    """Of each test on each candidate, the sample included where one is needed.  # (n_tests, m)"""
    sample = np.where(rows["is_known"].to_numpy(dtype=bool), table.sample_known, table.sample_new)
    return np.array([test.cost + (sample if test.needs == "sample" else 0.0 * sample) for test in kinds])


def _chances(table: TestTable, kinds: Sequence[TestKind], rows: pd.DataFrame) -> np.ndarray:
    """That there is a sample to test.  # (n_tests, m)"""
    chance = np.where(rows["is_known"].to_numpy(dtype=bool), 1.0, table.made_new)
    return np.array([chance if test.needs == "sample" else np.ones_like(chance) for test in kinds])


def _says_something(draws: ScoreDraws, test: TestKind, rows: pd.DataFrame) -> np.ndarray:
    """Whether one of the criteria that a test shows applies to each candidate's class.  # (m,) bool"""
    shown = [draws.ramps[i].criterion.not_for for i in revealed(draws, test)]
    return np.array([any(name not in barred for barred in shown) for name in rows["chemistry_class"]], dtype=bool)


def _open_tests(draws: ScoreDraws, kinds: Sequence[TestKind], rows: pd.DataFrame) -> tuple[np.ndarray, int]:
    """Tests that can be made and whose result is not on record, and how many are.  # (n_tests, m) bool"""
    was_made = rows["is_known"].to_numpy(dtype=bool)
    is_open = np.ones((len(kinds), len(draws)), dtype=bool)
    for j, test in enumerate(kinds):
        if test.needs == "structure":
            is_open[j] &= draws.has_structure
        if not test.for_known:
            is_open[j] &= ~was_made
        is_open[j] &= _says_something(draws, test, rows)
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
    found = set(_cited())
    try:
        imported: Iterable[NewValue] = MeasurementStore().values()
    except SsbscreenError as error:
        log.warning("imported measurements cannot be read: %s", error)
        imported = ()
    for value in imported:
        if _is_near_room(value.measurement.temperature_c) and not is_calculated(value.measurement):
            found.add((formula_of(value.candidate), value.measurement.property))
    return found


@cache
def _cited() -> frozenset[tuple[str, str]]:
    """The cited ones, which ship with the package."""
    return frozenset(
        (formula_of(Candidate(row.material, row.composition, polymer=row.polymer, family_hint=row.family)), row.key)
        for row in SOURCE.values()
        if (row.composition is not None or row.polymer is not None)
        and row.is_measured
        and _is_near_room(row.temperature_c)
    )


def _is_near_room(temperature_c: float | None) -> bool:
    return temperature_c is None or abs(temperature_c - ROOM_TEMPERATURE_C) <= _NEAR_ROOM
