"""The network in Lightning's loop: one-cycle schedule, running average of the weights, and what a resume needs."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from ssbscreen.model_parts.base import Architecture, HeadOutput, to_device
from ssbscreen.training.batches import Parts, epoch_rows
from ssbscreen.training.config import ModelConfig
from ssbscreen.training.ensemble import by_size
from ssbscreen.training.execution import Execution
from ssbscreen.training.losses import absolute_error, masked_loss

_log = logging.getLogger(__name__)
_EVALUATION_BATCH = 4  # validation batches are so many times larger: no gradient is kept


def learning_rate(progress: float, peak: float, warmup: float) -> float:
    """One cycle: linear from a twentieth of the peak, then a cosine down to a thousandth.

    Args:
        progress: share of the steps that are done, 0 to 1.
        peak: highest rate.
        warmup: share of the steps on the way up.
    """
    if progress < warmup:
        return peak * (0.05 + 0.95 * progress / warmup)
    done = (progress - warmup) / max(1.0 - warmup, 1e-9)
    return peak * (0.001 + 0.999 * 0.5 * (1.0 + math.cos(math.pi * min(done, 1.0))))


@dataclass
class State:
    """What a checkpoint holds beside weights and optimizer, so that a resumed training is equal bit for bit.

    Attributes:
        average: running average of the weights.
        best: the average after the best epoch.
        best_loss, best_epoch: of that epoch.
        n_steps: gradient steps so far.
        history: metrics of each epoch.
        n_before: epochs that earlier calls trained.
    """

    average: dict[str, Tensor] = field(default_factory=dict)
    best: dict[str, Tensor] = field(default_factory=dict)
    best_loss: float = math.inf
    best_epoch: int = -1
    n_steps: int = 0
    history: list[dict[str, float]] = field(default_factory=list)
    n_before: int = 0

    def to(self, device: torch.device) -> None:
        """Move the weights, in place."""
        self.average = {k: v.to(device) for k, v in self.average.items()}
        self.best = {k: v.to(device) for k, v in self.best.items()}

    def move_average(self, weights: dict[str, Tensor], decay: float) -> None:
        """Draw the average towards new weights, faster at the start; what is no fraction is taken as it is."""
        self.n_steps += 1
        decay = min(decay, (1 + self.n_steps) / (10 + self.n_steps))
        if not self.average:
            self.average = {k: v.detach().clone() for k, v in weights.items()}
            return
        moving = [key for key, value in weights.items() if value.is_floating_point()]
        torch._foreach_lerp_(
            [self.average[key] for key in moving], [weights[key].detach() for key in moving], 1.0 - decay
        )
        for key in weights.keys() - moving:
            self.average[key].copy_(weights[key])


class Loop(pl.LightningModule):
    """One training; every tensor that it makes lies on the device of its own process."""

    def __init__(
        self,
        config: ModelConfig,
        model: Architecture,
        parts: Parts,
        seed: int,
        execution: Execution,
        outcome: Path | None = None,
    ) -> None:
        """`outcome`: where the first of several processes leaves its state."""
        super().__init__()
        self.config, self.model, self.state = config, model, State()
        self._parts, self._seed, self._execution, self._outcome = parts, seed, execution, outcome
        self._representation = type(model).representation(model.options)
        self._losses: list[Tensor] = []
        self._n_batches = 1
        self._started = time.monotonic()

    @property
    def earlier_seconds(self) -> float:
        """Wall time of the epochs that earlier calls trained."""
        return sum(numbers["seconds"] for numbers in self.state.history[: self.state.n_before])

    @property
    def _epoch(self) -> int:
        """Finished epochs; unlike Lightning's counter right from the first moment after a restart."""
        return len(self.state.history)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW; its rate is set before every step."""
        return torch.optim.AdamW(
            self.model.parameters(), lr=self.config.learning_rate, weight_decay=self.config.weight_decay
        )

    def train_dataloader(self) -> DataLoader[Any]:
        """Batches of every epoch, one epoch an iteration."""
        return DataLoader(_Batches(self), batch_size=None, shuffle=False)

    def batches(self) -> Iterator[Any]:
        """Training batches of the current epoch that this process takes, made as they are asked for.

        An epoch has the same random numbers whether or not the training was interrupted. It begins here, because
        Lightning passes over its own hook after a restart.
        """
        torch.manual_seed(self._seed * 100_003 + self._epoch)
        self._losses, self._started = [], time.monotonic()
        self.model.train()
        train = self._parts.train
        weights = np.isfinite(train.targets.values).any(axis=1).astype(float)
        rows = epoch_rows(weights if train.weights is None else weights * train.weights, self._seed, self._epoch)
        batches = list(by_size(train.sizes, rows, self.config.sampling.batch_size))
        world, rank = self.trainer.world_size, self.trainer.global_rank
        n_each = max(1, len(batches) // world)
        self._n_batches = n_each
        for i in range(n_each):
            yield train.collate(batches[(i * world + rank) % len(batches)], self._representation)

    def transfer_batch_to_device(self, batch: Any, device: torch.device, dataloader_idx: int) -> Any:
        """PyG data and tensors alike."""
        return tuple(to_device(part, device) for part in batch)

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """Loss of one batch."""
        progress = (self._epoch + batch_idx / self._n_batches) / self.config.epochs
        rate = learning_rate(progress, self.config.learning_rate, self.config.warmup)
        optimizer = self.optimizers()
        assert not isinstance(optimizer, list)
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = self.loss(batch)
        self._losses.append(loss.detach())
        return loss

    def loss(self, batch: Any) -> Tensor:
        """Loss of a batch under the config's weights."""
        inputs, target, bound = batch
        how = self.config.loss
        return masked_loss(
            self.model(inputs),
            target,
            bound,
            beta=how.beta,
            absolute=how.absolute,
            likelihood=how.likelihood,
            is_mean_apart=how.is_mean_apart,
        )

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_idx: int) -> None:
        """The running average follows the new weights."""
        self.state.move_average(self.model.state_dict(), self.config.ema_decay)

    def on_train_epoch_end(self) -> None:
        """Score the averaged weights on the validation part; keep the best, stop when none came for long."""
        state, epoch = self.state, self._epoch
        numbers = {"train_loss": float(torch.stack(self._losses).double().mean()), **self._validate()}
        numbers["seconds"] = time.monotonic() - self._started
        state.history.append(numbers)
        self._execution.tracker.metrics(numbers, step=epoch)
        _log.info("%s epoch %d: %s", self.config.name, epoch, ", ".join(f"{k} {v:.4g}" for k, v in numbers.items()))
        if not self.config.early_stopping or numbers["validation_loss"] < state.best_loss:
            state.best_loss, state.best_epoch = numbers["validation_loss"], epoch
            state.best = {k: v.clone() for k, v in state.average.items()}
        elif epoch - state.best_epoch >= self.config.patience:
            self.trainer.should_stop = True
        if self._execution.progress is not None:
            self._execution.progress("training", epoch + 1, self.config.epochs)

    def _validate(self) -> dict[str, float]:
        """Loss and errors (learned scale) of the averaged weights on the validation part."""
        self.model.eval()
        errors, has_rows, likelihood = self.validation_errors()
        self.model.train()
        # the likelihood would reward confidence before accuracy, so the best epoch is that of the least error
        loss = (errors * has_rows).sum() / has_rows.sum().clamp(min=1e-12)
        numbers = {"validation_loss": float(loss), "validation_nll": float(likelihood)}
        return numbers | {f"validation_mae_{p}": float(e) for p, e in zip(self.config.properties, errors, strict=True)}

    @torch.no_grad()
    def validation_errors(self) -> tuple[Tensor, Tensor, Tensor]:
        """Mean absolute errors, whether a target has rows, and the likelihood.  # (n_targets,), (n_targets,), ()"""
        part = self._parts.validation
        means, variances, targets, bounds = [], [], [], []
        order = np.argsort(part.sizes, kind="stable")
        for rows in by_size(part.sizes, order, self.config.sampling.batch_size * _EVALUATION_BATCH):
            batch = self.transfer_batch_to_device(part.collate(rows, self._representation), self.device, 0)
            output = torch.func.functional_call(self.model, self.state.average, (batch[0],))
            means.append(output.mean)
            variances.append(output.log_variance)
            targets.append(batch[1])
            bounds.append(batch[2])
        output = HeadOutput(torch.cat(means), torch.cat(variances))
        target, bound = torch.cat(targets), torch.cat(bounds)
        n_rows = torch.isfinite(target).sum(0)
        errors = absolute_error(output.mean, target, bound).sum(0) / n_rows.clamp(min=1)
        return errors, (n_rows > 0).float(), masked_loss(output, target, bound)

    def on_fit_start(self) -> None:
        """A state from a checkpoint follows the network to the device of this process."""
        self.state.to(self.device)

    def on_fit_end(self) -> None:
        """Of several processes the first leaves its state where the caller finds it."""
        if self._outcome is not None and self.trainer.is_global_zero:
            torch.save(vars(self.state), self._outcome)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """What Lightning does not know of."""
        checkpoint["ssbscreen"] = vars(self.state)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Counterpart of `on_save_checkpoint`."""
        self.resume(checkpoint["ssbscreen"])
        self.state.n_before = len(self.state.history)

    def resume(self, state: dict[str, Any]) -> None:
        """Take the state of a training that another call or process ran."""
        self.state = State(**(state | {"history": list(state["history"])}))


class _Batches(torch.utils.data.IterableDataset[Any]):
    """Lightning asks for a loader anew in every epoch."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop

    def __iter__(self) -> Iterator[Any]:
        return self._loop.batches()
