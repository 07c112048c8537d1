"""Several trained members of one architecture, asked together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import ModelError, UsageError
from ssbscreen.core.memory import give_back
from ssbscreen.featurize.base import Representation
from ssbscreen.model_parts.base import Architecture, architecture, make_options, to_device
from ssbscreen.training.targets import TargetTransform, atom_fractions

CPU_BATCH = 512
MOST_ATOMS = 65_536  # some million edges: a GPU has enough to do, and larger batches are not faster
ATOM_BYTES = 64 * 1024  # of a batch while it is asked: 16 edges with some ten vectors of 64 to 192 single numbers
GPU_SHARE = 0.5  # of the free memory that a batch may take


@dataclass(frozen=True)
class EnsembleOutput:
    """Uncalibrated predictions in stored units.

    Attributes:
        mean: of the members, or what the architecture makes of them together.  # (n, n_targets)
        std_aleatoric: root of the members' mean variance.  # (n, n_targets)
        std_epistemic: standard deviation of the members' means, 0 for a single member.  # (n, n_targets)
        embedding: of the first member, as far as the domain looks at it.  # (n, dim)
        warmer: means at the temperatures that were asked for beside the candidates' own, where the architecture can
            tell them; None where it cannot.  # (n_steps, n, n_targets)
        is_met: whether the family of each candidate has training rows; true where the architecture cannot tell, None
            where nobody asked.  # (n,)
    """

    mean: np.ndarray
    std_aleatoric: np.ndarray
    std_epistemic: np.ndarray
    embedding: np.ndarray
    warmer: np.ndarray | None = None
    is_met: np.ndarray | None = None


class Ensemble:
    """Members of one architecture with the scale of their targets."""

    def __init__(self, members: Sequence[Architecture], transform: TargetTransform) -> None:
        self.members = tuple(member.eval() for member in members)
        self.transform = transform
        first = self.members[0]
        self.representation: Representation = type(first).representation(first.options)

    @property
    def n_parameters(self) -> int:
        """Fitted numbers of one member: trained parameters, and the buffers of what `fit` makes."""
        member = self.members[0]
        is_fitted = member.is_fitted_directly or member.is_fitted_afterwards
        return sum(v.numel() for v in (member.state_dict().values() if is_fitted else member.parameters()))

    def to(self, device: torch.device) -> Ensemble:
        """The same on a device."""
        for member in self.members:
            member.to(device)
        return self

    def predict(
        self,
        items: Sequence[Any],
        candidates: Sequence[Candidate],
        batch_size: int = 2048,
        device: torch.device | None = None,
        steps: Sequence[float] = (),
    ) -> EnsembleOutput:
        """Ask all members; every item is batched once, in the order of size.

        Args:
            items: encoded by `representation`.  # n
            candidates: the items' own.  # n
            batch_size: sum of item sizes in a batch.
            device: where the members lie.
            steps: differences from the candidates' temperatures at which means are wanted too, K.
        """
        sizes = np.array([self.representation.size(item) for item in items])
        n, n_targets = len(items), self.members[0].n_targets
        order, done = np.argsort(sizes, kind="stable"), []
        for rows in by_size(sizes, order, batch_size):
            batch = self.representation.collate([items[i] for i in rows])
            if device is not None:
                batch = to_device(batch, device)
            with torch.inference_mode():
                done.append(self._ask(batch, steps))  # stays on the device: nothing waits for it before the last batch
        means = np.full((len(self.members), n, n_targets), np.nan)
        mean, variances = np.full((n, n_targets), np.nan), np.full_like(means, np.nan)
        embedding_rows = np.zeros((n, 0), dtype=np.float32)
        if done:
            parts = [torch.cat(tensors, dim=-2).cpu().numpy() for tensors in zip(*done, strict=True)]
            means[:, order], variances[:, order], mean[order] = parts[:3]
            embedding_rows = np.zeros((n, parts[3].shape[1]), dtype=np.float32)
            embedding_rows[order] = parts[3]
        is_met, warmer = np.ones(n, dtype=bool), None
        if done:
            is_met[order] = parts[4][:, 0]
        if done and len(parts) > 5:
            warmer = np.empty_like(parts[5])
            warmer[:, order] = parts[5]
        scale, fractions = self.transform.scale, atom_fractions(candidates)
        return EnsembleOutput(
            self.transform.stored(mean, fractions),
            np.sqrt(variances.mean(axis=0)) * scale,
            means.std(axis=0, ddof=1) * scale if len(self.members) > 1 else np.zeros((n, n_targets)),
            embedding_rows,
            None if warmer is None else self.transform.stored(warmer, fractions),
            is_met,
        )

    def _ask(self, batch: Any, steps: Sequence[float]) -> tuple[Tensor, ...]:
        """Means and variances of the members, their joint mean, and what the domain sees of the first one.

        Returns:
            # (n_members, n, n_targets) twice, (n, n_targets), all double, (n, dim), and (n, 1) whether families were
            met; then (n_steps, n, n_targets) where steps were asked for and can be told
        """
        found = [member.embed(batch) for member in self.members]
        outputs = [member.predict_from(embedding) for member, embedding in zip(self.members, found, strict=True)]
        means = torch.stack([output.mean.double() for output in outputs])
        variances = torch.stack([output.log_variance.double().exp() for output in outputs])
        joint = self.members[0].joint_mean(found)
        mean = means.mean(dim=0) if joint is None else joint.double()
        asked = zip(self.members, found, strict=True)
        warmer = [member.warmer_means(batch, embedding, steps) for member, embedding in asked] if steps else []
        told = [one.double() for one in warmer if one is not None and joint is None]
        more = [torch.stack(told).mean(dim=0)] if told else []
        met = self.members[0].is_met(batch)
        met = torch.ones(len(mean), dtype=torch.bool, device=mean.device) if met is None else met
        return means, variances, mean, self._seen(found[0]).float(), met[:, None], *more

    def embed(self, items: Sequence[Any], batch_size: int = 2048, device: torch.device | None = None) -> np.ndarray:
        """Embeddings by the first member alone.  # (n, dim)"""
        sizes = np.array([self.representation.size(item) for item in items])
        parts, positions = [], []
        for rows in by_size(sizes, np.argsort(sizes, kind="stable"), batch_size):
            batch = self.representation.collate([items[i] for i in rows])
            with torch.inference_mode():
                parts.append(self._seen(self.members[0].embed(batch if device is None else to_device(batch, device))))
            positions.append(rows)
        found = torch.cat(parts).float().cpu().numpy()
        return np.asarray(found[np.argsort(np.concatenate(positions), kind="stable")])

    def _seen(self, embedding: Tensor) -> Tensor:
        """The columns that the domain looks at."""
        return embedding[:, : self.members[0].domain_width]

    def tensors(self) -> dict[str, Tensor]:
        """For the weights file: `member_<i>.` before the names of each member."""
        found = {f"member_{i}.{k}": v for i, m in enumerate(self.members) for k, v in m.state_dict().items()}
        return found | self.transform.tensors()

    @classmethod
    def from_tensors(cls, name: str, options: dict[str, Any], n_targets: int, tensors: dict[str, Tensor]) -> Ensemble:
        """From the weights file.

        Raises:
            ModelError: tensors that do not fit the architecture and its options.
        """
        kind = architecture(name)
        states: dict[str, dict[str, Tensor]] = {}
        for key, value in tensors.items():
            prefix, _, rest = key.partition(".")
            if prefix.startswith("member_"):
                states.setdefault(prefix, {})[rest] = value
        try:
            parsed = make_options(kind, options)
            members = []
            for key in sorted(states, key=lambda k: int(k.removeprefix("member_"))):
                give_back()
                members.append(kind.from_state(parsed, n_targets, states[key]))
            give_back()
            return cls(members, TargetTransform.from_tensors(tensors))
        except (RuntimeError, KeyError, IndexError, UsageError) as error:
            raise ModelError(f"The weights do not fit architecture '{name}' with options {options}: {error}") from error


