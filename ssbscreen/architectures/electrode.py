"""Voltage of insertion electrodes: a network that knows energies of crystals beside the process on descriptors.

One graph network, shared by both ends, gives each an energy; the voltage is their difference for each lithium that
leaves. It starts from energies of crystals (`training.energies`) and is tuned on voltages. What it says is averaged
with the Gaussian process of `electrode_process`, which errs in other ways.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from ssbscreen.architectures import electrode_process, orbit
from ssbscreen.core.errors import UsageError
from ssbscreen.featurize.electrode_graphs import ElectrodeGraphs, ElectrodeGraphsBatch, Representation
from ssbscreen.model_parts.base import HeadOutput, ScaledArchitecture, Targets
from ssbscreen.model_parts.electrode_process import Other

NETWORK = "network."


@dataclass(frozen=True)
class ElectrodeOptions(electrode_process.ElectrodeProcessOptions):
    """Options of the process, and of the network.

    Attributes:
        network_share: weight of the network in the voltage.
        neighbours, cutoff, dim, edge_dim, n_layers, n_basis, head, is_pooled_widely, site_dropout, strain: as in
            `orbit.OrbitOptions`.
    """

    network_share: float = 0.3
    neighbours: int = 16
    cutoff: float = 12.0
    dim: int = 96
    edge_dim: int = 48
    n_layers: int = 4
    n_basis: int = 32
    head: int = 64
    is_pooled_widely: bool = True
    site_dropout: float = 0.05
    strain: float = 0.003

    def network(self) -> orbit.OrbitOptions:
        """Those of the network alone."""
        return orbit.OrbitOptions(
            **{f.name: getattr(self, f.name) for f in fields(orbit.OrbitOptions) if hasattr(self, f.name)}
        )


class Model(ScaledArchitecture):
    """Energy network, trained by gradient descent, and the process, fitted afterwards."""

    Options = ElectrodeOptions
    SEARCH_SPACE: ClassVar[dict[str, tuple[Any, ...]]] = {"network_share": (0.2, 0.3, 0.4, 0.5, 0.6)}
    is_fitted_afterwards = True
    float16_prefix = NETWORK
    options: ElectrodeOptions
    energy_scale: Tensor

    def __init__(self, options: ElectrodeOptions, n_targets: int) -> None:
        super().__init__(options, n_targets)
        if n_targets != 1 or not options.is_pair:
            raise UsageError(
                "Architecture 'electrode' learns the voltage alone, from both ends; leave out other "
                "properties and is_pair."
            )
        self.network = orbit.Model(options.network(), 1)
        self.level = nn.Parameter(torch.zeros(()))  # V, of the difference of two energies: what lithium metal has
        self.register_buffer("energy_scale", torch.ones(()))  # eV/atom, of one unit of the network
        self.process = electrode_process.Model(options, n_targets)

    @classmethod
    def representation(cls, options: ElectrodeOptions) -> Representation:
        """Descriptors and graphs of both ends."""
        return Representation(options.neighbours, options.cutoff)

    @classmethod
    def encoder_state(cls, state: dict[str, Tensor], offset: float, scale: float, lithium: float) -> dict[str, Tensor]:
        """Weights to start from, made of those of a trained energy network.

        The share of every element but lithium in the energy of both ends cancels, counted per framework atom.

        Args:
            state: of an `orbit` model with the energy as its only target.
            offset, scale: stored energy = offset + scale * learned energy + element shares, eV/atom.
            lithium: share of lithium in these, eV/atom.
        """
        return {f"{NETWORK}{key}": value for key, value in state.items()} | {
            "energy_scale": torch.tensor(scale, dtype=torch.float32),
            "level": torch.tensor(-(offset + lithium), dtype=torch.float32),
        }

    def stated(self, batch: ElectrodeGraphsBatch) -> Tensor:
        """What the network says, standardised, NaN without graphs.  # (n,)

        V = level - (E_discharged - E_charged) / x, with energies and exchanged lithium x per framework atom.
        """
        missing = batch.lithium.new_full((len(batch.descriptors.redox),), torch.nan)
        if batch.graphs is None:
            return missing
        energy = self.energy_scale * self.network(batch.graphs).mean[:, 0].reshape(2, -1)
        high, low = batch.lithium.unbind(dim=1)
        volts = self.level - ((1.0 + high) * energy[0] - (1.0 + low) * energy[1]) / (high - low)
        learned = (volts - self.target_offset[0]) / self.target_scale[0]
        return missing.index_copy(0, batch.rows, learned.to(missing.dtype))

    def embed(self, batch: ElectrodeGraphsBatch) -> Tensor:
        """As that of the process, with the network's share in it.  # (n, width)

        Before this is fitted, what the network alone says, 0 where it says nothing.  # (n, 1)
        """
        stated = self.stated(batch)
        if not self.process.is_fitted:
            return torch.nan_to_num(stated)[:, None]
        return self.process.embed(batch.descriptors, {0: Other(stated, self.options.network_share)})

    def predict_from(self, embedding: Tensor) -> HeadOutput:
        """Read off the embedding; the network alone states a variance of 1."""
        if self.process.is_fitted:
            return self.process.predict_from(embedding)
        return HeadOutput(embedding, torch.zeros_like(embedding))

    def fit(self, items: Sequence[ElectrodeGraphs], targets: Targets, seed: int) -> None:
        """Fit the process.

        Raises:
            UsageError: bounds among the targets.
        """
        process = electrode_process.Model(self.options, self.n_targets)
        process.prepare(self.target_offset.cpu().numpy(), self.target_scale.cpu().numpy())
        process.fit([item.descriptors for item in items], targets, seed)
        self.process = process.to(self.target_offset.device)
