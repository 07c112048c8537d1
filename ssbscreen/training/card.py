"""The card of a trained model and the files beside it: card.yaml, config.yaml, weights.safetensors.

Longer than most files: the card is one type, and what stands on it is read in one place.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import Field, ValidationError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from ssbscreen.core.errors import ModelError
from ssbscreen.model_parts.base import architecture, make_options
from ssbscreen.training.config import ModelConfig, Strict, describe
from ssbscreen.training.decision import Decision

# the loader written in C reads a card ten times faster; both make plain values only
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
T = TypeVar("T")
CARD_FILE, CONFIG_FILE, WEIGHTS_FILE = "card.yaml", "config.yaml", "weights.safetensors"


class Credit(Strict):
    """Where training data came from."""

    name: str
    licence: str = ""
    citation: str = ""
    origin: str = ""


class GroupCoverage(Strict):
    """How often the 90 % interval of one chemistry class or family holds the measured value, exact test rows.

    Attributes:
        group, label: "class" and "sulfide", or "family" and "garnet".
        n, n_clusters: exact rows, and different compositions among them.
        coverage: observed.
        low, high: 95 % binomial interval of the coverage, rows of one composition counted as a cluster.
        is_right: whether 90 % lies between them; None for fewer than 30 rows, which decide nothing.
    """

    group: str
    label: str
    n: int
    n_clusters: int
    coverage: float
    low: float
    high: float
    is_right: bool | None = None


class ReliabilityPoint(Strict):
    """Nominal coverage of a central interval and the share of exact test rows that it holds."""

    nominal: float
    observed: float


class StdBin(Strict):
    """Exact test rows of similar stated std: the root of their mean variance, and the error found."""

    n: int
    std: float
    rmse: float


class SplitScore(Strict):
    """Score of a training under another division of the same rows, which the config asks for by name.

    Attributes:
        split: name of the division in the config.
        n: test rows.
        mae, mae_median: as in `Score`.
    """

    split: str
    n: int
    mae: float
    mae_median: float


class Score(Strict):
    """Error of one property on the test part, stored units; missing where it was not computed.

    Attributes:
        n: test rows; n_censored of them are bounds.
        mae: of the ensemble, bounds counted as 0 on their own side, else the distance.
        mae_exact, mae_bounds: the same of exact rows and of bounds alone; None where there are no bounds.
        rmse, spearman: of the exact rows.
        mae_median, mae_baseline: of the training median and of the plain baseline on the same rows.
        mae_random_split: of a training on a random split, for comparison with work that reports those.
        interval_coverage: share of exact test rows inside the central 90 % interval.
        mean_std: mean stated standard deviation.
        spearman_error_std: rank correlation of |error| and stated std over the exact rows.
        reliability: nominal against observed coverage.
        by_std: error found in five bins of rising stated std.
        group_coverage: coverage of each chemistry class and family among the test rows.
        other_splits: scores under the config's `other_splits`.
    """

    n: int
    n_censored: int = 0
    mae: float
    mae_exact: float | None = None
    mae_bounds: float | None = None
    rmse: float | None = None
    spearman: float | None = None
    mae_median: float
    mae_baseline: float | None = None
    mae_random_split: float | None = None
    interval_coverage: float | None = None
    mean_std: float
    spearman_error_std: float | None = None
    reliability: tuple[ReliabilityPoint, ...] = ()
    by_std: tuple[StdBin, ...] = ()
    group_coverage: tuple[GroupCoverage, ...] = ()
    other_splits: tuple[SplitScore, ...] = ()

    @property
    def is_better(self) -> bool:
        """Whether the model beats the median and, where there is one, the plain baseline."""
        return self.mae < self.mae_median and (self.mae_baseline is None or self.mae < self.mae_baseline)


class Calibration(Strict):
    """Factors on the stds of one property, fitted on the calibration rows; see `training.calibration`.

    Attributes:
        aleatoric, epistemic: of all rows.
        floor: least total std, stored units.
        n: calibration rows.
        by_class: a further factor on both stds of each chemistry class; empty where one calibration serves all.
    """

    aleatoric: float = Field(default=1.0, ge=0)
    epistemic: float = Field(default=1.0, ge=0)
    floor: float = Field(default=0.0, ge=0)
    n: int = 0
    by_class: dict[str, float] = Field(default_factory=dict)


class ErrorCorrelation(Strict):
    """Correlation of the errors of two properties on the calibration rows."""

    first: str
    second: str
    value: float = Field(ge=-1, le=1)


class ModelCard(Strict):
    """What a trained model is, what it was trained on and how good it is.

    Attributes:
        kind: "crystal", "composition" or "polymer": what a candidate must have.
        n_rows: rows of train, validation, calibration and test.
        weights_sha256: hash of the weights file, checked on loading.
        decision: why it took the place of the model before it; None for a model that replaced none.
        measurements: version of the imported measurements that it learned from; empty when it learned from none.
    """

    name: str
    version: str
    kind: str
    properties: tuple[str, ...]
    architecture: str
    n_members: int
    n_parameters: int
    priority: int = 0
    sources: tuple[Credit, ...]
    protocol: str
    dataset_fingerprint: str
    n_rows: dict[str, int]
    seed: int
    packages: dict[str, str]
    scores: dict[str, Score]
    baseline: str = ""
    calibration: dict[str, Calibration]
    correlation: tuple[ErrorCorrelation, ...] = ()
    domain_threshold: dict[str, float]
    training_seconds: float
    trained_on: str = ""
    limits: tuple[str, ...] = ()
    weights_sha256: str = ""
    decision: Decision | None = None
    measurements: str = ""

    @property
    def title(self) -> str:
        """Name and version, as predictions state their origin."""
        return f"{self.name} {self.version}"

    @property
    def is_better(self) -> bool:
        """Whether every property beats the median and the plain baseline on the test part."""
        return all(score.is_better for score in self.scores.values())


def write_model(folder: Path, card: ModelCard, config: ModelConfig, tensors: dict[str, Tensor]) -> ModelCard:
    """Write the three files of a model, weights first and the card last, each atomically.

    The config names every option, so that no default of the code is part of the model.

    Returns:
        The card with the hash of the weights.
    """
    folder.mkdir(parents=True, exist_ok=True)
    options = asdict(make_options(architecture(config.architecture), config.options))
    content = save_tensors({k: v.detach().cpu().contiguous() for k, v in tensors.items()})
    card = card.model_copy(update={"weights_sha256": hashlib.sha256(content).hexdigest()})
    _write_atomic(folder / WEIGHTS_FILE, content)
    _write_atomic(folder / CONFIG_FILE, _yaml(config.model_copy(update={"options": options})).encode())
    _write_atomic(folder / CARD_FILE, _yaml(card).encode())
    return card


def add_decision(folder: Path, decision: Decision, measurements: str) -> ModelCard:
    """Write the reasons for a promotion, and the version of the measurements, into the card of a finished model."""
    card = read_card(folder).model_copy(update={"decision": decision, "measurements": measurements})
    _write_atomic(folder / CARD_FILE, _yaml(card).encode())
    return card


def read_card(folder: Path) -> ModelCard:
    """Card of a model folder.

    Raises:
        ModelError: no card, no valid YAML, or fields that a card does not have.
    """
    return _read(folder / CARD_FILE, ModelCard.model_validate_json, tuple(ModelCard.model_fields))


def read_config(folder: Path) -> ModelConfig:
    """Config that a model was trained with.

    Raises:
        ModelError: as `read_card`.
    """
    return _read(folder / CONFIG_FILE, ModelConfig.model_validate_json, tuple(ModelConfig.model_fields))


def read_weights(folder: Path, card: ModelCard) -> dict[str, Tensor]:
    """Tensors of a model, refused when the file is not the one the card names.

    Raises:
        ModelError: the file is missing, its hash differs, or it is no safetensors file.
    """
    path = folder / WEIGHTS_FILE
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error}); fetch or train model '{card.name}' again.") from error
    found = hashlib.sha256(content).hexdigest()
    if found != card.weights_sha256:
        raise ModelError(
            f"{path}: sha256 is {found[:12]}..., the card says {card.weights_sha256[:12]}...; "
            f"the file was changed or cut off, fetch or train model '{card.name}' again."
        )
    try:
        return dict(load_tensors(content))
    except Exception as error:  # safetensors raises its own and builtin errors for broken headers
        raise ModelError(f"{path}: no readable safetensors file ({error}).") from error


def _read(path: Path, validate: Callable[[str], T], allowed: tuple[str, ...]) -> T:
    try:
        # through JSON, where lists validate as tuples and nothing but plain values can occur
        return validate(json.dumps(yaml.load(path.read_text(encoding="utf-8"), _LOADER)))
    except (OSError, yaml.YAMLError, TypeError) as error:
        raise ModelError(f"{path}: cannot be read ({error}).") from error
    except ValidationError as error:
        raise ModelError(f"{path}: {describe(error, allowed)}") from error


class _OneLine(dict[str, object]):
    """A mapping that is written on one line."""


class _CardDumper(yaml.SafeDumper):
    """Writes the rows of long tables on one line each."""


_CardDumper.add_representer(
    _OneLine, lambda dumper, data: dumper.represent_mapping("tag:yaml.org,2002:map", data, flow_style=True)
)
_TABLES = ("reliability", "by_std", "group_coverage", "other_splits")


def _yaml(model: Strict) -> str:
    content = model.model_dump(mode="json")
    for score in content.get("scores", {}).values():
        for key in _TABLES:
            score[key] = [_OneLine(row) for row in score[key]]
    return yaml.dump(content, Dumper=_CardDumper, sort_keys=False, allow_unicode=True, width=110)


def _write_atomic(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
