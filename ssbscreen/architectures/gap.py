"""Measured band gap of a composition, learned in two steps: computed gaps first, measured ones on top of them.

A composition network learns the PBE gaps of many compositions (after Goodall and Lee's Roost and Wang et al.'s
CrabNet, as `composition`). Small networks and randomised trees then read what it says, beside the statistics of the
composition, and learn the few measured gaps. Half of the compounds are metals, so every one of them states a hurdle:
the chance of a gap, and its size where there is one. The prediction is the median of their mixture, 0 where a metal
is likelier; its error is the spread of the mixture.

Longer than most files: both steps share their tensors and their training, and neither is of use without the other.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ssbscreen.architectures.base import Architecture, HeadOutput, Targets
from ssbscreen.architectures.compact_forest import CompactForest
from ssbscreen.architectures.composition import (
    MAX_TOKENS,
    N_STATISTICS,
    CompositionEncoder,
    CompositionOptions,
    ElementTokens,
)
from ssbscreen.core.errors import UsageError
from ssbscreen.featurize.base import stack
from ssbscreen.featurize.composition import N_ELEMENTS

_log = logging.getLogger(__name__)
CONTRADICTION = 0.5  # eV; PBE gaps are too small as a rule, so a metal by measurement has no PBE gap like this
_LEAST_GAP = 0.05  # eV; below it a computed gap counts as none
SEEDS_A_MODEL = 1000  # the seeds of an ensemble's members differ within so many
_BATCH = 256
_POOL = 16  # batches among which rows are sorted by length
_PREDICT_BATCH = 4096
_SHARE_DECIMALS, _TRACE = 3, 0.0012
_HURDLE_WEIGHT = 0.2
_N_QUANTILES = 15  # that stand for the distribution of a network
_MIN_LOG_SPREAD, _MAX_LOG_SPREAD = -4.0, 2.0


@dataclass(frozen=True)
class GapOptions:
    """Sizes of the networks and the course of their training.

    Attributes:
        dim, n_layers, n_heads, statistics, dropout: of the composition network.
        bottleneck: width of what it hands on.
        pre_epochs, pre_rate: of its training on computed gaps.
        n_bag, width, bag_dropout: small networks on top, their first width and their dropout.
        bag_epochs, bag_rate, bag_decay, bag_batch: of their training on measured gaps.
        n_chance_trees, n_size_trees: randomised trees for the chance of a gap and for its size.
        chance_features, size_features: share of the features that a split of them looks at.
        forest_weight: of the trees in the mixture, the rest is the networks'.
        is_learned_from_own: whether computed gaps of compositions that were also measured train the composition
            network. Without them it knows these compositions as little as those it will be asked about.
    """

    dim: int = 64
    n_layers: int = 3
    n_heads: int = 4
    statistics: int = 128
    dropout: float = 0.1
    bottleneck: int = 32
    pre_epochs: int = 14
    pre_rate: float = 3e-3
    n_bag: int = 3
    width: int = 96
    bag_dropout: float = 0.3
    bag_epochs: int = 40
    bag_rate: float = 2e-3
    bag_decay: float = 0.05
    bag_batch: int = 64
    n_chance_trees: int = 20
    n_size_trees: int = 15
    chance_features: float = 0.3
    size_features: float = 0.4
    forest_weight: float = 0.5
    is_learned_from_own: bool = False


class _ComputedGap(nn.Module):
    """Composition network with a hurdle head for the PBE gap."""

    def __init__(self, options: GapOptions) -> None:
        super().__init__()
        self.encoder = CompositionEncoder(CompositionOptions(
            dim=options.dim, n_layers=options.n_layers, n_heads=options.n_heads, statistics=options.statistics,
            dropout=options.dropout))
        self.narrow = nn.Linear(self.encoder.dim, options.bottleneck)
        self.head = nn.Linear(options.bottleneck, 4)

    def forward(self, batch: Tensor) -> tuple[Tensor, Tensor]:
        """What it hands on, the raw hurdle and beside it the gap in eV itself.  # (n, bottleneck), (n, 4)"""
        handed = functional.silu(self.narrow(functional.silu(self.encoder(batch))))
        return handed, self.head(handed)


