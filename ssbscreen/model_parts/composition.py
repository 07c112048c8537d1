"""Attention over the elements of a composition, joined with its Magpie statistics.

Elements are tokens (after Goodall and Lee's Roost and Wang et al.'s CrabNet): tabulated and learned features plus
an encoding of the element's share. A residual network reads the statistics of the whole composition beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ssbscreen.core.candidate import Candidate
from ssbscreen.featurize.base import COMPOSITION, Encoded, encode_each, stack
from ssbscreen.featurize.charge_balance import BALANCE_NAMES, charge_balance
from ssbscreen.featurize.composition import (
    EXTRA_NAMES,
    MAGPIE_NAMES,
    N_ELEMENTS,
    amounts_of,
    element_embedding,
    extras,
    magpie,
    magpie_table,
    padded,
    scaled_extras,
    scaled_magpie,
)

MAX_TOKENS = 16  # elements of one composition; more are refused
N_STATISTICS = len(MAGPIE_NAMES) + 2 * len(EXTRA_NAMES)


def n_statistics(has_balance: bool) -> int:
    """Statistics of a composition, with or without the balance of its formal charges."""
    return N_STATISTICS + has_balance * len(BALANCE_NAMES)


@dataclass(frozen=True)
class CompositionOptions:
    """Sizes of the network.

    Attributes:
        dim: width of an element's state.
        n_layers, n_heads: of the attention.
        n_frequencies: waves that encode a share and its logarithm.
        statistics: width of the residual network beside the attention; 0 leaves it out.
        dropout: in attention and residual network.
        has_balance: whether the statistics hold the balance of formal charges.
    """

    dim: int = 96
    n_layers: int = 3
    n_heads: int = 4
    n_frequencies: int = 12
    statistics: int = 128
    dropout: float = 0.1
    has_balance: bool = False


class ElementTokens:
    """Representation of a composition: elements and shares by falling share, then scaled statistics.

    Args:
        has_balance: whether the balance of formal charges is among the statistics.
    """

    name = "composition"
    kind = COMPOSITION

    def __init__(self, has_balance: bool = False) -> None:
        self.has_balance = has_balance

    def __eq__(self, other: object) -> bool:
        """Those with the same statistics encode alike, so that models share what they encode."""
        return isinstance(other, ElementTokens) and other.has_balance == self.has_balance

    def __hash__(self) -> int:
        return hash((type(self), self.has_balance))

    def encode(self, candidates: Sequence[Candidate]) -> Encoded:
        """One vector a candidate with a composition of at most 16 elements."""
        found = encode_each(candidates, COMPOSITION, token_amounts)
        if not found.items:
            return found
        return Encoded(tuple(token_vectors(np.stack(found.items), self.has_balance)), found.rows, found.rejected)

    def size(self, item: np.ndarray) -> int:
        """Every vector costs the same."""
        return 1

    def collate(self, items: Sequence[np.ndarray]) -> Tensor:
        """Vectors as rows.  # (n, 32 + n_statistics)"""
        return stack(items)


def token_vectors(amounts: np.ndarray, has_balance: bool = False) -> np.ndarray:
    """Atomic numbers, shares and statistics side by side.  # (n, 104) -> (n, 32 + n_statistics)"""
    z, share = padded(amounts)
    out = np.zeros((len(amounts), 2 * MAX_TOKENS + n_statistics(has_balance)), dtype=np.float32)
    out[:, : z.shape[1]] = z
    out[:, MAX_TOKENS : MAX_TOKENS + share.shape[1]] = share
    statistics = [scaled_magpie(magpie(amounts)), scaled_extras(extras(amounts))]
    out[:, 2 * MAX_TOKENS :] = np.hstack([*statistics, charge_balance(amounts)] if has_balance else statistics)
    return out


def token_amounts(candidate: Candidate) -> np.ndarray:
    """Amounts by atomic number, refused where there are more elements than the attention has places for.  # (104,)"""
    assert candidate.composition is not None  # encode_each lets nothing else through
    amounts = amounts_of(candidate.composition)
    if (amounts > 0).sum() > MAX_TOKENS:
        raise ValueError(f"{(amounts > 0).sum()} elements; at most {MAX_TOKENS} are handled")
    return amounts


class CompositionEncoder(nn.Module):
    """Embedding of a composition from its tokens and statistics."""

    known: Tensor
    frequencies: Tensor

    def __init__(self, options: CompositionOptions) -> None:
        super().__init__()
        table = magpie_table()
        known = np.zeros((N_ELEMENTS, table.shape[1] + 200), dtype=np.float32)
        known[1:, : table.shape[1]] = (table[1:] - table[1:].mean(0)) / (table[1:].std(0) + 1e-9)
        known[1:, table.shape[1] :] = element_embedding()[1:] * 14.0  # to about unit variance
        self.register_buffer("known", torch.from_numpy(known), persistent=False)  # rebuilt from the tables
        self.register_buffer("frequencies", 2.0 ** torch.linspace(-1, 5, options.n_frequencies), persistent=False)
        self.from_known = nn.Linear(known.shape[1], options.dim)
        self.learned = nn.Embedding(N_ELEMENTS, options.dim, padding_idx=0)
        nn.init.normal_(self.learned.weight, std=0.1)
        self.from_share = nn.Linear(4 * options.n_frequencies + 2, options.dim)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                options.dim,
                options.n_heads,
                2 * options.dim,
                options.dropout,
                activation="gelu",
                batch_first=True,
                norm_first=True,
            )
            for _ in range(options.n_layers)
        )
        self.gate = nn.Linear(options.dim, options.dim)
        self.norm = nn.LayerNorm(options.dim)
        width = options.statistics
        self.statistics = (
            nn.Sequential(
                nn.Linear(n_statistics(options.has_balance), width),
                nn.SiLU(),
                nn.Dropout(options.dropout),
                nn.Linear(width, width),
                nn.SiLU(),
                nn.Dropout(options.dropout),
                nn.LayerNorm(width),
            )
            if width
            else None
        )
        self.dim = options.dim + width

    def forward(self, batch: Tensor) -> Tensor:
        """Embeddings.  # (n, 32 + n_statistics) -> (n, dim)"""
        z = batch[:, :MAX_TOKENS].long()
        n_tokens = int((z > 0).sum(dim=1).max())
        z, share = z[:, :n_tokens], batch[:, MAX_TOKENS : MAX_TOKENS + n_tokens]
        empty = z == 0
        state = self.from_known(self.known)[z] + self.learned(z) + self.from_share(self._waves(share))
        for layer in self.layers:
            state = layer(state, src_key_padding_mask=empty)  # (n, tokens, dim)
        state = torch.sigmoid(self.gate(state)) * self.norm(state)
        pooled = (state * share.unsqueeze(-1)).sum(dim=1)
        if self.statistics is None:
            return pooled
        return torch.cat([pooled, self.statistics(batch[:, 2 * MAX_TOKENS :])], dim=-1)

    def _waves(self, share: Tensor) -> Tensor:
        """Waves of the share and of its logarithm, so that 1 % and 2 % differ as 30 % and 60 % do."""
        log = torch.log10(share.clamp(min=1e-4)) / 4.0 + 1.0
        parts = [share.unsqueeze(-1), log.unsqueeze(-1)]
        for value in (share, log):
            angle = value.unsqueeze(-1) * self.frequencies * torch.pi
            parts += [torch.sin(angle), torch.cos(angle)]
        return torch.cat(parts, dim=-1)
