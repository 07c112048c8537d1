"""Gaussian process and small network on vectors of polymer electrolytes, temperature by a formula.

Temperature is no feature: process and network each give the conductivity at a reference temperature and a slope that
is never negative; the formula of Vogel, Fulcher and Tammann does the rest. The prediction is their weighted mean. Over
300 lines since both models stand on the same vectors and options.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ssbscreen.core.errors import UsageError
from ssbscreen.featurize.polymer_descriptors import CHAIN_NAMES, CONDITION_NAMES, SALT_NAMES
from ssbscreen.featurize.polymer_formulation import (
    ANION_NAMES,
    PROJECTED,
    FormulationVector,
    PolymerFormulations,
    VectorBatch,
)
from ssbscreen.model_parts.base import Architecture, HeadOutput, Targets
from ssbscreen.model_parts.descent import descend
from ssbscreen.model_parts.formulation_process import (
    MOST_FREEZING_K,
    FormulationHyperparameters,
    FormulationKernel,
    chosen_rows,
    coordinate,
    standard,
)
from ssbscreen.model_parts.gaussian_process import GaussianProcess

_CLIP = 4.0  # standard deviations at which the network stops to see a descriptor grow
_WIDTHS = (len(CHAIN_NAMES), len(PROJECTED), len(SALT_NAMES), len(ANION_NAMES), len(CONDITION_NAMES))
_MOMENTS = 2  # columns of the embedding before the network's state
_ROUGH = 0.3  # error, in learned units, from which the loss grows no faster than the error
_ROWS = (  # what is saved of the training rows of the process: name, dimensions, kind
    ("polymer", 2, torch.float32),
    ("environments", 2, torch.uint8),
    ("salt", 2, torch.float32),
    ("conditions", 2, torch.float32),
    ("polymer_of", 1, torch.int16),
    ("salt_of", 1, torch.int16),
    ("coordinate", 1, torch.float32),
    ("target", 1, torch.float32),
)


@dataclass(frozen=True)
class PolymerFormulationOptions(FormulationHyperparameters):
    """Sizes and schedule, beside the hyperparameters of the process.

    Attributes:
        process_weight: share of the process in the mean, 0 to 1.
        process_rows, process_temperatures: rows that a polymer gives to the process, and those of one formulation.
        process_freezing: temperature at which motion freezes in the process, K.
        hidden, dropout, input_dropout: of the network.
        epochs, batch_size, learning_rate, weight_decay: of its training.
        balance: a polymer of n rows is seen in proportion to n to the power of 1 - balance.
    """

    process_weight: float = 0.5
    process_rows: int = 40
    process_temperatures: int = 3
    process_freezing: float = 130.0
    hidden: int = 64
    dropout: float = 0.3
    input_dropout: float = 0.1
    epochs: int = 15
    batch_size: int = 128
    learning_rate: float = 3e-3
    weight_decay: float = 0.03
    balance: float = 0.5


class Model(Architecture):
    """Process and network for one target."""

    Options = PolymerFormulationOptions
    SEARCH_SPACE: ClassVar[dict[str, tuple[Any, ...]]] = {
        "process_weight": (0.4, 0.5, 0.6),
        "process_rows": (20, 40, 60),
        "hidden": (32, 64, 128),
        "dropout": (0.1, 0.3, 0.5),
        "epochs": (8, 15, 30),
    }
    is_fitted_directly = True
    centre: Tensor
    std: Tensor

    def __init__(self, options: PolymerFormulationOptions, n_targets: int) -> None:
        super().__init__(options, n_targets)
        if n_targets != 1:
            raise UsageError(f"Architecture 'polymer_formulation' predicts one property; {n_targets} were given.")
        h, width = options.hidden, sum(_WIDTHS)
        self.domain_width = _MOMENTS + h
        self.network = nn.Sequential(
            nn.Dropout(options.input_dropout),
            nn.Linear(width, h),
            nn.SiLU(),
            nn.Dropout(options.dropout),
            nn.Linear(h, h),
            nn.SiLU(),
            nn.Dropout(options.dropout),
            nn.Linear(h, 3),
        )
        self.process = GaussianProcess(FormulationKernel(options))
        for name, n_dimensions, dtype in _ROWS:
            self.register_buffer(f"rows_{name}", torch.zeros((0,) * n_dimensions, dtype=dtype))
        for name in ("centre", "std"):
            self.register_buffer(name, torch.zeros(sum(_WIDTHS), dtype=torch.float64))

    @classmethod
    def representation(cls, options: PolymerFormulationOptions) -> PolymerFormulations:
        """Vectors of polymer, salt and conditions."""
        return PolymerFormulations()

    def fit(self, items: Sequence[FormulationVector], targets: Targets, seed: int) -> None:
        """Fit process and network on rows with a value; bounds count as values."""
        targets.need_values()
        known = np.flatnonzero(np.isfinite(targets.values[:, 0])).tolist()
        batch = self.representation(self.options).collate([items[i] for i in known])
        target = torch.from_numpy(targets.values[known, 0].astype(np.float32))
        polymer, salt = (_labels(part) for part in (batch.polymer, batch.salt))
        self._scale(batch, polymer, salt)
        self._fit_process(batch, target, polymer, salt, seed)
        self._fit_network(batch, target, polymer, seed)

    def _scale(self, batch: VectorBatch, polymer: np.ndarray, salt: np.ndarray) -> None:
        """Mean and standard deviation: polymers and salts count once each, conditions as often as they occur."""
        first = [torch.from_numpy(np.unique(label, return_index=True)[1]) for label in (polymer, salt)]
        parts = [
            standard(batch.polymer[first[0]].double()),
            standard(batch.salt[first[1]].double()),
            standard(batch.conditions.double()),
        ]
        self.centre, self.std = (torch.cat([part[i] for part in parts]) for i in range(2))

    def _standardised(self, batch: VectorBatch) -> Tensor:
        """# (n, sum(_WIDTHS)) double"""
        raw = torch.cat([batch.polymer, batch.salt, batch.conditions], dim=1).double()
        return (raw - self.centre) / self.std

    def _fit_process(
        self, batch: VectorBatch, target: Tensor, polymer: np.ndarray, salt: np.ndarray, seed: int
    ) -> None:
        formulation = _labels(torch.cat([batch.polymer, batch.salt, batch.conditions], dim=1))
        kept = torch.from_numpy(
            chosen_rows(polymer, formulation, self.options.process_rows, self.options.process_temperatures, seed)
        )
        views = self._standardised(batch).float()
        own = {}
        for name, label, part in (
            ("polymer", polymer, views[:, : sum(_WIDTHS[:2])]),
            ("salt", salt, views[:, sum(_WIDTHS[:2]) : sum(_WIDTHS[:4])]),
        ):
            _, first, which = np.unique(label[kept.numpy()], return_index=True, return_inverse=True)
            own[name] = part[kept][torch.from_numpy(first)].clone()
            own[f"{name}_of"] = torch.from_numpy(which.reshape(-1).astype(np.int16))
            if name == "polymer":
                own["environments"] = batch.environments[kept][torch.from_numpy(first)].clone()
        own["conditions"] = views[kept][:, sum(_WIDTHS[:4]) :].clone()
        own["coordinate"] = coordinate(batch.kelvin, self.options.process_freezing)[kept].clone()
        own["target"] = target[kept].clone()
        labels = np.unique(polymer, return_inverse=True)[1].reshape(-1)
        by_polymer = np.bincount(labels, weights=target.numpy()) / np.bincount(labels)
        self.process.mean = torch.tensor(by_polymer.mean(), dtype=torch.float32).double()
        for name, value in own.items():
            self.register_buffer(f"rows_{name}", value)
        self.on_load()

    def on_load(self) -> None:
        """Condition the process on its training rows."""
        train, kernel = self._train, self.process.kernel
        if len(train["coordinate"]):
            self.process.condition(
                kernel.compare(train, train), self.get_buffer("rows_target").double(), self._kernel.named.variance_noise
            )

    @property
    def _kernel(self) -> FormulationKernel:
        assert isinstance(self.process.kernel, FormulationKernel)
        return self.process.kernel

    @property
    def _train(self) -> dict[str, Tensor]:
        own = {name: self.get_buffer(f"rows_{name}") for name, _, _ in _ROWS}
        return _views(
            own["environments"],
            own["polymer"],
            own["salt"],
            own["conditions"],
            (own["polymer_of"].long(), own["salt_of"].long()),
            own["coordinate"],
        )

    def _fit_network(self, batch: VectorBatch, target: Tensor, polymer: np.ndarray, seed: int) -> None:
        o, rng = self.options, np.random.default_rng(seed)
        x = self._standardised(batch).float().clamp(-_CLIP, _CLIP)
        _, which, counts = np.unique(polymer, return_inverse=True, return_counts=True)
        chance = counts[which.reshape(-1)].astype(float) ** -o.balance
        chance /= chance.sum()
        n_batches = max(1, len(target) // o.batch_size)
        n_steps = o.epochs * n_batches
        optimizer = torch.optim.AdamW(self.network.parameters(), lr=o.learning_rate, weight_decay=o.weight_decay)

        def share(step: int) -> float:
            """Of the highest rate: a short rise, then half a cosine."""
            return min(1.0, step / (0.1 * n_steps) + 0.01) * 0.5 * (1.0 + math.cos(math.pi * step / n_steps))

        def batches() -> Iterator[Tensor]:
            for _ in range(o.epochs):
                drawn = rng.choice(len(target), len(target), p=chance)
                yield from torch.from_numpy(drawn).tensor_split(n_batches)

        def loss(rows: Tensor) -> Tensor:
            found = self._ask_network(self.network[:-1](x[rows]), batch.kelvin[rows])
            return functional.smooth_l1_loss(found, target[rows], beta=_ROUGH)

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            descend(self.network, loss, batches(), torch.optim.lr_scheduler.LambdaLR(optimizer, share))

    def _ask_network(self, state: Tensor, kelvin: Tensor) -> Tensor:
        """From the state before the last layer.  # (n, hidden) -> (n,)"""
        level, fall, freezing = self.network[-1](state).unbind(dim=1)
        at: Tensor = coordinate(kelvin, MOST_FREEZING_K * torch.sigmoid(freezing))
        return level - functional.softplus(fall + 1.5) * at

    @torch.no_grad()
    def embed(self, batch: VectorBatch) -> Tensor:
        """Mean and variance of the mixture, the network's state, level and slope of the process in its coordinate.

        The mixture keeps the first two moments of process and network.  # (batch, 2 + hidden + 2) double
        """
        standardised = self._standardised(batch)
        polymer, salt, conditions = standardised.split([sum(_WIDTHS[:2]), sum(_WIDTHS[2:4]), _WIDTHS[4]], dim=1)
        # tables of distinct polymers and salts, as rows of a batch often share them
        distinct, polymer_of = torch.unique(
            torch.cat([polymer, batch.environments.double()], dim=1).float(), dim=0, return_inverse=True
        )
        salts, salt_of = torch.unique(salt.float(), dim=0, return_inverse=True)
        at = coordinate(batch.kelvin, self.options.process_freezing).double()
        rows = _views(
            distinct[:, sum(_WIDTHS[:2]) :],
            distinct[:, : sum(_WIDTHS[:2])],
            salts,
            conditions.float(),
            (polymer_of, salt_of),
            at,
        )
        level, slope, variance = self._ask_process(rows)
        one = level + slope * at
        state = self.network[:-1](standardised.float().clamp(-_CLIP, _CLIP))
        other = self._ask_network(state, batch.kelvin).double()
        w = self.options.process_weight
        variance = variance + w * (1.0 - w) * (one - other).square()
        moments = torch.stack([self._mixed(one, other), variance], dim=1)
        return torch.cat([moments, state.double(), torch.stack([level, slope], dim=1)], dim=1)

    def _mixed(self, one: Tensor, other: Tensor) -> Tensor:
        w = self.options.process_weight
        return w * one + (1.0 - w) * other

    @torch.no_grad()
    def warmer_means(self, batch: VectorBatch, embedding: Tensor, steps: Sequence[float]) -> Tensor:
        """Level and slope of the process and the network's state hold for every temperature."""
        _, state, process = embedding.split([_MOMENTS, self.options.hidden, 2], dim=1)
        found = []
        for step in steps:
            kelvin = batch.kelvin + step
            at = coordinate(kelvin, self.options.process_freezing).double()
            other = self._ask_network(state.float(), kelvin).double()
            found.append(self._mixed(process[:, 0] + process[:, 1] * at, other)[:, None])
        return torch.stack(found)

    def _ask_process(self, rows: dict[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Level and slope of the mean, which never falls with temperature, and variance with noise.  # (n,) each"""
        process, kernel, train = self.process, self._kernel, self._train
        pairs = kernel.compare(rows, train)
        intercept, slope = kernel.parts(pairs)
        variance = process.remaining(kernel.joined(pairs, intercept, slope), kernel.variance(rows))
        fall = slope @ (process.weights * train["coordinate"])
        return process.mean + intercept @ process.weights, fall.clamp(max=0.0), variance + kernel.named.variance_noise

    def predict_from(self, embedding: Tensor) -> HeadOutput:
        """Read off the embedding."""
        return HeadOutput(embedding[:, :1], embedding[:, 1:2].clamp(min=1e-9).log())


def _views(
    environments: Tensor, polymer: Tensor, salt: Tensor, conditions: Tensor, of: tuple[Tensor, Tensor], at: Tensor
) -> dict[str, Tensor]:
    """Tables in double precision, made from single so that saved and fresh ones agree."""
    counts = environments.double()
    return {
        "shares": counts / counts.sum(dim=1, keepdim=True).clamp(min=1.0),
        "chain": polymer[:, : _WIDTHS[0]].double(),
        "simulated": polymer[:, _WIDTHS[0] :].double(),
        "salt": salt[:, : _WIDTHS[2]].double(),
        "anion": salt[:, _WIDTHS[2] :].double(),
        "conditions": conditions.double(),
        "polymer_of": of[0],
        "salt_of": of[1],
        "coordinate": at.double(),
    }


def _labels(part: Tensor) -> np.ndarray:
    """Number of each distinct row.  # (n,)"""
    return np.unique(part.numpy().round(5), axis=0, return_inverse=True)[1].reshape(-1)
