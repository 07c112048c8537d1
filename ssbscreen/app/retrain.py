"""New measurements in, a better model out, or none: drift, ingest, comparison, promotion."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from ssbscreen.app.measurements import Ingested, check, keep
from ssbscreen.app.register import register
from ssbscreen.app.retrain_report import report_comparison, report_table
from ssbscreen.app.train import TrainingData, load_start, load_training_data
from ssbscreen.core.dataset import Dataset
from ssbscreen.core.errors import InputError, UsageError
from ssbscreen.featurize.base import has_kind
from ssbscreen.files.paths import cache_dir, models_dir
from ssbscreen.measurements.rows import SOURCE_NAME, NewValue
from ssbscreen.measurements.store import MeasurementStore, version_of
from ssbscreen.prediction.loaded_model import LoadedModel, load_model
from ssbscreen.training.card import Decision, ModelCard
from ssbscreen.training.challenge import compare, decide
from ssbscreen.training.config import ModelConfig
from ssbscreen.training.drift import Drift, drift
from ssbscreen.training.ensemble import Ensemble, EnsembleOutput, pick_device
from ssbscreen.training.execution import Execution, Progress, Stopwatch
from ssbscreen.training.frozen_rows import frozen_rows
from ssbscreen.training.model_files import add_decision, read_config
from ssbscreen.training.registry import Registry, active_models
from ssbscreen.training.rows import EncodedRows, at_temperature
from ssbscreen.training.run import train_model, train_rows
from ssbscreen.training.tracker import LoggedData, card_note, decision_note
from ssbscreen.training.tracking import RETRAINING_EXPERIMENT, MlflowTracker, start_run
from ssbscreen.training.train_one import Setting, Start

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Retrained:
    """What became of one model.

    Attributes:
        name: of the model.
        drift: new data against the champion, before they were used.
        decision: None where there was nothing to decide, since the model has learned from the table already.
        version: of the challenger in the registry; empty when it was not trained to the end.
        seconds: from the first shadow to the decision and, where promoted, the final training.
    """

    name: str
    drift: tuple[Drift, ...]
    decision: Decision | None
    version: str
    seconds: float


def retrain(
    data: Path,
    *,
    names: Sequence[str] = (),
    margin: float = 0.02,
    accept_suspected: bool = False,
    device: str = "auto",
    seed: int | None = None,
    progress: Progress | None = None,
) -> tuple[Ingested, list[Retrained]]:
    """Import measurements and let every model that they concern be challenged.

    A table that was imported before is not kept twice; the models that have not learned from it yet are challenged,
    so that a call that was interrupted can be made again.

    Args:
        data: table of measurements.
        names: models to challenge; all that predict a property of the table when empty.
        margin: by which share of the champion's error a challenger may be worse and still count as not worse.
        accept_suspected: take a table although it contradicts what is known.
        device: "auto", "cpu" or "cuda".
        seed: overrides the seed of the recipes.
        progress: called with model and training, steps done and steps in all.

    Raises:
        InputError: nothing in the table can be used, or it is refused as a whole.
        UsageError: no model predicts a property of the table, a named one does not, or another process retrains.
    """
    with Registry().retraining():
        with MeasurementStore().importing():
            begun = _begin(data, names, accept_suspected, device)
        if begun.known:  # in case the call before died on its way there
            register([key for card in begun.known for key in card.properties])
        results = [Retrained(card.name, (), None, "", 0.0) for card in begun.known]
        if not begun.champions:
            return begun.ingested, results
        with start_run(data.name, RETRAINING_EXPERIMENT, {"measurements": begun.ingested.version.name}) as run:
            run.params({"margin": margin})
            report_table(run, data.name, begun.ingested)
            for folder, card in begun.champions:
                config = read_config(folder)
                if seed is not None:
                    config = config.model_copy(update={"seed": seed})
                with run.child(f"challenge {card.title}") as own:
                    drifts = begun.drifts[card.name]
                    where = Execution(pick_device(device), progress=progress)
                    results.append(_challenge(config, card, drifts, margin, where, own))
            run.note("\n\n".join(f"### {r.name}\n\n{decision_note(r.decision)}" for r in results if r.decision))
        return begun.ingested, results


@dataclass(frozen=True)
class _Begun:
    """Measurements that were kept and the models that they concern.

    Attributes:
        ingested: the table.
        known: cards of models that have learned from it already.
        champions: folder and card of those that have not.
        drifts: of the table against each of them, by name.
    """

    ingested: Ingested
    known: list[ModelCard]
    champions: list[tuple[Path, ModelCard]]
    drifts: dict[str, tuple[Drift, ...]]


def _begin(data: Path, names: Sequence[str], accept_suspected: bool, device: str) -> _Begun:
    """Hold a table against what is known and against the models, then keep it."""
    checked = check(data, accept_suspected=accept_suspected)
    version = (store := MeasurementStore()).version_from(data)
    if version is not None:
        log.info("%s was imported before, as %s", data.name, version.name)
        checked = replace(
            checked,
            kept=tuple(v for v in store.values(version) if version_of(v.candidate.candidate_id) == version.name),
        )
    champions = _champions(checked.kept, names, data.name)
    known = [card for _, card in champions if version is not None and card.measurements >= version.name]
    champions = [(folder, card) for folder, card in champions if card not in known]
    drifts = {card.name: measure_drift(load_model(folder, device), checked.kept) for folder, card in champions}
    if not accept_suspected and (bad := [d for own in drifts.values() for d in own if d.is_suspect]):
        raise InputError(
            f"'{data.name}' is refused: {' '.join(d.text for d in bad)} --accept-suspected takes it as it is."
        )
    ingested = (
        keep(checked, data, accept_suspected=accept_suspected) if version is None else Ingested(version, checked, True)
    )
    return _Begun(ingested, known, champions, drifts)


def _champions(values: Sequence[NewValue], names: Sequence[str], table: str) -> list[tuple[Path, ModelCard]]:
    """Folder and card of the active models that a table concerns, of the named ones where there are names.

    A model of polymers does not concern itself with crystals: its data do not change.
    """
    keys = {value.measurement.property for value in values}

    def is_concerned(card: ModelCard) -> bool:
        return any(v.measurement.property in card.properties and has_kind(v.candidate, card.kind) for v in values)

    champions = [(folder, card) for folder, card in active_models() if is_concerned(card)]
    if lacking := set(names) - {card.name for _, card in champions}:
        raise UsageError(
            f"{', '.join(sorted(lacking))}: no such model, or it learns nothing from '{table}' "
            f"({', '.join(sorted(keys)) or 'none'})."
        )
    champions = [(folder, card) for folder, card in champions if not names or card.name in names]
    if not champions:
        raise UsageError(
            f"No model predicts {', '.join(sorted(keys))} for the materials of '{table}'; nothing to retrain."
        )
    return champions


def measure_drift(model: LoadedModel, values: Sequence[NewValue]) -> tuple[Drift, ...]:
    """New values against a model that has not seen them, one result a property."""
    found = []
    for key in model.card.properties:
        own = [v for v in values if v.measurement.property == key]
        own = [v for v in own if model.accepts(v.candidate)]
        if not own:
            continue
        candidates = [
            v.candidate
            if v.measurement.temperature_c is None
            else at_temperature(v.candidate, v.measurement.temperature_c)
            for v in own
        ]
        predicted = model.predict(candidates, [key])[key]
        found.append(
            drift(
                key,
                predicted,
                np.array([v.measurement.value for v in own]),
                np.array([{"exact": 0, "below": -1, "above": 1}[v.measurement.bound.value] for v in own]),
            )
        )
    return tuple(found)


def _challenge(
    config: ModelConfig,
    card: ModelCard,
    drifts: tuple[Drift, ...],
    margin: float,
    execution: Execution,
    run: MlflowTracker,
) -> Retrained:
    """Shadows, decision, and the final training where the challenger wins."""
    config, clock = with_measurements(config), Stopwatch()
    data = load_training_data(config)
    start, more = load_start(config, models_dir() / config.pretrained)
    data = replace(data, credits=(*data.credits, *more))
    run.dataset(LoggedData.of(data.dataset, data.credits, "champion against challenger"))
    decision = compare_with_champion(config, data.dataset, card, margin, start, execution)
    report_comparison(run, drifts, decision)
    version = ""
    if decision.is_promoted:
        version = _finish(config, data, start, decision, execution, run)
    log.info("%s: %s in %.0f s", card.name, "promoted" if decision.is_promoted else "kept", clock.seconds)
    return Retrained(card.name, drifts, decision, version, clock.seconds)


def with_measurements(config: ModelConfig) -> ModelConfig:
    """The recipe with the user's measurements among its sources."""
    sources = config.sources if SOURCE_NAME in config.sources else (*config.sources, SOURCE_NAME)
    return config.model_copy(update={"sources": sources})


