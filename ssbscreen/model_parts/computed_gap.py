"""Computed gap of a composition, the first of two steps to the measured one (`gap`).

A composition network learns the mean PBE gap of the polymorphs, as a hurdle and as a number, and where asked the
lowest formation energy as an auxiliary target: what makes a compound stable also opens its gap, and what the network
hands on is the better for it.
"""

from __future__ import annotations

import hashlib

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ssbscreen.model_parts.composition import MAX_TOKENS, CompositionEncoder, CompositionOptions
from ssbscreen.model_parts.descent import OneCycle
from ssbscreen.model_parts.hurdle import hurdle_loss

N_GAP = 4  # raw outputs that state the gap: a hurdle, and the gap itself
_LEAST_GAP = 0.05  # eV; below it a computed gap counts as none
_BATCH, _DECAY = 256, 1e-3
_SHARE_DECIMALS, _TRACE = 3, 0.0012
_LEARNED: dict[str, dict[str, Tensor]] = {}  # networks by what they were trained on
_MAX_LEARNED = 8


class ComputedGap(nn.Module):
    """Composition network with a hurdle head for the PBE gap and a number for the formation energy.

    Args:
        sizes: of the composition network.
        bottleneck: width of what it hands on.
        has_energy: whether the last raw output is the lowest formation energy, in units of its standard deviation.
    """

    def __init__(self, sizes: CompositionOptions, bottleneck: int, has_energy: bool) -> None:
        super().__init__()
        self.encoder = CompositionEncoder(sizes)
        self.narrow = nn.Linear(self.encoder.dim, bottleneck)
        self.head = nn.Linear(bottleneck, N_GAP + has_energy)
        self.has_energy = has_energy
        self._identity = (sizes, bottleneck, has_energy)

    def forward(self, batch: Tensor) -> tuple[Tensor, Tensor]:
        """What it hands on, and the raw hurdle, the gap in eV and the energy.  # (n, bottleneck), (n, 4 or 5)"""
        handed = functional.silu(self.narrow(functional.silu(self.encoder(batch))))
        return handed, self.head(handed)

    def learn(self, batch: Tensor, gap: np.ndarray, energy: np.ndarray, *, epochs: int, rate: float, seed: int) -> None:
        """Train on the rows of distinct compositions; the same rows give the same network, which is trained once.

        Args:
            batch: tokens and statistics.  # (n, 32 + n_statistics)
            gap: eV.  # (n,)
            energy: eV/atom, NaN where it is not known.  # (n,)
            epochs, rate, seed: of the training.
        """
        content = hashlib.sha256(repr((self._identity, epochs, rate, seed)).encode())
        for part in (batch.numpy(), gap, energy):
            content.update(np.ascontiguousarray(part).tobytes())
        known = _LEARNED.get(content.hexdigest())
        if known is None:
            torch.manual_seed(seed)
            fresh = ComputedGap(*self._identity)
            scale = float(np.nanstd(energy)) or 1.0 if np.isfinite(energy).any() else 1.0
            aims = torch.from_numpy((energy - np.nanmean(energy)) / scale if self.has_energy else energy).float()
            gaps, has_aim = torch.from_numpy(gap).float(), torch.isfinite(aims)

            def loss(rows: Tensor) -> Tensor:
                raw = fresh(batch[rows])[1]
                found = hurdle_loss(raw[:, :N_GAP], gaps[rows], _LEAST_GAP)
                known = rows[has_aim[rows]]
                if self.has_energy and len(known):
                    found = found + (raw[has_aim[rows], N_GAP] - aims[known]).abs().mean()
                return found

            lengths = (batch[:, :MAX_TOKENS] > 0).sum(dim=1)
            OneCycle(epochs, rate, _DECAY, _BATCH, seed).descend(fresh, loss, len(gap), lengths)
            while len(_LEARNED) >= _MAX_LEARNED:
                _LEARNED.pop(next(iter(_LEARNED)))
            known = _LEARNED[content.hexdigest()] = {k: v.clone() for k, v in fresh.state_dict().items()}
        self.load_state_dict(known)
        self.eval()


def distinct(batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number of each row's composition, and the first row of each composition.  # (n,), (n_compositions,)

    Traces of an element do not make another composition.
    """
    share = batch[:, MAX_TOKENS : 2 * MAX_TOKENS].astype(np.float64)
    share = np.where(share > _TRACE, share, 0.0)
    share = np.round(share / share.sum(axis=1, keepdims=True), _SHARE_DECIMALS)
    tokens = np.hstack([np.where(share > 0, batch[:, :MAX_TOKENS], 0), share])
    order = np.argsort(-tokens[:, :MAX_TOKENS], axis=1, kind="stable")  # rounding may not change the order of elements
    tokens = np.hstack([np.take_along_axis(tokens[:, i : i + MAX_TOKENS], order, axis=1) for i in (0, MAX_TOKENS)])
    _, first, of = np.unique(tokens, axis=0, return_index=True, return_inverse=True)
    return of.reshape(-1), first
