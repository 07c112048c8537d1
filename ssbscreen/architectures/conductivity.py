"""Ionic conductivity: a Gaussian process beside a forest, structure optional.

Both read the same views of a material (`featurize.conductor`): element shares, the place of the elements on the
chemical scale, descriptors of ion conductors, the family, and what is known of the structure. The process knows bounds
as bounds and errors with tails; the forest takes bounds as values. Every second member looks at the composition alone,
which makes predictions without a structure as good as the data allow, and the scatter of the members says what the
structure adds. Stated errors are scaled by how well the process predicts left-out rows of the same family. Values at
other temperatures are carried to and from 25 degree C by Arrhenius' law. The file is long because the options, each
with its unit and reason, take a fifth of it.
"""

from __future__ import annotations

import hashlib
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
    FAMILY,
    N_STRUCTURE,
    VIEWS,
    WITHIN_FAMILY,
    Material,
    MaterialBatch,
    Materials,
)
from ssbscreen.model_parts import conductor_process
from ssbscreen.model_parts.base import HeadOutput, ScaledArchitecture, Targets
from ssbscreen.model_parts.gaussian_process import GaussianProcess
from ssbscreen.model_parts.trees import Trees

_LARGEST = 4.0  # std; a larger error counts as this much in the scatter of its family
_DEEPEST = 3.0  # widths of the drawn-in tail; with the default options 1e-33 S/cm
_ROWS = (  # what is saved of the training rows: name, shape of a row, kind
    ("elements", (), torch.uint8),
    ("amounts", (0,), torch.float32),
    ("family", (), torch.int64),
    ("structure", (0,), torch.float16),
    ("space_group", (), torch.uint8),
    ("target", (), torch.float64),
    ("noise", (), torch.float64),
)
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
            process says to the median of all structure types, 0 to 1; with n measurements it is a (1 + n)th of that.
        noise_floor: least scatter of repeated measurements of one composition, log10 units.
        degrees_of_freedom: of the measurement errors in the process; 0 for Gaussian errors.
        tail_from, tail_width: process and forest see a value x under `tail_from` (log10 at 25 degree C) as
            tail_from - tail_width ln(1 + (tail_from - x) / tail_width), and what they say is carried back. Poor
            conductors reach down to 1e-23 S/cm, many by extrapolation, good ones end at 0.1 S/cm; drawn in, families
            and errors lie evenly about their median.
        hyper_rows: rows, drawn at random for each member, that settle the hyperparameters of the process.
        n_steps: steps of their optimiser.
        n_trees, min_samples_leaf, max_features: of the forest of extremely randomised trees.
        activation_intercept, activation_slope: activation energy = intercept - slope * log10 conductivity at
            25 degree C, eV; carries values between temperatures. The default is a typical energy for all.
        activation_std: standard deviation around it, eV; widens predictions off 25 degree C.
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
    activation_intercept: float = 0.35
    activation_slope: float = 0.0
    activation_std: float = 0.1


