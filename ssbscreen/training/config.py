"""Config of one model training (configs/models/NAME.yaml), refused when a key is not known."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ssbscreen.core.errors import unknown
from ssbscreen.core.properties import PROPERTIES, PROPERTIES_LISTED_BY
from ssbscreen.files.paths import configs_dir, state_dir
from ssbscreen.files.writing import write_text
from ssbscreen.files.yaml import read_yaml


class Strict(BaseModel):
    """Base of all configs and cards: unknown keys are refused, values cannot be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SplitConfig(Strict):
    """How rows are split; a group never stands in two parts.

    Attributes:
        group: name of the dataset's group that may not straddle, such as "formula", "doi" or "polymer"; several
            joined by "+" link all rows that share a label in any of them.
        folds: 0 for one test part; from 2 on, scores and calibration come from a cross-validation with so many
            folds, and the shipped weights are trained on all rows.
        test, calibration, validation: shares of the groups; the rest is for training.
        fold_group: with `folds` of 2 or more, the labels of this group are the folds, each the test part once
            (official folds). Rows that share their `group` with a test row are kept out of its training, those among
            them without a label of their own are tested along; all other rows without a label are learned from.
        test_labels: of the official folds only these are run.
        is_hashed: parts come from a hash of each group's label and the seed, so that one label lies in the same part
            of every data set and a pretrained encoder can keep out what is scored later; for `folds` of 0.
        is_refit: after scoring, the shipped weights are trained once more with test and calibration part added;
            calibration and threshold of the domain stay those of the scored weights. For `folds` of 0.
        seed: of the split.
    """

    group: str = "formula"
    folds: int = Field(default=0, ge=0, le=20)
    test: float = Field(default=0.10, gt=0, lt=0.8)
    calibration: float = Field(default=0.05, gt=0, lt=0.5)
    validation: float = Field(default=0.05, gt=0, lt=0.5)
    fold_group: str = ""
    test_labels: tuple[str, ...] = ()
    is_hashed: bool = False
    is_refit: bool = False
    seed: int = 0


class LossConfig(Strict):
    """Weights of the loss; see `training.losses`.

    Attributes:
        beta: 0 is the plain Gaussian likelihood, 1 weighs errors like a squared loss.
        absolute: weight of an added absolute error of the mean, which serves the MAE.
        likelihood: weight of the likelihood.
        is_mean_apart: the likelihood sees the mean as given and teaches the variance alone, so that the mean follows
            the absolute error only, which must then have a weight; small data are less overfitted so.
    """

    beta: float = Field(default=0.5, ge=0, le=1)
    absolute: float = Field(default=0.0, ge=0)
    likelihood: float = Field(default=1.0, ge=0)
    is_mean_apart: bool = False

    @model_validator(mode="after")
    def _mean_is_taught(self) -> LossConfig:
        if self.is_mean_apart and not self.absolute:
            raise ValueError("is_mean_apart needs absolute > 0, or nothing teaches the mean.")
        return self


class SamplingConfig(Strict):
    """Which rows an epoch holds.

    Attributes:
        max_size: items larger than this (atoms) are left out of training rows only.
        batch_size: sum of item sizes (atoms; rows for vectors) that fills a batch.
    """

    max_size: int = Field(default=1_000_000, gt=0)
    batch_size: int = Field(default=512, gt=0)


class BaselineConfig(Strict):
    """The plain model that must be beaten on the same split.

    Attributes:
        architecture: one that is fitted directly, such as "forest".
        options: its options.
        max_rows: training rows per property, a seeded sample where there are more.
    """

    architecture: str = "forest"
    options: dict[str, Any] = Field(default_factory=dict)
    max_rows: int = Field(default=15_000, gt=0)


RENAMED = {  # keys of earlier versions -> what to write instead
    "learned_beside": "'auxiliary_targets'",
    "is_half": "'is_float16'",
    "keep_last": "'early_stopping', with the opposite value",
    "is_on_request": "'is_trained_by_default', with the opposite value",
}
_RENAMED_OPTIONS = {"degrees": "'degrees_of_freedom'", "unmet_pull": "'unseen_type_shrinkage'"}


