"""Gradient training of one member: Lightning loop, one-cycle schedule, running average of the weights, resume.

Longer than most files: what a checkpoint must hold for a resume to be equal bit for bit stands beside what makes it.
"""

from __future__ import annotations

import logging
import math
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from torch import Tensor
from torch.utils.data import DataLoader

from ssbscreen.featurize.base import Representation
from ssbscreen.model_parts.base import Architecture, HeadOutput, Targets, to_device
from ssbscreen.training.config import ModelConfig
from ssbscreen.training.ensemble import by_size
from ssbscreen.training.losses import absolute_error, masked_loss
from ssbscreen.training.sampling import balance, epoch_rows
from ssbscreen.training.tracker import NullTracker, Tracker

_log = logging.getLogger(__name__)
_EVALUATION_BATCH = 4  # validation batches are so many times larger: no gradient is kept


@dataclass(frozen=True)
class Part:
    """Encoded rows of one part of the split.

    Attributes:
        items: # n
        targets: learned scale.  # (n, n_targets)
        sizes: of the items.  # (n,)
        labels: group of each row where the sampling balances groups, else None.  # (n,)
        weights: share with which each row counts, None for all 1.  # (n,)
    """

    items: Sequence[Any]
    targets: Targets
    sizes: np.ndarray
    labels: np.ndarray | None = None
    weights: np.ndarray | None = None

    def take(self, rows: np.ndarray) -> Part:
        """Some of the rows."""
        return Part(
            [self.items[int(i)] for i in rows],
            self.targets.take(rows),
            self.sizes[rows],
            None if self.labels is None else self.labels[rows],
            None if self.weights is None else self.weights[rows],
        )


@dataclass(frozen=True)
class Trained:
    """Outcome of a training.

    Attributes:
        model: with the weights of the best epoch, averaged over the steps.
        history: metrics of each epoch.
        best_epoch: counted from 0.
        seconds: of wall time in this call.
        earlier_seconds: of wall time of the epochs that earlier calls left in the checkpoint.
    """

    model: Architecture
    history: tuple[dict[str, float], ...]
    best_epoch: int
    seconds: float
    earlier_seconds: float


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


def train_member(
    config: ModelConfig,
    model: Architecture,
    representation: Representation,
    train: Part,
    validation: Part,
    *,
    seed: int,
    device: torch.device,
    checkpoints: Path | None = None,
    tracker: Tracker | None = None,
    on_epoch: Callable[[int], None] | None = None,
    devices: int = 1,
) -> Trained:
    """Train one network; with a checkpoint folder it goes on where an earlier call stopped.

    Resuming gives the weights that an uninterrupted training gives: the order of rows, the rate and the random
    numbers of an epoch depend on seed and epoch only. Several devices each take their share of an epoch's batches
    and average their gradients; tracker and `on_epoch` then hear of the epochs when all are over.
    """
    start = time.monotonic()
    train = train.take(np.flatnonzero(train.sizes <= config.sampling.max_size))
    tracker = tracker or NullTracker()
    is_alone = devices == 1
    module = _Module(
        config,
        model,
        representation,
        train,
        validation,
        seed,
        device,
        tracker if is_alone else NullTracker(),
        on_epoch if is_alone else None,
    )
    last = checkpoints / "last.ckpt" if checkpoints is not None else None
    # without a monitored number the newest epoch replaces the one before
    callbacks = (
        [ModelCheckpoint(checkpoints, filename="last", save_on_train_epoch_end=True, enable_version_counter=False)]
        if checkpoints is not None
        else []
    )
    _quiet()
    trainer = pl.Trainer(
        accelerator="gpu" if device.type == "cuda" else "cpu",
        devices=devices,
        max_epochs=config.epochs,
        logger=False,
        strategy="auto" if is_alone else "ddp_spawn",
        callbacks=list(callbacks),
        enable_checkpointing=checkpoints is not None,
        enable_progress_bar=False,
        enable_model_summary=False,
        gradient_clip_val=config.gradient_clip,
        num_sanity_val_steps=0,
        limit_val_batches=0,
        precision=config.precision,
    )
    with tempfile.TemporaryDirectory() as folder:
        outcome = Path(folder) / "outcome.ckpt"
        if not is_alone:
            module.outcome_path = outcome
        trainer.fit(module, ckpt_path=str(last) if last is not None and last.is_file() else None, weights_only=True)
        if not is_alone:  # the processes that trained are gone, and what they held with them
            module.set_outcome(torch.load(outcome, weights_only=True, map_location=device))
    if not is_alone:
        for epoch, numbers in enumerate(module.history):
            tracker.metrics(numbers, step=epoch)
            if on_epoch is not None:
                on_epoch(epoch)
    model.load_state_dict({k: v.to(device) for k, v in module.best.items()})
    return Trained(
        model.cpu().eval(),
        tuple(module.history),
        module.best_epoch,
        time.monotonic() - start,
        sum(numbers["seconds"] for numbers in module.history[: module.n_before]),
    )


