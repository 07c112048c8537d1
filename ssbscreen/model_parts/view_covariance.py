"""Covariance of materials seen from several sides: a sum of exponential kernels, one a view.

Some views count, also or only, between rows of one family: what holds within a family need not hold between families,
and the two are told apart by the likelihood (a hierarchical model). Where a view is absent (no structure was given),
the row counts as an average one in that view, plus something unknown of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import torch
from torch import Tensor

APART = 1e6  # distance of rows that do not know each other; finite, so that gradients stay finite too


@dataclass(frozen=True)
class Inputs:
    """Descriptors of rows.

    Attributes:
        views: a row of NaN lacks the view.  # each (n, dim)
        between: positions in `views` of those that count between any two rows; all when None.
        within: positions of complete ones that count, also or only, between rows of one family.
        family: equal rows are one family; None where `within` is empty.  # (n, k)
    """

    views: tuple[Tensor, ...]
    between: tuple[int, ...] | None = None
    within: tuple[int, ...] = ()
    family: Tensor | None = None

    @property
    def columns(self) -> list[tuple[Tensor, Tensor | None]]:
        """View of each term of the covariance, with the families that limit it."""
        between = range(len(self.views)) if self.between is None else self.between
        return [(self.views[i], None) for i in between] + [(self.views[i], self.family) for i in self.within]

    def to(self, device: torch.device | str) -> Inputs:
        """The same on a device."""
        family = None if self.family is None else self.family.to(device)
        return replace(self, views=tuple(view.to(device) for view in self.views), family=family)

    def take(self, rows: Tensor) -> Inputs:
        """Some of the rows."""
        return Inputs(
            tuple(view[rows] for view in self.views),
            self.between,
            self.within,
            None if self.family is None else self.family[rows],
        )


@dataclass(frozen=True)
class Hyperparameters:
    """Natural logarithms, fitted by marginal likelihood.

    Attributes:
        length: of each term of the covariance, views first, then those within families.  # (n_terms,)
        amplitude: variance of each term.  # (n_terms,)
        noise: standard deviation of a measurement.  # ()
    """

    length: Tensor
    amplitude: Tensor
    noise: Tensor


@dataclass(frozen=True)
class ViewPair:
    """Distances of rows to the training rows in one view.

    Attributes:
        distance: `APART` between families where the term counts within families.  # (m, n)
        here: whether a row has the view.  # (m,) bool
        train_here: whether a training row has it.  # (n,) bool
    """

    distance: Tensor
    here: Tensor
    train_here: Tensor

    @classmethod
    def of(cls, rows: Tensor, train: Tensor, families: tuple[Tensor, Tensor] | None = None) -> ViewPair:
        """City-block distances; a row with NaN lacks the view.

        Args:
            rows: # (m, dim)
            train: # (n, dim)
            families: of rows (m, k) and of training rows (n, k), for a term within families.
        """
        distance = _city_block(torch.nan_to_num(rows), torch.nan_to_num(train))
        if families is not None:
            distance = distance.masked_fill(_city_block(*families) > 0, APART)
        return cls(distance, torch.isfinite(rows).all(dim=1), torch.isfinite(train).all(dim=1))

    def covariance(self, length: Tensor, amplitude: Tensor, average: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Covariance with the training rows (m, n), and its average over rows that have the view (n,).

        A row without the view gets the average covariance: its part is the mean effect of the view plus
        something unknown of its own.

        Args:
            length, amplitude: logarithms.
            average: of the training rows; None when these are the training rows.
        """
        found = torch.exp(amplitude - self.distance / torch.exp(length))
        if bool(self.here.all()) and bool(self.train_here.all()) and average is None:
            return found, found.mean(dim=0)
        share = self.train_here.to(found) / self.train_here.sum().clamp(min=1)
        found = torch.where(self.train_here[None, :], found, (found @ share)[:, None])
        if average is None:
            average = share @ found
        return torch.where(self.here[:, None], found, average[None, :]), average


def covariance(
    pairs: Sequence[ViewPair], parameters: Hyperparameters, averages: Sequence[Tensor] | None = None
) -> tuple[Tensor, list[Tensor]]:
    """Sum of the covariances of all views (m, n), and the averages of each."""
    parts = [
        pair.covariance(parameters.length[v], parameters.amplitude[v], None if averages is None else averages[v])
        for v, pair in enumerate(pairs)
    ]
    return torch.stack([part for part, _ in parts]).sum(dim=0), [average for _, average in parts]


def own_covariance(pairs: Sequence[ViewPair], parameters: Hyperparameters) -> Tensor:
    """Covariance of the training rows among themselves; the variance of each is the sum of the amplitudes."""
    found, _ = covariance(pairs, parameters)
    variance = torch.exp(parameters.amplitude).sum()
    return found + torch.diag(variance - found.diagonal())


def own_pairs(inputs: Inputs) -> list[ViewPair]:
    """Distances of rows among themselves, one a term of the covariance."""
    return [ViewPair.of(view, view, None if family is None else (family, family)) for view, family in inputs.columns]


def _city_block(rows: Tensor, train: Tensor) -> Tensor:
    """Distances of rows, remembered where a set is compared with itself.  # (m, n)"""
    if rows is train or (rows.shape == train.shape and torch.equal(rows, train)):
        content = train.double().cpu().contiguous().numpy().tobytes()
        return _own_distance(content, train.shape[1]).to(train.device)
    return torch.cdist(rows.double(), train.double(), p=1.0)


@lru_cache(maxsize=16)
def _own_distance(content: bytes, width: int) -> Tensor:
    """Kept, because the members of an ensemble and the steps of a fit ask for the same rows."""
    view = torch.frombuffer(bytearray(content), dtype=torch.float64).reshape(-1, width)
    return torch.cdist(view, view, p=1.0)
