"""Gaussian processes on neat polymers, one a property; a salt enters the density by adding volumes.

Each covariance is a sum over shared atom environments, similarity of descriptors, both together, and a linear trend;
lengths, variances and noise come from the marginal likelihood of the training rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from ssbscreen.core.errors import UsageError
from ssbscreen.featurize.polymer_environments import N_BITS, NeatPolymer, PolymerBatch, PolymerEnvironments
from ssbscreen.model_parts.base import HeadOutput, ScaledArchitecture, Targets
from ssbscreen.model_parts.gaussian_process import GaussianProcess, minimise, negative_log_likelihood
from ssbscreen.model_parts.kernels import Kernel, Views, city_block, overlap

_SOFT = 0.05  # added to the standard deviation of a descriptor, so that one that hardly varies does not rule distances
_LEAST_ATOMS = 20  # of an element in the training units, for a volume of its own
_START = tuple(math.log(x) for x in (0.1, 0.1, 0.1, 0.6, 0.6, 1.4, 0.15))
_FAINT = 1e-9  # scale at which the embedding carries the salt, so that it does not move a polymer out of the domain
SALT_VOLUME_STD = 0.1  # assumption: relative error of an anion's volume from increments of neat polymers


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
class Similarity:
    """Comparison of rows with training rows.  # (m, n) each"""

    near: Tensor
    wide: Tensor
    distance: Tensor
    product: Tensor


class EnvironmentKernel(Kernel):
    """Shares of near and wide environments, and standardised descriptors.

    Buffers:
        hyperparameters: logarithms of five variances, a length and the noise's variance.  # (7,)
    """

    hyperparameters: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("hyperparameters", torch.tensor(_START, dtype=torch.double))

    def compare(self, rows: Views, train: Views) -> Similarity:
        """Overlaps, distances and products."""
        one, other = rows["descriptors"], train["descriptors"]
        return Similarity(
            overlap(rows["near"], train["near"]),
            overlap(rows["wide"], train["wide"]),
            city_block(one, other),
            one @ other.T / one.shape[1],
        )

    def covariance(self, pairs: Similarity) -> Tensor:
        """Of one property.  # (m, n)"""
        a, b, c, d, e, length, _ = self.hyperparameters.exp().unbind()
        like = torch.exp(-pairs.distance / length)
        return a * pairs.near + b * pairs.near * like + c * pairs.wide + d * like + e * pairs.product

    def variance(self, rows: Views) -> Tensor:
        """Grows with the linear trend.  # (m,)"""
        a, b, c, d, e, _, _ = self.hyperparameters.exp().unbind()
        return a + b + c + d + e * rows["descriptors"].square().mean(dim=1)

    @property
    def noise(self) -> Tensor:
        """Variance of a value.  # ()"""
        return self.hyperparameters[-1].exp()

    def fit(self, pairs: Similarity, target: Tensor, steps: int) -> None:
        """Make the targets likely, with weak priors around the start.

        Source: Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), eq. 2.30.
        """
        start = self.hyperparameters.clone()
        self.hyperparameters.requires_grad_()

        def cost() -> Tensor:
            prior = 0.5 * ((self.hyperparameters - start) / 2.0).square().sum()
            return negative_log_likelihood(self.covariance(pairs), self.noise, target) + prior

        minimise(cost, [self.hyperparameters], steps)
        self.hyperparameters.requires_grad_(False)


