"""Files of a trained model: card.yaml, config.yaml, weights.safetensors; written atomically, checked when read."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from ssbscreen.core.errors import ModelError
from ssbscreen.files.writing import write_bytes, write_text
from ssbscreen.files.yaml import read_yaml
from ssbscreen.training.card import Decision, ModelCard
from ssbscreen.training.config import RENAMED, ModelConfig, Strict

if TYPE_CHECKING:  # cards and configs are read without torch
    from torch import Tensor

CARD_FILE, CONFIG_FILE, WEIGHTS_FILE = "card.yaml", "config.yaml", "weights.safetensors"


def write_model(folder: Path, card: ModelCard, config: ModelConfig, tensors: dict[str, Tensor]) -> ModelCard:
    """Write the three files of a model, weights first and the card last, each atomically.

    The config names every option, so that no default of the code is part of the model.

    Returns:
        The card with the hash of the weights.
    """
    from safetensors.torch import save

    from ssbscreen.model_parts.base import architecture, make_options

    content = save({k: v.detach().cpu().contiguous() for k, v in tensors.items()})
    card = card.model_copy(update={"weights_sha256": hashlib.sha256(content).hexdigest()})
    write_bytes(content, folder / WEIGHTS_FILE)
    options = asdict(make_options(architecture(config.architecture), config.options))
    write_text(_yaml(config.model_copy(update={"options": options})), folder / CONFIG_FILE)
    write_card(folder, card)
    return card


def add_decision(folder: Path, decision: Decision, measurements: str) -> ModelCard:
    """Write the reasons for a promotion, and the version of the measurements, into the card of a finished model."""
    card = read_card(folder).model_copy(update={"decision": decision, "measurements": measurements})
    write_card(folder, card)
    return card


def write_card(folder: Path, card: ModelCard) -> None:
    """Write the card of a finished model anew; its weights stay."""
    write_text(_yaml(card), folder / CARD_FILE)


def read_card(folder: Path) -> ModelCard:
    """Card of a model folder.

    Raises:
        ModelError: no card, no valid YAML, or fields that a card does not have.
    """
    path = folder / CARD_FILE
    try:
        state = path.stat()
    except OSError:
        return read_yaml(path, ModelCard, error=ModelError)  # says what is wrong
    return _card(path, (state.st_mtime_ns, state.st_size, state.st_ino))


@lru_cache(maxsize=64)
def _card(path: Path, state: tuple[int, int, int]) -> ModelCard:
    """A card in one state of its file: a screen asks for each dozens of times, and cards are never changed in place."""
    return read_yaml(path, ModelCard, error=ModelError)


def read_config(folder: Path) -> ModelConfig:
    """Config that a model was trained with.

    Raises:
        ModelError: no config, no valid YAML, or a key that a config does not have.
    """
    return read_yaml(folder / CONFIG_FILE, ModelConfig, error=ModelError, renamed=RENAMED)


def read_weights(folder: Path, card: ModelCard) -> dict[str, Tensor]:
    """Tensors of a model, refused when the file is not the one the card names.

    Raises:
        ModelError: the file is missing, its hash differs, or it is no safetensors file.
    """
    from safetensors.torch import load

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
        return dict(load(content))
    except Exception as error:  # safetensors raises its own and builtin errors for broken headers
        raise ModelError(f"{path}: no readable safetensors file ({error}).") from error


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