class _Module(pl.LightningModule):
    """The network in Lightning's loop."""

    def __init__(
        self,
        config: ModelConfig,
        model: Architecture,
        representation: Representation,
        train: Part,
        validation: Part,
        seed: int,
        device: torch.device,
        tracker: Tracker,
        on_epoch: Callable[[int], None] | None,
    ) -> None:
        super().__init__()
        self.model = model
        self._config, self._representation, self._seed, self._where = config, representation, seed, device
        self._train, self._validation, self._tracker, self._on_epoch = train, validation, tracker, on_epoch
        self._weights = torch.tensor(
            [config.loss.property_weights.get(p, 1.0) for p in config.properties], device=device
        )
        self._repeats = np.max(
            np.where(
                np.isfinite(train.targets.values),
                [config.sampling.per_property.get(p, config.sampling.default) for p in config.properties],
                0.0,
            ),
            axis=1,
        )
        if train.labels is not None:
            self._repeats = self._repeats * balance(train.labels)
        if train.weights is not None:
            self._repeats = self._repeats * train.weights
        self.average: dict[str, Tensor] = {}
        self.best: dict[str, Tensor] = {}
        self.best_loss, self.best_epoch, self._n_steps = math.inf, -1, 0
        self.history: list[dict[str, float]] = []
        self._sums: list[float] = []
        self._n_batches = 1
        self._started = time.monotonic()
        self.n_before = 0  # epochs that earlier calls trained
        self.outcome_path: Path | None = None

    @property
    def _epoch(self) -> int:
        """Finished epochs; unlike Lightning's counter right from the first moment after a restart."""
        return len(self.history)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW; its rate is set before every step."""
        return torch.optim.AdamW(
            self.model.parameters(), lr=self._config.learning_rate, weight_decay=self._config.weight_decay
        )

    def train_dataloader(self) -> DataLoader[Any]:
        """Batches of every epoch, one epoch an iteration."""
        return DataLoader(_Batches(self), batch_size=None, shuffle=False)

    def begin_epoch(self) -> list[np.ndarray]:
        """Batches of the epoch; same random numbers in it whether or not the training was interrupted.

        Called when the batches are first asked for, because Lightning passes over its own hook after a restart.
        """
        torch.manual_seed(self._seed * 100_003 + self._epoch)
        self._sums, self._started = [], time.monotonic()
        self.model.train()
        rows = epoch_rows(self._repeats, self._seed, self._epoch)
        batches = list(by_size(self._train.sizes, rows, self._config.sampling.batch_size))
        world, rank = self.trainer.world_size, self.trainer.global_rank
        n_each = max(1, len(batches) // world)
        batches = [batches[(i * world + rank) % len(batches)] for i in range(n_each)]
        self._n_batches = len(batches)
        return batches

    def transfer_batch_to_device(self, batch: Any, device: torch.device, dataloader_idx: int) -> Any:
        """PyG data and tensors alike."""
        return tuple(to_device(part, device) for part in batch)

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """Loss of one batch."""
        progress = (self._epoch + batch_idx / self._n_batches) / self._config.epochs
        rate = learning_rate(progress, self._config.learning_rate, self._config.warmup)
        optimizer = self.optimizers()
        assert not isinstance(optimizer, list)
        for group in optimizer.param_groups:
            group["lr"] = rate
        inputs, target, bound = batch
        how = self._config.loss
        loss = masked_loss(
            self.model(inputs),
            target,
            bound,
            beta=how.beta,
            absolute=how.absolute,
            weights=self._weights,
            likelihood=how.likelihood,
            is_mean_apart=how.is_mean_apart,
        )
        self._sums.append(float(loss.detach()))
        return loss

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Move the running average towards the new weights, faster at the start."""
        self._n_steps += 1
        decay = min(self._config.ema_decay, (1 + self._n_steps) / (10 + self._n_steps))
        state = self.model.state_dict()
        if not self.average:
            self.average = {k: v.detach().clone() for k, v in state.items()}
            return
        moving = [key for key, value in state.items() if value.is_floating_point()]
        torch._foreach_lerp_(
            [self.average[key] for key in moving], [state[key].detach() for key in moving], 1.0 - decay
        )
        for key in state.keys() - moving:
            self.average[key].copy_(state[key])

    def on_train_epoch_end(self) -> None:
        """Judge the averaged weights on the validation part; keep the best, stop when none came for long."""
        numbers = {"train_loss": float(np.mean(self._sums)) if self._sums else math.nan, **self._evaluate()}
        numbers["seconds"] = time.monotonic() - self._started
        epoch = self._epoch
        self.history.append(numbers)
        self._tracker.metrics(numbers, step=epoch)
        _log.info("%s epoch %d: %s", self._config.name, epoch, ", ".join(f"{k} {v:.4g}" for k, v in numbers.items()))
        if not self._config.early_stopping or numbers["validation_loss"] < self.best_loss:
            self.best_loss, self.best_epoch = numbers["validation_loss"], epoch
            self.best = {k: v.clone() for k, v in self.average.items()}
        elif epoch - self.best_epoch >= self._config.patience:
            self.trainer.should_stop = True
        if self._on_epoch is not None:
            self._on_epoch(epoch)

    def on_fit_end(self) -> None:
        """Of several processes the first leaves the outcome where the caller finds it."""
        if self.outcome_path is not None and self.trainer.is_global_zero:
            torch.save(self._outcome(), self.outcome_path)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """What Lightning does not know of."""
        checkpoint["ssbscreen"] = self._outcome()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Counterpart of `on_save_checkpoint`."""
        self.set_outcome(checkpoint["ssbscreen"])
        self.n_before = len(self.history)

    def _outcome(self) -> dict[str, Any]:
        return {
            "average": self.average,
            "best": self.best,
            "best_loss": self.best_loss,
            "best_epoch": self.best_epoch,
            "n_steps": self._n_steps,
            "history": self.history,
            "n_before": self.n_before,
        }

    def set_outcome(self, own: dict[str, Any]) -> None:
        """State of a training that went on elsewhere or before."""
        self.average = {k: v.to(self._where) for k, v in own["average"].items()}
        self.best = {k: v.to(self._where) for k, v in own["best"].items()}
        self.best_loss, self.best_epoch = own["best_loss"], own["best_epoch"]
        self._n_steps, self.history = own["n_steps"], list(own["history"])
        self.n_before = own.get("n_before", 0)

    def _evaluate(self) -> dict[str, float]:
        """Loss and errors (learned scale) of the averaged weights on the validation part."""
        self.model.eval()
        means, variances, targets, bounds = [], [], [], []
        order = np.argsort(self._validation.sizes, kind="stable")
        with torch.no_grad():
            for rows in by_size(self._validation.sizes, order, self._config.sampling.batch_size * _EVALUATION_BATCH):
                inputs, target, bound = (to_device(p, self._where) for p in self.collate(rows, is_training=False))
                output = torch.func.functional_call(self.model, self.average, (inputs,))
                means.append(output.mean)
                variances.append(output.log_variance)
                targets.append(target)
                bounds.append(bound)
            output = HeadOutput(torch.cat(means), torch.cat(variances))
            target, bound = torch.cat(targets), torch.cat(bounds)
            n_rows = torch.isfinite(target).sum(0)
            errors = absolute_error(output.mean, target, bound).sum(0) / n_rows.clamp(min=1)
            scale = self._weights * (n_rows > 0)
            # the likelihood would reward confidence before accuracy, so the best epoch is that of the least error
            numbers = {
                "validation_loss": float((errors * scale).sum() / scale.sum().clamp(min=1e-12)),
                "validation_nll": float(masked_loss(output, target, bound, weights=self._weights)),
            }
        self.model.train()
        return numbers | {f"validation_mae_{p}": float(e) for p, e in zip(self._config.properties, errors, strict=True)}

    def collate(self, rows: np.ndarray, *, is_training: bool) -> tuple[Any, Tensor, Tensor]:
        """Inputs, targets and bounds of some training or validation rows."""
        part = self._train if is_training else self._validation
        return (
            self._representation.collate([part.items[int(i)] for i in rows]),
            torch.from_numpy(part.targets.values[rows].astype(np.float32)),
            torch.from_numpy(part.targets.bound[rows].astype(np.int64)),
        )


class _Batches(torch.utils.data.IterableDataset[Any]):
    """Training batches of the current epoch, made as they are asked for."""

    def __init__(self, module: _Module) -> None:
        self._module = module

    def __iter__(self) -> Iterator[Any]:
        for rows in self._module.begin_epoch():
            yield self._module.collate(rows, is_training=True)


def _quiet() -> None:
    """Lightning speaks of hardware and workers on every start; our own log says what matters."""
    for name in ("lightning.pytorch", "lightning.fabric", "lightning.pytorch.utilities.rank_zero"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"lightning\..*")
