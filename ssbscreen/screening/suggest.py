"""What to measure or calculate next on the candidates of a finished run, with the reason."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from ssbscreen.core.candidate import Candidate, is_calculated
from ssbscreen.core.errors import InputError, SsbscreenError, UsageError
from ssbscreen.core.formula import parse_formula
from ssbscreen.core.number_text import number
from ssbscreen.core.properties import get_property
from ssbscreen.files.writing import write_arrays
from ssbscreen.query import store
from ssbscreen.ranking.acquisition import (
    Choice,
    TestKind,
    TestTable,
    bar_of,
    choose,
    fail_fast,
    load_tests,
    observe,
    p_ruled_out,
    revealed,
    scores_after,
)
from ssbscreen.ranking.criteria import Screen
from ssbscreen.ranking.quantities import Quantities
from ssbscreen.ranking.ranker import Ranking
from ssbscreen.ranking.score_draws import ScoreDraws, draws_of, from_arrays, to_arrays

log = logging.getLogger(__name__)
DRAWS = "draws.npz"
COLUMNS = (
    "candidate_id",
    "formula",
    "chemistry_class",
    "test",
    "cost",
    "gain",
    "score_now",
    "p_shortlist",
    "score_if_in",
    "score_if_out",
    "then",
    "reason",
)
Budget = Literal["measurements", "calculations"]
_LIKENESS_POWER = 4  # shared composition to likeness: LLZO and its Ta-doped kin 0.9, Li3YCl6 and Li3InCl6 0.7
_SAME_CHAIN = 0.9  # likeness of one polymer with two salts or amounts of salt
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


def store_draws(ranking: Ranking, quantities: Quantities, folder: Path) -> None:
    """Keep the draws that suggestions need with a run."""
    write_arrays(to_arrays(draws_of(ranking, quantities)), folder / DRAWS, is_compressed=True)


def load_draws(run: store.RunFolder) -> ScoreDraws:
    """Draws that were kept with a run.

    Raises:
        UsageError: the run has none, or others than its configuration says.
    """
    path = run.path / DRAWS
    if not path.is_file():
        raise UsageError(f"'{run.path}' holds no {DRAWS}, as runs of older versions. Run `ssbscreen screen` again.")
    try:
        with np.load(path, allow_pickle=False) as file:
            return from_arrays({name: file[name] for name in file.files}, Screen.model_validate(run.config()["screen"]))
    except (ValueError, KeyError, OSError) as error:
        raise UsageError(f"'{path}' does not fit its run ({error}). Run `ssbscreen screen` again.") from None


def suggest(
    run: store.RunFolder, n: int, budget: Budget, *, shortlist: int = 10, seed: int = 0, tests: TestTable | None = None
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
    draws = load_draws(run)
    if not len(draws):
        raise InputError(f"'{run.path}' ranked no candidate, so there is nothing to test.")
    table = tests or load_tests()
    kinds = [t for t in table.tests if f"{t.kind}s" == budget and revealed(draws, t)]
    if not kinds:
        raise InputError(f"No {budget.removesuffix('s')} of the table shows a criterion of '{draws.screen.name}'.")
    frame = run.ranking()
    rows = frame[frame["role"] == draws.screen.role].set_index("candidate_id").loc[list(draws.candidate_ids)]
    made = rows["is_known"].to_numpy(dtype=bool)
    is_open, n_known = _open_tests(draws, kinds, rows, made)
    costs = np.array([[t.cost + _sample(table, t, bool(known)) for known in made] for t in kinds])
    after = np.stack([scores_after(draws, t, seed) for t in kinds])
    base = draws.score.mean(axis=1)
    batch = choose(after, costs, base, n, shortlist, likeness(list(rows["formula"])), is_open)
    bar = bar_of(base, shortlist)
    p_out = np.stack([p_ruled_out(draws, t, bar) for t in kinds])
    work = _Work(draws, kinds, rows, after, is_open, base, p_out, shortlist, seed, table.units[kinds[0].kind])
    records = [_record(c, work) for c in batch]
    log.info("suggest: %d candidates, %d kinds of tests, %d chosen", len(draws), len(kinds), len(batch))
    return Suggestions(pd.DataFrame(records, columns=list(COLUMNS)), bar, shortlist, work.unit, len(draws), n_known)


def likeness(formulas: Sequence[str]) -> np.ndarray:
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
    found = np.stack([np.minimum(shares, row).sum(axis=1) for row in shares]) ** _LIKENESS_POWER
    same_chain = (chains[:, None] == chains) & (chains != "")
    found[same_chain] = _SAME_CHAIN
    return np.asarray(found)


def _sample(table: TestTable, test: TestKind, is_known: bool) -> float:
    if test.needs != "sample":
        return 0.0
    return table.sample_known if is_known else table.sample_new


def _open_tests(
    draws: ScoreDraws, kinds: Sequence[TestKind], rows: pd.DataFrame, made: np.ndarray
) -> tuple[np.ndarray, int]:
    """Tests that can be made and whose result is not on record.  # (n_tests, m) bool"""
    is_open = np.ones((len(kinds), len(draws)), dtype=bool)
    for j, test in enumerate(kinds):
        if test.needs == "structure":
            is_open[j] &= draws.has_structure
        if not test.for_known:
            is_open[j] &= ~made
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
    """Formula and property of measured values near room temperature: cited ones and those that were brought in."""
    from ssbscreen.readers.measurement_store import MeasurementStore
    from ssbscreen.sources.literature import SOURCE

    found = {
        (Candidate(row.material, row.composition, polymer=row.polymer).formula, row.key)
        for row in SOURCE.values()
        if (row.composition is not None or row.polymer is not None)
        and row.is_measured
        and _is_near_room(row.temperature_c)
    }
    try:
        brought: Iterable[object] = MeasurementStore().values()
    except SsbscreenError as error:
        log.warning("measurements that were brought in cannot be read: %s", error)
        brought = ()
    for value in brought:
        candidate, measured = value.candidate, value.measurement  # type: ignore[attr-defined]
        if _is_near_room(measured.temperature_c) and not is_calculated(measured):
            found.add((candidate.formula, measured.property))
    return found


