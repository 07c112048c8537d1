"""Predictions of properties for candidates by all shipped models that apply."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.prediction import Predictions, PropertyPrediction, merge, missing
from ssbscreen.core.properties import get_property
from ssbscreen.featurize import electrode
from ssbscreen.featurize.base import COMPOSITION, CRYSTAL, ELECTRODE, has_kind
from ssbscreen.training.calibration import apply_calibration, chemistry_classes, interval
from ssbscreen.training.card import ModelCard, read_card, read_config, read_weights
from ssbscreen.training.domain import Domain
from ssbscreen.training.ensemble import Ensemble, EnsembleOutput, pick_device
from ssbscreen.training.registry import models_in_force
from ssbscreen.training.scoring import clip_to_range
from ssbscreen.training.targets import atom_fractions

_log = logging.getLogger(__name__)
_NUMBERS = ("mean", "std_aleatoric", "std_epistemic", "lower", "upper")


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
        self, candidates: Sequence[Candidate], properties: Sequence[str], *, batch_size: int = 1024,
        chunk_size: int = 2000, progress: Callable[[int], None] | None = None,
    ) -> dict[str, PropertyPrediction]:
        """Some of the model's properties for every candidate; all from one pass through the network.

        A candidate that the model does not accept or cannot encode has a missing prediction, in the second case
        with the reason as its note.

        Args:
            candidates: of any kind.
            properties: a selection of the card's.
            batch_size, chunk_size: as in `predict`.
            progress: called with the number of candidates just done.
        """
        wanted = [key for key in self.card.properties if key in properties]
        chunks = [
            self._predict_chunk(candidates[start : start + chunk_size], wanted, batch_size, progress)
            for start in range(0, len(candidates), chunk_size)
        ]
        if not chunks:
            return {key: missing(key, 0, self.title) for key in wanted}
        return {key: _concatenate([chunk[key] for chunk in chunks]) for key in wanted}

    def _predict_chunk(self, candidates: Sequence[Candidate], wanted: list[str], batch_size: int,
                       progress: Callable[[int], None] | None) -> dict[str, PropertyPrediction]:
        accepted = [i for i, candidate in enumerate(candidates) if self.accepts(candidate)]
        encoded = self.ensemble.representation.encode([candidates[i] for i in accepted])
        rows = np.array(accepted, dtype=np.int64)[encoded.rows]
        own = [candidates[int(i)] for i in rows]
        output = self.ensemble.predict(encoded.items, own, batch_size, self.device)
        fractions = atom_fractions(own)
        note = np.full(len(candidates), "", dtype=object)
        for position, reason in encoded.rejected.items():
            note[accepted[position]] = f"{self.card.name}: {reason}"
        if self.card.kind == COMPOSITION:
            note[[i for i in rows if candidates[i].crystal is None]] = "composition only"
        if self.card.kind == CRYSTAL:
            note[[i for i, c in zip(rows, own, strict=True) if c.crystal is not None and not c.crystal.is_ordered]] = (
                "disordered sites averaged"
            )
        if self.card.kind == ELECTRODE:
            note[rows] = [electrode.note(c) for c in own]
        if progress is not None:
            progress(len(candidates))
        is_by_class = any(self.card.calibration[key].by_class for key in wanted)
        classes = chemistry_classes(own) if is_by_class else None
        return {key: self._column(key, output, fractions, rows, note, len(candidates), classes) for key in wanted}

    def _column(self, key: str, output: EnsembleOutput, fractions: np.ndarray, rows: np.ndarray, note: np.ndarray,
                n: int, classes: np.ndarray | None) -> PropertyPrediction:
        t = self.card.properties.index(key)
        aleatoric, epistemic = apply_calibration(
            self.card.calibration[key], output.std_aleatoric[:, t], output.std_epistemic[:, t], classes
        )
        lower, upper = interval(output.mean[:, t], aleatoric, epistemic)
        in_domain = np.zeros(n, dtype=bool)
        if len(rows):
            in_domain[rows] = self.domains[key].contains(output.embedding, fractions)
        mean = clip_to_range(key, output.mean[:, t])
        return PropertyPrediction(
            key, _placed(mean, rows, n), _placed(aleatoric, rows, n), _placed(epistemic, rows, n),
            _placed(clip_to_range(key, lower), rows, n), _placed(clip_to_range(key, upper), rows, n), in_domain,
            self.title, note.copy(),
        )


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


def predict(
    candidates: Sequence[Candidate],
    properties: Sequence[str],
    *,
    models_dir: Path | None = None,
    device: str = "auto",
    batch_size: int = 1024,
    chunk_size: int = 2000,
    progress: Callable[[int, int], None] | None = None,
) -> Predictions:
    """Predict properties by the shipped models.

    For each property the models that predict it are asked in the order of their priority; a model is only asked
    for the candidates that it accepts and that no model before it could predict. A property no model predicts is
    a column of missing values. Results do not depend on batch and chunk size.

    Args:
        candidates: of any kind.
        properties: keys of the property table.
        models_dir: folder of models, those in force when None.
        device: "auto", "cpu" or "cuda".
        batch_size: sum of item sizes (atoms) in a batch.
        chunk_size: candidates encoded at a time, which bounds the memory.
        progress: called with work done and work in all.

    Raises:
        UsageError: an unknown property.
        ModelError: a model's files do not fit together.
    """
    keys = [get_property(key).key for key in dict.fromkeys(properties)]
    chosen = sorted(((f, c) for f, c in models_in_force(models_dir) if set(c.properties) & set(keys)),
                    key=lambda pair: (-pair[1].priority, pair[1].name))
    n = len(candidates)
    columns: dict[str, list[PropertyPrediction]] = {key: [] for key in keys}
    correlation: dict[tuple[str, str], float] = {}
    total, done = n * len(chosen), 0
    for number, (place, card) in enumerate(chosen, 1):
        model = load_model(place, device)
        own = [key for key in card.properties if key in keys]
        lacking = np.zeros(n, dtype=bool)
        for key in own:
            lacking |= ~_present(columns[key], n)
        rows = np.array([i for i in np.flatnonzero(lacking) if model.accepts(candidates[int(i)])], dtype=np.int64)

        def advance(step: int) -> None:
            nonlocal done
            done += step
            if progress is not None:
                progress(done, total)

        found = model.predict([candidates[int(i)] for i in rows], own, batch_size=batch_size, chunk_size=chunk_size,
                              progress=advance)
        for key in own:
            columns[key].append(_spread(found[key], rows, n))
        for pair in card.correlation:
            if pair.first in keys and pair.second in keys:
                correlation.setdefault((pair.first, pair.second), pair.value)
        n_found = {key: int(found[key].is_present.sum()) for key in own}
        _log.info("%s: %d of %d candidates asked for, predicted %s", model.title, len(rows), n, n_found)
        done = n * number
        if progress is not None:
            progress(done, total)
    return Predictions(
        tuple(candidate.candidate_id for candidate in candidates),
        {key: merge(columns[key]) if columns[key] else missing(key, n) for key in keys},
        correlation,
    )


def _present(columns: Sequence[PropertyPrediction], n: int) -> np.ndarray:
    found = np.zeros(n, dtype=bool)
    for column in columns:
        found |= column.is_present
    return found


def _placed(values: np.ndarray, rows: np.ndarray, n: int) -> np.ndarray:
    full = np.full(n, np.nan)
    full[rows] = values
    return full


def _spread(column: PropertyPrediction, rows: np.ndarray, n: int) -> PropertyPrediction:
    """A column of some candidates as a column of all."""
    in_domain, note = np.zeros(n, dtype=bool), np.full(n, "", dtype=object)
    in_domain[rows], note[rows] = column.in_domain, column.note
    numbers = {name: _placed(getattr(column, name), rows, n) for name in _NUMBERS}
    return PropertyPrediction(column.property, in_domain=in_domain, note=note, model=column.model, **numbers)


def _concatenate(parts: Sequence[PropertyPrediction]) -> PropertyPrediction:
    arrays = {name: np.concatenate([getattr(part, name) for part in parts])
              for name in (*_NUMBERS, "in_domain", "note")}
    return PropertyPrediction(parts[0].property, model=parts[0].model, **arrays)