class ModelConfig(Strict):
    """One model: what it predicts, from which sources, with which network, and how it is trained.

    Attributes:
        name: folder under models/.
        properties: keys of the property table; one head each.
        auxiliary_targets: further properties of the same rows that are learned and neither predicted nor scored,
            where the architecture uses them; rows of a test part are kept out of them too.
        sources: names of the data sources, in order.
        exclude: dataset group -> labels; rows that carry one of them are left out altogether.
        architecture, options: file in `architectures/` and its options.
        priority: among models of one property that accept a candidate, the highest wins.
        linear_reference: properties learned as residual to a per-element linear fit of the training rows.
        n_members: networks in the ensemble, at least 3 for shipped models.
        pretrained: name of a model of the same architecture and options from whose members this one starts, heads
            excepted; empty for a start from nothing. See `training.pretrained` for what is refused.
        n_pretrained: so many members start from the pretrained ones, the others from nothing, which makes the members
            err more independently; all when 0.
        energies: name of a config (architecture "orbit", an energy) whose network is trained anew before every
            training of this model, on the crystals that `training.energies` allows, and started from; empty for none.
        is_float16: weights are rounded to float16 before calibration and stored so.
        is_trained_by_default: by a call that names no model; else only when named.
        precision: of the training: "32-true", or "bf16-mixed" on a GPU.
        epochs, patience: at most so many epochs; stop after `patience` without better validation.
        early_stopping: take the weights of the best epoch on the validation part; false for those of the last one,
            where data have so few groups that the validation part is a matter of luck.
        learning_rate, weight_decay, warmup, ema_decay, gradient_clip: of AdamW with a one-cycle cosine schedule
            (`warmup` = share of the steps) and of the running average of the weights.
        other_splits: name -> split under which the model is trained and scored once more, for comparison with work
            that reports other ones, such as official folds; the main score stays that of `split`.
        noise_floor: property -> smallest total std that a prediction may state, stored units.
        is_calibrated_by_class: stated errors get a factor for each chemistry class beside the common one.
        is_calibrated_by_side: intervals reach as far on each side as held-out errors do; for log-scaled properties.
        protocol, limits: words for the card.
    """

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    version: str = "0.1.0"
    properties: tuple[str, ...] = Field(min_length=1)
    sources: tuple[str, ...] = Field(min_length=1)
    auxiliary_targets: tuple[str, ...] = ()
    exclude: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    architecture: str
    options: dict[str, Any] = Field(default_factory=dict)
    priority: int = 0
    split: SplitConfig = SplitConfig()
    other_splits: dict[str, SplitConfig] = Field(default_factory=dict)
    loss: LossConfig = LossConfig()
    sampling: SamplingConfig = SamplingConfig()
    linear_reference: tuple[str, ...] = ()
    n_members: int = Field(default=3, ge=1, le=20)
    pretrained: str = Field(default="", pattern=r"^[a-z0-9_]*$")
    n_pretrained: int = Field(default=0, ge=0, le=20)
    energies: str = Field(default="", pattern=r"^[a-z0-9_]*$")
    is_float16: bool = False
    is_trained_by_default: bool = True
    precision: Literal["32-true", "bf16-mixed"] = "32-true"
    epochs: int = Field(default=50, ge=1)
    patience: int = Field(default=20, ge=1)
    early_stopping: bool = True
    learning_rate: float = Field(default=1e-3, gt=0)
    weight_decay: float = Field(default=1e-4, ge=0)
    warmup: float = Field(default=0.1, ge=0, lt=1)
    ema_decay: float = Field(default=0.99, ge=0, lt=1)
    gradient_clip: float = Field(default=5.0, gt=0)
    noise_floor: dict[str, float] = Field(default_factory=dict)
    is_calibrated_by_class: bool = False
    is_calibrated_by_side: bool = False
    baseline: BaselineConfig | None = BaselineConfig()
    seed: int = 0
    protocol: str = ""
    limits: tuple[str, ...] = ()

    @field_validator("options")
    @classmethod
    def _new_options(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Refuse the options of earlier versions with the name that replaced them."""
        for old in _RENAMED_OPTIONS.keys() & given.keys():
            raise ValueError(f"option '{old}' is now written as {_RENAMED_OPTIONS[old]}")
        return given

    @model_validator(mode="after")
    def _known_properties(self) -> ModelConfig:
        named = (*self.properties, *self.linear_reference, *self.noise_floor)
        for key in named:
            if key not in PROPERTIES:
                raise ValueError(str(unknown("property", key, PROPERTIES, PROPERTIES_LISTED_BY)))
            if key not in self.properties:
                raise ValueError(f"'{key}' is configured but not among the model's properties {self.properties}.")
        for key in self.auxiliary_targets:
            if key not in PROPERTIES:
                raise ValueError(str(unknown("property", key, PROPERTIES, PROPERTIES_LISTED_BY)))
            if key in self.properties:
                raise ValueError(f"'{key}' is predicted, so it cannot be an auxiliary target; name it once.")
        if self.energies and self.pretrained:
            raise ValueError("'energies' and 'pretrained' both say what a network starts from; name one.")
        return self


def model_names() -> tuple[str, ...]:
    """Names of all models that can be trained: the shipped configs, and the user's own beside them."""
    return tuple(sorted({path.stem for folder in _folders() for path in folder.glob("*.yaml")}))


def own_configs() -> Path:
    """Folder of the configs that searches write, among what is the user's."""
    return state_dir() / "tuned"


def _folders() -> tuple[Path, Path]:
    return configs_dir() / "models", own_configs()


def load_model_config(name_or_path: str | Path) -> ModelConfig:
    """Config of a model by name (NAME.yaml in configs/models, else among the user's own) or by file.

    Raises:
        UsageError: no such config, no valid YAML, an unknown key or a value out of range.
    """
    path = Path(name_or_path)
    if path.suffix not in {".yaml", ".yml"}:
        found = [folder / f"{name_or_path}.yaml" for folder in _folders()]
        path = next((path for path in found if path.is_file()), Path())
        if path == Path():
            raise unknown("model", str(name_or_path), model_names())
    return read_yaml(path, ModelConfig, renamed=RENAMED)


def write_model_config(config: ModelConfig, path: Path) -> None:
    """Write a config as YAML, atomically."""
    write_text(yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True), path)
