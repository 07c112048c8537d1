"""The composition network: what it must not depend on, and that it can learn."""

from __future__ import annotations

import numpy as np
import torch
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import SYMBOLS
from ssbscreen.model_parts.composition import (
    MAX_TOKENS,
    CompositionEncoder,
    CompositionOptions,
    ElementTokens,
    token_vectors,
)

_SMALL = CompositionOptions(dim=16, n_layers=2, n_heads=2, statistics=16, dropout=0.0)
_FORMULAS = (
    "Li2S",
    "LiF",
    "Li3PS4",
    "Li7La3Zr2O12",
    "Li3YCl6",
    "Li1.3Al0.3Ti1.7P3O12",
    "Li",
    "NaCl",
    "GaAs",
    "MgO",
    "Li6PS5Cl",
    "ZnS",
    "TiO2",
    "SiO2",
    "Cu2O",
    "CdTe",
)


def _items(formulas: tuple[str, ...] = _FORMULAS) -> tuple[np.ndarray, ...]:
    return ElementTokens().encode([Candidate(f, Composition(f)) for f in formulas]).items


def _encoder() -> CompositionEncoder:
    torch.manual_seed(0)
    return CompositionEncoder(_SMALL).eval()


def test_batch_equals_single_and_order_of_elements_does_not_matter() -> None:
    encoder, tokens = _encoder(), ElementTokens()
    items = _items()
    whole = encoder(tokens.collate(items))
    single = torch.cat([encoder(tokens.collate([item])) for item in items])
    torch.testing.assert_close(single, whole, rtol=1e-4, atol=1e-5)
    turned = tokens.collate(items).clone()
    z, share = turned[:, :MAX_TOKENS].clone(), turned[:, MAX_TOKENS : 2 * MAX_TOKENS].clone()
    for row in range(len(items)):
        n = int((z[row] > 0).sum())
        turned[row, :n] = z[row, :n].flip(0)
        turned[row, MAX_TOKENS : MAX_TOKENS + n] = share[row, :n].flip(0)
    torch.testing.assert_close(encoder(turned), whole, rtol=1e-4, atol=1e-5)


def test_amounts_matter_and_scale_does_not() -> None:
    one, same, other = _items(("Li2S", "Li4S2", "LiS2"))
    np.testing.assert_allclose(one, same, atol=1e-6)
    output = _encoder()(ElementTokens().collate([one, other]))
    assert (output[0] - output[1]).abs().max() > 1e-3


def test_too_many_elements_are_set_aside_with_a_reason() -> None:
    many = Composition({SYMBOLS[z]: 1 for z in range(3, 3 + MAX_TOKENS + 1)})
    encoded = ElementTokens().encode([Candidate("a", many), Candidate("b", Composition("LiF"))])
    assert encoded.rows.tolist() == [1]
    assert "at most 16" in encoded.rejected[0]


def test_it_can_learn_sixteen_compounds_by_heart() -> None:
    torch.manual_seed(1)
    encoder = CompositionEncoder(_SMALL)
    model = torch.nn.Sequential(encoder, torch.nn.SiLU(), torch.nn.Linear(encoder.dim, 1))
    batch = ElementTokens().collate(_items())
    target = torch.randn(len(_FORMULAS), 1, generator=torch.Generator().manual_seed(2))
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    for _ in range(150):
        optimizer.zero_grad()
        loss = (model(batch) - target).square().mean()
        loss.backward()
        optimizer.step()
    assert float(loss.detach()) < 0.02


def test_state_comes_back_from_saved_tensors() -> None:
    encoder = _encoder()
    state = {k: v.clone() for k, v in encoder.state_dict().items()}
    copy = CompositionEncoder(_SMALL).eval()
    copy.load_state_dict(state)
    batch = ElementTokens().collate(_items())
    assert torch.equal(copy(batch), encoder(batch))
    assert not any("known" in key and "from_known" not in key for key in state)  # tables are rebuilt, not shipped


def test_tokens_hold_elements_and_shares() -> None:
    amounts = np.zeros((1, 104))
    amounts[0, [3, 16]] = [2, 1]
    row = token_vectors(amounts)[0]
    assert row[:3].tolist() == [3, 16, 0]
    np.testing.assert_allclose(row[MAX_TOKENS : MAX_TOKENS + 3], [2 / 3, 1 / 3, 0], atol=1e-6)
