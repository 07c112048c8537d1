"""Measured band gap of a composition, learned in two steps: computed gaps first, measured ones on top of them.

A composition network learns the PBE gaps of many compositions (`computed_gap`, after Goodall and Lee's Roost and Wang
et al.'s CrabNet). Small networks and randomised trees then read what it says, beside the statistics of the
composition, and learn the few measured gaps. Half of the compounds are metals, so every one of them states a hurdle:
the chance of a gap, and its size where there is one. The prediction is the median of their mixture, 0 where a metal
is likelier; its error is the standard deviation of the mixture.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from ssbscreen.core.errors import UsageError
from ssbscreen.featurize.base import stack
from ssbscreen.featurize.composition import N_ELEMENTS
from ssbscreen.model_parts.base import HeadOutput, ScaledArchitecture, Targets
from ssbscreen.model_parts.composition import MAX_TOKENS, CompositionOptions, ElementTokens, n_statistics
from ssbscreen.model_parts.computed_gap import N_GAP, ComputedGap, distinct
from ssbscreen.model_parts.descent import OneCycle
from ssbscreen.model_parts.hurdle import HurdleBag, hurdle_loss, mixture, pooled
from ssbscreen.model_parts.trees import BoostedChance, Trees

_log = logging.getLogger(__name__)
CONTRADICTION = 0.5  # eV; PBE gaps are too small as a rule, so a metal by measurement has no PBE gap like this
_PREDICT_BATCH = 4096


@dataclass(frozen=True)
class GapOptions:
    """Sizes of the networks and the course of their training.

    Attributes:
        dim, n_layers, n_heads, statistics, dropout: of the composition network.
        bottleneck: width of what it hands on.
        pre_epochs, pre_rate: of its training on computed gaps.
        has_energy: whether it learns formation energies, which the config names among its `auxiliary_targets`.
        n_bag, width, bag_dropout: small networks on top, their first width and their dropout.
        bag_epochs, bag_rate, bag_decay, bag_batch: of their training on measured gaps.
        n_chance_trees, n_size_trees: randomised trees for the chance of a gap and for its size.
        chance_features, size_features: share of the features that a split of them looks at.
        forest_weight: of the trees in the mixture, the rest is the networks'.
        has_balance: whether the balance of formal charges is among what all of them read.
        boosted_share: of boosted trees in the chance of a gap, the rest is the mixture's.
        n_boosted: boosted trees.
        sure_gap: eV; a PBE gap that is predicted over it is a lower limit of the measured one, as PBE gaps are too
            small. Many insulators are labelled metals, but hardly any of them has so large a PBE gap.
    """

    dim: int = 64
    n_layers: int = 3
    n_heads: int = 4
    statistics: int = 128
    dropout: float = 0.1
    bottleneck: int = 32
    pre_epochs: int = 14
    pre_rate: float = 3e-3
    has_energy: bool = False
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
    has_balance: bool = False
    boosted_share: float = 0.0
    n_boosted: int = 200
    sure_gap: float = math.inf


class Model(ScaledArchitecture):
    """Measured gap (first target) and PBE gap (second target) of a composition."""

    Options = GapOptions
    SEARCH_SPACE: ClassVar[dict[str, tuple[Any, ...]]] = {  # all trials with the same statistics share the PBE networks
        "has_balance": (False, True),
        "boosted_share": (0.0, 0.3, 0.5, 0.7),
        "forest_weight": (0.4, 0.55, 0.7, 0.8, 0.9),
        "bag_epochs": (15, 30, 60),
        "size_features": (0.2, 0.4, 0.7),
    }
    is_fitted_directly = True
    scale_dtype = torch.float32
    uses_auxiliary_targets = True
    centre: Tensor
    std: Tensor

    def __init__(self, options: GapOptions, n_targets: int) -> None:
        super().__init__(options, n_targets)
        if n_targets != 2:
            raise UsageError(
                f"Architecture 'gap' learns a measured and a computed gap, not {n_targets} properties; "
                "give properties: [band_gap, band_gap_pbe]."
            )
        self.domain_width = options.bottleneck + 4
        n_inputs = options.bottleneck + N_GAP + options.has_energy + n_statistics(options.has_balance) + N_ELEMENTS - 1
        self.computed = ComputedGap(
            CompositionOptions(
                dim=options.dim,
                n_layers=options.n_layers,
                n_heads=options.n_heads,
                statistics=options.statistics,
                dropout=options.dropout,
                has_balance=options.has_balance,
            ),
            options.bottleneck,
            options.has_energy,
        )
        self.bag = HurdleBag(n_inputs, options.n_bag, options.width, options.bag_dropout)
        self.chance_trees, self.size_trees = Trees(is_compact=True), Trees(is_compact=True)
        self.boosted = BoostedChance() if options.boosted_share > 0 else None
        self.register_buffer("centre", torch.zeros(n_inputs))
        self.register_buffer("std", torch.ones(n_inputs))

    @classmethod
    def representation(cls, options: GapOptions) -> ElementTokens:
        """Tokens and statistics."""
        return ElementTokens(options.has_balance)

    def fit(self, items: Sequence[Any], targets: Targets, seed: int) -> None:
        """Learn computed gaps, then measured ones; a measured metal that PBE contradicts is left out and counted.

        Raises:
            UsageError: formation energies are to be learned and none are given.
        """
        options = self.options
        if options.has_energy and (targets.auxiliary is None or not np.isfinite(targets.auxiliary[:, 0]).any()):
            raise UsageError(
                "The gap model is to learn formation energies and has none; give auxiliary_targets: "
                "[formation_energy] and a source that holds them, or has_energy: false."
            )
        targets.need_values()
        batch = stack(list(items))
        # rounded, as 0 eV must come back from the learned scale as 0
        stored = np.round(
            np.asarray(targets.values) * self.target_scale.double().numpy() + self.target_offset.double().numpy(), 4
        )
        of, first = distinct(batch.numpy())
        n, has = len(first), np.isfinite(stored[:, 1])
        counts = np.bincount(of[has], minlength=n)
        total = np.bincount(of[has], stored[has, 1], minlength=n)
        computed = np.full(n, np.nan)
        computed = np.round(np.divide(total, counts, out=computed, where=counts > 0), 4)  # same from every fold's scale
        least, energy = np.full(n, np.inf), np.full(n, np.nan)
        np.fmin.at(least, of[has], stored[has, 1])
        if options.has_energy and targets.auxiliary is not None:
            np.fmin.at(energy, of, targets.auxiliary[:, 0])  # of the ground state
        measured = np.flatnonzero(np.isfinite(stored[:, 0]))
        wrong = is_contradicted(stored[measured, 0], least[of[measured]])
        _log.info(
            "gap: %d of %d measured metals left out, as every PBE gap of the composition exceeds %.1f eV",
            wrong.sum(),
            (stored[measured, 0] <= 0).sum(),
            CONTRADICTION,
        )
        wanted = np.isfinite(computed)
        wanted[of[measured]] = False  # so that these compositions are known as little as those it will be asked about
        rows = np.flatnonzero(wanted)
        if len(rows):
            self.computed.learn(
                batch[torch.from_numpy(first[rows])],
                computed[rows],
                energy[rows],
                epochs=options.pre_epochs,
                rate=options.pre_rate,
                seed=seed,
            )
        measured = measured[~wrong]
        if len(measured):
            self._learn_measured(batch[torch.from_numpy(measured)], stored[measured, 0], seed)

    def _learn_measured(self, batch: Tensor, gap: np.ndarray, seed: int) -> None:
        options = self.options
        with torch.no_grad():
            self.computed.eval()
            inputs = torch.cat([self._inputs(part)[1] for part in batch.split(_PREDICT_BATCH)])
        self.centre.copy_(inputs.mean(dim=0))
        self.std.copy_(inputs.std(dim=0) + 1e-3)
        features = inputs[:, options.bottleneck :].numpy()
        self.chance_trees = Trees.grow(
            features,
            (gap > 0).astype(float),
            kind="extra",
            n_trees=options.n_chance_trees,
            max_features=options.chance_features,
            seed=seed,
            is_compact=True,
        )
        has = np.flatnonzero(gap > 0)
        if len(has):
            self.size_trees = Trees.grow(
                features[has],
                gap[has],
                kind="extra",
                n_trees=options.n_size_trees,
                max_features=options.size_features,
                seed=seed,
                is_compact=True,
            )
        if self.boosted is not None:
            self.boosted = BoostedChance.grow(features, gap > 0, n_trees=options.n_boosted, seed=seed)
        inputs = self._scaled(inputs)
        torch.manual_seed(seed)
        self.bag = HurdleBag(inputs.shape[1], options.n_bag, options.width, options.bag_dropout)
        known = torch.from_numpy(gap).float()

        def loss(rows: Tensor) -> Tensor:
            return hurdle_loss(self.bag(inputs[rows]), known[rows].expand(options.n_bag, -1), 0.0)

        course = OneCycle(options.bag_epochs, options.bag_rate, options.bag_decay, options.bag_batch, seed)
        course.descend(self.bag, loss, len(gap))

    def _inputs(self, batch: Tensor) -> tuple[Tensor, Tensor]:
        """PBE gap as the network states it, and what is read from it, unscaled.  # (n, 4 or 5), (n, n_inputs)"""
        handed, raw = self.computed(batch)
        z = batch[:, :MAX_TOKENS].long()
        shares = torch.zeros(len(batch), N_ELEMENTS, dtype=batch.dtype, device=batch.device)
        shares.scatter_add_(1, z, batch[:, MAX_TOKENS : 2 * MAX_TOKENS])
        return raw, torch.cat([handed, raw, batch[:, 2 * MAX_TOKENS :], shares[:, 1:]], dim=1)

    def _scaled(self, inputs: Tensor) -> Tensor:
        return ((inputs - self.centre) / self.std).clamp(-5.0, 5.0)

    def embed(self, batch: Tensor) -> Tensor:
        """What the composition network hands on, mean and log variance of both targets, and the mixture in short.

        Shape (n, bottleneck + 4 + 1 + N_SHORT).
        """
        raw, inputs = self._inputs(batch)
        features = inputs[:, self.options.bottleneck :]
        mixed = mixture(
            self.bag(self._scaled(inputs)),
            self.chance_trees(features),
            self.size_trees(features),
            self.options.forest_weight,
        )
        if self.boosted is not None:
            share = self.options.boosted_share
            mixed = replace(mixed, chance=(1.0 - share) * mixed.chance + share * self.boosted(features))
        computed = raw[:, 3].clamp(min=0.0)
        measured = self._raised(mixed.median(), computed)
        stated = mixture(raw[None, :, :3])
        off = stated.median()
        computed_error = stated.square_error(off) + (computed - off).square()
        excess = (computed - measured).clamp(min=0.0)  # a PBE gap over the measured one is a sign of error
        variances = torch.stack([mixed.square_error(measured) + (0.5 * excess).square(), computed_error], dim=1)
        variances = (variances / self.target_scale.square()).clamp(min=1e-6)
        means = self._learned(torch.stack([measured, computed], dim=1))
        return torch.cat([inputs[:, : self.options.bottleneck], means, variances.log(), mixed.short()], dim=1)

    def predict_from(self, embedding: Tensor) -> HeadOutput:
        """The columns of the embedding that state them."""
        start = self.options.bottleneck
        return HeadOutput(embedding[:, start : start + 2], embedding[:, start + 2 : start + 4])

    def joint_mean(self, embeddings: Sequence[Tensor]) -> Tensor:
        """Median of the mixture of all members' mixtures, and the mean of their PBE gaps."""
        start = self.options.bottleneck
        measured = pooled([embedding[:, start + 4 :] for embedding in embeddings]).median()
        means = torch.stack([self.predict_from(embedding).mean[:, 1] for embedding in embeddings]).mean(dim=0)
        computed = means * self.target_scale[1] + self.target_offset[1]
        return self._learned(torch.stack([self._raised(measured, computed), computed], dim=1))

    def _raised(self, measured: Tensor, computed: Tensor) -> Tensor:
        """Measured gaps, where the PBE gap is sure at least that.  # (n,), eV"""
        return torch.where(computed > self.options.sure_gap, torch.maximum(measured, computed), measured)

    def _learned(self, stored: Tensor) -> Tensor:
        """Values in eV on the learned scale.  # (n, 2)"""
        return (stored - self.target_offset) / self.target_scale


def is_contradicted(measured: np.ndarray, least_computed: np.ndarray) -> np.ndarray:
    """Whether a label of 0 eV is contradicted by the PBE gaps of the same composition.

    Args:
        measured: eV.  # (n,)
        least_computed: smallest PBE gap among the polymorphs, eV; infinite where none is known.  # (n,)
    """
    known = np.isfinite(least_computed)
    return np.asarray(known & (measured <= 0.0) & (least_computed > CONTRADICTION))