class Model(ScaledArchitecture):
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
    unmet_share = 0.58
    """Variance component of the family in 1,222 errors, in units of the stated std, of 21 families left out one at a
    time (`benchmarks/bench_conductivity.py families --members 1`); 0.18 where relatives are known."""
    scale_dtype = torch.float32
    looks_at_structure: Tensor
    rows_elements: Tensor
    rows_amounts: Tensor
    rows_family: Tensor
    rows_structure: Tensor
    rows_space_group: Tensor
    rows_target: Tensor
    rows_noise: Tensor
    scatter_family: Tensor
    scatter_factor: Tensor
    type_prior: Tensor  # median and variance of the values of structure types

    def __init__(self, options: ConductivityOptions, n_targets: int) -> None:
        super().__init__(options, n_targets)
        self.register_buffer("type_prior", torch.zeros(2))
        for name, width, dtype in _ROWS:
            self.register_buffer(f"rows_{name}", torch.zeros(0, *width, dtype=dtype))
        self.register_buffer("scatter_family", torch.zeros(0, dtype=torch.int64))
        self.register_buffer("scatter_factor", torch.zeros(0, dtype=torch.float64))
        self.forest = Trees()
        self._look(True)

    _rows = ""  # hash of the training rows: members that have the same share the distances to them

    def _look(self, at_structure: bool) -> None:
        """Settle which views this member sees."""
        self.register_buffer("looks_at_structure", torch.tensor(float(at_structure)))
        seen = [name for name in BETWEEN_FAMILIES if at_structure or not VIEWS[name]]
        self.process = GaussianProcess(conductor_process.ViewKernel(seen, WITHIN_FAMILY))

    @classmethod
    def representation(cls, options: ConductivityOptions) -> Materials:
        """Compositions with what is known of their structure."""
        return Materials()

    def fit(self, items: Sequence[Material], targets: Targets, seed: int) -> None:
        """Fit process and forest; members of odd number do not see structures."""
        if self.n_targets != 1:
            raise UsageError(f"Architecture 'conductivity' predicts one property; {self.n_targets} were given.")
        targets.need_values()
        options = self.options
        self._look(seed % 2 == 0)
        batch = self.representation(options).collate(items)
        values, bound = self._at_room(batch, targets.values[:, 0]), targets.bound[:, 0]
        latent = conductor_process.fit(
            self.process,
            batch.views,
            values,
            bound,
            noise_floor=self._noise(),
            n_steps=options.n_steps,
            degrees_of_freedom=options.degrees_of_freedom,
            sample=np.random.default_rng(seed).permutation(len(values))[: options.hyper_rows],
        )
        self._keep_rows(batch, latent)
        self.type_prior = conductor_process.type_prior(latent.target, batch.family)
        exact = torch.from_numpy(bound == EXACT)
        error = self.process.left_out(latent.target, latent.noise, torch.from_numpy(values), self._noise())
        self.scatter_family, self.scatter_factor = conductor_process.scatter_by_family(
            batch.family[exact], error.abs().clamp(max=_LARGEST)[exact]
        )
        self.forest = Trees.grow(
            self._tree_rows(batch).numpy(),
            values,
            kind="extra",
            n_trees=options.n_trees,
            min_samples_leaf=options.min_samples_leaf,
            max_features=options.max_features,
            seed=seed,
        )

    def embed(self, batch: MaterialBatch) -> Tensor:
        """Mean and variance of process and forest, share of the process, descriptors of conductors.  # (n, 5 + 106)"""
        decades = decades_per_ev(batch.temperature_c) / float(self.target_scale[0])  # (n,)
        widening = (self.options.activation_std * decades).square()
        kernel = self.process.kernel
        assert isinstance(kernel, conductor_process.ViewKernel)
        mean, variance = self.process.predict(
            kernel.compare(batch.views, self._train, batch.distances_to(self._rows)), kernel.variance(batch.views)
        )
        share = self._process_share(batch.family, variance)
        mean, variance = self._shrunk(batch.family, mean, variance)
        grown, grown_variance = self.forest.predict(self._tree_rows(batch))
        scatter = self._scatter_of(batch.family).square()
        mean, variance = self._let_out(mean, scatter * (variance + self._noise() ** 2))
        grown, grown_variance = self._let_out(grown, scatter * grown_variance)
        columns = [
            self._at(mean, decades),
            variance + widening,
            self._at(grown, decades),
            grown_variance + widening,
            share,
        ]
        return torch.cat([torch.stack(columns, dim=1), batch.views["extras"]], dim=1)

    def predict_from(self, embedding: Tensor) -> HeadOutput:
        """Mixture of process and forest by its first two moments."""
        mean, variance, grown, grown_variance, w = embedding[:, :_PREDICTIONS].unbind(dim=1)
        mixed = w * mean + (1.0 - w) * grown
        total = w * variance + (1.0 - w) * grown_variance + w * (1.0 - w) * (mean - grown).square()
        return HeadOutput(mixed[:, None], torch.log(total.clamp(min=1e-6))[:, None])

    @classmethod
    def from_state(cls, options: ConductivityOptions, n_targets: int, state: dict[str, Tensor]) -> Self:
        """Rebuild process and forest."""
        model = cls(options, n_targets)
        model._look(bool(state["looks_at_structure"]))
        model.load_state_dict(state)
        return model.eval()

    def on_load(self) -> None:
        """Condition the process on the training rows."""
        if len(self.rows_family) == 0:
            return
        amounts = torch.zeros(len(self.rows_amounts), N_ELEMENTS)
        amounts[:, self.rows_elements.long()] = self.rows_amounts
        batch = MaterialBatch.of(
            amounts,
            self.rows_family,
            self.rows_structure.float(),
            self.rows_space_group.long(),
            torch.zeros(len(amounts)),
        )
        self._keep_views(batch)
        pairs = self.process.kernel.compare(self._train, self._train)
        self.process.condition(pairs, self.rows_target, self.rows_noise)

    def _keep_rows(self, batch: MaterialBatch, latent: conductor_process.Latent) -> None:
        elements = torch.nonzero(batch.amounts.sum(dim=0))[:, 0]
        self.rows_elements = elements.to(torch.uint8)
        self.rows_amounts = batch.amounts[:, elements]
        self.rows_family = batch.family
        self.rows_structure = batch.structure.half()
        self.rows_space_group = batch.space_group.to(torch.uint8)
        self.rows_target, self.rows_noise = latent.target, latent.noise
        self._keep_views(batch)

    def _keep_views(self, batch: MaterialBatch) -> None:
        self._rows = hashlib.sha256(b"".join(value.cpu().numpy().tobytes() for value in batch.given)).hexdigest()
        for name, view in batch.views.items():
            self.register_buffer(f"view_{name}", view, persistent=False)

    @property
    def _train(self) -> dict[str, Tensor]:
        """Views of the training rows."""
        return {name: self.get_buffer(f"view_{name}") for name in (*VIEWS, FAMILY)}

    def _scatter_of(self, family: Tensor) -> Tensor:
        """Factor of the std of each row; 1 for a family that was not met.  # (n,) -> (n,)"""
        is_own = (family[:, None] == self.scatter_family[None]).double()
        return 1.0 + is_own @ (self.scatter_factor - 1.0)

    def is_met(self, batch: MaterialBatch) -> Tensor:
        """Whether the structure type of each row was met; of one that is none of its own nothing is in common."""
        return (batch.family % 2 == 0) | (self._n_met(batch.family) > 0)

    def _n_met(self, family: Tensor) -> Tensor:
        """Training rows of the family of each row.  # (n,) -> (n,)"""
        return (family[:, None] == self.rows_family[None]).sum(dim=1)

    def _process_share(self, family: Tensor, variance: Tensor) -> Tensor:
        """Share of the process in the mean, by its own variance.  # (n,), (n,) -> (n,)"""
        wide = (self.options.unsure_from / float(self.target_scale[0])) ** 2
        unsure = torch.where(self._n_met(family) > 0, (variance / wide).clamp(max=1.0), 1.0)
        return self.options.process_weight + (1.0 - self.options.process_weight) * unsure

    def _shrunk(self, family: Tensor, mean: Tensor, variance: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance drawn to the median of the structure types where a type has no or few measurements."""
        median, scatter = self.type_prior.double()
        weight = self.options.unseen_type_shrinkage * (family % 2) / (1.0 + self._n_met(family))  # (n,)
        return (
            (1.0 - weight) * mean + weight * median,
            (1.0 - weight) * variance + weight * scatter + weight * (1.0 - weight) * (mean - median).square(),
        )

    def _tree_rows(self, batch: MaterialBatch) -> Tensor:
        return batch.trees if bool(self.looks_at_structure) else batch.trees[:, :-N_STRUCTURE]

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
