"""What every architecture offers; a file in this folder with a class `Model` is an architecture."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor, nn

from ssbscreen.core import discovery
from ssbscreen.core.errors import UsageError, unknown
from ssbscreen.featurize.base import Representation

PACKAGE = "ssbscreen.architectures"


@dataclass(frozen=True)
class HeadOutput:
    """Gaussian predictions in standardised target units.

    Attributes:
        mean: # (batch, n_targets)
        log_variance: natural log of the variance.  # (batch, n_targets)
    """

    mean: Tensor
    log_variance: Tensor


@dataclass(frozen=True)
class Targets:
    """Standardised targets of encoded items.

    Attributes:
        values: NaN where there is none.  # (n, n_targets)
        bound: codes of `core.dataset` (0 exact, -1 truth at or below, 1 truth at or above).  # (n, n_targets)
        auxiliary: values of the auxiliary targets, which are learned and not predicted, stored units, NaN where there
            is none; None where the config names no such property.  # (n, n_auxiliary)
    """

    values: np.ndarray
    bound: np.ndarray
    auxiliary: np.ndarray | None = None

    def take(self, rows: np.ndarray) -> Targets:
        """Some of the rows."""
        return Targets(self.values[rows], self.bound[rows], None if self.auxiliary is None else self.auxiliary[rows])

    def need_values(self) -> None:
        """Raises UsageError where no row has a value of any property."""
        if not np.isfinite(self.values).any():
            raise UsageError("There is no value to learn from.")


class SizedByData(nn.Module):
    """Module with buffers whose sizes depend on the data: they take those of what is loaded into them."""

    def __init__(self) -> None:
        super().__init__()
        self._sized: list[str] = []
        self.register_load_state_dict_post_hook(_after_load)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """As in PyTorch; a buffer that is empty at first is one whose size depends on the data."""
        if tensor is not None and tensor.numel() == 0:
            self._sized.append(name)
        super().register_buffer(name, tensor, persistent)

    @property
    def is_fitted(self) -> bool:
        """Whether any buffer whose size depends on the data was filled, here or in a part; True where there is none."""
        own = [m.get_buffer(name) for m in self.modules() if isinstance(m, SizedByData) for name in m._sized]
        return not own or any(buffer.numel() for buffer in own)

    def on_load(self) -> None:
        """Make what is not saved from what is; called once this module and its parts are loaded."""

    def _load_from_state_dict(self, state_dict: dict[str, Tensor], prefix: str, *rest: Any) -> None:
        for name, own in self._buffers.items():
            given = state_dict.get(prefix + name)
            if own is not None and given is not None:
                kind = own.dtype if own.is_floating_point() else given.dtype
                self._buffers[name] = torch.empty_like(given, dtype=kind, device=own.device)
        super()._load_from_state_dict(state_dict, prefix, *rest)


def _after_load(module: nn.Module, _: Any) -> None:
    assert isinstance(module, SizedByData)
    module.on_load()


class Architecture(SizedByData, ABC):
    """A network with heteroscedastic heads.

    A subclass is called `Model`, sets `Options` (a frozen dataclass of numbers, strings and booleans, all with
    defaults; options of its representation included), takes `(options, n_targets)`, and implements
    `representation`, `embed` and `forward`. An architecture that is not trained by gradient descent sets
    `is_fitted_directly` and implements `fit`; one that adds such a part to a trained network sets
    `is_fitted_afterwards`. Arrays made by `fit` are buffers, so that they are saved like weights.
    """

    Options: ClassVar[type[Any]]
    SEARCH_SPACE: ClassVar[dict[str, tuple[Any, ...]]] = {}  # option -> values that tuning may try
    FREE_OPTIONS: ClassVar[frozenset[str]] = frozenset()  # may differ from those of a pretrained encoder
    is_fitted_directly: ClassVar[bool] = False
    is_fitted_afterwards: ClassVar[bool] = False
    uses_auxiliary_targets: ClassVar[bool] = False  # whether it makes use of `Targets.auxiliary`
    needs_package: ClassVar[str] = ""  # an optional package without which no network of this kind can be made
    float16_prefix: ClassVar[str] = ""  # of the weights that a config's `is_float16` rounds; all by default
    unmet_share: ClassVar[float] = 0.0
    """Of the variance of a prediction in a family without training rows, what all of the family have in common; no less
    than what the card says of families that were met."""
    domain_width: int | None = None  # columns of `embed`, from the first, that the domain looks at; all when None

    def __init__(self, options: Any, n_targets: int) -> None:
        super().__init__()
        self.options = options
        self.n_targets = n_targets

    @classmethod
    @abstractmethod
    def representation(cls, options: Any) -> Representation:
        """The representation that feeds this architecture under these options."""

    def prepare(self, offset: np.ndarray, scale: np.ndarray) -> None:
        """Told before training that stored value = offset + scale * learned value.  # (n_targets,) each"""

    @abstractmethod
    def embed(self, batch: Any) -> Tensor:
        """Representation of each candidate from which the heads predict, used for the domain.  # (batch, dim)"""

    @abstractmethod
    def predict_from(self, embedding: Tensor) -> HeadOutput:
        """Predictions from `embed`'s output, so that one pass serves predictions and domain."""

    def joint_mean(self, embeddings: Sequence[Tensor]) -> Tensor | None:
        """Prediction by all members from their embeddings, where it is not the mean of theirs.  # (batch, n_targets)"""
        return None

    def is_met(self, batch: Any) -> Tensor | None:
        """Whether the family of each candidate has training rows; None where families say nothing.  # (batch,) bool"""
        return None

    def warmer_means(self, batch: Any, embedding: Tensor, steps: Sequence[float]) -> Tensor | None:
        """Means of the same candidates at higher temperatures, where what `embed` found of them already tells.

        Args:
            batch: as given to `embed`.
            embedding: what it returned.  # (batch, dim)
            steps: differences of temperature, K.

        Returns:
            Means in standardised target units.  # (len(steps), batch, n_targets)
        """
        return None

    def forward(self, batch: Any) -> HeadOutput:
        """Predictions for a batch that the representation collated.

        Raises:
            UsageError: it is fitted directly, and was not yet.
        """
        if self.is_fitted_directly and not self.is_fitted:
            name = type(self).__module__.rsplit(".", 1)[-1]
            raise UsageError(f"Architecture '{name}' was not fitted yet; train it first.")
        return self.predict_from(self.embed(batch))

    def fit(self, items: Sequence[Any], targets: Targets, seed: int) -> None:
        """Train without gradient descent, instead of the trainer or after it.

        Raises:
            TypeError: the architecture is trained by gradient descent only.
        """
        raise TypeError(f"{type(self).__module__} is trained by gradient descent; it has no direct fit.")

    @classmethod
    def from_state(cls, options: Any, n_targets: int, state: dict[str, Tensor]) -> Self:
        """Rebuild from saved tensors, ready to predict."""
        model = cls(options, n_targets)
        model.load_state_dict(state)
        return model.eval()


