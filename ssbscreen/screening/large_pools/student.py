"""A quick estimate of the score that the whole pipeline gives, learned from a sample of the same pool.

Forests on plain descriptors, one for compositions and crystals and one for polymers, as surrogates do before docking
(Clyde et al., Sci. Rep. (2023), 10.1038/s41598-023-28785-9). The error of an estimate is what the forest missed in
chemical systems that it had not seen, as far away as the candidate is.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import torch

from ssbscreen.model_parts.trees import Trees
from ssbscreen.screening.large_pools.student_descriptors import Described

N_TREES = 120
_LEAF = 2  # rows
_FEATURES = 0.33  # share of the features that a split looks at
_FOLDS = 5
_LEAST = 25  # rows of a kind from which it is learned
_NEAR = 512  # rows whose distances are computed at once
_SMALLEST = 1e-3  # of a variance of log scores
_ARRAYS = "known", "distance", "widening"


@dataclass(frozen=True)
class Score:
    """How well estimates of held-out groups agree with what the pipeline gave.

    Attributes:
        n: rows.
        mae: mean absolute error of the natural logarithm of the score.
        rank_correlation: Spearman's.
        covered: share of the scores at or below estimate plus error.
    """

    n: int
    mae: float
    rank_correlation: float
    covered: float


@dataclass(frozen=True)
class Pupil:
    """Estimates of one kind of candidate.

    Attributes:
        trees: forest of the log score.
        known: shares of the rows that it learned from, as square roots.  # (n, n_shares)
        distance, widening: by how much more than the forest thinks it errs on groups never seen, by distance.  # (k,)
        score: on held-out groups.
    """

    trees: Trees
    known: np.ndarray
    distance: np.ndarray
    widening: np.ndarray
    score: Score

    def estimate(self, given: Described) -> tuple[np.ndarray, np.ndarray]:
        """Log score and its error, one standard deviation.  # two (n,)"""
        mean, variance = _predicted(self.trees, given.vectors)
        far = nearest(given.shares, self.known)
        return mean, np.sqrt(variance) * wider(far, self.distance, self.widening)


@dataclass(frozen=True)
class Student:
    """Estimates of all kinds of candidates.

    Attributes:
        pupils: by kind; a kind that the sample holds too few of has none.
    """

    pupils: Mapping[str, Pupil]

    def estimate(self, kinds: Mapping[str, Described], n: int) -> tuple[np.ndarray, np.ndarray]:
        """Log score and its error of n candidates, NaN where nothing was learned of their kind.  # two (n,)"""
        mean, error = np.full(n, np.nan), np.full(n, np.nan)
        for kind, given in kinds.items():
            if kind in self.pupils:
                mean[given.rows], error[given.rows] = self.pupils[kind].estimate(given)
        return mean, error

    def packed(self) -> bytes:
        """As bytes: arrays without pickles."""
        arrays: dict[str, np.ndarray] = {}
        for kind, pupil in self.pupils.items():
            arrays |= {f"{kind} trees {name}": values.numpy() for name, values in pupil.trees.named_buffers()}
            arrays |= {f"{kind} {name}": getattr(pupil, name) for name in _ARRAYS}
            arrays[f"{kind} score"] = np.array([float(value) for value in asdict(pupil.score).values()])
        stream = io.BytesIO()
        np.savez(stream, allow_pickle=False, **arrays)  # type: ignore[arg-type]
        return stream.getvalue()

    @classmethod
    def unpacked(cls, content: bytes) -> Student:
        """What `packed` gave."""
        pupils = {}
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            for kind in (name.removesuffix(" score") for name in arrays.files if name.endswith(" score")):
                start = f"{kind} trees "
                trees = Trees()
                found = {
                    n.removeprefix(start): torch.from_numpy(arrays[n]) for n in arrays.files if n.startswith(start)
                }
                trees.load_state_dict(found)
                n, *rest = arrays[f"{kind} score"].tolist()
                known, distance, widening = (arrays[f"{kind} {name}"] for name in _ARRAYS)
                pupils[kind] = Pupil(trees, known, distance, widening, Score(int(n), *rest))
        return cls(pupils)