class Model(ScaledArchitecture):
    """Processes of all targets on the same polymers."""

    Options = PolymerModulusOptions
    SEARCH_SPACE: ClassVar[dict[str, tuple[Any, ...]]] = {"likelihood_rows": (300, 500, 800), "steps": (10, 20, 40)}
    is_fitted_directly = True
    centre: Tensor
    std: Tensor
    volumes: Tensor

    def __init__(self, options: PolymerModulusOptions, n_targets: int) -> None:
        super().__init__(options, n_targets)
        for name, shape, dtype in (
            ("centre", (0,), torch.double),
            ("std", (0,), torch.double),
            ("volumes", (0,), torch.double),
            ("rows_environment_row", (0,), torch.int16),
            ("rows_environment_bit", (0,), torch.int16),
            ("rows_environment_count", (0,), torch.uint8),
            ("rows_descriptors", (0, 0), torch.float32),
            ("rows_targets", (0, n_targets), torch.float32),
        ):
            self.register_buffer(name, torch.zeros(shape, dtype=dtype))
        self.processes = self._unfitted()

    def _unfitted(self) -> nn.ModuleList:
        return nn.ModuleList(GaussianProcess(EnvironmentKernel()) for _ in range(self.n_targets))

    @classmethod
    def representation(cls, options: PolymerModulusOptions) -> PolymerEnvironments:
        """Environments, descriptors and salt."""
        return PolymerEnvironments()

    def fit(self, items: Sequence[NeatPolymer], targets: Targets, seed: int) -> None:
        """Hyperparameters by marginal likelihood, and the volumes of the elements where there is a density.

        Raises:
            UsageError: a property without values, or `density_column` beyond the properties.
        """
        if not -1 <= self.options.density_column < self.n_targets:
            raise UsageError(f"density_column {self.options.density_column} is none of {self.n_targets} properties.")
        batch = self.representation(self.options).collate(items)
        raw = batch.descriptors.double()
        self.centre, self.std = raw.mean(dim=0), raw.std(dim=0) + _SOFT
        rows_of, bit = torch.nonzero(batch.environments, as_tuple=True)  # few of many: kept as a list
        kept = {
            "environment_row": rows_of.to(torch.int16),
            "environment_bit": bit.to(torch.int16),
            "environment_count": batch.environments[rows_of, bit],
            "descriptors": batch.descriptors,
            "targets": torch.from_numpy(targets.values.astype(np.float32)),
        }
        for name, value in kept.items():
            self.register_buffer(f"rows_{name}", value)
        rng, views = np.random.default_rng(seed), self._views(batch.environments, batch.descriptors)
        self.processes = self._unfitted()
        for t, (_, kernel) in enumerate(self._by_target()):
            known = np.flatnonzero(np.isfinite(targets.values[:, t]))
            if len(known) == 0:
                raise UsageError(f"Property number {t} has no value to learn from.")
            some = torch.from_numpy(rng.permutation(known)[: self.options.likelihood_rows])
            part = {name: view[some] for name, view in views.items()}
            target = torch.from_numpy(targets.values[:, t]).double()[some]
            kernel.fit(kernel.compare(part, part), target, self.options.steps)
        self.volumes = self._volumes(batch, targets)
        self.on_load()

    def _by_target(self) -> Iterator[tuple[GaussianProcess, EnvironmentKernel]]:
        for process in self.processes:
            assert isinstance(process, GaussianProcess)
            assert isinstance(process.kernel, EnvironmentKernel)
            yield process, process.kernel

    def _compare(self, rows: Views, train: Views) -> Similarity:
        """The same for all targets."""
        _, kernel = next(self._by_target())
        return kernel.compare(rows, train)

    def _views(self, environments: Tensor, descriptors: Tensor) -> dict[str, Tensor]:
        near, wide = shares(environments)
        return {"near": near, "wide": wide, "descriptors": (descriptors.double() - self.centre) / self.std}

    def _volumes(self, batch: PolymerBatch, targets: Targets) -> Tensor:
        """Volume of a mol of each element in neat polymers, cm3/mol; NaN where it hardly occurs.

        Least squares on the relative error of the molar volumes, as additive increments of volume are obtained.
        """
        column = self.options.density_column
        elements = batch.elements.double()
        found = torch.full((elements.shape[1],), math.nan, dtype=torch.double)
        if column < 0:
            return found
        density = (
            torch.from_numpy(targets.values[:, column]).double() * self.target_scale[column]
            + self.target_offset[column]
        )
        common = elements[torch.isfinite(density)].sum(dim=0) >= _LEAST_ATOMS
        rows = torch.isfinite(density) & (elements[:, ~common] == 0).all(dim=1)
        relative = elements[rows][:, common] * (density[rows] / batch.mass[rows].double())[:, None]
        found[common] = torch.linalg.lstsq(relative, torch.ones(int(rows.sum()), 1, dtype=torch.double)).solution[:, 0]
        return found

    @torch.no_grad()
    def on_load(self) -> None:
        """Views of the training rows, as buffers that are not saved, and the processes conditioned on them."""
        values = self.get_buffer("rows_targets").double()
        if not len(values):
            return
        row, bit = (self.get_buffer(f"rows_environment_{name}").long() for name in ("row", "bit"))
        environments = torch.zeros(len(values), sum(N_BITS), dtype=torch.uint8, device=values.device)
        environments[row, bit] = self.get_buffer("rows_environment_count")
        views = self._views(environments, self.get_buffer("rows_descriptors"))
        for name, view in views.items():
            self.register_buffer(f"view_{name}", view, persistent=False)
        pairs = self._compare(views, views)
        for t, (process, kernel) in enumerate(self._by_target()):
            known = torch.nonzero(torch.isfinite(values[:, t]))[:, 0]
            process.condition(pairs, values[known, t], kernel.noise, known)

    @torch.no_grad()
    def embed(self, batch: PolymerBatch) -> Tensor:
        """Means and variances of the neat polymer, its standardised descriptors, mass and volume of the salt (faint).

        # (batch, 2 * n_targets + n_descriptors + 2)
        """
        # each distinct polymer once, as rows of a batch often differ in their salt alone
        distinct, unit = torch.unique(
            torch.cat([batch.environments, batch.descriptors], dim=1), dim=0, return_inverse=True
        )
        views = self._views(distinct[:, : sum(N_BITS)], distinct[:, sum(N_BITS) :])
        train = {name: self.get_buffer(f"view_{name}") for name in views}
        pairs = self._compare(views, train)
        means, variances = [], []
        for process, kernel in self._by_target():
            mean, variance = process.predict(pairs, kernel.variance(views))
            means.append(mean)
            variances.append(variance + kernel.noise)
        atoms = batch.salt_elements.double()
        volume = torch.where(atoms != 0.0, atoms * self.volumes, 0.0).sum(dim=1)  # cm3 per g polymer
        salt = torch.stack([batch.salt_mass.double(), volume], dim=1)
        salt = torch.nan_to_num(salt, nan=-1.0) * _FAINT  # below 0: not known
        neat = torch.cat([torch.stack(means, dim=1), torch.stack(variances, dim=1), views["descriptors"]], dim=1)
        return torch.cat([neat[unit], salt], dim=1)

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
        neat = (mean[:, t] * self.target_scale[t] + self.target_offset[t]).clamp(min=0.1)
        whole = (1.0 + mass) / (1.0 / neat + volume)
        by_polymer = whole / neat / (1.0 + neat * volume)  # d ln whole / d ln neat times whole / neat
        by_salt = whole * neat * volume / (1.0 + neat * volume) * SALT_VOLUME_STD
        mixed = (whole - self.target_offset[t]) / self.target_scale[t]
        mean[:, t] = torch.where(has_salt, mixed, mean[:, t])
        scatter = variance[:, t] * by_polymer.square() + (by_salt / self.target_scale[t]).square()
        variance[:, t] = torch.where(has_salt, scatter, variance[:, t])

    def predict_from(self, embedding: Tensor) -> HeadOutput:
        """Read off the embedding, and mix the salt to the density."""
        n = self.n_targets
        mean, variance = embedding[:, :n].clone(), embedding[:, n : 2 * n].clone()
        if self.options.density_column >= 0:
            self._add_salt(mean, variance, *(embedding[:, -2:] / _FAINT).unbind(dim=1))
        return HeadOutput(mean, variance.clamp(min=1e-9).log())
