"""First draws of a pool are those that its blocks would make anew, and are made once where no more are asked for."""

import numpy as np
import pytest
from ranking_pools import column, facts, pool

from ssbscreen.core.evidence import Evidence, EvidenceKind
from ssbscreen.core.scratch import Scratch
from ssbscreen.physics.electronic import fit_extrinsic
from ssbscreen.ranking.block import Block
from ssbscreen.ranking.criteria import load_profile, load_screen, resolve
from ssbscreen.ranking.derived import block
from ssbscreen.ranking.first_draws import FirstDraws
from ssbscreen.ranking.quantities import Quantities
from ssbscreen.ranking.scoring import score

KEYS = ["ionic_conductivity", "electronic_resistivity", "shear_modulus", "oxidation_limit"]


def mixed_pool(n_draws: int) -> Quantities:
    """Measured and predicted conductivities, a polymer, resistivities by family, and moduli that one row lacks."""
    of = facts(["oxide", "sulfide", "polymer", "oxide"], ["garnet", "lgps", "polyether", "other"])
    columns = [
        column("ionic_conductivity", [-4.0, -3.0, -6.0, -5.0], 0.4),
        column("shear_modulus", [1.7, 1.0, np.nan, 1.6], 0.1),
        column("bulk_modulus", [1.9, 1.3, np.nan, 1.8], 0.1),
    ]
    kinds = np.array([EvidenceKind.MEASURED, *[EvidenceKind.PREDICTED] * 3], dtype=object)
    measured = fit_extrinsic(
        ["oxide"] * 4 + ["sulfide"] * 4, ["garnet"] * 4 + ["lgps"] * 4, np.arange(8), np.arange(8) / 4 + 8
    )
    given = pool(of, columns, n_draws=n_draws)
    return Quantities(
        given.facts, given.predictions, load_profile("ev").operating, 3, n_draws, None, measured,
        evidence={"ionic_conductivity": Evidence.of(kinds, np.array([2, 0, 0, 0]))},
    )  # fmt: skip


@pytest.mark.parametrize(("n_draws", "is_kept"), [(48, True), (200, False)])
def test_kept_draws_are_those_of_a_block(n_draws: int, is_kept: bool):
    quantities, rows = mixed_pool(n_draws), slice(1, 4)
    first = FirstDraws.of(quantities, KEYS, 64, 2, Scratch())
    assert bool(first.evidence) == is_kept
    kept, anew = first.block(quantities, rows), block(quantities, rows)
    for key in KEYS:
        np.testing.assert_array_equal(first.draws[key][rows], anew.stored(key)[:, :64])
        np.testing.assert_array_equal(kept.stored(key), anew.stored(key))
        np.testing.assert_allclose(kept.laboratory(key), anew.laboratory(key), rtol=1e-5)
        assert list(kept.evidence_of(key).kind) == list(anew.evidence_of(key).kind)
        assert list(kept.evidence_of(key).n_studies) == list(anew.evidence_of(key).n_studies)


@pytest.mark.parametrize(("n_draws", "times"), [(48, 1), (200, 2)])
def test_few_draws_are_made_once(monkeypatch: pytest.MonkeyPatch, n_draws: int, times: int):
    made: list[str] = []
    before = Block._compute
    monkeypatch.setattr(Block, "_compute", lambda self, key: made.append(key) or before(self, key))
    score(mixed_pool(n_draws), resolve(load_screen("separator"), load_profile("ev")))
    assert made.count("ionic_conductivity") == times