def _is_near_room(temperature_c: float | None) -> bool:
    return temperature_c is None or abs(temperature_c - 25.0) <= _NEAR_ROOM


@dataclass(frozen=True)
class _Work:
    """What the words of a suggestion are made of; arrays over tests and candidates."""

    draws: ScoreDraws
    kinds: Sequence[TestKind]
    rows: pd.DataFrame
    after: np.ndarray
    is_open: np.ndarray
    base: np.ndarray
    p_out: np.ndarray
    shortlist: int
    seed: int
    unit: str


def _record(choice: Choice, work: _Work) -> dict[str, object]:
    i, row = choice.candidate, work.rows.iloc[choice.candidate]
    results = work.after[choice.test, i]
    bar = bar_of(np.delete(work.base, i), work.shortlist)  # the place this candidate fights for
    is_in = results > bar
    others = [
        j for j in range(len(work.kinds)) if j != choice.test and work.is_open[j, i] and work.p_out[j, i] >= 0.005
    ]
    # by then the sample is there
    order = [
        others[j] for j in fail_fast([float(work.p_out[j, i]) for j in others], [work.kinds[j].cost for j in others])
    ]
    return {
        "candidate_id": str(work.draws.candidate_ids[i]),
        "formula": row["formula"],
        "chemistry_class": row["chemistry_class"],
        "test": work.kinds[choice.test].title,
        "cost": choice.cost,
        "gain": choice.gain,
        "score_now": float(work.base[i]),
        "p_shortlist": float(is_in.mean()),
        "score_if_in": float(results[is_in].mean()) if is_in.any() else float("nan"),
        "score_if_out": float(results[~is_in].mean()) if not is_in.all() else float("nan"),
        "then": " -> ".join(
            f"{work.kinds[j].name} ({work.p_out[j, i]:.0%} out, {work.kinds[j].cost:g})" for j in order
        ),
        "reason": "; ".join(_reasons(choice, work, is_in, bar)),
    }


def _reasons(choice: Choice, work: _Work, is_in: np.ndarray, bar: float) -> list[str]:
    draws, test, i = work.draws, work.kinds[choice.test], choice.candidate
    shown, now = revealed(draws, test), work.base[i]
    parts = [_interval(draws, j, i) for j in shown]
    parts.append(
        f"now {'in' if now > bar else 'not in'} the best {work.shortlist} (expected score {now:.3f}, their "
        f"last place is worth {bar:.3f}); {is_in.mean():.0%} of the results would put or keep it there"
    )
    direction = draws.ramps[shown[0]].criterion.direction
    if len(shown) == 1 and direction != "window" and is_in.any() and not is_in.all():
        row = get_property(draws.ramps[shown[0]].criterion.property)
        needed = np.quantile(observe(draws, test, work.seed)[i, 0][is_in], 0.05 if direction == "max" else 0.95)
        parts.append(
            f"it takes {'at least' if direction == 'max' else 'at most'} about "
            f"{number(row.to_natural(float(needed)))} {_unit(row.unit)}".rstrip()
        )
    if (p_out := work.p_out[choice.test, i]) >= 0.005:
        parts.append(f"{p_out:.0%} that it rules the candidate out by itself")
    sample = choice.cost - test.cost
    parts.append(f"{choice.cost:g} {work.unit}" + (f", {sample:g} of them for the sample" if sample else ""))
    return parts


def _interval(draws: ScoreDraws, j: int, i: int) -> str:
    row = get_property(draws.ramps[j].criterion.property)
    low, middle, high = (number(row.to_natural(float(v))) for v in np.quantile(draws.stored[i, j], (0.05, 0.5, 0.95)))
    doubt = "" if draws.has_own[i, j] else ", not predicted but drawn from its kin"
    return f"{row.title[0].lower()}{row.title[1:]} {middle} ({low} to {high}) {_unit(row.unit)}".rstrip() + doubt


def _unit(unit: str) -> str:
    return "" if unit in ("1", "fraction") else unit
