"""Gradient descent of small networks within a model; whole models are trained by `training.trainer`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

_POOL = 16  # batches among which rows are sorted by length
_AVERAGE_EVERY = 4  # steps
_LARGEST_GRADIENT = 5.0


def descend(
    module: nn.Module,
    loss: Callable[[Tensor], Tensor],
    batches: Iterable[Tensor],
    schedule: torch.optim.lr_scheduler.LRScheduler,
    *,
    largest_gradient: float = math.inf,
    average: AveragedModel | None = None,
) -> None:
    """One step a batch.

    Args:
        module: trained in place.
        loss: of some rows, from their numbers.
        batches: numbers of rows.
        schedule: of the rate of an optimiser of the module.
        largest_gradient: norm to which gradients are cut.
        average: running average of the module, which is kept in its place.
    """
    module.train()
    step = 0
    for step, rows in enumerate(batches, start=1):
        schedule.optimizer.zero_grad()
        loss(rows).backward()  # type: ignore[no-untyped-call]
        if math.isfinite(largest_gradient):
            nn.utils.clip_grad_norm_(module.parameters(), largest_gradient)
        schedule.optimizer.step()
        schedule.step()
        if average is not None and step % _AVERAGE_EVERY == 0:
            average.update_parameters(module)
    if average is not None:
        if step % _AVERAGE_EVERY:
            average.update_parameters(module)
        module.load_state_dict(average.module.state_dict())
    module.eval()


@dataclass(frozen=True)
class OneCycle:
    """AdamW with a one-cycle rate and a running average of the weights, which is kept.

    Attributes:
        epochs: times that every row is seen.
        rate: the highest one.
        decay: of the weights.
        batch_size: rows a step, about.
        seed: of the order.
    """

    epochs: int
    rate: float
    decay: float
    batch_size: int
    seed: int

    def descend(
        self, module: nn.Module, loss: Callable[[Tensor], Tensor], n_rows: int, lengths: Tensor | None = None
    ) -> None:
        """Train a module in place.

        Args:
            module: to be trained.
            loss: of some rows, from their numbers.
            n_rows: rows in all.
            lengths: rows of like length share a batch, so that little of it is padding.  # (n_rows,)
        """
        n_batches = max(1, n_rows // self.batch_size)
        n_steps = n_batches * self.epochs
        optimizer = torch.optim.AdamW(module.parameters(), lr=self.rate, weight_decay=self.decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, self.rate, total_steps=n_steps, pct_start=0.12)
        memory = min(0.995, 1.0 - 10.0 / (n_steps + 20))
        average = AveragedModel(module, multi_avg_fn=get_ema_multi_avg_fn(memory**_AVERAGE_EVERY))
        batches = self._batches(n_rows, n_batches, lengths)
        descend(module, loss, batches, schedule, largest_gradient=_LARGEST_GRADIENT, average=average)

    def _batches(self, n_rows: int, n_batches: int, lengths: Tensor | None) -> Iterator[Tensor]:
        for epoch in range(self.epochs):
            rng = np.random.default_rng((self.seed, epoch))
            order = torch.from_numpy(rng.permutation(n_rows))
            if lengths is not None:
                pools = order.split(_POOL * self.batch_size)
                order = torch.cat([pool[lengths[pool].argsort(stable=True)] for pool in pools])
            batches = torch.tensor_split(order, n_batches)
            for number in rng.permutation(n_batches):
                yield batches[number]