def teach(given: Mapping[str, Described], log_score: np.ndarray, seed: int) -> Student:
    """Learn the scores of a sample.

    Args:
        given: the sample by kind.
        log_score: NaN where the pipeline gives no rank; of these nothing is learned.  # (n,)
        seed: of forests and folds.
    """
    pupils = {}
    for kind, own in given.items():
        known = np.flatnonzero(np.isfinite(log_score[own.rows]))
        pupil = learn(own.take(known), log_score[own.rows[known]], seed)
        if pupil is not None:
            pupils[kind] = pupil
    return Student(pupils)


def nearest(shares: np.ndarray, known: np.ndarray, is_other: np.ndarray | None = None) -> np.ndarray:
    """Hellinger distance to the nearest known row: 0 for the same shares, 1 where nothing is shared.

    Args:
        shares: rows that sum to 1.  # (n, k)
        known: square roots of such rows.  # (m, k)
        is_other: which of the known rows count for each row; all when None.  # (n, m) bool

    Returns:
        # (n,)
    """
    found = np.empty(len(shares))
    for start in range(0, len(shares), _NEAR):
        rows = slice(start, start + _NEAR)
        overlap = np.sqrt(shares[rows]) @ known.T
        if is_other is not None:
            overlap = np.where(is_other[rows], overlap, 0.0)
        found[rows] = np.sqrt(np.clip(1.0 - overlap.max(axis=1, initial=0.0), 0.0, 1.0))
    return found


def learn(given: Described, log_score: np.ndarray, seed: int) -> Pupil | None:
    """Learn the scores of a sample; None where it holds too few to learn from and to test on.

    Args:
        given: the sample.
        log_score: natural logarithm, finite.  # (n,)
        seed: of forests and folds.
    """
    groups, group = np.unique(given.groups.astype(str), return_inverse=True)
    if len(log_score) < _LEAST or len(groups) < 2:
        return None
    folds = np.random.default_rng(seed).permutation(len(groups))[group] % min(_FOLDS, len(groups))
    mean, variance = np.empty(len(log_score)), np.empty(len(log_score))
    for fold in range(int(folds.max()) + 1):
        held = folds == fold
        mean[held], variance[held] = _predicted(
            _grown(given.vectors[~held], log_score[~held], seed), given.vectors[held]
        )
    known = np.sqrt(given.shares)
    far = nearest(given.shares, known, folds[:, None] != folds[None, :])
    distance, widening = _error_by_distance(far, (log_score - mean) ** 2 / variance)
    error = np.sqrt(variance) * wider(far, distance, widening)
    score = Score(
        len(log_score),
        float(np.abs(log_score - mean).mean()),
        _rank_correlation(mean, log_score),
        float((log_score <= mean + error).mean()),
    )
    return Pupil(_grown(given.vectors, log_score, seed), known, distance, widening, score)


def _grown(vectors: np.ndarray, log_score: np.ndarray, seed: int) -> Trees:
    return Trees.grow(
        vectors, log_score, kind="extra", n_trees=N_TREES, min_samples_leaf=_LEAF, max_features=_FEATURES, seed=seed
    )


def _predicted(trees: Trees, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    with torch.inference_mode():
        mean, variance = trees.predict(torch.from_numpy(vectors))
    return mean.numpy(), np.maximum(variance.numpy(), _SMALLEST)


def _error_by_distance(far: np.ndarray, ratio: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Squared error over the variance that the forest states, never falling with distance.  # two (k,)"""
    from sklearn.isotonic import IsotonicRegression

    fitted = IsotonicRegression(increasing=True).fit(far, ratio)
    return np.asarray(fitted.X_thresholds_, dtype=float), np.sqrt(np.asarray(fitted.y_thresholds_, dtype=float))


def wider(far: np.ndarray, distance: np.ndarray, widening: np.ndarray) -> np.ndarray:
    """Factor on the error that a forest states; beyond the largest distance tested it goes on in proportion.  # (n,)"""
    beyond = np.maximum(far / max(float(distance[-1]), 1e-6), 1.0)
    return np.asarray(np.interp(far, distance, widening) * beyond)


def _rank_correlation(a: np.ndarray, b: np.ndarray) -> float:
    from scipy.stats import spearmanr

    return float(spearmanr(a, b).statistic)
