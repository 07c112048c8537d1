"""The composition network: what a formula says does not depend on how it is written."""

from __future__ import annotations

import pytest
import torch
from pymatgen.core import Composition

from ssbscreen.architectures.composition import Model, NetworkOptions
from ssbscreen.core.candidate import Candidate
from ssbscreen.model_parts.composition import ElementTokens

SMALL = NetworkOptions(dim=8, n_layers=2, n_heads=2, n_frequencies=4, statistics=8, head=8)


def _says(*formulas: str) -> torch.Tensor:
    torch.manual_seed(0)
    model = Model(SMALL, 2).eval()
    tokens = Model.representation(SMALL)
    found = tokens.encode([Candidate(f, Composition(f)) for f in formulas])
    with torch.no_grad():
        return model(tokens.collate(found.items)).mean


@pytest.mark.parametrize("other", ["Li6P2S8", "S4PLi3", "Li0.375P0.125S0.5"])
def test_one_composition_has_one_prediction(other: str) -> None:
    said = _says("Li3PS4", other, "Li3PSe4")
    torch.testing.assert_close(said[0], said[1], rtol=1e-5, atol=1e-5)
    assert (said[0] - said[2]).abs().max() > 1e-3


def test_company_with_more_elements_changes_nothing() -> None:
    alone, beside = _says("LiCl")[0], _says("LiCl", "Li6.4La3Zr1.4Ta0.5Nb0.1O12")[0]
    torch.testing.assert_close(alone, beside, rtol=1e-5, atol=1e-5)


def test_models_with_the_same_statistics_share_what_they_encode() -> None:
    assert ElementTokens(True) == ElementTokens(True) != ElementTokens(False)
    assert len({ElementTokens(True), ElementTokens(True), ElementTokens(False)}) == 2
