"""Starting a training from the encoders of a model that was trained before, without showing it what is scored."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import ModelError, UsageError
from ssbscreen.model_parts.base import Architecture, architecture, make_options
from ssbscreen.training.config import ModelConfig, SplitConfig
from ssbscreen.training.execution import Execution
from ssbscreen.training.model_files import read_card, read_config, read_weights

_HEADS = "heads."


@dataclass(frozen=True)
class Encoders:
    """Weights of pretrained members without their heads; nothing by default.

    Attributes:
        states: # n_members of the pretrained model
        fingerprint: of these weights, part of a checkpoint's identity.
        n_started: members that start from them, all when 0.
    """

    states: tuple[dict[str, Tensor], ...] = ()
    fingerprint: str = ""
    n_started: int = 0

    def encoders(
        self, candidates: Sequence[Candidate], learned: np.ndarray, model: type[Architecture], execution: Execution
    ) -> Encoders:
        """Themselves, whatever is learned."""
        return self

    def start(self, model: Architecture, member: int) -> None:
        """Give a new member the weights of a pretrained one; its heads stay random."""
        if not self.states or (self.n_started and member >= self.n_started):
            return
        own = model.state_dict()
        state = self.states[member % len(self.states)]
        try:
            model.load_state_dict({key: state.get(key, value) for key, value in own.items()})
        except RuntimeError as error:
            raise UsageError(f"The pretrained encoder does not fit the network: {error}") from error


FROM_NOTHING = Encoders()


def read_encoders(config: ModelConfig, folder: Path | None) -> Encoders:
    """Encoders of the model that a config starts from.

    Raises:
        UsageError: the pretrained model is missing, of another architecture, learned a property that is scored here,
            or may have seen the formulas of this model's test part.
    """
    if not config.pretrained:
        return FROM_NOTHING
    if folder is None or not folder.is_dir():
        raise UsageError(
            f"Model '{config.name}' starts from '{config.pretrained}', which was not found; train that one first."
        )
    try:
        card, source = read_card(folder), read_config(folder)
        tensors = read_weights(folder, card)
    except ModelError as error:
        raise UsageError(f"The pretrained model cannot be read: {error}") from error
    refuse_leaks(config, source)
    states: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        member, _, name = key.partition(".")
        if member.startswith("member_") and not name.startswith(_HEADS):
            states.setdefault(int(member.removeprefix("member_")), {})[name] = value
    ordered = tuple(states[m] for m in sorted(states))
    return Encoders(ordered, _fingerprint(ordered), config.n_pretrained)


def _fingerprint(states: Sequence[dict[str, Tensor]]) -> str:
    """Of the networks alone: calibration and domain of the model may change without its encoder."""
    digest = hashlib.sha256()
    for state in states:
        for name in sorted(state):
            digest.update(name.encode() + state[name].contiguous().numpy().tobytes())
    return digest.hexdigest()


def refuse_leaks(config: ModelConfig, source: ModelConfig) -> None:
    """Make sure that a pretrained model knows neither the labels nor the test formulas of the one that starts from it.

    Raises:
        UsageError: they share a property, their networks differ, or their splits do not agree.
    """
    shared = sorted(set(config.properties) & set(source.properties))
    if shared and (config.other_splits or config.split.is_refit):
        raise UsageError(
            f"'{config.name}' predicts {shared}, which '{source.name}' was trained on; under "
            "other_splits or is_refit its encoder would know labels of the test part. Remove these."
        )
    if config.architecture != source.architecture or _fixed(config) != _fixed(source):
        raise UsageError(f"'{config.name}' and '{source.name}' differ in architecture or options; give both the same.")
    if not (config.split.is_hashed and _parts(config.split) == _parts(source.split)):
        raise UsageError(
            f"The main splits of '{config.name}' and '{source.name}' must be hashed, with one group, seed "
            "and test share and without refit of the encoder, so that no formula that is scored was seen "
            "before."
        )
    if source.split.is_refit:
        raise UsageError(f"'{source.name}' is refit on its test part and cannot be an encoder for '{config.name}'.")


def _fixed(config: ModelConfig) -> dict[str, object]:
    kind = architecture(config.architecture)
    options = asdict(make_options(kind, config.options))
    return {name: value for name, value in options.items() if name not in kind.FREE_OPTIONS}


def _parts(split: SplitConfig) -> tuple[object, ...]:
    """What settles the rows of each part."""
    return (split.group, split.seed, split.test, split.validation, split.calibration, split.folds, split.is_hashed)


def round_to_float16(model: Architecture) -> None:
    """Round trained weights to 16 bits, so that what is scored is what is stored."""
    with torch.no_grad():
        for key, value in model.state_dict().items():
            if value.is_floating_point() and key.startswith(model.float16_prefix):
                value.copy_(value.half().float())
