"""Gaussian process and small network on vectors of polymer electrolytes, temperature by a law.

Temperature is no feature: process and network each give the conductivity at a reference temperature and a slope that
is never negative; the law of Vogel, Fulcher and Tammann does the rest. The prediction is their weighted mean.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ssbscreen.core.errors import UsageError
from ssbscreen.featurize.polymer_descriptors import CHAIN_NAMES, CONDITION_NAMES, SALT_NAMES
from ssbscreen.featurize.polymer_environments import N_BITS
from ssbscreen.featurize.polymer_formulation import (
    ANION_NAMES,
    PROJECTED,
    FormulationVector,
    PolymerFormulations,
    VectorBatch,
)
from ssbscreen.model_parts.base import Architecture, HeadOutput, Targets
from ssbscreen.model_parts.polymer_kernel import FormulationProcess, Kernel, Rows, chosen_rows, standard
from ssbscreen.model_parts.temperature_law import MOST_FREEZING_K, coordinate

_CLIP = 4.0  # standard deviations at which the network stops to see a descriptor grow
_WIDTHS = (len(CHAIN_NAMES), len(PROJECTED), len(SALT_NAMES), len(ANION_NAMES), len(CONDITION_NAMES))
_ROUGH = 0.3  # error, in learned units, from which the loss grows no faster than the error
_PREFIX = "process_"


@dataclass(frozen=True)
class PolymerFormulationOptions:
    """Sizes and schedule.

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
    spread: Tensor

    def __init__(self, options: PolymerFormulationOptions, n_targets: int) -> None:
        super().__init__(options, n_targets)
        if n_targets != 1:
            raise UsageError(f"Architecture 'polymer_formulation' predicts one property; {n_targets} were given.")
        h, width = options.hidden, sum(_WIDTHS)
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
        self.process: FormulationProcess | None = None

    @classmethod
    def representation(cls, options: PolymerFormulationOptions) -> PolymerFormulations:
        """Vectors of polymer, salt and conditions."""
        return PolymerFormulations()

    def fit(self, items: Sequence[FormulationVector], targets: Targets, seed: int) -> None:
        """Fit process and network on rows with a value; bounds count as values."""
        known = np.flatnonzero(np.isfinite(targets.values[:, 0])).tolist()
        if len(known) == 0:
            raise UsageError("There is no value to learn from.")
        batch = self.representation(self.options).collate([items[i] for i in known])
        target = torch.from_numpy(targets.values[known, 0].astype(np.float32))
        polymer, salt = (_labels(part) for part in (batch.polymer, batch.salt))
        self._scale(batch, polymer, salt)
        self._fit_process(batch, target, polymer, salt, seed)
        self._fit_network(batch, target, polymer, seed)

    def _scale(self, batch: VectorBatch, polymer: np.ndarray, salt: np.ndarray) -> None:
        """Centre and spread: polymers and salts count once each, conditions as often as they occur."""
        first = [torch.from_numpy(np.unique(label, return_index=True)[1]) for label in (polymer, salt)]
        parts = [
            standard(batch.polymer[first[0]].double()),
            standard(batch.salt[first[1]].double()),
            standard(batch.conditions.double()),
        ]
        self.register_buffer("centre", torch.cat([centre for centre, _ in parts]))
        self.register_buffer("spread", torch.cat([spread for _, spread in parts]))

    def _standardised(self, batch: VectorBatch) -> Tensor:
        """# (n, sum(_WIDTHS)) double"""
        raw = torch.cat([batch.polymer, batch.salt, batch.conditions], dim=1).double()
        return (raw - self.centre) / self.spread

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
        own["mean"] = torch.tensor([float(by_polymer.mean())])
        for name, value in own.items():
            self.register_buffer(_PREFIX + name, value)
        self._build()

    def _build(self) -> None:
        """Process from its buffers."""
        own = {name.removeprefix(_PREFIX): value for name, value in self.named_buffers() if name.startswith(_PREFIX)}
        rows = _rows(
            own["environments"],
            own["polymer"],
            own["salt"],
            own["conditions"],
            own["polymer_of"].long(),
            own["salt_of"].long(),
        )
        self.process = FormulationProcess(
            Kernel(), rows, own["coordinate"].double(), own["target"].double(), float(own["mean"][0])
        )

    def _fit_network(self, batch: VectorBatch, target: Tensor, polymer: np.ndarray, seed: int) -> None:
        o, rng = self.options, np.random.default_rng(seed)
        x = self._standardised(batch).float().clamp(-_CLIP, _CLIP)
        _, which, counts = np.unique(polymer, return_inverse=True, return_counts=True)
        chance = counts[which.reshape(-1)].astype(float) ** -o.balance
        chance /= chance.sum()
        n_batches = max(1, len(target) // o.batch_size)
        optimizer = torch.optim.AdamW(self.network.parameters(), lr=o.learning_rate, weight_decay=o.weight_decay)
        n_steps, step = o.epochs * n_batches, 0
        self.network.train()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            for _ in range(o.epochs):
                drawn = rng.choice(len(target), len(target), p=chance)
                for rows in np.array_split(drawn, n_batches):
                    warm = min(1.0, step / (0.1 * n_steps) + 0.01)
                    for group in optimizer.param_groups:
                        group["lr"] = o.learning_rate * warm * 0.5 * (1.0 + math.cos(math.pi * step / n_steps))
                    found = self._ask_network(self.network[:-1](x[rows]), batch.kelvin[rows])
                    loss = functional.smooth_l1_loss(found, target[rows], beta=_ROUGH)
                    optimizer.zero_grad()
                    loss.backward()  # type: ignore[no-untyped-call]
                    optimizer.step()
                    step += 1
        self.network.eval()

    def _ask_network(self, state: Tensor, kelvin: Tensor) -> Tensor:
        """From the state before the last layer.  # (n, hidden) -> (n,)"""
        level, fall, freezing = self.network[-1](state).unbind(dim=1)
        at: Tensor = coordinate(kelvin, MOST_FREEZING_K * torch.sigmoid(freezing))
        return level - functional.softplus(fall + 1.5) * at

    @classmethod
    def from_state(cls, options: PolymerFormulationOptions, n_targets: int, state: dict[str, Tensor]) -> Self:
        """Rebuild network and process."""
        model = cls(options, n_targets)
        inner = {k.removeprefix("network."): v for k, v in state.items() if k.startswith("network.")}
        model.network.load_state_dict(inner)
        for name, value in state.items():
            if not name.startswith("network."):
                model.register_buffer(name, value)
        model._build()
        model.network.eval()
        return model

    @torch.no_grad()
    def embed(self, batch: VectorBatch) -> Tensor:
        """Mean and variance of the mixture, then the network's state.  # (batch, 2 + hidden) double

        The mixture keeps the first two moments of process and network.
        """
        assert self.process is not None, "fit first"
        views = self._standardised(batch)
        process = self.process.to(views.device)
        polymer, salt, conditions = views.split([sum(_WIDTHS[:2]), sum(_WIDTHS[2:4]), _WIDTHS[4]], dim=1)
        # tables of distinct polymers and salts, as rows of a batch often share them
        distinct, polymer_of = torch.unique(
            torch.cat([polymer, batch.environments.double()], dim=1).float(), dim=0, return_inverse=True
        )
        salts, salt_of = torch.unique(salt.float(), dim=0, return_inverse=True)
        rows = _rows(
            distinct[:, sum(_WIDTHS[:2]) :],
            distinct[:, : sum(_WIDTHS[:2])],
            salts,
            conditions.float(),
            polymer_of,
            salt_of,
        )
        at = coordinate(batch.kelvin, self.options.process_freezing).double()
        intercept, slope, variance = process.predict(rows, at)
        one = intercept + slope.clamp(max=0.0) * at
        state = self.network[:-1](views.float().clamp(-_CLIP, _CLIP))
        other = self._ask_network(state, batch.kelvin).double()
        w = self.options.process_weight
        variance = variance + w * (1.0 - w) * (one - other).square()
        return torch.cat([torch.stack([w * one + (1.0 - w) * other, variance], dim=1), state.double()], dim=1)

    def predict_from(self, embedding: Tensor) -> HeadOutput:
        """Read off the embedding."""
        return HeadOutput(embedding[:, :1], embedding[:, 1:2].clamp(min=1e-9).log())


def _rows(
    environments: Tensor, polymer: Tensor, salt: Tensor, conditions: Tensor, polymer_of: Tensor, salt_of: Tensor
) -> Rows:
    """Tables in double precision, made from single so that saved and fresh ones agree."""
    counts = environments.double()
    assert counts.shape[1] == N_BITS[0]
    return Rows(
        counts / counts.sum(dim=1, keepdim=True).clamp(min=1.0),
        polymer[:, : _WIDTHS[0]].double(),
        polymer[:, _WIDTHS[0] :].double(),
        salt[:, : _WIDTHS[2]].double(),
        salt[:, _WIDTHS[2] :].double(),
        conditions.double(),
        polymer_of,
        salt_of,
    )


def _labels(part: Tensor) -> np.ndarray:
    """Number of each distinct row.  # (n,)"""
    return np.unique(part.numpy().round(5), axis=0, return_inverse=True)[1].reshape(-1)