def compare_with_champion(
    config: ModelConfig, dataset: Dataset, champion: ModelCard, margin: float, start: Start, execution: Execution
) -> Decision:
    """Train the shadows of champion and challenger and decide.

    Args:
        config: recipe, the measurements among its sources.
        dataset: old and new rows.
        champion: card of the active model.
        margin: see `retrain`.
        start: what networks start from.
        execution: where they run.
    """
    table = EncodedRows.of(config, dataset)
    is_own = np.array([c.source == SOURCE_NAME for c in table.candidates])
    is_new = is_own & np.array([version_of(c.candidate_id) > champion.measurements for c in table.candidates])
    rows = frozen_rows(table.groups, is_new, config.split.group, is_eligible=~is_own)
    first: list[Ensemble] = []

    def train(own: np.ndarray, what: str) -> Callable[[np.ndarray], EnsembleOutput]:
        log.info("%s: %s, %d rows", config.name, what, len(own))
        warm = first[0] if first else None
        named = _named(execution, f"{config.name}: {what}")
        ensemble = train_rows(config, table, own, start=start, warm=warm, execution=named)
        if named.progress is not None:
            named.progress("training", 1, 1)  # of models without epochs, which tell no steps
        first.append(ensemble)
        return partial(Setting(config, table, execution).predict, ensemble)

    # values of lower fidelity are learned from, but decide nothing
    scoring = replace(table, values=np.where(table.is_trusted[:, None], table.values, np.nan))
    comparisons = compare(config, scoring, rows, train)
    return decide(comparisons, margin, int(is_new.sum()), champion.title)


def _named(execution: Execution, title: str) -> Execution:
    """The same with its steps told under a title, from the beginning on."""
    report = execution.progress
    if report is None:
        return execution
    report(title, 0, 1)
    return replace(execution, progress=lambda _, done, total: report(title, done, total))


def _finish(
    config: ModelConfig, data: TrainingData, start: Start, decision: Decision, execution: Execution, run: MlflowTracker
) -> str:
    """Train on everything, take the model into the registry and make it active."""
    registry = Registry()
    waiting = registry.folder / config.name / ".training"
    number = len(registry.state(config.name).history) + 1
    config = config.model_copy(update={"version": f"{config.version.split('+')[0]}+{number}"})
    version = MeasurementStore().current()
    assert version is not None
    with run.child(f"train {config.name} {config.version}") as own:
        checkpoints = cache_dir() / "checkpoints" / config.name
        where = replace(_named(execution, f"{config.name}: final"), checkpoints=checkpoints, tracker=own)
        train_model(config, data.dataset, waiting, credits=data.credits, start=start, execution=where)
        own.note(card_note(add_decision(waiting, decision, version.name)))
        made = registry.add(config.name, waiting)
        registry.promote(config.name, made, " ".join(decision.reasons))
        register(config.properties, own)
    return made
