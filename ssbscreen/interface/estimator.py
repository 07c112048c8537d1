"""`ssbscreen.Regressor`: a model of the user's own table in scikit-learn's form, with calibrated errors."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin

from ssbscreen.core.candidate import Candidate, Measurement, Records
from ssbscreen.core.errors import InputError, UsageError
from ssbscreen.core.properties import get_property
from ssbscreen.readers.objects import SOURCE_NAME, candidates_of

if TYPE_CHECKING:
    from ssbscreen.core.dataset import Dataset
    from ssbscreen.training.config import ModelConfig
    from ssbscreen.training.protocol import Outcome

_FEWEST = 20  # rows, below which neither folds nor errors say anything
_NAME = "own"


@dataclass(frozen=True)
class Fitted:
    """What a fit leads to.

    Attributes:
        config: recipe.
        outcome: weights, calibration and scores.
    """

    config: ModelConfig
    outcome: Outcome


class Regressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Learns one property from materials and values; errors come from cross-validation by composition or polymer.

    Args:
        property: key of the property table; values are in its stored unit, log10 for log-scaled ones such as
            ionic_conductivity.
        architecture: of `ssbscreen/architectures`; by default "conductivity" for the conductivity of inorganic
            materials, else "forest".
        options: of the architecture.
        folds: of the cross-validation that scores and calibrates.
        n_members: models in the ensemble.
        seed: of folds and models.

    Attributes:
        score_: errors of the out-of-fold predictions beside those of the median and of a plain forest.
        rejected_: values that were left out, implausible or contradicting others of their material, with reasons.
    """

    def __init__(
        self,
        property: str = "ionic_conductivity",
        architecture: str = "",
        options: dict[str, Any] | None = None,
        folds: int = 5,
        n_members: int = 3,
        seed: int = 0,
    ) -> None:
        self.property = property
        self.architecture = architecture
        self.options = options
        self.folds = folds
        self.n_members = n_members
        self.seed = seed

    def fit(self, X: object, y: Sequence[float] | np.ndarray) -> Regressor:
        """Learn.

        Args:
            X: materials, as of `ssbscreen.predict`, one a value.
            y: values in the stored unit.  # (n,)

        Raises:
            UsageError: the property does not exist, or the numbers of materials and values differ.
            InputError: a material cannot be read, or there are too few usable values.
        """
        from ssbscreen.training.cross_validation import CrossValidation
        from ssbscreen.training.rows import EncodedRows
        from ssbscreen.training.train_one import Setting

        get_property(self.property)
        candidates = _all_read(X)
        dataset = self._dataset(candidates, np.asarray(y, dtype=float))
        config = self._config(candidates)
        rows = EncodedRows.of(config, dataset)
        outcome = CrossValidation(config.split, rows.groups, rows.is_trusted).evaluate(Setting(config, rows))
        self.fitted_ = Fitted(config, outcome)
        self.score_ = outcome.scores[self.property]
        return self

    def predict(self, X: object, return_std: bool = False) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """Values in the stored unit; NaN for materials that the architecture cannot take.

        Args:
            X: materials.
            return_std: with the calibrated standard deviation of each.

        Raises:
            UsageError: nothing was fitted.
            InputError: a material cannot be read.
        """
        from ssbscreen.core.recognition import classify
        from ssbscreen.training.calibration import apply_calibration

        if not hasattr(self, "fitted_"):
            raise UsageError("Nothing was fitted; call fit first.")
        outcome, candidates = self.fitted_.outcome, _all_read(X)
        encoded = outcome.ensemble.representation.encode(candidates)
        kept = [candidates[i] for i in encoded.rows]
        mean, std = np.full(len(candidates), np.nan), np.full(len(candidates), np.nan)
        if kept:
            output = outcome.ensemble.predict(encoded.items, kept)
            classes = np.array([classify(c.composition, c.polymer is not None) for c in kept])
            stds = apply_calibration(
                outcome.calibration[self.property], output.std_aleatoric[:, 0], output.std_epistemic[:, 0], classes
            )
            mean[encoded.rows], std[encoded.rows] = output.mean[:, 0], np.hypot(*stds)
        return (mean, std) if return_std else mean

    def _config(self, candidates: Sequence[Candidate]) -> ModelConfig:
        """Recipe of this table."""
        from ssbscreen.training.config import BaselineConfig, ModelConfig, SplitConfig

        is_polymer = all(candidate.polymer is not None for candidate in candidates)
        by_conductor = self.property == "ionic_conductivity" and not is_polymer
        architecture = self.architecture or ("conductivity" if by_conductor else "forest")
        features = {"features": "polymer_fingerprints"} if is_polymer and architecture == "forest" else {}
        return ModelConfig(
            name=_NAME,
            properties=(self.property,),
            sources=(SOURCE_NAME,),
            architecture=architecture,
            options=features | (self.options or {}),
            split=SplitConfig(group="composition", folds=self.folds, validation=0.002, seed=self.seed),
            n_members=self.n_members,
            baseline=None if is_polymer else BaselineConfig(architecture="forest", options={"features": "magpie"}),
            seed=self.seed,
        )

    def _dataset(self, candidates: Sequence[Candidate], values: np.ndarray) -> Dataset:
        """Curated rows.

        Raises:
            UsageError: the numbers of materials and values differ.
            InputError: there are too few usable values.
        """
        from ssbscreen.curation.curate import curate

        if values.shape != (len(candidates),):
            raise UsageError(
                f"{len(candidates)} materials and values of shape {values.shape} were given; give one each."
            )
        measured = tuple(
            Measurement(c.candidate_id, self.property, float(v), temperature_c=c.temperature_c, source=SOURCE_NAME)
            for c, v in zip(candidates, values, strict=True)
        )
        dataset, rejected = curate([Records(tuple(candidates), measured, ())], [self.property], _NAME)
        self.rejected_ = [(one.input, one.reason) for one in rejected]
        said = f"{len(rejected)} values are left out. {rejected[0].input}: {rejected[0].reason}" if rejected else ""
        if len(dataset.candidates) < _FEWEST:
            unit = get_property(self.property).stored_unit
            few = f"{len(dataset.candidates)} usable values in {unit} are too few; give at least {_FEWEST}."
            raise InputError(f"{few} {said}".strip())
        if said:
            warnings.warn(said, stacklevel=3)
        return dataset


def _all_read(materials: object) -> tuple[Candidate, ...]:
    """Candidates of all materials.

    Raises:
        InputError: one cannot be read.
    """
    records = candidates_of(materials)
    if records.rejected:
        first = records.rejected[0]
        raise InputError(f"{len(records.rejected)} materials cannot be read. {first.input}: {first.reason}")
    return records.candidates
