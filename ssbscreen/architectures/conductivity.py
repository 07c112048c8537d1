"""Ionic conductivity: a Gaussian process beside a forest, structure optional.

Both read the same views of a material (`featurize.conductor`): element shares, the place of the elements on the
chemical scale, descriptors of ion conductors, the family, and what is known of the structure. The process knows bounds
as bounds and errors with tails; the forest takes bounds as values. Every second member looks at the composition alone,
which makes predictions without a structure as good as the data allow, and the spread of the members tell what the
structure adds. Stated errors are scaled by how well the process predicts left-out rows of the same family. Values at
other temperatures are carried to and from 25 degree C by Arrhenius' law.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from ssbscreen.core.dataset import EXACT
from ssbscreen.core.errors import UsageError
from ssbscreen.core.laws import decades_per_ev
from ssbscreen.featurize.composition import N_ELEMENTS
from ssbscreen.featurize.conductor import (
    BETWEEN_FAMILIES,
    FAMILY_BITS,
    VIEWS,
    WITHIN_FAMILY,
    Material,
    MaterialBatch,
    Materials,
    tree_features,
)
from ssbscreen.model_parts.base import Architecture, HeadOutput, Targets
from ssbscreen.model_parts.family_statistics import middle_of_types, scatter_by_family
from ssbscreen.model_parts.gaussian_process import GaussianProcess
from ssbscreen.model_parts.trees import Forest
from ssbscreen.model_parts.view_covariance import Inputs

_LARGEST = 4.0  # std; a larger error counts as this much in the scatter of its family
_DEEPEST = 3.0  # widths of the drawn-in tail; with the default options 1e-33 S/cm
_PREDICTIONS = 5  # leading columns of the embedding: mean and variance of process and forest, share of the process


@dataclass(frozen=True)
class ConductivityOptions:
    """Options of process and forest.

    Attributes:
        process_weight: share of the Gaussian process in the mean where it is sure, 0 to 1. There the forest repeats
            what was measured at the same or nearly the same composition.
        unsure_from: standard deviation of the process, log10 units with the tail drawn in, from which it answers
            alone; below, its share grows with its variance. It also answers alone in a family without measurements.
        unseen_type_shrinkage: how far the prediction for a structure type without measurements is drawn from what the
            process says to the middle of all structure types, 0 to 1; with n measurements it is a (1 + n)th of that.
        noise_floor: least scatter of repeated measurements of one composition, log10 units.
        degrees_of_freedom: of the measurement errors in the process; 0 for Gaussian errors.
        tail_from, tail_width: process and forest see a value x under `tail_from` (log10 at 25 degree C) as
            tail_from - tail_width ln(1 + (tail_from - x) / tail_width), and what they say is carried back. Poor
            conductors reach down to 1e-23 S/cm, many by extrapolation, good ones end at 0.1 S/cm; drawn in, families
            and errors lie evenly about their middle.
        hyper_rows: rows, drawn at random for each member, that settle the hyperparameters of the process.
        n_steps: steps of their optimiser.
        n_trees, min_samples_leaf, max_features: of the forest of extremely randomised trees.
        activation_intercept, activation_slope: activation energy = intercept - slope * log10 conductivity at
            25 degree C, eV; carries values between temperatures. Fitted to the 84 materials of the project's
            literature table that have both values (correlation -0.85).
        activation_spread: standard deviation around it, eV; widens predictions off 25 degree C.
    """

    process_weight: float = 0.3
    unsure_from: float = 0.7
    unseen_type_shrinkage: float = 0.4
    noise_floor: float = 0.3
    degrees_of_freedom: float = 4.0
    tail_from: float = -4.0
    tail_width: float = 1.5
    hyper_rows: int = 400
    n_steps: int = 8
    n_trees: int = 36
    min_samples_leaf: int = 1
    max_features: float = 0.33
    activation_intercept: float = 0.13
    activation_slope: float = 0.064
    activation_spread: float = 0.08


class Model(Architecture):
    """Gaussian process and forest for one target, log10 of the ionic conductivity."""

    Options = ConductivityOptions
    SEARCH_SPACE: ClassVar[dict[str, tuple[Any, ...]]] = {
        "process_weight": (0.1, 0.2, 0.3, 0.4, 0.6),
        "unsure_from": (0.5, 0.7, 1.0),
        "noise_floor": (0.2, 0.3, 0.4),
        "degrees_of_freedom": (0.0, 3.0, 4.0, 6.0),
        "tail_from": (-5.0, -4.0, -3.0),
        "tail_width": (1.0, 1.5, 2.0, 3.0),
        "min_samples_leaf": (1, 2, 3),
        "max_features": (0.2, 0.33, 0.6),
    }
    is_fitted_directly = True
    target_offset: Tensor
    target_scale: Tensor
    looks_at_structure: Tensor
    middle: Tensor  # median and variance of the values of structure types
    scatter_family: Tensor
    scatter_factor: Tensor

    def __init__(self, options: ConductivityOptions, n_targets: int) -> None:
        super().__init__(options, n_targets)
        self.register_buffer("target_offset", torch.zeros(n_targets))
        self.register_buffer("target_scale", torch.ones(n_targets))
        self.register_buffer("looks_at_structure", torch.ones(()))
        self.register_buffer("middle", torch.zeros(2))
        self.process: GaussianProcess | None = None
        self.forest: Forest | None = None

    @classmethod
    def representation(cls, options: ConductivityOptions) -> Materials:
        """Compositions with what is known of their structure."""
        return Materials()

    def prepare(self, offset: np.ndarray, scale: np.ndarray) -> None:
        """Remember the learned scale in log10 units, which Arrhenius' law needs."""
        self.target_offset.copy_(torch.from_numpy(np.asarray(offset, dtype=np.float32)))
        self.target_scale.copy_(torch.from_numpy(np.asarray(scale, dtype=np.float32)))

    def fit(self, items: Sequence[Material], targets: Targets, seed: int) -> None:
        """Fit process and forest; members of odd number do not see structures."""
        if self.n_targets != 1:
            raise UsageError(f"Architecture 'conductivity' predicts one property; {self.n_targets} were given.")
        options = self.options
        self.looks_at_structure.fill_(float(seed % 2 == 0))
        batch = self.representation(options).collate(items)
        values, bound = self._at_room(batch, targets.values[:, 0]), targets.bound[:, 0]
        rng = np.random.default_rng(seed)
        sample = rng.permutation(len(values))[: options.hyper_rows]
        seen = batch.views()
        process = GaussianProcess.fit(
            self._inputs(batch, seen),
            values,
            bound,
            noise_floor=self._noise(),
            n_steps=options.n_steps,
            degrees=options.degrees_of_freedom,
            sample=sample,
        )
        self._keep_process(batch, process)
        self.middle.copy_(middle_of_types(process.target, batch.family))
        exact = bound == EXACT
        error = process.left_out(values, self._noise()).abs().clamp(max=_LARGEST).numpy()[exact]
        self._keep_scatter(*scatter_by_family(batch.family[torch.from_numpy(exact)], error))
        self._keep_forest(
            Forest.grow(
                self._tree_rows(batch, seen),
                values,
                kind="extra",
                n_trees=options.n_trees,
                min_samples_leaf=options.min_samples_leaf,
                max_features=options.max_features,
                seed=seed,
            )
        )

    def embed(self, batch: MaterialBatch) -> Tensor:
        """Mean and variance of process and forest, share of the process, descriptors of conductors.  # (n, 5 + 106)"""
        if self.process is None or self.forest is None:
            raise UsageError("Architecture 'conductivity' was not fitted yet; train it first.")
        device = batch.amounts.device
        if self.process.device != device:
            self.process = self.process.to(device)
        on_host = batch.to("cpu")  # views and trees are numpy
        seen = on_host.views()
        decades = decades_per_ev(batch.temperature_c) / float(self.target_scale[0])  # (n,)
        widening = (self.options.activation_spread * decades).square()
        mean, variance = self.process.predict(self._inputs(batch, seen))
        share = self._process_share(batch.family, variance)
        mean, variance = self._pulled(batch.family, mean, variance)
        grown, spread = (torch.from_numpy(a).to(device) for a in self.forest.predict(self._tree_rows(on_host, seen)))
        scatter = self._scatter_of(batch.family).square()
        mean, variance = self._let_out(mean, scatter * (variance + self._noise() ** 2))
        grown, spread = self._let_out(grown, scatter * spread)
        columns = [self._at(mean, decades), variance + widening, self._at(grown, decades), spread + widening, share]
        return torch.cat([torch.stack(columns, dim=1), torch.from_numpy(seen["extras"]).to(device)], dim=1)

    def predict_from(self, embedding: Tensor) -> HeadOutput:
        """Mixture of process and forest by its first two moments."""
        mean, variance, grown, spread, w = embedding[:, :_PREDICTIONS].unbind(dim=1)
        mixed = w * mean + (1.0 - w) * grown
        total = w * variance + (1.0 - w) * spread + w * (1.0 - w) * (mean - grown).square()
        return HeadOutput(mixed[:, None], torch.log(total.clamp(min=1e-6))[:, None])

    @classmethod
    def from_state(cls, options: ConductivityOptions, n_targets: int, state: dict[str, Tensor]) -> Self:
        """Rebuild process and forest."""
        model = cls(options, n_targets)
        own = {k: v for k, v in state.items() if not k.startswith(("rows_", "process_", "forest_", "scatter_"))}
        model.load_state_dict(own)

        def part(prefix: str) -> dict[str, Tensor]:
            return {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}

        if rows := part("rows_"):
            amounts = torch.zeros(len(rows["amounts"]), N_ELEMENTS)
            amounts[:, rows["elements"].long()] = rows["amounts"]
            batch = MaterialBatch(
                amounts,
                rows["family"].float(),
                rows["structure"].float(),
                rows["space_group"].long(),
                torch.zeros(len(amounts)),
            )
            inputs = model._inputs(batch, batch.views())
            model._keep_process(batch, GaussianProcess.from_tensors(part("process_"), inputs))
            model._keep_forest(Forest.unpacked(part("forest_")))
            model._keep_scatter(state["scatter_family"].float(), state["scatter_factor"])
        return model

    def _keep_process(self, batch: MaterialBatch, process: GaussianProcess) -> None:
        self.process = process
        elements = torch.nonzero(batch.amounts.sum(dim=0))[:, 0]
        rows = {
            "elements": elements.to(torch.uint8),
            "amounts": batch.amounts[:, elements],
            "family": batch.family.to(torch.uint8),
            "structure": batch.structure.half(),
            "space_group": batch.space_group.to(torch.uint8),
        }
        for key, tensor in rows.items():
            self.register_buffer(f"rows_{key}", tensor)
        for key, tensor in process.tensors().items():
            self.register_buffer(f"process_{key}", tensor)

    def _keep_forest(self, forest: Forest) -> None:
        packed = forest.packed()
        self.forest = Forest.unpacked(packed)  # rounded as it is saved
        for key, tensor in packed.items():
            self.register_buffer(f"forest_{key}", tensor)

    def _keep_scatter(self, family: Tensor, factor: Tensor) -> None:
        self.register_buffer("scatter_family", family.to(torch.uint8))
        self.register_buffer("scatter_factor", factor)

    def _scatter_of(self, family: Tensor) -> Tensor:
        """Factor of the std of each row; 1 for a family that was not met.  # (n, 33) -> (n,)"""
        is_own = (family[:, None, :] == self.scatter_family.float()[None]).all(dim=2).double()
        return 1.0 + is_own @ (self.scatter_factor - 1.0)

    def _n_met(self, family: Tensor) -> Tensor:
        """Training rows of the family of each row.  # (n, 33) -> (n,)"""
        return (torch.cdist(family.double(), self.get_buffer("rows_family").double(), p=1.0) == 0).sum(dim=1)

    def _process_share(self, family: Tensor, variance: Tensor) -> Tensor:
        """Share of the process in the mean, by its own variance.  # (n, 33), (n,) -> (n,)"""
        wide = (self.options.unsure_from / float(self.target_scale[0])) ** 2
        unsure = torch.where(self._n_met(family) > 0, (variance / wide).clamp(max=1.0), 1.0)
        return self.options.process_weight + (1.0 - self.options.process_weight) * unsure

    def _pulled(self, family: Tensor, mean: Tensor, variance: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance drawn to the middle of the structure types where a type has no or few measurements."""
        middle, spread = self.middle.double()
        pull = self.options.unseen_type_shrinkage * family[:, FAMILY_BITS] / (1.0 + self._n_met(family))  # (n,)
        return (
            (1.0 - pull) * mean + pull * middle,
            (1.0 - pull) * variance + pull * spread + pull * (1.0 - pull) * (mean - middle).square(),
        )

    def _inputs(self, batch: MaterialBatch, seen: dict[str, np.ndarray]) -> Inputs:
        """Views that this member looks at, for the process."""
        names = [name for name, is_structural in VIEWS.items() if bool(self.looks_at_structure) or not is_structural]
        return Inputs(
            tuple(
                torch.from_numpy(np.ascontiguousarray(seen[name], dtype=np.float64)).to(batch.family.device)
                for name in names
            ),
            tuple(names.index(name) for name in BETWEEN_FAMILIES if name in names),
            tuple(names.index(name) for name in WITHIN_FAMILY),
            batch.family,
        )

    def _tree_rows(self, batch: MaterialBatch, seen: dict[str, np.ndarray]) -> np.ndarray:
        return tree_features(
            batch.amounts.double().numpy(), batch.family.double().numpy(), seen, bool(self.looks_at_structure)
        )

    def _at_room(self, batch: MaterialBatch, learned: np.ndarray) -> np.ndarray:
        """Learned values at 25 degree C, the tail drawn in.  # (n,)"""
        options = self.options
        offset, scale = float(self.target_offset[0]), float(self.target_scale[0])
        decades = decades_per_ev(batch.temperature_c).numpy()
        stored = offset + scale * learned
        room = (stored + options.activation_intercept * decades) / (1.0 + options.activation_slope * decades)
        below = np.maximum(options.tail_from - room, 0.0)
        drawn = room + below - options.tail_width * np.log1p(below / options.tail_width)
        return np.asarray((drawn - offset) / scale, dtype=np.float64)

    def _let_out(self, mean: Tensor, variance: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance of learned values whose tail is no longer drawn in.  # each (n,)

        The mean follows as a median does; the std is half the distance of what lies one std on either side.
        """
        options, offset, scale = self.options, float(self.target_offset[0]), float(self.target_scale[0])

        def out(learned: Tensor) -> Tensor:
            drawn = offset + scale * learned
            below = (options.tail_from - drawn).clamp(min=0.0, max=_DEEPEST * options.tail_width)
            return (drawn + below - options.tail_width * torch.expm1(below / options.tail_width) - offset) / scale

        std = variance.sqrt()
        return out(mean), (0.5 * (out(mean + std) - out(mean - std))).square()

    def _at(self, mean: Tensor, decades: Tensor) -> Tensor:
        """Learned value at 25 degree C carried to another temperature.  # (n,)"""
        room = float(self.target_offset[0]) + float(self.target_scale[0]) * mean
        energy = (self.options.activation_intercept - self.options.activation_slope * room).clamp(min=0.05, max=2.0)
        return mean - energy * decades

    def _noise(self) -> float:
        return self.options.noise_floor / float(self.target_scale[0])
