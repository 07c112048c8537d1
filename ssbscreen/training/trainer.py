"""Gradient training of one network: on one device or on several that share it, from a checkpoint where there is one."""

from __future__ import annotations

import logging
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import lightning.pytorch as pl
import numpy as np
import torch
from lightning.pytorch.callbacks import ModelCheckpoint

from ssbscreen.model_parts.base import Architecture
from ssbscreen.training.batches import Part, Parts
from ssbscreen.training.config import ModelConfig
from ssbscreen.training.execution import Execution
from ssbscreen.training.loop import Loop

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainedNetwork:
    """Outcome of a gradient training.

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


def train_network(
    config: ModelConfig, model: Architecture, train: Part, validation: Part, seed: int, execution: Execution
) -> TrainedNetwork:
    """Train one network in place; with a checkpoint folder it resumes where an earlier call stopped.

    Resuming gives the weights that an uninterrupted training gives: the order of rows, the rate and the random
    numbers of an epoch depend on seed and epoch only. Several devices each take their share of an epoch's batches
    and average their gradients; tracker and progress then hear of the epochs when all are over.

    Args:
        config: recipe.
        model: its weights are replaced; it ends on the CPU.
        train: rows to learn from; too large items are left out.
        validation: rows that choose the epoch.
        seed: of the order of rows and of dropout.
        execution: where, and who hears of it.
    """
    start = time.monotonic()
    parts = Parts(train.take(np.flatnonzero(train.sizes <= config.sampling.max_size)), validation)
    loop = _fit(config, model, parts, seed, execution)
    model.to("cpu").load_state_dict(loop.state.best)
    trained = TrainedNetwork(
        model.eval(), tuple(loop.state.history), loop.state.best_epoch, time.monotonic() - start, loop.earlier_seconds
    )
    _log.info(
        "%s seed %d: best epoch %d of %d, %.0f s",
        config.name,
        seed,
        trained.best_epoch,
        len(trained.history),
        trained.seconds + trained.earlier_seconds,
    )
    return trained


def _fit(config: ModelConfig, model: Architecture, parts: Parts, seed: int, execution: Execution) -> Loop:
    """The loop after its last epoch."""
    if execution.devices == 1:
        loop = Loop(config, model, parts, seed, execution)
        _run(loop, execution)
        return loop
    with tempfile.TemporaryDirectory() as folder:
        # each process that trains takes its own copy of the loop along, so the outcome comes back in a file
        outcome = Path(folder) / "outcome.ckpt"
        loop = Loop(config, model, parts, seed, Execution(execution.device), outcome)
        _run(loop, execution)
        loop.resume(torch.load(outcome, weights_only=True, map_location="cpu"))
    for epoch, numbers in enumerate(loop.state.history):
        execution.tracker.metrics(numbers, step=epoch)
        if execution.progress is not None:
            execution.progress("training", epoch + 1, config.epochs)
    return loop


def _run(loop: Loop, execution: Execution) -> None:
    """Lightning's loop, from the last checkpoint on where there is one."""
    folder, config = execution.checkpoints, loop.config
    _quiet()
    trainer = pl.Trainer(
        accelerator="gpu" if execution.device.type == "cuda" else "cpu",
        devices=execution.devices,
        max_epochs=config.epochs,
        logger=False,
        strategy="auto" if execution.devices == 1 else "ddp_spawn",
        # without a monitored number the newest epoch replaces the one before
        callbacks=[]
        if folder is None
        else [ModelCheckpoint(folder, filename="last", save_on_train_epoch_end=True, enable_version_counter=False)],
        enable_checkpointing=folder is not None,
        enable_progress_bar=False,
        enable_model_summary=False,
        gradient_clip_val=config.gradient_clip,
        num_sanity_val_steps=0,
        limit_val_batches=0,
        precision=config.precision,
    )
    last = None if folder is None else folder / "last.ckpt"
    trainer.fit(loop, ckpt_path=str(last) if last is not None and last.is_file() else None, weights_only=True)


def _quiet() -> None:
    """Lightning speaks of hardware and workers on every start; our own log says what matters."""
    for name in ("lightning.pytorch", "lightning.fabric", "lightning.pytorch.utilities.rank_zero"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"lightning\..*")
