"""What to measure or calculate next on the candidates of a finished run, with the reason."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ssbscreen.core.chemistry import family_title
from ssbscreen.core.errors import InputError, UsageError, unknown
from ssbscreen.core.evidence import EvidenceKind
from ssbscreen.core.formula import parse_formula
from ssbscreen.query.columns import CAUTIONED, shortened
from ssbscreen.query.store import RunFolder
from ssbscreen.ranking.acquisition import bar_of, choose, p_ruled_out
from ssbscreen.ranking.tests_cost import TestTable, load_tests
from ssbscreen.ranking.value import family_gains, shortlist_for
from ssbscreen.screening.suggestions.next_tests import ROWS, SHORTLIST, Budget, Options, families_of, options_of
from ssbscreen.screening.suggestions.reasons import COLUMNS, Considered, record

log = logging.getLogger(__name__)
READ = ("candidate", "caution", "test", "cost", "gain", "score", "share", "then", "candidate_id", "reason")
NAME_WIDTH = 34
LEAST_GAIN = 0.001  # growth of the summed worth below which nothing is said of a family
_RESTS_ON = "ionic_conductivity_evidence"  # column of a ranking
_SIMILARITY_POWER = 4  # shared composition to similarity: LLZO and its Ta-doped relative 0.9, Li3YCl6 and Li3InCl6 0.7
_SAME_CHAIN = 0.9  # similarity of one polymer with two salts or amounts of salt


@dataclass(frozen=True)
class Suggestions:
    """A batch of tests.

    Attributes:
        table: one row a test, the best for its cost first; columns `COLUMNS`; `p_shortlist` is the share of results
            that put (or keep) the candidate in the shortlist; `score_now`, `score_if_in` and `score_if_out` its
            expected worth, the mean over the draws, now and then (the score of a ranking is the geometric mean).
        families: what would help a family as a whole: `family, test, members, in_common, gain`, the best first.
        bar: expected score of the last candidate of the shortlist.
        shortlist: its length.
        unit: of the costs.
        n_candidates: whose draws were kept with the run.
        n_known: tests left out because their result is already on record.
    """

    table: pd.DataFrame
    families: pd.DataFrame
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
        titles = {"cost": f"cost in {self.unit}", "score": "worth now", "share": f"ends in best {self.shortlist}"}
        view = view.assign(candidate=[shortened(text, NAME_WIDTH) for text in view["candidate"]])
        shown = [name for name in READ if name != "caution" or view["caution"].ne("").any()]
        return view[shown].rename(columns=titles)

    def readable_families(self) -> pd.DataFrame:
        """The same of families, as text."""
        return self.families.assign(
            family=[f"{name} {family_title(key)}" for name, key in self.families["family"].str.split(" ", n=1)],
            test=self.families["test"].str.replace("_", " "),
            in_common=self.families["in_common"].map("{:.0%}".format),
            gain=self.families["gain"].map("{:.3f}".format),
        ).rename(columns={"in_common": "in common"})


def suggest(
    run: RunFolder,
    n: int,
    budget: Budget,
    *,
    shortlist: int = SHORTLIST,
    seed: int = 0,
    tests: TestTable | None = None,
    pending: Sequence[str] = (),
) -> Suggestions:
    """A batch of tests that is expected to improve the shortlist of a run most for its cost.

    Each candidate is offered with the test that the column `next_test` of the run names.

    Args:
        run: finished.
        n: tests wanted.
        budget: what can be paid for.
        shortlist: best candidates whose summed worth counts.
        seed: of the noise of the tests.
        tests: `configs/tests_cost.yaml` when None.
        pending: tests under way, `CANDIDATE=TEST`, or `CANDIDATE` for its next test.

    Raises:
        UsageError: no draws with the run, a number below 1, or a pending test that does not exist.
        InputError: nothing was ranked, or no test of that budget says anything.
    """
    if n < 1 or shortlist < 1:
        raise UsageError(f"{n} tests for a shortlist of {shortlist} were asked for; give numbers of at least 1.")
    draws = run.draws()
    if not len(draws):
        raise InputError(f"'{run.path}' ranked no candidate, so there is nothing to test.")
    table = tests or load_tests()
    wanted = ["role", "candidate_id", "label", *ROWS, *CAUTIONED, _RESTS_ON]
    frame = run.ranking([name for name in wanted if name in run.columns()])
    own = frame[frame["role"] == draws.screen.role].set_index("candidate_id")
    rows = own.loc[list(draws.candidate_ids)]
    options = options_of(draws, rows, table, budget, seed)
    kinds, base = options.kinds, options.base
    if not kinds:
        raise InputError(f"No {budget.removesuffix('s')} of the table shows a criterion of '{draws.screen.name}'.")
    best, _ = options.best(shortlist)
    length = shortlist_for(base, shortlist)
    offered = np.arange(len(kinds))[:, None] == best
    alike = similarity(list(rows["formula"]))
    under_way = _pending(pending, options, best)
    kind = _unmeasured_kinds(own, rows)
    batch = choose(options.after, options.costs, base, n, length, alike, offered, options.chances, under_way, kind)
    bar = bar_of(base, length)
    p_out = np.stack([p_ruled_out(options.draws, t, bar) for t in kinds])
    unit = table.units[kinds[0].kind]
    considered = Considered(
        options.draws, kinds, rows, options.after, options.is_open, options.chances, base, p_out, length, seed, unit
    )
    records = [record(c, considered) for c in batch]
    log.info("suggest: %d candidates, %d kinds of tests, %d chosen", len(draws), len(kinds), len(batch))
    families = _families(options, length, seed)
    chosen = pd.DataFrame(records, columns=list(COLUMNS))
    return Suggestions(chosen, families, bar, length, unit, len(draws), options.n_known)


def _unmeasured_kinds(own: pd.DataFrame, rows: pd.DataFrame) -> np.ndarray:
    """Number of the family of each row where no material of the run has a measured conductivity, else -1.  # (m,) int

    What nobody knows of a whole family is mostly one question, which the first of its members answers.

    Args:
        own: all rows of the role.
        rows: of the draws.
    """
    if _RESTS_ON not in own:
        return np.full(len(rows), -1)
    measured = {*families_of(own[own[_RESTS_ON].astype(str) == EvidenceKind.MEASURED])}
    names = families_of(rows)
    codes = {name: number for number, name in enumerate(dict.fromkeys(names)) if name and name not in measured}
    return np.array([codes.get(name, -1) for name in names], dtype=int)


def _pending(given: Sequence[str], options: Options, best: np.ndarray) -> list[tuple[int, int]]:
    """Test and candidate of each test under way.

    Raises:
        UsageError: a candidate without draws, or a test that shows none of the criteria.
    """
    names, ids = [test.name for test in options.kinds], [str(i) for i in options.draws.candidate_ids]
    found = []
    for text in given:
        candidate, _, name = text.partition("=")
        if candidate not in ids:
            raise unknown(
                "candidate of a pending test",
                candidate,
                ids,
                "`ssbscreen query --columns candidate_id` has those of a run",
            )
        if name and name not in names:
            raise unknown(f"pending test of '{candidate}'", name, names)
        row = ids.index(candidate)
        if name or best[row] >= 0:
            found.append((names.index(name) if name else int(best[row]), row))
    return found


def _families(options: Options, shortlist: int, seed: int) -> pd.DataFrame:
    """What would help each family most as a whole, said once; only what would change the shortlist."""
    families = np.array(families_of(options.rows), dtype=object)
    found = family_gains(options.draws, options.kinds, list(families), shortlist, seed)
    # one member suffices, so that of a family with one that was made a sample is sure
    found = [replace(one, gain=one.gain * options.chances[one.test, families == one.family].max()) for one in found]
    best = {one.family: one for one in sorted(found, key=lambda one: one.gain) if one.gain >= LEAST_GAIN}
    rows = [
        (one.family, options.kinds[one.test].name, one.n_members, one.shared, one.gain)
        for one in sorted(best.values(), key=lambda one: -one.gain)
    ]
    return pd.DataFrame(rows, columns=["family", "test", "members", "in_common", "gain"])


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
