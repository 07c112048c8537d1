"""One stage after the other: sources, curation, training."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from ssbscreen.core.candidate import Rejected
from ssbscreen.core.dataset import Dataset
from ssbscreen.core.errors import DataUnavailable, UsageError, unknown
from ssbscreen.curation.curate import curate
from ssbscreen.curation.disputes import without_disputed
from ssbscreen.files.data_source import PoolSource, RecordSource, load_source
from ssbscreen.files.paths import cache_dir, models_dir
from ssbscreen.sources.literature import SOURCE as LITERATURE
from ssbscreen.training.card import Credit, ModelCard
from ssbscreen.training.config import ModelConfig, load_model_config, model_names, own_configs, write_model_config
from ssbscreen.training.model_files import CARD_FILE
from ssbscreen.training.registry import active_model

if TYPE_CHECKING:  # Optuna and Lightning are loaded where they are used
    from ssbscreen.training.execution import Execution
    from ssbscreen.training.train_one import Start
    from ssbscreen.training.tuning import Tuned

log = logging.getLogger(__name__)
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class TrainingData:
    """What a model is trained on.

    Attributes:
        dataset: curated rows of all sources that could be reached.
        credits: one a source.
        rejected: what the sources and the curation rejected.
        unreachable: why a source is missing, one line each.
    """

    dataset: Dataset
    credits: tuple[Credit, ...]
    rejected: tuple[Rejected, ...]
    unreachable: tuple[str, ...]


def load_training_data(config: ModelConfig) -> TrainingData:
    """Curated rows of the sources that a config names, as far as they can be reached.

    Raises:
        DataUnavailable: none of the sources can be reached.
        UsageError: a source forbids training or is none.
    """
    records, credits, unreachable = [], [], []
    for name in config.sources:
        source = load_source(name)
        if not isinstance(source, RecordSource):
            raise UsageError(f"Source '{name}' of model '{config.name}' yields no records; name another one.")
        card = source.card
        if not card.may_train:
            raise UsageError(f"The card of '{card.name}' does not allow training; remove it from '{config.name}'.")
        try:
            records.append(source.load())
        except DataUnavailable as error:
            unreachable.append(f"{name}: {error}")
            continue
        credits.append(Credit(name=card.title, licence=card.licence, citation=card.cite, origin=card.origin))
    if not records:
        raise DataUnavailable(f"No data for model '{config.name}'. " + " ".join(unreachable))
    records = list(without_disputed(records, LITERATURE.disputes()))
    dataset, rejected = curate(records, (*config.properties, *config.auxiliary_targets), config.name)
    return TrainingData(dataset, tuple(credits), rejected, tuple(unreachable))


def load_start(config: ModelConfig, pretrained: Path | None = None) -> tuple[Start, tuple[Credit, ...]]:
    """What a model's networks start from, and credits of its sources: nothing, a pretrained model, or energies.

    Args:
        config: of the model.
        pretrained: folder of the model that the config names as such.

    Raises:
        DataUnavailable: none of the sources of energies can be reached.
        UsageError: the pretrained model is missing or does not fit.
    """
    from ssbscreen.training.energies import Energies, lithium_systems
    from ssbscreen.training.pretrained import read_encoders

    if not config.energies:
        return read_encoders(config, pretrained), ()
    own = load_model_config(config.energies).model_copy(update={"seed": config.seed})
    data = load_training_data(own)
    pools = [source.pool().candidates for source in map(load_source, own.sources) if isinstance(source, PoolSource)]
    systems = lithium_systems(chain(data.dataset.candidates, *pools))
    return Energies(own, data.dataset, systems, cache_dir() / "checkpoints" / own.name), data.credits


@dataclass(frozen=True)
class TrainedModel:
    """Outcome of one training.

    Attributes:
        name: of the model.
        card: None when it was not trained.
        problem: why it was not trained or not shipped; empty when all is well.
    """

    name: str
    card: ModelCard | None
    problem: str = ""


def train(
    names: Sequence[str],
    *,
    device: str = "auto",
    seed: int | None = None,
    out: Path | None = None,
    progress: Progress | None = None,
    devices: int = 1,
) -> list[TrainedModel]:
    """Train models from whatever data can be reached, each an MLflow run; pretrained parts come first.

    Args:
        names: of configs in `configs/models/`; all that are trained by default when empty.
        device: "auto", "cpu" or "cuda".
        seed: overrides the seed of the configs.
        out: folder of models; `models/` when None.
        progress: called with stage, steps done and steps in all.
        devices: GPUs, or processes on a CPU, that share each training.

    Raises:
        UsageError: an unknown model.
    """
    from ssbscreen.training.ensemble import pick_device
    from ssbscreen.training.execution import Execution

    results = []
    for name in training_order(names):
        config = load_model_config(name)
        if seed is not None:
            config = config.model_copy(update={"seed": seed})
        execution = Execution(pick_device(device), devices, cache_dir() / "checkpoints" / name, progress=progress)
        try:
            card = _train(config, out or models_dir(), execution)
        except DataUnavailable as error:
            results.append(TrainedModel(name, None, str(error)))
            continue
        problem = "" if card.is_better else "does not beat the median and the baseline"
        results.append(TrainedModel(name, card, problem))
    return results


def _train(config: ModelConfig, out: Path, execution: Execution) -> ModelCard:
    """Train one model into a folder of models, an MLflow run."""
    from ssbscreen.training.run import train_model
    from ssbscreen.training.tracking import start_run

    data, pretrained = load_training_data(config), _pretrained(config, out)
    start, more = load_start(config, pretrained)
    for line in data.unreachable:
        log.warning("%s is trained without %s", config.name, line)
    tags = {"model": config.name, "architecture": config.architecture}
    with start_run(f"{config.name} {config.version}", tags=tags) as tracker:
        return train_model(
            config,
            data.dataset,
            out / config.name,
            credits=(*data.credits, *more),
            start=start,
            execution=replace(execution, tracker=tracker),
        )


def _pretrained(config: ModelConfig, out: Path) -> Path | None:
    """Folder of the model that a config starts from: trained just now beside it, or the active one."""
    if not config.pretrained:
        return None
    beside = out / config.pretrained
    if (beside / CARD_FILE).is_file():
        return beside
    return active_model(config.pretrained)[0]


def tune_model(
    name: str,
    *,
    n_trials: int,
    epochs: int | None,
    device: str,
    progress: Progress | None = None,
    has_test: bool = False,
) -> tuple[Tuned, Path]:
    """Search the options of a model; each trial is a nested MLflow run, the study resumes when called again.

    Args:
        name: of a config.
        n_trials: trials to add.
        epochs: of a trial, the config's when None.
        device: "auto", "cpu" or "cuda".
        progress: called with stage, trials done and in all.
        has_test: score the given and the found config on the test rows after the search.

    Returns:
        Outcome and the config written, `<name>_tuned.yaml` among the user's own.
    """
    from ssbscreen.training.ensemble import pick_device
    from ssbscreen.training.execution import Execution
    from ssbscreen.training.pretrained import FROM_NOTHING
    from ssbscreen.training.tracking import TUNING_EXPERIMENT, start_run
    from ssbscreen.training.tuning import tune

    config = load_model_config(name)
    data, execution = load_training_data(config), Execution(pick_device(device), progress=progress)
    with start_run(f"tune {name}", TUNING_EXPERIMENT) as tracker:
        tuned = tune(
            config,
            data.dataset,
            n_trials=n_trials,
            epochs=epochs,
            has_test=has_test,
            start=load_start(config)[0] if config.energies else FROM_NOTHING,
            execution=replace(execution, tracker=tracker),
        )
    path = own_configs() / f"{name}_tuned.yaml"
    best = tuned.config.model_copy(
        update={"epochs": config.epochs, "name": f"{name}_tuned", "is_trained_by_default": False}
    )
    write_model_config(best, path)
    return tuned, path


def training_order(names: Sequence[str] = ()) -> list[str]:
    """Models to train, those that others start from first; without names all that are trained by default.

    Raises:
        UsageError: an unknown model.
    """
    known = model_names()
    for name in names:
        if name not in known:
            raise unknown("model", name, known)
    chosen = list(names) or [name for name in known if load_model_config(name).is_trained_by_default]
    return sorted(chosen, key=lambda name: (bool(load_model_config(name).pretrained), name))
