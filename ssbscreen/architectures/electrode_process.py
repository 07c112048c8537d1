"""Voltage and volume change of insertion electrodes: Gaussian processes on redox chemistry and sites.

One process a target on redox descriptors, statistics of the composition and, where the structure is known, the sites
of one end or of both; a second one, for a bare composition, does without the sites.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from ssbscreen.core.errors import UsageError
from ssbscreen.featurize.electrode import Electrode, ElectrodeBatch, Electrodes
from ssbscreen.featurize.electrode_sites import NAMES
from ssbscreen.featurize.redox import REDOX_NAMES
from ssbscreen.model_parts.base import HeadOutput, ScaledArchitecture, Targets
from ssbscreen.model_parts.electrode_process import LITHIUM, ElectrodeKernel, FitOptions, Other, Term, fit
from ssbscreen.model_parts.gaussian_process import LandmarkProcess
from ssbscreen.model_parts.normal_scores import NormalScores

_SMALLEST = 1e-4  # of a target that is learned as its logarithm
_LIMIT = 4.0  # standard deviations; what lies farther out is moved there
_STEP = _LIMIT / 127  # of the grid on which standardised descriptors lie: a byte holds one, and 0 is on it
_N_HALVINGS = 30
_LOG_STD = 1.3  # typical standard deviation of the logarithm of a volume change, to which the priors are made
_CORE = 0.5  # width of the core of the errors of a signed change over their standard deviation: tails are long
_TYPICAL_LITHIUM = 0.12  # that moves, per framework atom: mean over the training set
_LITHIUM = (0.3, 3.3)  # range of it over the typical value
_EDGE = REDOX_NAMES.index("electrons per atom"), REDOX_NAMES.index("Li share")
_GROUPS = ("couples", "redox", "magpie", "sites")
# views: redox with sites, redox with composition, sites; the last one scales with the lithium that moves
_TERMS = {
    "sites": (Term("with sites", 0), Term("with composition", 0), Term("sites", -1), Term("sites", 1)),
    "composition": (
        Term("chemistry", 0),
        Term("with composition", 0),
        Term("with composition", -1),
        Term("with composition", 1),
    ),
}


@dataclass(frozen=True)
class ElectrodeProcessOptions:
    """Options of the processes.

    Attributes:
        is_pair: whether both ends are known; else the discharged one with its composition.
        n_landmarks: training rows that carry the variance.
        clip: standard deviations beyond which a training target is moved in.
        fit_rows: training rows that settle the hyperparameters, at most.
        degrees_of_freedom: of Student's distribution of the errors; 0 for Gaussian ones.
        n_rounds: alternations between hyperparameters and the noise of each row, for Student's errors.
        is_ranked: statistics of composition and sites enter as normal scores, else in standard deviations.
        log_target: position of a target that is positive and learned as its logarithm; -1 where there is none.
        change_target: position of the signed volume change, whose larger ratio less 1 `log_target` is.
        change_share: weight of what the signed change says in the logarithm; 0 leaves it out.
        couple_weight, redox_weight, composition_weight, site_weight: of these groups of descriptors in the distances
            of the views that mix them.
    """

    is_pair: bool = True
    n_landmarks: int = 192
    clip: float = 3.0
    fit_rows: int = 600
    degrees_of_freedom: float = 0.0
    n_rounds: int = 1
    is_ranked: bool = False
    log_target: int = -1
    change_target: int = -1
    change_share: float = 0.0
    couple_weight: float = 1.0
    redox_weight: float = 1.0
    composition_weight: float = 1.0
    site_weight: float = 1.0


class Model(ScaledArchitecture):
    """One Gaussian process a target, and one for compositions without structure."""

    Options = ElectrodeProcessOptions
    SEARCH_SPACE: ClassVar[dict[str, tuple[Any, ...]]] = {
        # landmarks carry the variance alone, which the search does not score
        "clip": (2.0, 3.0, 4.0),
        "degrees_of_freedom": (0.0, 2.0, 4.0),
        "n_rounds": (1, 2, 3),
        "is_ranked": (False, True),
        "couple_weight": (0.5, 1.0, 2.0),
        "redox_weight": (0.5, 1.0, 2.0),
        "composition_weight": (0.5, 1.0, 2.0),
        "site_weight": (0.5, 1.0, 2.0),
    }
    is_fitted_directly = True
    centre: Tensor
    scale: Tensor
    rows: Tensor
    widths: Tensor
    lithium: Tensor

    def __init__(self, options: ElectrodeProcessOptions, n_targets: int) -> None:
        super().__init__(options, n_targets)
        for name, shape, dtype in (
            ("centre", (0,), torch.float64),
            ("scale", (0,), torch.float64),
            ("rows", (0, 0), torch.uint8),
            ("widths", (len(_GROUPS),), torch.int64),
            ("lithium", (0,), torch.float64),
        ):
            self.register_buffer(name, torch.zeros(shape, dtype=dtype))
        self.scores = NormalScores() if options.is_ranked else None
        self.processes = self._unfitted()

    def _unfitted(self) -> nn.ModuleDict:
        kinds = ("sites",) if self.options.is_pair else ("sites", "composition")
        return nn.ModuleDict(
            {
                f"{target}_{kind}": LandmarkProcess(ElectrodeKernel(_TERMS[kind]), self.options.n_landmarks)
                for target in range(self.n_targets)
                for kind in kinds
            }
        )

    @classmethod
    def representation(cls, options: ElectrodeProcessOptions) -> Electrodes:
        """Electrodes by both ends or by one."""
        return Electrodes(options.is_pair)

    def fit(self, items: Sequence[Electrode], targets: Targets, seed: int) -> None:
        """Fit all processes; nothing in it is random.

        Raises:
            UsageError: bounds among the targets, which voltages and volumes do not have.
        """
        targets.need_values()
        if np.any(targets.bound[np.isfinite(targets.values)] != 0):
            raise UsageError("Architecture 'electrode_process' takes exact values only; leave bounds out.")
        batch = self.representation(self.options).collate(items)
        widths = torch.tensor([getattr(items[0], name).shape[0] for name in _GROUPS])
        unranked = _joined(batch)
        if self.scores is not None:
            self.scores.fit(unranked[:, int(widths[:2].sum()) :])
        raw = self._ranked(unranked, widths)
        # constant columns keep their value and say nothing
        centre = torch.nan_to_num(torch.nanmean(raw, dim=0))
        std = torch.nanmean((raw - centre).square(), dim=0).sqrt()
        scale = torch.where(torch.nan_to_num(std) > 1e-6, std, torch.full_like(std, torch.inf))
        self.centre, self.scale, self.widths = centre, scale, widths
        self.rows, self.lithium = _coded(_standardised(raw, centre, scale)), self._lithium_of(unranked)
        has_sites = torch.isfinite(raw[:, -int(self.widths[3]) :]).any(dim=1)
        o = self.options
        how = FitOptions(o.clip, o.fit_rows, o.degrees_of_freedom, o.n_rounds)
        views = self._views(self.rows, self.lithium)
        self.processes = self._unfitted()
        for name, process in self.processes.items():
            assert isinstance(process, LandmarkProcess)
            target, _, kind = name.partition("_")
            values = self._learned(int(target), torch.from_numpy(targets.values[:, int(target)].astype(np.float64)))
            fit(process, views, values if kind == "composition" else torch.where(has_sites, values, torch.nan), how)

    def embed(self, batch: ElectrodeBatch, others: Mapping[int, Other] | None = None) -> Tensor:
        """Mean and log variance of every target, then standardised redox and site descriptors of the discharged end.

        # (n, 2 n_targets + n_redox + n_sites)

        Args:
            batch: electrodes.
            others: target -> what another model says of it, which is averaged with what the process says.
        """
        raw = _joined(batch)
        scaled = _standardised(self._ranked(raw, self.widths), self.centre, self.scale)
        lithium = self._lithium_of(raw)
        has_sites = torch.isfinite(raw[:, -int(self.widths[3]) :]).any(dim=1)
        # rounded like the stored rows, so that a training row meets itself at distance 0
        views = self._views(_coded(scaled), lithium)
        train = self._views(self.rows, self.lithium)
        asked: list[tuple[Tensor, Tensor]] = []
        for t in range(self.n_targets):
            mean, variance = self._ask(f"{t}_sites", views, train)
            if f"{t}_composition" in self.processes:
                plain, wide = self._ask(f"{t}_composition", views, train)
                mean, variance = torch.where(has_sites, mean, plain), torch.where(has_sites, variance, wide)
            if others and t in others:
                mean, variance = others[t].mixed(mean, variance)
            asked.append((mean, torch.log(variance)))
        columns = [column for t in range(self.n_targets) for column in self._stated(t, asked)]
        first, redox = int(self.widths[0]), int(self.widths[1])
        sites = int(self.widths[:3].sum())
        return torch.cat(
            [torch.stack(columns, dim=1), scaled[:, first : first + redox], scaled[:, sites : sites + len(NAMES)]],
            dim=1,
        )

    def predict_from(self, embedding: Tensor) -> HeadOutput:
        """Means and log variances, which lead the embedding."""
        own = embedding[:, : 2 * self.n_targets].reshape(len(embedding), self.n_targets, 2)
        return HeadOutput(own[..., 0], own[..., 1])

    def _learned(self, target: int, values: Tensor) -> Tensor:
        """Standardised values as the process learns them.  # (n,)"""
        if target != self.options.log_target:
            return values
        stored = self.target_offset[target] + self.target_scale[target] * values
        return torch.log(stored.clamp(min=_SMALLEST)) / _LOG_STD

    def _stated(self, target: int, asked: Sequence[tuple[Tensor, Tensor]]) -> list[Tensor]:
        """Median and log variance in standardised units, from what the processes say.  # (n,) each"""
        mean, log_variance = asked[target]
        if target != self.options.log_target:
            return [mean, log_variance]
        mean, log_variance = _LOG_STD * mean, log_variance + 2.0 * math.log(_LOG_STD)
        share, change = self.options.change_share, self.options.change_target
        if share:
            signed, std = asked[change][0], torch.exp(0.5 * asked[change][1])
            scale = self.target_scale[change]
            own = larger_ratio(self.target_offset[change] + scale * signed, _CORE * scale * std)
            mean = (1.0 - share) * mean + share * torch.log(own.clamp(min=_SMALLEST))
        median = torch.exp(mean)
        # first order: std of x is x times std of log x
        return [
            (median - self.target_offset[target]) / self.target_scale[target],
            log_variance + 2.0 * (mean - torch.log(self.target_scale[target])),
        ]

    def _ranked(self, raw: Tensor, widths: Tensor) -> Tensor:
        """Composition and sites as normal scores, where the options ask for it.  # (n, dim)"""
        if self.scores is None:
            return raw
        first = int(widths[:2].sum())
        return torch.cat([raw[:, :first], self.scores(raw[:, first:])], dim=1)

    def _ask(self, name: str, views: dict[str, Tensor], train: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        process = self.processes[name]
        assert isinstance(process, LandmarkProcess)
        kernel = process.kernel
        assert isinstance(kernel, ElectrodeKernel)
        mean, variance = process.predict(kernel.compare(views, train), kernel.variance(views))
        return mean, variance + kernel.noise_variance(views[LITHIUM])

    def _views(self, rows: Tensor, lithium: Tensor) -> dict[str, Tensor]:
        """Of rows on the grid."""
        couples, redox, magpie, sites = torch.split(rows.double() * _STEP - _LIMIT, self.widths.tolist(), dim=1)
        o = self.options
        chemistry = torch.cat([o.couple_weight * couples, o.redox_weight * redox], dim=1)
        return {
            "chemistry": chemistry,
            "with composition": torch.cat([chemistry, o.composition_weight * magpie], dim=1),
            "with sites": torch.cat([chemistry, o.site_weight * sites], dim=1),
            "sites": sites,
            LITHIUM: lithium,
        }

    def _lithium_of(self, raw: Tensor) -> Tensor:
        """Lithium that moves per framework atom over its typical value.  # (n,)"""
        first = int(self.widths[0])
        moved, share = (raw[:, first + i] for i in _EDGE)
        return (moved / (1.0 - share) / _TYPICAL_LITHIUM).clamp(*_LITHIUM)


def larger_ratio(signed: Tensor, std: Tensor) -> Tensor:
    """Median of the larger of both ratios of the volumes, less 1, when the signed change is normal.  # (n,)

    The logarithm of the ratio is taken as normal, and its magnitude lies below the median as often as above.

    Args:
        signed: mean of the change on charge, fraction.  # (n,)
        std: its standard deviation.  # (n,)
    """
    inside = 1.0 + signed.clamp(min=-0.9)
    mean, std = torch.log(inside), std / inside
    low, high = torch.zeros_like(mean), mean.abs() + std
    for _ in range(_N_HALVINGS):
        halfway = 0.5 * (low + high)
        is_below = torch.special.ndtr((halfway - mean) / std) - torch.special.ndtr((-halfway - mean) / std) < 0.5
        low, high = torch.where(is_below, halfway, low), torch.where(is_below, high, halfway)
    return torch.expm1(0.5 * (low + high))


def _coded(scaled: Tensor) -> Tensor:
    """On the grid, in a byte.  # (n, dim) uint8"""
    return torch.round((scaled + _LIMIT) / _STEP).to(torch.uint8)


def _joined(batch: ElectrodeBatch) -> Tensor:
    return torch.cat([getattr(batch, name) for name in _GROUPS], dim=1)


def _standardised(raw: Tensor, centre: Tensor, scale: Tensor) -> Tensor:
    """Missing descriptors count as average ones.  # (n, dim)"""
    return torch.nan_to_num((raw - centre) / scale).clamp(-_LIMIT, _LIMIT)
