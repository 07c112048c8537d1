"""Voltage and volume change of insertion electrodes: Gaussian processes on redox chemistry and sites.

One process a target on redox descriptors, statistics of the composition and, where the structure is known, the sites
of one end or of both; a second one, for a bare composition, does without the sites.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from ssbscreen.architectures.base import Architecture, HeadOutput, Targets
from ssbscreen.architectures.electrode_process import ElectrodeProcess, Inputs, Term
from ssbscreen.core.errors import UsageError
from ssbscreen.featurize.electrode import REDOX_NAMES, Electrode, ElectrodeBatch, Electrodes
from ssbscreen.featurize.electrode_sites import NAMES

_SMALLEST = 1e-4  # of a target that is learned as its logarithm
_LIMIT = 4.0  # standard deviations; what lies farther out is moved there
_TYPICAL_LITHIUM = 0.12  # that moves, per framework atom: mean over the training set
_LITHIUM = (0.3, 3.3)  # range of it over the typical value
_EDGE = REDOX_NAMES.index("electrons per atom"), REDOX_NAMES.index("Li share")
_GROUPS = ("couples", "redox", "magpie", "sites")
# views: redox with sites, redox with composition, sites; the last one scales with the lithium that moves
_WITH_SITES = (Term(0, 0), Term(1, 0), Term(2, -1), Term(2, 1))
_WITHOUT_SITES = (Term(0, 0), Term(1, 0), Term(1, -1), Term(1, 1))
_SETS = {"sites": _WITH_SITES, "composition": _WITHOUT_SITES}


@dataclass(frozen=True)
class ElectrodeOptions:
    """Options of the processes.

    Attributes:
        is_pair: whether both ends are known; else the discharged one with its composition.
        n_landmarks: training rows that carry the variance.
        clip: standard deviations beyond which a training target is moved in.
        fit_rows: training rows that settle the hyperparameters, at most.
        log_target: position of a target that is positive and learned as its logarithm; -1 where there is none.
        couple_weight, redox_weight, composition_weight, site_weight: of these groups of descriptors in the distances
            of the views that mix them.
    """

    is_pair: bool = True
    n_landmarks: int = 192
    clip: float = 3.0
    fit_rows: int = 600
    log_target: int = -1
    couple_weight: float = 1.0
    redox_weight: float = 1.0
    composition_weight: float = 1.0
    site_weight: float = 1.0


class Model(Architecture):
    """One Gaussian process a target, and one for compositions without structure."""

    Options = ElectrodeOptions
    SEARCH_SPACE: ClassVar[dict[str, tuple[Any, ...]]] = {
        "n_landmarks": (128, 192, 256), "clip": (2.0, 3.0, 4.0),
        "couple_weight": (0.5, 1.0, 2.0), "redox_weight": (0.5, 1.0, 2.0), "composition_weight": (0.5, 1.0, 2.0),
        "site_weight": (0.5, 1.0, 2.0),
    }
    is_fitted_directly = True
    centre: Tensor
    scale: Tensor
    rows: Tensor
    widths: Tensor
    lithium: Tensor
    target_offset: Tensor
    target_scale: Tensor

    def __init__(self, options: ElectrodeOptions, n_targets: int) -> None:
        super().__init__(options, n_targets)
        self.processes: dict[str, ElectrodeProcess] = {}
        for name in ("target_offset", "target_scale"):
            self.register_buffer(name, torch.full((n_targets,), float(name == "target_scale"), dtype=torch.float64))

    @classmethod
    def representation(cls, options: ElectrodeOptions) -> Electrodes:
        """Electrodes by both ends or by one."""
        return Electrodes(options.is_pair)

    def prepare(self, offset: np.ndarray, scale: np.ndarray) -> None:
        """Remember the stored units, in which a logarithm is taken."""
        self.target_offset.copy_(torch.from_numpy(np.asarray(offset, dtype=np.float64)))
        self.target_scale.copy_(torch.from_numpy(np.asarray(scale, dtype=np.float64)))

    def fit(self, items: Sequence[Electrode], targets: Targets, seed: int) -> None:
        """Fit all processes; nothing in it is random.

        Raises:
            UsageError: bounds among the targets, which voltages and volumes do not have.
        """
        if np.any(targets.bound[np.isfinite(targets.values)] != 0):
            raise UsageError("Architecture 'electrode' takes exact values only; leave bounds out.")
        raw = _joined(self.representation(self.options).collate(items))
        # constant columns keep their value and say nothing
        centre = torch.nan_to_num(torch.nanmean(raw, dim=0))
        spread = torch.nanmean((raw - centre).square(), dim=0).sqrt()
        scale = torch.where(torch.nan_to_num(spread) > 1e-6, spread, torch.full_like(spread, torch.inf))
        self._keep(centre, scale, _standardised(raw, centre, scale).half(), torch.tensor(
            [getattr(items[0], name).shape[0] for name in _GROUPS]))
        train = self._lithium_of(raw)
        self.register_buffer("lithium", train)
        has_sites = torch.isfinite(raw[:, -int(self.widths[3]):]).any(dim=1)
        for t in range(self.n_targets):
            values = self._learned(t, torch.from_numpy(targets.values[:, t].astype(np.float64)))
            for name, terms in _SETS.items():
                if name == "composition" and self.options.is_pair:
                    continue
                known = values if name == "composition" else torch.where(has_sites, values, torch.nan)
                process = ElectrodeProcess.fit(self._inputs(self.rows, train, name), known, terms,
                                               self.options.n_landmarks, self.options.clip, self.options.fit_rows)
                self._add(f"{t}_{name}", process)

    def embed(self, batch: ElectrodeBatch) -> Tensor:
        """Mean and log variance of every target, then standardised redox and site descriptors of the discharged end.

        # (n, 2 n_targets + n_redox + n_sites)
        """
        raw = _joined(batch)
        scaled = _standardised(raw, self.centre, self.scale)
        lithium = self._lithium_of(raw)
        has_sites = torch.isfinite(raw[:, -int(self.widths[3]):]).any(dim=1)
        columns = []
        for t in range(self.n_targets):
            mean, variance = self._ask(f"{t}_sites", scaled, lithium)
            if f"{t}_composition" in self.processes:
                plain, wide = self._ask(f"{t}_composition", scaled, lithium)
                mean, variance = torch.where(has_sites, mean, plain), torch.where(has_sites, variance, wide)
            columns += self._told(t, mean, torch.log(variance))
        first, redox = int(self.widths[0]), int(self.widths[1])
        sites = int(self.widths[:3].sum())
        return torch.cat([torch.stack(columns, dim=1), scaled[:, first:first + redox],
                          scaled[:, sites:sites + len(NAMES)]], dim=1)

    def predict_from(self, embedding: Tensor) -> HeadOutput:
        """Means and log variances, which lead the embedding."""
        own = embedding[:, :2 * self.n_targets].reshape(len(embedding), self.n_targets, 2)
        return HeadOutput(own[..., 0], own[..., 1])

    @classmethod
    def from_state(cls, options: ElectrodeOptions, n_targets: int, state: dict[str, Tensor]) -> Self:
        """Rebuild from saved tensors."""
        model = cls(options, n_targets)
        model._keep(state["centre"], state["scale"], state["rows"], state["widths"])
        if "target_offset" in state:  # not in weights of older versions, which learned no logarithm
            model.prepare(state["target_offset"].numpy(), state["target_scale"].numpy())
        model.register_buffer("lithium", state["lithium"])
        names = {key.split(".", 1)[0].removeprefix("process_") for key in
                 (k.replace("__", ".") for k in state if k.startswith("process_"))}
        for name in sorted(names):
            prefix = f"process_{name}__"
            model._add(name, ElectrodeProcess.from_tensors(
                {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}))
        return model

    def _learned(self, target: int, values: Tensor) -> Tensor:
        """Standardised values as the process learns them.  # (n,)"""
        if target != self.options.log_target:
            return values
        stored = self.target_offset[target] + self.target_scale[target] * values
        return torch.log(stored.clamp(min=_SMALLEST))

    def _told(self, target: int, mean: Tensor, log_variance: Tensor) -> list[Tensor]:
        """Median and log variance in standardised units, from what the process says.  # (n,) each"""
        if target != self.options.log_target:
            return [mean, log_variance]
        median = torch.exp(mean)
        # first order: std of x is x times std of log x
        return [(median - self.target_offset[target]) / self.target_scale[target],
                log_variance + 2.0 * (mean - torch.log(self.target_scale[target]))]

    def _keep(self, centre: Tensor, scale: Tensor, rows: Tensor, widths: Tensor) -> None:
        for name, tensor in (("centre", centre), ("scale", scale), ("rows", rows), ("widths", widths)):
            self.register_buffer(name, tensor)

    def _add(self, name: str, process: ElectrodeProcess) -> None:
        self.processes[name] = process
        for key, tensor in process.tensors().items():
            self.register_buffer(f"process_{name}__{key}", tensor)

    def _ask(self, name: str, scaled: Tensor, lithium: Tensor) -> tuple[Tensor, Tensor]:
        kind = name.split("_", 1)[1]
        # rounded like the stored rows, so that a training row meets itself at distance 0
        inputs = self._inputs(scaled.half(), lithium, kind)
        process = ElectrodeProcess(**{key: getattr(self, f"process_{name}__{key}") for key in
                                      ElectrodeProcess.__dataclass_fields__})
        return process.predict(inputs, self._inputs(self.rows, self.lithium, kind), _SETS[kind])

    def _inputs(self, rows: Tensor, lithium: Tensor, kind: str) -> Inputs:
        """Views of standardised rows."""
        couples, redox, magpie, sites = torch.split(rows.double(), self.widths.tolist(), dim=1)
        o = self.options
        chemistry = torch.cat([o.couple_weight * couples, o.redox_weight * redox], dim=1)
        composition = torch.cat([chemistry, o.composition_weight * magpie], dim=1)
        if kind == "composition":
            return Inputs((chemistry, composition), lithium)
        return Inputs((torch.cat([chemistry, o.site_weight * sites], dim=1), composition, sites), lithium)

    def _lithium_of(self, raw: Tensor) -> Tensor:
        """Lithium that moves per framework atom over its typical value.  # (n,)"""
        first = int(self.widths[0])
        moved, share = (raw[:, first + i] for i in _EDGE)
        return (moved / (1.0 - share) / _TYPICAL_LITHIUM).clamp(*_LITHIUM)


def _joined(batch: ElectrodeBatch) -> Tensor:
    return torch.cat([getattr(batch, name) for name in _GROUPS], dim=1)


def _standardised(raw: Tensor, centre: Tensor, scale: Tensor) -> Tensor:
    """Missing descriptors count as average ones.  # (n, dim)"""
    return torch.nan_to_num((raw - centre) / scale).clamp(-_LIMIT, _LIMIT)