def by_size(sizes: np.ndarray, order: np.ndarray, batch_size: int) -> Iterator[np.ndarray]:
    """Batches of positions in the given order, each filled up to a sum of sizes (at least one item)."""
    start, total = 0, 0
    for end, position in enumerate(order):
        if end > start and total + sizes[position] > batch_size:
            yield order[start:end]
            start, total = end, 0
        total += int(sizes[position])
    if start < len(order):
        yield order[start:]


def room_for(device: torch.device) -> int:
    """Sum of item sizes (atoms) in a batch: what fits the cache of a CPU, or a part of what is free on a GPU."""
    if device.type != "cuda" or not torch.cuda.is_initialized():
        return CPU_BATCH
    free, _ = torch.cuda.mem_get_info(device)
    return max(CPU_BATCH, min(MOST_ATOMS, int(GPU_SHARE * free / ATOM_BYTES)))


def pick_device(name: str) -> torch.device:
    """Device of the name "auto", "cpu" or "cuda".

    Raises:
        UsageError: another name, or CUDA where there is none.
    """
    if name not in {"auto", "cpu", "cuda"}:
        raise UsageError(f"Device '{name}' is not known; give auto, cpu or cuda.")
    if name == "cuda" and not torch.cuda.is_available():
        raise UsageError("No CUDA device was found; give --device cpu, or auto.")
    return torch.device("cuda" if name == "cuda" or (name == "auto" and torch.cuda.is_available()) else "cpu")
