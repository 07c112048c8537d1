"""Draws behind the scores of the candidates that a test could lift, small enough to be kept with a run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from ssbscreen.core.noise import owner_keys, uniform_of
from ssbscreen.core.properties import get_property
from ssbscreen.ranking import applicability
from ssbscreen.ranking.criteria import Screen
from ssbscreen.ranking.derived import block
from ssbscreen.ranking.desirability import Ramp
from ssbscreen.ranking.quantities import Quantities
from ssbscreen.ranking.ranker import Ranking

N_CANDIDATES = 500  # kept; the others would have to gain more than their upper score limit
N_DRAWS = 256  # the first ones of the ranking's own
UPPER = 0.95  # candidates are kept by this quantile of their score: what a test could show at best
_LARGEST = 6e4  # a float16 holds it


@dataclass(frozen=True)
class ScoreDraws:
    """Joint draws of every criterion that counts, of m candidates.

    Attributes:
        candidate_ids: # (m,) str
        screen: resolved with the profile.
        criteria: rows of the screen's criteria that count or limit.  # (c,)
        stored: values in stored units, imputed ones included.  # (m, c, n_draws)
        has_own: whether a value is the candidate's own.  # (m, c) bool
        limits: names of the criteria whose hard limit was checked.
        has_structure: whether there is a crystal to calculate with.  # (m,) bool
        n_studies: that measured each value; none in runs of versions that did not keep it.  # (m, c) int
    """

    candidate_ids: np.ndarray
    screen: Screen
    criteria: np.ndarray
    stored: np.ndarray = field(repr=False)
    has_own: np.ndarray = field(repr=False)
    limits: tuple[str, ...] = ()
    has_structure: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool), repr=False)
    n_studies: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), dtype=int), repr=False)

    def __post_init__(self) -> None:
        if self.n_studies.shape != self.has_own.shape:
            object.__setattr__(self, "n_studies", np.zeros(self.has_own.shape, dtype=int))

    def __len__(self) -> int:
        return len(self.candidate_ids)

    @property
    def n_draws(self) -> int:
        """Draws a candidate."""
        return int(self.stored.shape[2])

    @cached_property
    def ramps(self) -> tuple[Ramp, ...]:
        """Of the criteria that are kept."""
        return tuple(Ramp(self.screen.criteria[int(i)], self.screen.floor) for i in self.criteria)

    @cached_property
    def weights(self) -> np.ndarray:
        """Of the criteria that are kept.  # (c,)"""
        return np.asarray(self.screen.weights)[self.criteria]

    def log_desirability(self, i: int, stored: np.ndarray | None = None) -> np.ndarray:
        """Weighted log desirability of kept criterion i, of its draws or of other values.  # (m, n_draws)"""
        values = self.stored[:, i] if stored is None else stored
        return np.asarray(self.weights[i] * np.log(self.ramps[i].desirability(values)))

    def log_survival(self, i: int, stored: np.ndarray | None = None) -> np.ndarray:
        """Log of what the checked limit of kept criterion i leaves, of its draws or of other values.  # (m, n_draws)"""
        values, ramp = self.stored[:, i] if stored is None else stored, self.ramps[i]
        return ramp.log_survival(values) if ramp.criterion.name in self.limits else np.zeros(values.shape)

    def log_worth(self, i: int, stored: np.ndarray | None = None) -> np.ndarray:
        """What kept criterion i adds to the log worth, its limit included.  # (m, n_draws)"""
        return self.log_desirability(i, stored) + self.log_survival(i, stored)

    @cached_property
    def log_utility(self) -> np.ndarray:
        """Log worth, as the ranking has it.  # (m, n_draws)"""
        return np.asarray(sum(self.log_worth(i) for i in range(len(self.criteria))), dtype=float)

    @cached_property
    def score(self) -> np.ndarray:
        """Worth of every draw, in (0, 1]; its geometric mean is the score of the ranking, its mean the expected worth
        that a test is judged by: once it is made, the doubt that the score is wary of is gone.  # (m, n_draws)
        """
        return np.exp(self.log_utility)


