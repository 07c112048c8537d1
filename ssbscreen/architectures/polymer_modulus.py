"""Gaussian processes on neat polymers, one a property; a salt enters the density by adding volumes.

Each covariance is a sum over shared atom environments, likeness of descriptors, both together, and a linear trend;
lengths, variances and noise come from the marginal likelihood of the training rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from ssbscreen.core.errors import UsageError
from ssbscreen.featurize.polymer_environments import N_BITS, NeatPolymer, PolymerBatch, PolymerEnvironments
from ssbscreen.model_parts.base import Architecture, HeadOutput, Targets
from ssbscreen.model_parts.kernels import overlap

_SOFT = 0.05  # added to the spread of a descriptor, so that one that hardly varies does not rule distances
_JITTER = 1e-6
_LEAST_ATOMS = 20  # of an element in the training units, for a volume of its own
_START = tuple(math.log(x) for x in (0.1, 0.1, 0.1, 0.6, 0.6, 1.4, 0.15))
_FAINT = 1e-9  # scale at which the embedding carries the salt, so that it does not move a polymer out of the domain
_ROWS, _PARAMETERS, _SOLVED = "rows_", "hyperparameters", "solved_"
SALT_VOLUME_SPREAD = 0.1  # assumption: relative error of an anion's volume from increments of neat polymers


@dataclass(frozen=True)
class PolymerModulusOptions:
    """Options of the processes.

    Attributes:
        likelihood_rows: random rows that settle the hyperparameters; all rows make the prediction.
        steps: of the optimiser.
        density_column: property that is a density in g/cm3, to which a salt is mixed; -1 for none.
    """

    likelihood_rows: int = 500
    steps: int = 20
    density_column: int = -1


def shares(environments: Tensor) -> tuple[Tensor, ...]:
    """Environments of a unit's atoms as shares, so that a unit and its double agree; one a set.  # (n, N_BITS[i])"""
    sets = environments.double().split(N_BITS, dim=1)
    return tuple(counts / counts.sum(dim=1, keepdim=True).clamp(min=1.0) for counts in sets)


@dataclass(frozen=True)
class Likeness:
    """What the covariances of rows with the training rows are made of.  # (m, n) each"""

    near: Tensor
    wide: Tensor
    distance: Tensor
    product: Tensor

    @classmethod
    def of(cls, rows: tuple[Tensor, ...], train: tuple[Tensor, ...]) -> Likeness:
        """Of (shares of near environments, of wide ones, standardised descriptors)."""
        width = rows[2].shape[1]
        return cls(
            overlap(rows[0], train[0]),
            overlap(rows[1], train[1]),
            torch.cdist(rows[2], train[2], p=1.0) / width,
            rows[2] @ train[2].T / width,
        )

    def covariance(self, parameters: Tensor) -> Tensor:
        """Of one property; `parameters` are logarithms of five variances, a length and the noise's variance."""
        a, b, c, d, e, length, _ = parameters.exp().unbind()
        like = torch.exp(-self.distance / length)
        return a * self.near + b * self.near * like + c * self.wide + d * like + e * self.product


