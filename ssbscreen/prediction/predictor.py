"""Predictions of properties for candidates by all shipped models that apply."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import torch

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import ModelError
from ssbscreen.core.prediction import Predictions, PropertyPrediction, merge, missing
from ssbscreen.core.properties import get_property
from ssbscreen.featurize import electrode
from ssbscreen.featurize.base import COMPOSITION, CRYSTAL, ELECTRODE, POLYMER, has_kind
from ssbscreen.prediction.disorder import disordered, form_of, with_ordering_error
from ssbscreen.prediction.gels import with_solvent_and_salt
from ssbscreen.prediction.shared_items import SharedItems
from ssbscreen.prediction.temperature_law import offered, temperature_laws
from ssbscreen.training.calibration import apply_calibration, chemistry_classes
from ssbscreen.training.card import ModelCard, SharedError
from ssbscreen.training.domain import Domain
from ssbscreen.training.ensemble import Ensemble, EnsembleOutput, pick_device, room_for
from ssbscreen.training.model_files import read_card, read_config, read_weights
from ssbscreen.training.registry import active_models
from ssbscreen.training.scoring import clip_to_range
from ssbscreen.training.tails import half_widths
from ssbscreen.training.targets import atom_fractions

_log = logging.getLogger(__name__)
_CONDUCTIVITY = "ionic_conductivity"
_OF_LITHIUM = (_CONDUCTIVITY,)  # learned from lithium conductors alone


@dataclass(frozen=True)
class LoadedModel:
    """A model read from its folder, hash checked, ready to predict.

    Attributes:
        card: of the model.
        ensemble: its members on the device.
        domains: property -> training domain.
        device: where the members lie.
    """

    card: ModelCard
    ensemble: Ensemble
    domains: dict[str, Domain]
    device: torch.device

    @cached_property
    def title(self) -> str:
        """Name and version."""
        return self.card.title

    def accepts(self, candidate: Candidate) -> bool:
        """Whether a candidate has what the model needs."""
        return has_kind(candidate, self.card.kind)

    def predict(
        self,
        candidates: Sequence[Candidate],
        properties: Sequence[str],
        *,
        batch_size: int | None = None,
        chunk_size: int = 2000,
    ) -> dict[str, PropertyPrediction]:
        """Some of the model's properties for every candidate; all from one pass through the network.

        A candidate that the model does not accept or cannot encode has a missing prediction, in the second case
        with the reason as its note.

        Args:
            candidates: of any kind.
            properties: a selection of what it offers.
            batch_size, chunk_size: as in `predict`.
        """
        chunks = []
        for start in range(0, len(candidates), chunk_size):
            part = candidates[start : start + chunk_size]
            chunks.append(self.predict_shared(SharedItems(part), np.arange(len(part)), properties, batch_size))
        if not chunks:
            return {key: missing(key, 0, self.title) for key in offered(self.card) if key in properties}
        return {key: PropertyPrediction.concatenate([chunk[key] for chunk in chunks]) for key in chunks[0]}

    def predict_shared(
        self, shared: SharedItems, rows: np.ndarray, properties: Sequence[str], batch_size: int | None = None
    ) -> dict[str, PropertyPrediction]:
        """As `predict`, at once and with items that several models may use.

        Args:
            shared: candidates and what was encoded of them.
            rows: which of them to predict, ascending.  # (n,)
            properties: a selection of what it offers.
            batch_size: as in `predict`.
        """
        wanted = [key for key in self.card.properties if key in properties]
        laws = [key for key in offered(self.card)[len(self.card.properties) :] if key in properties]
        candidates = [shared.candidates[int(i)] for i in rows]
        accepted = np.array([i for i, candidate in enumerate(candidates) if self.accepts(candidate)], dtype=np.int64)
        encoded = shared.encode(self.ensemble.representation, rows[accepted])
        forms = [self._form(shared, int(i)) for i in rows[accepted[encoded.rows]]]
        rows = accepted[encoded.rows]
        own = [candidates[int(i)] for i in rows]
        output = self.ensemble.predict(encoded.items, own, batch_size or room_for(self.device), self.device)
        fractions = atom_fractions(own)
        note = np.full(len(candidates), "", dtype=object)
        for position, reason in encoded.rejected.items():
            note[accepted[position]] = f"{self.card.name}: {reason}"
        is_by_class = any(self.card.calibration[key].by_class for key in wanted)
        classes = chemistry_classes(own) if is_by_class else None
        columns = {}
        for key in wanted:
            doubts = [_doubt(candidate, key) for candidate in own]
            column = self._column(
                key, output, fractions, classes, np.array([bool(doubt) for doubt in doubts], dtype=bool)
            )
            if self.card.kind == CRYSTAL:
                column = with_ordering_error(column, disordered(own))
            note[rows] = ["; ".join(filter(None, parts)) for parts in zip(forms, doubts, strict=True)]
            columns[key] = replace(column.expand(rows, len(note)), note=note.copy())
            if self.card.kind == POLYMER:
                columns[key] = with_solvent_and_salt(columns[key], candidates)
        if laws:
            found = temperature_laws(lambda at: self.predict(at, [_CONDUCTIVITY])[_CONDUCTIVITY], candidates)
            columns |= {key: found[key] for key in laws}
        return columns

    def _form(self, shared: SharedItems, i: int) -> str:
        """In which form the model takes a candidate; empty where it is as the model was trained."""
        candidate = shared.candidates[i]
        if self.card.kind == ELECTRODE:
            return electrode.note(candidate)
        if self.card.kind == COMPOSITION and candidate.crystal is None:
            return "composition only"
        return form_of(candidate, shared.seen(i)) if self.card.kind == CRYSTAL else ""

    def _column(
        self, key: str, output: EnsembleOutput, fractions: np.ndarray, classes: np.ndarray | None, is_odd: np.ndarray
    ) -> PropertyPrediction:
        """Calibrated predictions of the candidates that could be encoded, without notes; odd ones are never inside."""
        t, n = self.card.properties.index(key), len(output.mean)
        aleatoric, epistemic = apply_calibration(
            self.card.calibration[key], output.std_aleatoric[:, t], output.std_epistemic[:, t], classes
        )
        shared = self.card.scores[key].shared or SharedError()
        std = np.hypot(aleatoric, epistemic)
        below, above = half_widths(std, self.card.scores[key].tails)
        is_inside = np.zeros(0, dtype=bool)
        if n:
            is_inside = self.domains[key].contains(output.embedding, fractions, self.device) & ~is_odd
        return PropertyPrediction(
            key,
            clip_to_range(key, output.mean[:, t]),
            aleatoric,
            epistemic,
            clip_to_range(key, output.mean[:, t] - below),
            clip_to_range(key, output.mean[:, t] + above),
            is_inside,
            self.title,
            np.full(n, "", dtype=object),
            std * np.sqrt(shared.class_share),
            std * np.sqrt(shared.family_share),
        )


def _doubt(candidate: Candidate, key: str) -> str:
    """Why no prediction of a property of a candidate should be trusted; empty where nothing is odd."""
    lacks_lithium = candidate.composition is not None and "Li" not in candidate.composition
    if key in _OF_LITHIUM and lacks_lithium and candidate.charged is None:
        return "; ".join(
            filter(None, (candidate.doubt, "it holds no lithium, the model knows lithium conductors alone"))
        )
    return candidate.doubt


def load_model(folder: Path, device: str = "auto") -> LoadedModel:
    """Read a model from its folder.

    Raises:
        ModelError: files are missing, changed, or do not fit together.
        UsageError: a device that is not there.
    """
    card, config = read_card(folder), read_config(folder)
    tensors = read_weights(folder, card)
    where = pick_device(device)
    ensemble = Ensemble.from_tensors(card.architecture, config.options, len(card.properties), tensors).to(where)
    domains = {key: Domain.from_tensors(key, tensors, card.domain_threshold[key]) for key in card.properties}
    return LoadedModel(card, ensemble, domains, where)


@lru_cache(maxsize=16)
def _kept(folder: Path, weights_sha256: str, device: str) -> LoadedModel:
    """A model that stays loaded for the next shard: loading all takes as long as predicting some hundred crystals."""
    model = load_model(folder, device)
    if model.card.weights_sha256 != weights_sha256:
        raise ModelError(f"{folder}: the model was exchanged while it was read; run the same command again.")
    return model


def release_models() -> None:
    """Let go of the models that `predict` keeps loaded."""
    _kept.cache_clear()


def predict(
    candidates: Sequence[Candidate],
    properties: Sequence[str],
    *,
    models_dir: Path | None = None,
    device: str = "auto",
    batch_size: int | None = None,
    chunk_size: int = 2000,
    progress: Callable[[int, int], None] | None = None,
) -> Predictions:
    """Predict properties by the shipped models.

    For each property the models that predict it are asked in the order of their priority; a model is only asked
    for the candidates that it accepts and that no model before it could predict. A property no model predicts is
    a column of missing values. Results do not depend on batch and chunk size. Models stay loaded until
    `release_models`.

    Args:
        candidates: of any kind.
        properties: keys of the property table.
        models_dir: folder of models, the active ones when None.
        device: "auto", "cpu" or "cuda".
        batch_size: sum of item sizes (atoms) in a batch; what the device has room for when None.
        chunk_size: candidates encoded at a time, which bounds the memory.
        progress: called with work done and work in all.

    Raises:
        UsageError: an unknown property.
        ModelError: a model's files do not fit together.
    """
    keys = [get_property(key).key for key in dict.fromkeys(properties)]
    chosen = sorted(
        ((f, c) for f, c in active_models(models_dir) if set(offered(c)) & set(keys)),
        key=lambda pair: (-pair[1].priority, pair[1].name),
    )
    pick_device(device)  # refuses early what is not there
    models = [_Asked(place, card, [key for key in offered(card) if key in keys]) for place, card in chosen]
    n, done = len(candidates), 0
    columns: dict[str, list[list[PropertyPrediction]]] = {key: [] for key in keys}  # parts, and in each the models
    for start in range(0, max(n, 1), chunk_size):
        shared = SharedItems(candidates[start : start + chunk_size])
        found: dict[str, list[PropertyPrediction]] = {key: [] for key in keys}
        for model in models:
            for key, column in model.ask(shared, found, device, batch_size).items():
                found[key].append(column)
            done += len(shared.candidates)
            if progress is not None:
                progress(done, n * len(models))
        for key in keys:
            columns[key].append(found[key])
    for model in models:
        _log.info("%s: %d of %d candidates asked for, predicted %s", model.card.title, model.n_asked, n, model.n_found)
    correlation: dict[tuple[str, str], float] = {}
    for _, card in chosen:
        for pair in card.correlation:
            if pair.first in keys and pair.second in keys:
                correlation.setdefault((pair.first, pair.second), pair.value)
    return Predictions(
        tuple(candidate.candidate_id for candidate in candidates),
        {
            key: merge([PropertyPrediction.concatenate(parts) for parts in zip(*columns[key], strict=True)])
            if columns[key][0]
            else missing(key, n)
            for key in keys
        },
        correlation,
    )


class _Asked:
    """A model that is loaded when a candidate needs it, and counts of what it was asked."""

    def __init__(self, place: Path, card: ModelCard, properties: list[str]) -> None:
        self.card, self.properties = card, properties
        self.n_asked, self.n_found = 0, dict.fromkeys(properties, 0)
        self._place = place
        self._model: LoadedModel | None = None

    def ask(
        self, shared: SharedItems, before: dict[str, list[PropertyPrediction]], device: str, batch_size: int | None
    ) -> dict[str, PropertyPrediction]:
        """Columns of all candidates, filled where the model accepts one and those before it left something missing."""
        n = len(shared.candidates)
        lacking = np.zeros(n, dtype=bool)
        for key in self.properties:
            lacking |= ~_present(before[key], n)
        rows = np.array(
            [i for i in np.flatnonzero(lacking) if has_kind(shared.candidates[int(i)], self.card.kind)], dtype=np.int64
        )
        if not len(rows):
            return {key: missing(key, n, self.card.title) for key in self.properties}
        if self._model is None:
            self._model = _kept(self._place, self.card.weights_sha256, pick_device(device).type)
        found = self._model.predict_shared(shared, rows, self.properties, batch_size)
        self.n_asked += len(rows)
        for key, column in found.items():
            self.n_found[key] += int(column.is_present.sum())
        return {key: column.expand(rows, n) for key, column in found.items()}


def _present(columns: Sequence[PropertyPrediction], n: int) -> np.ndarray:
    found = np.zeros(n, dtype=bool)
    for column in columns:
        found |= column.is_present
    return found