class _Bag(nn.Module):
    """Small networks side by side, each with weights of its own."""

    def __init__(self, n_inputs: int, options: GapOptions) -> None:
        super().__init__()
        n, widths = options.n_bag, (n_inputs, options.width, options.width // 2, 3)
        self.weights = nn.ParameterList(
            torch.randn(n, a, b) / a**0.5 for a, b in pairwise(widths))
        self.biases = nn.ParameterList(torch.zeros(n, 1, b) for b in widths[1:])
        self.dropout = options.bag_dropout

    def forward(self, inputs: Tensor) -> Tensor:
        """Raw hurdles.  # (n, n_inputs) or (n_bag, n, n_inputs) -> (n_bag, n, 3)"""
        state = functional.dropout(inputs, self.dropout / 3, self.training)
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            if i:
                state = functional.dropout(functional.silu(state), self.dropout / i, self.training)
            state = state @ weight + bias
        return state


class Model(Architecture):
    """Measured gap (first target) and PBE gap (second target) of a composition."""

    Options = GapOptions
    SEARCH_SPACE: ClassVar[dict[str, tuple[Any, ...]]] = {
        "bag_dropout": (0.1, 0.2, 0.3, 0.4), "bag_epochs": (20, 40, 60), "bag_rate": (1e-3, 2e-3, 4e-3),
        "bag_decay": (0.01, 0.05, 0.2), "chance_features": (0.1, 0.2, 0.3), "size_features": (0.2, 0.4, 0.6),
        "forest_weight": (0.3, 0.5, 0.7),
    }
    is_fitted_directly = True
    target_offset: Tensor
    target_scale: Tensor
    centre: Tensor
    spread: Tensor

    def __init__(self, options: GapOptions, n_targets: int) -> None:
        super().__init__(options, n_targets)
        if n_targets != 2:
            raise UsageError(f"Architecture 'gap' learns a measured and a computed gap, not {n_targets} properties; "
                             "give properties: [band_gap, band_gap_pbe].")
        n_inputs = options.bottleneck + 4 + N_STATISTICS + N_ELEMENTS - 1
        self.computed = _ComputedGap(options)
        self.bag = _Bag(n_inputs, options)
        self.chance_trees, self.size_trees = CompactForest(), CompactForest()
        self.register_buffer("centre", torch.zeros(n_inputs))
        self.register_buffer("spread", torch.ones(n_inputs))
        self.register_buffer("target_offset", torch.zeros(2))
        self.register_buffer("target_scale", torch.ones(2))

    @classmethod
    def representation(cls, options: GapOptions) -> ElementTokens:
        """Tokens and statistics."""
        return ElementTokens()

    def prepare(self, offset: np.ndarray, scale: np.ndarray) -> None:
        """Remember the learned scale; a hurdle needs to know where 0 eV is."""
        self.target_offset.copy_(torch.from_numpy(np.asarray(offset, dtype=np.float32)))
        self.target_scale.copy_(torch.from_numpy(np.asarray(scale, dtype=np.float32)))

    def fit(self, items: Sequence[Any], targets: Targets, seed: int) -> None:
        """Learn computed gaps, then measured ones; a measured metal that PBE contradicts is set aside and counted."""
        batch = stack(list(items))
        # rounded, as 0 eV must come back from the learned scale as 0
        stored = np.round(np.asarray(targets.values) * self.target_scale.double().numpy()
                          + self.target_offset.double().numpy(), 4)
        of, first = distinct(batch.numpy())
        computed = np.full(len(first), np.nan)
        has = np.isfinite(stored[:, 1])
        if has.any():
            n = np.bincount(of[has], minlength=len(first))
            total = np.bincount(of[has], stored[has, 1], minlength=len(first))
            computed = np.round(np.divide(total, n, out=computed, where=n > 0), 4)  # the same from every fold's scale
        least = np.full(len(first), np.inf)
        np.minimum.at(least, of[has], stored[has, 1])
        measured = np.flatnonzero(np.isfinite(stored[:, 0]))
        wrong = is_contradicted(stored[measured, 0], least[of[measured]])
        _log.info("gap: %d of %d measured metals set aside, as every PBE gap of the composition exceeds %.1f eV",
                  wrong.sum(), (stored[measured, 0] <= 0).sum(), CONTRADICTION)
        wanted = np.isfinite(computed)
        if not self.options.is_learned_from_own:
            wanted[of[measured]] = False
        rows = np.flatnonzero(wanted)
        if len(rows):  # all members read one composition network, the costly part
            self._learn_computed(batch[torch.from_numpy(first[rows])], computed[rows], seed // SEEDS_A_MODEL)
        measured = measured[~wrong]
        if len(measured):
            self._learn_measured(batch[torch.from_numpy(measured)], stored[measured, 0], seed)

    def _learn_computed(self, batch: Tensor, gap: np.ndarray, seed: int) -> None:
        """The same rows give the same network, so folds that agree in them share one training."""
        content = hashlib.sha256(repr((self.options.__class__, self.options.dim, self.options.n_layers,
                                       self.options.n_heads, self.options.statistics, self.options.dropout,
                                       self.options.bottleneck, self.options.pre_epochs, self.options.pre_rate,
                                       seed)).encode())
        content.update(batch.numpy().tobytes())
        content.update(gap.tobytes())
        known = _LEARNED.get(content.hexdigest())
        if known is None:
            torch.manual_seed(seed)
            self.computed = _ComputedGap(self.options)
            _descend(self.computed, lambda rows: self.computed(batch[rows])[1], torch.from_numpy(gap).float(),
                     self.options.pre_epochs, self.options.pre_rate, 1e-3, _BATCH, seed, _LEAST_GAP,
                     (batch[:, :MAX_TOKENS] > 0).sum(dim=1))
            while len(_LEARNED) >= _MAX_LEARNED:
                _LEARNED.pop(next(iter(_LEARNED)))
            known = _LEARNED[content.hexdigest()] = {k: v.clone() for k, v in self.computed.state_dict().items()}
        self.computed.load_state_dict(known)
        self.computed.eval()

    def _learn_measured(self, batch: Tensor, gap: np.ndarray, seed: int) -> None:
        options = self.options
        with torch.no_grad():
            self.computed.eval()
            inputs = torch.cat([self._inputs(part)[1] for part in batch.split(_PREDICT_BATCH)])
        self.centre.copy_(inputs.mean(dim=0))
        self.spread.copy_(inputs.std(dim=0) + 1e-3)
        features = inputs[:, options.bottleneck :]
        self.chance_trees = CompactForest.grow(features, (gap > 0).astype(float), n_trees=options.n_chance_trees,
                                               max_features=options.chance_features, seed=seed)
        has = np.flatnonzero(gap > 0)
        if len(has):
            self.size_trees = CompactForest.grow(features[torch.from_numpy(has)], gap[has], seed=seed,
                                                 n_trees=options.n_size_trees, max_features=options.size_features)
        inputs = self._scaled(inputs)
        torch.manual_seed(seed)
        self.bag = _Bag(inputs.shape[1], options)
        _descend(self.bag, lambda rows: self.bag(inputs[rows]), torch.from_numpy(gap).float(), options.bag_epochs,
                 options.bag_rate, options.bag_decay, options.bag_batch, seed, 0.0)
        self.bag.eval()

    def _inputs(self, batch: Tensor) -> tuple[Tensor, Tensor]:
        """PBE gap as the network states it, and what is read from it, unscaled.  # (n, 4), (n, n_inputs)"""
        handed, raw = self.computed(batch)
        z = batch[:, :MAX_TOKENS].long()
        shares = torch.zeros(len(batch), N_ELEMENTS, dtype=batch.dtype, device=batch.device)
        shares.scatter_add_(1, z, batch[:, MAX_TOKENS : 2 * MAX_TOKENS])
        return raw, torch.cat([handed, raw, batch[:, 2 * MAX_TOKENS :], shares[:, 1:]], dim=1)

    def _scaled(self, inputs: Tensor) -> Tensor:
        return ((inputs - self.centre) / self.spread).clamp(-5.0, 5.0)

    def embed(self, batch: Tensor) -> Tensor:
        """What the composition network hands on, then mean and log variance of both targets.  # (n, bottleneck + 4)"""
        raw, inputs = self._inputs(batch)
        features = inputs[:, self.options.bottleneck :]
        measured, error = mixture_median(
            self.bag(self._scaled(inputs)), self.chance_trees(features), self.size_trees(features),
            self.options.forest_weight)
        computed = raw[:, 3].clamp(min=0.0)
        off, error_off = mixture_median(raw[None, :, :3])
        computed_error = error_off + (computed - off).square()
        excess = (computed - measured).clamp(min=0.0)  # a PBE gap over the measured one is a sign of error
        variances = torch.stack([error + (0.5 * excess).square(), computed_error], dim=1) / self.target_scale.square()
        means = (torch.stack([measured, computed], dim=1) - self.target_offset) / self.target_scale
        return torch.cat([inputs[:, : self.options.bottleneck], means, variances.clamp(min=1e-6).log()], dim=1)

    def predict_from(self, embedding: Tensor) -> HeadOutput:
        """The last columns of the embedding."""
        return HeadOutput(embedding[:, -4:-2], embedding[:, -2:])


_LEARNED: dict[str, dict[str, Tensor]] = {}  # composition networks by what they were trained on
_MAX_LEARNED = 4


def is_contradicted(measured: np.ndarray, least_computed: np.ndarray) -> np.ndarray:
    """Whether a label of 0 eV is contradicted by the PBE gaps of the same composition.

    Args:
        measured: eV.  # (n,)
        least_computed: smallest PBE gap among the polymorphs, eV; infinite where none is known.  # (n,)
    """
    known = np.isfinite(least_computed)
    return np.asarray(known & (measured <= 0.0) & (least_computed > CONTRADICTION))


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


def hurdle(raw: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Chance of a gap, its median and its spread where there is one, eV.  # (..., 3) -> (...) three times"""
    spread = raw[..., 2].clamp(_MIN_LOG_SPREAD, _MAX_LOG_SPREAD).exp()
    return torch.sigmoid(raw[..., 0]), functional.softplus(raw[..., 1] + 1.0), spread


def hurdle_loss(raw: Tensor, gap: Tensor, least: float) -> Tensor:
    """Cross entropy of the hurdle, likelihood (Laplace) and absolute error of the gaps over it.

    Args:
        raw: where there is a fourth column, its absolute error from all gaps is what counts most.  # (..., n, 3 or 4)
        gap: eV.  # (..., n)
        least: up to here a gap counts as none.
    """
    has_gap = (gap > least).to(raw.dtype)
    _, size, spread = hurdle(raw)
    loss = functional.binary_cross_entropy_with_logits(raw[..., 0], has_gap)
    error = (size - gap).abs()
    terms = has_gap * (error / spread + spread.log() + 0.5 * error)
    loss = loss + terms.sum() / has_gap.sum().clamp(min=1.0)
    return loss if raw.shape[-1] == 3 else (raw[..., 3] - gap).abs().mean() + _HURDLE_WEIGHT * loss


def mixture_median(raw: Tensor, chances: Tensor | None = None, sizes: Tensor | None = None, weight: float = 0.0
                   ) -> tuple[Tensor, Tensor]:
    """Median of a mixture of hurdles, and the mean square distance from it, eV and eV2.

    Args:
        raw: of networks, whose sizes have a Laplace distribution.  # (n_networks, n, 3)
        chances, sizes: of trees, each of which names one.  # (n, n_chance_trees), (n, n_size_trees)
        weight: of the trees.
    """
    chance, size, spread = hurdle(raw)
    level = (torch.arange(_N_QUANTILES, dtype=raw.dtype, device=raw.device) + 0.5) / _N_QUANTILES
    step = -torch.sign(level - 0.5) * torch.log1p(-2.0 * (level - 0.5).abs())  # quantiles of Laplace
    values = (size[..., None] + spread[..., None] * step).clamp(min=0.0).permute(1, 0, 2).flatten(1)
    shares = (chance / chance.sum(dim=0).clamp(min=1e-9))[..., None].expand(-1, -1, _N_QUANTILES)
    shares = shares.permute(1, 0, 2).flatten(1) / _N_QUANTILES
    whole = chance.mean(dim=0)
    if chances is not None and sizes is not None and sizes.shape[1]:
        whole = (1.0 - weight) * whole + weight * chances.mean(dim=1)
        values = torch.cat([values, sizes], dim=1)
        shares = torch.cat([(1.0 - weight) * shares, weight * torch.full_like(sizes, 1.0 / sizes.shape[1])], dim=1)
    order = values.argsort(dim=1)
    values, shares = values.gather(1, order), shares.gather(1, order)
    wanted = ((whole - 0.5) / whole.clamp(min=1e-9)).clamp(0.0, 1.0) * shares.sum(dim=1)
    place = torch.searchsorted(shares.cumsum(dim=1), wanted[:, None]).clamp(max=values.shape[1] - 1)
    median = torch.where(whole <= 0.5, torch.zeros_like(whole), values.gather(1, place)[:, 0])
    off = (shares * (values - median[:, None]).square()).sum(dim=1)
    return median, (1.0 - whole) * median.square() + whole * off


def _descend(module: nn.Module, predict: Any, gap: Tensor, epochs: int, rate: float, decay: float, batch_size: int,
             seed: int, least: float, lengths: Tensor | None = None) -> None:
    """AdamW with a one-cycle rate and a running average of the weights, which is kept.

    With `lengths`, rows of like length share a batch, so that little of it is padding.
    """
    optimizer = torch.optim.AdamW(module.parameters(), lr=rate, weight_decay=decay)
    n_batches = max(1, len(gap) // batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=n_batches * epochs, pct_start=0.12)
    memory = min(0.995, 1.0 - 10.0 / (n_batches * epochs + 20))
    average = AveragedModel(module, multi_avg_fn=get_ema_multi_avg_fn(memory))
    module.train()
    for epoch in range(epochs):
        rng = np.random.default_rng((seed, epoch))
        order = torch.from_numpy(rng.permutation(len(gap)))
        if lengths is not None:
            order = torch.cat([part[lengths[part].argsort(stable=True)] for part in order.split(_POOL * batch_size)])
        batches = torch.tensor_split(order, n_batches)
        for number in rng.permutation(n_batches):
            rows = batches[number]
            optimizer.zero_grad()
            raw = predict(rows)
            hurdle_loss(raw, gap[rows].expand(raw.shape[:-1]), least).backward()
            nn.utils.clip_grad_norm_(module.parameters(), 5.0)
            optimizer.step()
            schedule.step()
            average.update_parameters(module)
        _log.debug("epoch %d of %d", epoch + 1, epochs)
    module.load_state_dict(average.module.state_dict())