class Model(Architecture):
    """Processes of all targets on the same polymers."""

    Options = PolymerModulusOptions
    SEARCH_SPACE: ClassVar[dict[str, tuple[Any, ...]]] = {"likelihood_rows": (300, 500, 800), "steps": (10, 20, 40)}
    is_fitted_directly = True
    offset: Tensor
    scale: Tensor
    centre: Tensor
    spread: Tensor
    volumes: Tensor

    def __init__(self, options: PolymerModulusOptions, n_targets: int) -> None:
        super().__init__(options, n_targets)
        self.register_buffer("offset", torch.zeros(n_targets, dtype=torch.double))
        self.register_buffer("scale", torch.ones(n_targets, dtype=torch.double))

    @classmethod
    def representation(cls, options: PolymerModulusOptions) -> PolymerEnvironments:
        """Environments, descriptors and salt."""
        return PolymerEnvironments()

    def prepare(self, offset: np.ndarray, scale: np.ndarray) -> None:
        """Keep the scale: volumes add in natural units."""
        self.offset = torch.tensor(offset, dtype=torch.double)
        self.scale = torch.tensor(scale, dtype=torch.double)

    def fit(self, items: Sequence[NeatPolymer], targets: Targets, seed: int) -> None:
        """Hyperparameters by marginal likelihood, and the volumes of the elements where there is a density.

        Raises:
            UsageError: a property without values, or `density_column` beyond the properties.

        Source: Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), eq. 2.30.
        """
        if not -1 <= self.options.density_column < self.n_targets:
            raise UsageError(f"density_column {self.options.density_column} is none of {self.n_targets} properties.")
        batch = self.representation(self.options).collate(items)
        raw = batch.descriptors.double()
        self._set("centre", raw.mean(dim=0))
        self._set("spread", raw.std(dim=0) + _SOFT)
        rows_of, bit = torch.nonzero(batch.environments, as_tuple=True)  # few of many: kept as a list
        self._set(_ROWS + "environment_row", rows_of.to(torch.int16))
        self._set(_ROWS + "environment_bit", bit.to(torch.int16))
        self._set(_ROWS + "environment_count", batch.environments[rows_of, bit])
        self._set(_ROWS + "descriptors", batch.descriptors)
        self._set(_ROWS + "targets", torch.from_numpy(targets.values.astype(np.float32)))
        rng, found = np.random.default_rng(seed), []
        rows = self._views(batch.environments, batch.descriptors)
        for t in range(self.n_targets):
            known = np.flatnonzero(np.isfinite(targets.values[:, t]))
            if len(known) == 0:
                raise UsageError(f"Property number {t} has no value to learn from.")
            some = torch.from_numpy(rng.permutation(known)[: self.options.likelihood_rows])
            part = tuple(view[some] for view in rows)
            found.append(
                _parameters(
                    Likeness.of(part, part), torch.from_numpy(targets.values[:, t]).double()[some], self.options.steps
                )
            )
        self._set(_PARAMETERS, torch.stack(found))
        self._set("volumes", self._volumes(batch, targets))
        self._factorise()

    def _set(self, name: str, value: Tensor) -> None:
        self.register_buffer(name, value, persistent=not name.startswith(_SOLVED))

    def _solved(self, name: str) -> Tensor:
        return self.get_buffer(_SOLVED + name)

    def _views(self, environments: Tensor, descriptors: Tensor) -> tuple[Tensor, ...]:
        return *shares(environments), (descriptors.double() - self.centre) / self.spread

    def _volumes(self, batch: PolymerBatch, targets: Targets) -> Tensor:
        """Volume of a mol of each element in neat polymers, cm3/mol; NaN where it hardly occurs.

        Least squares on the relative error of the molar volumes, as additive increments of volume are obtained.
        """
        column = self.options.density_column
        elements = batch.elements.double()
        found = torch.full((elements.shape[1],), math.nan, dtype=torch.double)
        if column < 0:
            return found
        density = torch.from_numpy(targets.values[:, column]).double() * self.scale[column] + self.offset[column]
        common = elements[torch.isfinite(density)].sum(dim=0) >= _LEAST_ATOMS
        rows = torch.isfinite(density) & (elements[:, ~common] == 0).all(dim=1)
        relative = elements[rows][:, common] * (density[rows] / batch.mass[rows].double())[:, None]
        found[common] = torch.linalg.lstsq(relative, torch.ones(int(rows.sum()), 1, dtype=torch.double)).solution[:, 0]
        return found

    @torch.no_grad()
    def _factorise(self) -> None:
        """Views of the training rows, Cholesky factors and weights of all properties: buffers that are not saved."""
        values = self.get_buffer(_ROWS + "targets").double()
        place = [self.get_buffer(_ROWS + name).long() for name in ("environment_row", "environment_bit")]
        environments = torch.zeros(len(values), sum(N_BITS), dtype=torch.uint8, device=values.device)
        environments[place[0], place[1]] = self.get_buffer(_ROWS + "environment_count")
        views = self._views(environments, self.get_buffer(_ROWS + "descriptors"))
        for i, view in enumerate(views):
            self._set(f"{_SOLVED}view_{i}", view)
        alike = Likeness.of(views, views)
        for t, parameters in enumerate(self.get_buffer(_PARAMETERS)):
            known = torch.nonzero(torch.isfinite(values[:, t]))[:, 0]
            covariance = alike.covariance(parameters)[known][:, known]
            factor = torch.linalg.cholesky(covariance + _noise(parameters, len(known)))
            weights = torch.cholesky_solve(values[known, t : t + 1], factor)[:, 0]
            for name, value in (("known", known), ("factor", factor), ("weights", weights)):
                self._set(f"{_SOLVED}{name}_{t}", value)

    @classmethod
    def from_state(cls, options: PolymerModulusOptions, n_targets: int, state: dict[str, Tensor]) -> Self:
        """Rebuild from saved arrays."""
        model = cls(options, n_targets)
        for name, value in state.items():
            model._set(name, value)
        model._factorise()
        return model

    @torch.no_grad()
    def embed(self, batch: PolymerBatch) -> Tensor:
        """Means and variances of the neat polymer, its standardised descriptors, mass and volume of the salt (faint).

        # (batch, 2 * n_targets + n_descriptors + 2)
        """
        views = self._views(batch.environments, batch.descriptors)
        alike = Likeness.of(views, tuple(self._solved(f"view_{i}") for i in range(len(views))))
        own = views[2].square().mean(dim=1)  # of the linear trend
        means, variances = [], []
        for t, parameters in enumerate(self.get_buffer(_PARAMETERS)):
            known, factor, weights = (self._solved(f"{name}_{t}") for name in ("known", "factor", "weights"))
            cross = alike.covariance(parameters)[:, known]
            a, b, c, d, e, _, noise = parameters.exp().unbind()
            explained = torch.linalg.solve_triangular(factor, cross.T, upper=False).square().sum(dim=0)
            means.append(cross @ weights)
            variances.append((a + b + c + d + e * own - explained).clamp(min=0.0) + noise)
        atoms = batch.salt_elements.double()
        volume = torch.where(atoms != 0.0, atoms * self.volumes, 0.0).sum(dim=1)  # cm3 per g polymer
        salt = torch.stack([batch.salt_mass.double(), volume], dim=1)
        salt = torch.nan_to_num(salt, nan=-1.0) * _FAINT  # below 0: not known
        return torch.cat([torch.stack(means, dim=1), torch.stack(variances, dim=1), views[2], salt], dim=1)

    def _add_salt(self, mean: Tensor, variance: Tensor, mass: Tensor, volume: Tensor) -> None:
        """Density of polymer and salt in place: masses and volumes add, a cation takes no room.

        NaN where the amount of salt is not known, or an element of the anion hardly stood in a polymer.

        Args:
            mean, variance: of all properties.  # (n, n_targets)
            mass: g salt per g polymer, below 0 where it is not known.  # (n,)
            volume: cm3 of salt per g polymer, likewise.  # (n,)
        """
        t = self.options.density_column
        has_salt = mass != 0.0
        volume = torch.where((mass < 0.0) | (volume < 0.0), math.nan, volume)
        neat = (mean[:, t] * self.scale[t] + self.offset[t]).clamp(min=0.1)
        whole = (1.0 + mass) / (1.0 / neat + volume)
        by_polymer = whole / neat / (1.0 + neat * volume)  # d ln whole / d ln neat times whole / neat
        by_salt = whole * neat * volume / (1.0 + neat * volume) * SALT_VOLUME_SPREAD
        mixed = (whole - self.offset[t]) / self.scale[t]
        mean[:, t] = torch.where(has_salt, mixed, mean[:, t])
        spread = variance[:, t] * by_polymer.square() + (by_salt / self.scale[t]).square()
        variance[:, t] = torch.where(has_salt, spread, variance[:, t])

    def predict_from(self, embedding: Tensor) -> HeadOutput:
        """Read off the embedding, and mix the salt to the density."""
        n = self.n_targets
        mean, variance = embedding[:, :n].clone(), embedding[:, n : 2 * n].clone()
        if self.options.density_column >= 0:
            self._add_salt(mean, variance, *(embedding[:, -2:] / _FAINT).unbind(dim=1))
        return HeadOutput(mean, variance.clamp(min=1e-9).log())


def _noise(parameters: Tensor, n: int) -> Tensor:
    return torch.eye(n, dtype=parameters.dtype, device=parameters.device) * (parameters[-1].exp() + _JITTER)


def _parameters(alike: Likeness, target: Tensor, steps: int) -> Tensor:
    """Logarithms of variances, length and noise that make the targets likely, with weak priors around `_START`."""
    start = torch.tensor(_START, dtype=torch.double)
    parameters = start.clone().requires_grad_()
    optimizer = torch.optim.LBFGS([parameters], lr=0.5, max_iter=steps, history_size=8, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        factor = torch.linalg.cholesky(alike.covariance(parameters) + _noise(parameters, len(target)))
        cost: Tensor = (
            0.5 * (target[:, None] * torch.cholesky_solve(target[:, None], factor)).sum()
            + factor.diagonal().log().sum()
            + 0.5 * ((parameters - start) / 2.0).square().sum()
        )
        cost.backward()  # type: ignore[no-untyped-call]
        return cost

    optimizer.step(closure)
    return parameters.detach()
