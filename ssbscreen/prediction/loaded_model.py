"""A model read from its folder: calibrated predictions for candidates, and models that stay loaded between shards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import torch

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import ModelError
from ssbscreen.core.prediction import PropertyPrediction, missing
from ssbscreen.featurize import electrode
from ssbscreen.featurize.base import COMPOSITION, CRYSTAL, ELECTRODE, POLYMER, has_kind
from ssbscreen.prediction.disorder import disordered, form_of, with_ordering_error
from ssbscreen.prediction.gels import with_solvent_and_salt
from ssbscreen.prediction.shared_items import SharedItems
from ssbscreen.prediction.temperature_law import STEPS, offered, temperature_laws
from ssbscreen.training.calibration import apply_calibration, chemistry_classes
from ssbscreen.training.card import ModelCard, SharedError
from ssbscreen.training.domain import Domain
from ssbscreen.training.ensemble import Ensemble, EnsembleOutput, pick_device, room_for
from ssbscreen.training.model_files import read_card, read_config, read_weights
from ssbscreen.training.scoring import clip_to_range
from ssbscreen.training.tails import half_widths
from ssbscreen.training.targets import atom_fractions

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
        laws = [key for key in offered(self.card)[len(self.card.properties) :] if key in properties]
        wanted = [key for key in self.card.properties if key in properties or (laws and key == _CONDUCTIVITY)]
        steps = STEPS if laws else ()
        candidates = [shared.candidates[int(i)] for i in rows]
        accepted = np.array([i for i, candidate in enumerate(candidates) if self.accepts(candidate)], dtype=np.int64)
        encoded = shared.encode(self.ensemble.representation, rows[accepted])
        forms = [self._form(shared, int(i)) for i in rows[accepted[encoded.rows]]]
        rows = accepted[encoded.rows]
        own = [candidates[int(i)] for i in rows]
        output = self.ensemble.predict(encoded.items, own, batch_size or room_for(self.device), self.device, steps)
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
            warmer = self._warmer(columns, output, rows, candidates)
            found = temperature_laws(candidates, columns[_CONDUCTIVITY], warmer)
            columns |= {key: found[key] for key in laws}
        return {key: column for key, column in columns.items() if key in properties}

    def _warmer(
        self,
        columns: dict[str, PropertyPrediction],
        output: EnsembleOutput,
        rows: np.ndarray,
        candidates: Sequence[Candidate],
    ) -> list[np.ndarray]:
        """Conductivity of each candidate at every one of `STEPS` above its temperature, log10(S/cm).  # (n,) each"""
        if output.warmer is None:  # an architecture that has to be asked again
            at = [[replace(c, temperature_c=c.temperature_c + step) for c in candidates] for step in STEPS]
            return [self.predict(some, [_CONDUCTIVITY])[_CONDUCTIVITY].mean for some in at]
        t, found = self.card.properties.index(_CONDUCTIVITY), []
        for stored in output.warmer[:, :, t]:
            mean = np.full(len(candidates), np.nan)
            mean[rows] = clip_to_range(_CONDUCTIVITY, stored)
            found.append(with_solvent_and_salt(replace(columns[_CONDUCTIVITY], mean=mean), candidates).mean)
        return found

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
            std * np.sqrt(self._family_share(shared.family_share, output.is_met)),
        )

    def _family_share(self, share: float, is_met: np.ndarray | None) -> np.ndarray:
        """Of the variance of each candidate, what its family has in common.  # (n,), or (1,) for all alike"""
        unmet = max(share, self.ensemble.members[0].unmet_share)
        return np.array([share]) if is_met is None else np.where(is_met, share, unmet)


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
def kept_model(folder: Path, weights_sha256: str, device: str) -> LoadedModel:
    """A model that stays loaded for the next shard: loading all takes as long as predicting some hundred crystals."""
    model = load_model(folder, device)
    if model.card.weights_sha256 != weights_sha256:
        raise ModelError(f"{folder}: the model was exchanged while it was read; run the same command again.")
    return model


def release_models() -> None:
    """Let go of the models that `predict` keeps loaded."""
    kept_model.cache_clear()
