"""Layers of a pretrained SevenNet up to its last atom features, as a part of a network.

Source: Park et al., J. Chem. Theory Comput. 20, 4857 (2024), 10.1021/acs.jctc.4c00190; package and weights MIT.
"""

from __future__ import annotations

import hashlib
from importlib import util
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel
from torch import Tensor, nn

from ssbscreen.core.errors import DataUnavailable, IntegrityError, unknown
from ssbscreen.files.paths import data_dir
from ssbscreen.files.yaml import read_yaml

PACKAGE = "sevenn"
POTENTIALS = ("sevenn", "sevenn-l3i5")  # names of cards in data/potentials whose weights the package carries
WIDTH = 128  # features of an atom after the last layer of each of them
_LAYER = "equivariant_gate"  # the last module of a layer
_N_TYPES = 120


class _Weights(BaseModel):
    """Of a card what is needed here; `calculation/potentials.py` reads all of it."""

    weights: str
    sha256: str


class PretrainedPotential(nn.Module):
    """Atom features of a potential that learned energies and forces; they change in training.

    Args:
        name: one of `POTENTIALS`.

    Raises:
        UsageError: another name.
        DataUnavailable: the package is not installed.
        IntegrityError: its weights are not those of the card.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        found = _load(name)
        last = max(i for i, key in enumerate(found._modules) if key.endswith(_LAYER))
        self.layers = nn.ModuleDict(dict(list(found._modules.items())[: last + 1]))
        self.cutoff = float(found.cutoff)
        type_of = torch.full((_N_TYPES,), -1)
        for z, kind in found.type_map.items():
            type_of[z] = kind
        self.register_buffer("type_of", type_of)

    def groups(self) -> list[list[nn.Parameter]]:
        """Parameters of each round of messages, the first with the embedding before it."""
        rounds: list[list[nn.Parameter]] = [[]]
        for key, module in self.layers.items():
            rounds[-1] += list(module.parameters())
            if key.endswith(_LAYER):
                rounds.append([])
        return rounds[:-1]

    def forward(self, z: Tensor, edge_index: Tensor, vectors: Tensor, batch: Tensor) -> Tensor:
        """Features that do not change under rotation.  # (n,), (2, m), (m, 3), (n,) -> (n, WIDTH)"""
        type_of = self.get_buffer("type_of")
        data: Any = {
            "x": type_of[z],
            "atomic_numbers": z,
            "edge_index": edge_index,
            "edge_vec": vectors,
            "batch": batch,
            "num_atoms": torch.bincount(batch),
        }
        for module in self.layers.values():
            data = module(data)
        features: Tensor = data["x"]
        return features[:, :WIDTH]


def _load(name: str) -> Any:
    """The whole potential as the package builds it."""
    if name not in POTENTIALS:
        raise unknown("potential", name, POTENTIALS)
    found = util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise DataUnavailable(
            f"A network that starts from '{name}' needs the package {PACKAGE}, which is not installed; "
            "`pip install '.[foundation]'` in a clone (elsewhere 'ssbscreen[foundation]') brings it."
        )
    card = read_yaml(data_dir() / "potentials" / f"{name}.yaml", _Weights, error=IntegrityError)
    path = Path(found.origin).parent / card.weights
    # loading unpickles the file, so it must be the one that is known
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != card.sha256:
        raise IntegrityError(f"{path}: not the weights of '{name}'; install the version of the extra.")
    from sevenn.util import load_checkpoint

    model = load_checkpoint(str(path)).build_model()
    model.set_is_batch_data(True)
    return model
