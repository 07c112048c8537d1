"""What a training leaves behind: card, config and weights in one folder."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from torch import Tensor

from ssbscreen.core.dataset import Dataset
from ssbscreen.training import baseline
from ssbscreen.training.card import Credit, ErrorCorrelation, ModelCard
from ssbscreen.training.config import ModelConfig
from ssbscreen.training.domain import domain_tensors
from ssbscreen.training.execution import Execution
from ssbscreen.training.model_files import write_model
from ssbscreen.training.protocol import Outcome

_PACKAGES = ("torch", "torch-geometric", "lightning", "pymatgen", "numpy", "scikit-learn", "safetensors")


def ship(
    config: ModelConfig,
    outcome: Outcome,
    dataset: Dataset,
    credits: Sequence[Credit],
    protocol: str,
    execution: Execution,
    out: Path,
) -> ModelCard:
    """Write the model.

    Args:
        config: recipe.
        outcome: of the training.
        dataset: that was learned from.
        credits: of its sources; their names alone when empty.
        protocol: how the scores came about, in words.
        execution: that it ran in, which knows device and time.
        out: folder of the model.

    Returns:
        The card.
    """
    card = ModelCard(
        name=config.name,
        version=config.version,
        kind=outcome.ensemble.representation.kind,
        properties=config.properties,
        architecture=config.architecture,
        n_members=len(outcome.ensemble.members),
        n_parameters=outcome.ensemble.n_parameters,
        priority=config.priority,
        sources=tuple(credits) or tuple(Credit(name=s) for s in config.sources),
        protocol=f"{protocol} {config.protocol}".strip(),
        dataset_fingerprint=dataset.fingerprint,
        n_rows=outcome.n_rows,
        seed=config.seed,
        packages={name: version(name) for name in _PACKAGES} | {"python": platform.python_version()},
        scores=outcome.scores,
        baseline=baseline.title(config),
        calibration=outcome.calibration,
        correlation=_correlations(config.properties, outcome),
        domain_threshold={key: domain.threshold for key, domain in outcome.domains.items()},
        training_seconds=execution.clock.seconds,
        trained_on=str(execution.device),
        limits=config.limits,
    )
    return write_model(out, card, config, _tensors(config, outcome))


def _correlations(properties: Sequence[str], outcome: Outcome) -> tuple[ErrorCorrelation, ...]:
    """One a pair of properties."""
    return tuple(
        ErrorCorrelation(first=properties[j], second=properties[i], value=round(float(outcome.correlation[i, j]), 4))
        for i in range(len(properties))
        for j in range(i)
    )


def _tensors(config: ModelConfig, outcome: Outcome) -> dict[str, Tensor]:
    """Members, scale of the targets and domains; what is rounded to float16 is stored so."""
    tensors = outcome.ensemble.tensors()
    if config.is_float16:
        rounded = outcome.ensemble.members[0].float16_prefix
        tensors = {
            key: value.half() if value.is_floating_point() and _is_weight(key, rounded) else value
            for key, value in tensors.items()
        }
    return tensors | domain_tensors(outcome.domains)


def _is_weight(key: str, prefix: str) -> bool:
    """Whether a stored tensor belongs to a member, with that prefix of its own name."""
    member, _, name = key.partition(".")
    return member.startswith("member_") and name.startswith(prefix)