class ScaledArchitecture(Architecture):
    """Architecture that knows the stored units: stored value = offset + scale * learned value.

    Buffers:
        target_offset, target_scale: # (n_targets,)
    """

    scale_dtype: ClassVar[torch.dtype] = torch.float64
    target_offset: Tensor
    target_scale: Tensor

    def __init__(self, options: Any, n_targets: int) -> None:
        super().__init__(options, n_targets)
        self.register_buffer("target_offset", torch.zeros(n_targets, dtype=self.scale_dtype))
        self.register_buffer("target_scale", torch.ones(n_targets, dtype=self.scale_dtype))

    def prepare(self, offset: np.ndarray, scale: np.ndarray) -> None:
        """Remember the stored units."""
        self.target_offset.copy_(torch.from_numpy(np.asarray(offset)))
        self.target_scale.copy_(torch.from_numpy(np.asarray(scale)))


def architecture(name: str) -> type[Architecture]:
    """Class of the architecture with that file name.

    Raises:
        UsageError: there is none.
    """
    found: type[Architecture] = discovery.load(PACKAGE, name, "Model")
    return found


def make_options(cls: type[Architecture], given: dict[str, Any]) -> Any:
    """Options of an architecture from a config's mapping.

    Raises:
        UsageError: a key is not an option; the message names the nearest one.
    """
    allowed = [f.name for f in fields(cls.Options)]
    for key in given:
        if key not in allowed:
            raise unknown("architecture option", key, allowed)
    return cls.Options(**given)


def to_device(batch: Any, device: torch.device | str) -> Any:
    """A batch on a device; graphs and tensors go to a GPU from pinned memory, so that nothing waits for the copy."""
    if torch.device(device).type == "cuda" and torch.cuda.is_initialized() and hasattr(batch, "pin_memory"):
        return batch.pin_memory().to(device, non_blocking=True)
    return batch.to(device)