def draws_of(
    ranking: Ranking, quantities: Quantities, n_candidates: int = N_CANDIDATES, n_draws: int = N_DRAWS
) -> ScoreDraws:
    """Draws of the ranked candidates with the highest upper scores.

    Args:
        ranking: made from the quantities.
        quantities: of the whole pool.
        n_candidates: kept at most.
        n_draws: the first ones of each candidate.
    """
    scores, screen = ranking.scores, ranking.screen
    ranked = ranking.order[: ranking.n_ranked]
    upper = np.empty(len(ranked), dtype=np.float32)
    for part in scores.scratch.blocks(len(ranked)):
        upper[part] = np.quantile(scores.scratch.taken(scores.log_utility, ranked[part]), UPPER, axis=1)
    rows = ranked[np.sort(np.argsort(-upper, kind="stable")[:n_candidates])]
    n_draws = min(n_draws, quantities.n_draws)
    kept = np.array(
        [i for i, c in enumerate(screen.criteria) if screen.weights[i] > 0 or c.name in scores.limits], dtype=int
    )
    drawn = block(quantities.take(rows), slice(0, len(rows)), n_draws)
    stored = np.empty((len(rows), len(kept), n_draws), dtype=np.float32)
    applies = applicability.applies(screen, list(quantities.facts.chemistry_class[rows]))

    def stored_of(i: int) -> np.ndarray:
        return scores.imputers[i].filled(drawn.stored(screen.criteria[i].property), rows, drawn.owner_keys)

    for j, i in enumerate(kept):
        stored[:, j] = applicability.filled(int(i), stored_of, screen, applies)
    facts = quantities.facts
    has_structure = np.isfinite(facts.volume_per_atom.astype(float)) & ~facts.is_volume_estimated.astype(bool)
    return ScoreDraws(
        facts.candidate_ids[rows],
        screen,
        kept,
        stored,
        scores.has_own[rows][:, kept],
        scores.limits,
        has_structure[rows],
        scores.n_studies[rows][:, kept],
    )


def with_outcomes(draws: ScoreDraws, seed: int) -> ScoreDraws:
    """Draws in which what has a chance happens or does not: a test shows the outcome and never the chance itself.

    What the material's own studies say is no chance any more and stays as it is.

    Args:
        draws: as kept.
        seed: of the outcomes.
    """
    stored = draws.stored.copy()
    for i, ramp in enumerate(draws.ramps):
        if not ramp.is_chance:
            continue
        key = ramp.criterion.property
        rows = np.flatnonzero(draws.n_studies[:, i] == 0)
        number = uniform_of(seed, owner_keys(map(str, draws.candidate_ids[rows])), f"outcome {key}", draws.n_draws)
        stored[rows, i] = number < stored[rows, i]
    return replace(draws, stored=stored)


def to_arrays(draws: ScoreDraws) -> dict[str, np.ndarray]:
    """Arrays for a file; values in 16 bits, names as text. The screen stands in the run's configuration."""
    names = [draws.screen.criteria[int(i)].name for i in draws.criteria]
    return {
        "candidate_ids": draws.candidate_ids.astype(str),
        "criteria": np.array(names, dtype=str),
        "is_log": _log_scaled(draws.screen, draws.criteria),
        "stored": np.clip(draws.stored, -_LARGEST, _LARGEST).astype(np.float16),
        "has_own": draws.has_own,
        "limits": np.array(draws.limits, dtype=str),
        "has_structure": draws.has_structure,
        "n_studies": draws.n_studies.astype(np.int16),
    }


def from_arrays(arrays: dict[str, np.ndarray], screen: Screen) -> ScoreDraws:
    """Inverse of `to_arrays`.

    Raises:
        ValueError: a criterion that the screen does not have, or values in other units than those of today.
    """
    names = [c.name for c in screen.criteria]
    kept = np.array([names.index(str(name)) for name in arrays["criteria"]], dtype=int)
    if not np.array_equal(arrays.get("is_log", np.zeros(0, dtype=bool)), _log_scaled(screen, kept)):
        raise ValueError("its values are in the units of an older version")
    return ScoreDraws(
        arrays["candidate_ids"].astype(object),
        screen,
        kept,
        arrays["stored"].astype(np.float32),
        arrays["has_own"],
        tuple(str(name) for name in arrays["limits"]),
        arrays["has_structure"],
        arrays.get("n_studies", np.zeros((0, 0))).astype(int),
    )


def _log_scaled(screen: Screen, criteria: np.ndarray) -> np.ndarray:
    """Whether each criterion is kept in log10 units.  # (n_criteria,) bool"""
    return np.array([get_property(screen.criteria[int(i)].property).is_log for i in criteria], dtype=bool)
