"""One small trained model of every architecture, so that each contract runs over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any

import numpy as np
import torch
from specimens import specimens, targets
from torch import Tensor

from ssbscreen.core.candidate import Candidate
from ssbscreen.model_parts.base import Architecture, HeadOutput, Targets, architecture, make_options, to_device
from ssbscreen.training.config import load_model_config, model_names
from ssbscreen.training.losses import masked_loss

N_STEPS = 60
RATE = 3e-3
OFFSET = 3.0  # of the targets in stored units, where some architectures take logarithms
_LONGER = 20  # times the epochs of a direct fit: few rows make few steps


@dataclass(frozen=True)
class Case:
    """An architecture with rows to learn from.

    Attributes:
        name: of its file.
        kind: its class.
        options: of the first config that uses it, its own defaults where none does.
        candidates: what the rows are.
        items: encoded.
        targets: of the rows.
    """

    name: str
    kind: type[Architecture]
    options: Any
    candidates: tuple[Candidate, ...]
    items: tuple[Any, ...]
    targets: Targets

    @property
    def n_targets(self) -> int:
        """Properties that it learns."""
        return int(self.targets.values.shape[1])

    @property
    def representation(self) -> Any:
        """Of its candidates."""
        return self.kind.representation(self.options)

    def batch(self, items: Sequence[Any] | None = None) -> Any:
        """Some items side by side; all of the rows where none are given."""
        return self.representation.collate(list(self.items if items is None else items))

    def encode(self, candidates: Sequence[Candidate]) -> Any:
        """Batch of other candidates, all of which must be accepted."""
        found = self.representation.encode(candidates)
        assert not found.rejected, found.rejected
        return self.batch(found.items)

    def untrained(self) -> Architecture:
        """A fresh model that knows the scale of its targets."""
        torch.manual_seed(0)
        model = self.kind(self.options, self.n_targets)
        model.prepare(np.full(self.n_targets, OFFSET), np.ones(self.n_targets))
        return model

    def loss(self, model: Architecture, batch: Any, device: torch.device | str = "cpu") -> Tensor:
        """Absolute error and likelihood of all rows."""
        values, bound = (torch.from_numpy(np.asarray(a)).to(device) for a in (self.targets.values, self.targets.bound))
        return masked_loss(model(batch), values.float(), bound, beta=0.5, absolute=1.0)


@cache
def case(name: str) -> Case:
    """Case of an architecture."""
    kind = architecture(name)
    configs = [load_model_config(n) for n in model_names()]
    own = next((c for c in configs if c.architecture == name), None)
    options = _longer(make_options(kind, own.options if own else {}))
    n_targets = len(own.properties) if own else 1
    n_auxiliary = len(own.auxiliary_targets) if own else 0
    candidates = specimens(kind.representation(options).kind)
    found = kind.representation(options).encode(candidates)
    kept = tuple(candidates[int(i)] for i in found.rows)
    values = targets(kept, n_targets)
    auxiliary = targets(kept, n_auxiliary) if n_auxiliary else None
    return Case(
        name, kind, options, kept, found.items, Targets(values, np.zeros(values.shape, dtype=np.int64), auxiliary)
    )


def _longer(options: Any) -> Any:
    own = {f.name: getattr(options, f.name) for f in fields(options)}
    return replace(options, **{name: _LONGER * value for name, value in own.items() if name.endswith("epochs")})


@cache
def trained(name: str) -> Architecture:
    """The model after a fit or a few steps; never change it."""
    own = case(name)
    model = own.untrained()
    if not own.kind.is_fitted_directly:
        descend(own, model)
    if own.kind.is_fitted_directly or own.kind.is_fitted_afterwards:
        model.fit(own.items, own.targets, 0)
    return model.eval()


def descend(own: Case, model: Architecture, device: torch.device | str = "cpu", n_steps: int = N_STEPS) -> list[float]:
    """Loss of a few steps of gradient descent on all rows at once."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE)
    batch, losses = to_device(own.batch(), device), []
    model.train()
    for _ in range(n_steps):
        optimizer.zero_grad()
        loss = own.loss(model, batch, device)
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return losses


@torch.no_grad()
def answer(model: Architecture, batch: Any) -> HeadOutput:
    """What a model says of a batch."""
    return model.eval()(batch)
