"""Functional groups of polymers: what is found, which group decides, order against the literature, honest width."""

import numpy as np
import pytest

from ssbscreen.physics.polymer_stability import describe, groups, groups_of, polymer_stability, weakest


@pytest.mark.parametrize(
    ("smiles", "expected"),
    [
        ("*CCO*", {"ether"}),  # the ether oxygen lies across the junction of two units
        ("[Cu]CCO[Au]", {"ether"}),
        ("*CCOC(=O)O*", {"carbonate"}),
        ("*CCCCCC(=O)O*", {"ester", "hydrocarbon"}),
        ("*CC(C#N)*", {"nitrile", "hydrocarbon"}),
        ("*CC(F)(F)*", {"fluorocarbon", "hydrocarbon"}),
        ("*[Si](C)(C)O*", {"siloxane"}),
        ("*CCS*", {"thioether"}),
        ("*CCOCCOCCCS(=O)(=O)CCC*", {"ether", "sulfone", "hydrocarbon"}),
        ("*CC(C(=O)N(C)C)*", {"amide", "hydrocarbon"}),
        ("*OS(=O)OCC*", {"sulfite"}),
        ("*CCS(=O)CC*", {"sulfoxide", "hydrocarbon"}),
        ("no smiles", set()),
    ],
)
def test_groups_of_known_polymers(smiles, expected):
    assert set(groups_of(smiles)) == expected


def test_every_row_is_cited_and_ordered():
    for group in groups():
        assert group.oxidation.value > group.reduction.value
        assert len(group.oxidation.source) > 9
        assert group.oxidation_from in ("read", "trend", "assumption")
        if group.oxidation_from == "read":
            assert "http" in group.oxidation.source or "10." in group.oxidation.source
        assert group.stable.value + group.mixed.value <= 1.0


def _draws(*smiles, n=4000):
    present = [groups_of(s) for s in smiles]
    rng = np.random.default_rng(0)
    shared = {g.key: rng.standard_normal(n) for g in groups()}
    return polymer_stability(present, shared, rng.standard_normal((len(smiles), n)))


def test_order_of_the_literature():
    """PEO oxidises before polyesters, polynitriles and fluoropolymers; carbonates are reduced before PEO (XPS)."""
    found = _draws("*CCO*", "*CCCCCC(=O)O*", "*CC(C#N)*", "*CC(F)(F)*", "*CCCOC(=O)O*")
    oxidation, reduction = np.median(found.oxidation_limit, axis=1), np.median(found.reduction_limit, axis=1)
    assert oxidation[0] < min(oxidation[1:4])
    assert oxidation[3] == max(oxidation)
    assert reduction[0] < reduction[1] < reduction[4]
    assert np.median(found.p_stable[0]) > np.median(found.p_stable[4])


def test_sulfites_are_reduced_before_carbonates_for_which_they_are_added_as_film_formers():
    found = _draws("*OS(=O)OCC*", "*CCOC(=O)O*")
    reduction = np.median(found.reduction_limit, axis=1)
    assert reduction[0] > reduction[1] + 0.3


def test_read_value_lies_inside_the_interval():
    """PEO: 3.9 to 4.6 V were read; the 90 % interval holds them and is not much wider."""
    limits = _draws("*CCO*").oxidation_limit[0]
    low, high = np.quantile(limits, (0.05, 0.95))
    assert low < 3.95
    assert high > 4.5
    assert high - low < 1.3


def test_the_weakest_group_decides():
    mixed, ether = _draws("*CCOCCOCCCS(=O)(=O)CCC*", "*CCO*").oxidation_limit
    assert np.median(mixed) <= np.median(ether) + 0.02
    assert weakest(("ether", "sulfone"))[0].key == "ether"
    assert weakest(("ether", "sulfone"))[1].key == "sulfone"
    with pytest.raises(ValueError, match="not all"):
        weakest(("unobtainium",))


def test_limits_are_physical_and_nothing_is_invented():
    found = _draws("*CCOC(=O)O*", "*CC(O)*", "unreadable")
    assert (found.reduction_limit[:2] <= found.oxidation_limit[:2]).all()
    assert (found.reduction_limit[:2] >= 0.0).all()
    total = found.p_stable[:2] + found.p_mixed[:2]
    assert (found.p_stable[:2] >= 0.0).all()
    assert (total <= 1.0 + 1e-12).all()
    assert np.isnan(found.oxidation_limit[2]).all()
    assert "no functional group" in describe(())
    assert "10.1557/mre.2020.3" in describe(groups_of("*CCO*"))


def test_polymers_of_one_group_share_most_of_the_doubt():
    found = _draws("*CCO*", "*CCCCO*", "*CC(C#N)*").oxidation_limit
    correlation = np.corrcoef(found)
    assert correlation[0, 1] > 0.3
    assert abs(correlation[0, 2]) < 0.1


def test_each_polymer_is_drawn_as_if_alone():
    """Others with the same or other groups before it change none of its numbers."""
    smiles = ["*CCO*", "*CC(C#N)*", "*CCO*", "no smiles", "*CCOCCOCCCS(=O)(=O)CCC*"]
    present = [groups_of(s) for s in smiles]
    rng = np.random.default_rng(3)
    shared, own = {g.key: rng.standard_normal(50) for g in groups()}, rng.standard_normal((len(smiles), 50))
    together = polymer_stability(present, shared, own)
    for i in range(len(smiles)):
        alone = polymer_stability(present[i : i + 1], shared, own[i : i + 1])
        for name in ("oxidation_limit", "reduction_limit", "p_stable", "p_mixed"):
            np.testing.assert_array_equal(getattr(together, name)[i], getattr(alone, name)[0])
    assert not np.array_equal(together.oxidation_limit[0], together.oxidation_limit[2])
    by_group = [polymer_stability([[key]], shared, own[4:]) for key in present[4]]  # the weakest group decides
    assert len(by_group) == 3
    for name, worst in (("oxidation_limit", np.min), ("reduction_limit", np.max), ("p_stable", np.min)):
        of_groups = worst([getattr(one, name)[0] for one in by_group], axis=0)
        np.testing.assert_allclose(getattr(together, name)[4], of_groups)
