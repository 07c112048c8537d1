"""Descriptors and environments of polymers: one polymer, one result, however its repeat unit is written."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import Descriptors

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.errors import InputError
from ssbscreen.featurize.polymer_chain import Chain, read_unit
from ssbscreen.featurize.polymer_descriptors import (
    CHAIN_NAMES,
    CONDITION_NAMES,
    SALT_NAMES,
    chain_descriptors,
    conditions,
    salt_descriptors,
    unit_mass,
)
from ssbscreen.featurize.polymer_environments import PolymerEnvironments, environments
from ssbscreen.featurize.polymer_formulation import PolymerFormulations
from ssbscreen.featurize.vectors import PolymerVectors

LITFSI = "O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F.[Li+]"
SAME = [
    ("*CCO*", "*OCC*"),
    ("*CCO*", "*COC*"),
    ("*CCO*", "[Cu]CCO[Au]"),
    ("*CCO*", "[Au]OCC[Cu]"),
    ("*OCCOC(=O)CC(*)=O", "*C(=O)OCCOC(=O)C*"),
    ("*Oc1ccc(*)cc1", "*c1ccc(O*)cc1"),
    ("*CC(*)C(=O)OCCOC", "COCCOC(=O)C(*)C*"),
    ("*C(=O)Nc1ccc(*)cc1", "*Nc1ccc(C(*)=O)cc1"),
    ("*O[Si](*)(C)CCCOC1COC(=O)O1", "*[Si](C)(CCCOC1COC(=O)O1)O*"),
]
DOUBLE = [
    ("*CCO*", "*CCOCCO*"),
    ("*C*", "*CC*"),
    ("*CC(*)C(=O)OC", "*CC(C(=O)OC)CC(*)C(=O)OC"),
    ("*CCOC(=O)O*", "*CCOC(=O)OCCOC(=O)O*"),
    ("*c1ccc(*)cc1", "*c1ccc(-c2ccc(*)cc2)cc1"),
    ("*O*", "*OO*"),
]


def chain(smiles: str) -> Chain:
    return Chain.of(Chem.MolToSmiles(read_unit(smiles)))


def surroundings(smiles: str, n_rounds: int = 4) -> list[int]:
    """Each atom's surroundings by Weisfeiler-Lehman refinement: another way to compare polymers than fingerprints."""
    found = chain(smiles)
    colour = [
        hash(
            (a.GetAtomicNum(), a.GetTotalNumHs(), a.GetFormalCharge(), a.GetIsAromatic(), a.GetIdx() in found.backbone)
        )
        for a in found.middle_atoms()
    ]
    for _ in range(n_rounds):
        told: list[list[tuple[int, int]]] = [[] for _ in colour]
        for a, b, bond in found.bonds():
            told[a].append((colour[b], int(bond.GetBondType())))
            told[b].append((colour[a], int(bond.GetBondType())))
        colour = [hash((c, tuple(sorted(t)))) for c, t in zip(colour, told, strict=True)]
    return sorted(colour)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_cut_spelling_and_ends_do_not_matter(one: str, other: str) -> None:
    assert surroundings(one) == surroundings(other)
    np.testing.assert_array_equal(environments(chain(one)), environments(chain(other)))
    np.testing.assert_allclose(chain_descriptors(chain(one)), chain_descriptors(chain(other)), atol=1e-6)


@pytest.mark.parametrize(("one", "two"), DOUBLE)
def test_writing_the_unit_twice_does_not_matter(one: str, two: str) -> None:
    assert sorted(surroundings(one) * 2) == surroundings(two)
    np.testing.assert_array_equal(2 * environments(chain(one)), environments(chain(two)))
    np.testing.assert_allclose(chain_descriptors(chain(one)), chain_descriptors(chain(two)), atol=1e-6)


@pytest.mark.parametrize(
    ("one", "other"),
    [("*CCO*", "*CCCO*"), ("*CC(*)C(=O)OC", "*CC(*)OC(C)=O"), ("*CCO*", "*CC(*)O"), ("*CCOCO*", "*CCO*")],
)
def test_different_polymers_differ(one: str, other: str) -> None:
    assert surroundings(one) != surroundings(other)
    assert (environments(chain(one)) != environments(chain(other))).any()
    assert np.abs(chain_descriptors(chain(one)) - chain_descriptors(chain(other))).max() > 0.02


def test_random_spellings_of_many_units() -> None:
    rng = np.random.default_rng(0)
    for smiles in {s for pair in SAME + DOUBLE for s in pair if "*" in s}:
        molecule = Chem.MolFromSmiles(smiles)
        order = [int(i) for i in rng.permutation(molecule.GetNumAtoms())]
        other = Chem.MolToSmiles(Chem.RenumberAtoms(molecule, order), canonical=False)
        assert surroundings(smiles) == surroundings(other)


@pytest.mark.parametrize("smiles", ["*CCO*", "*C*", "*CC(*)C(=O)OCCOC", "*Oc1ccc(*)cc1"])
def test_no_bond_of_the_endless_chain_is_lost(smiles: str) -> None:
    unit = Chem.MolFromSmiles(smiles)
    # the two bonds to the ends become the one that joins them
    assert len(chain(smiles).bonds()) == unit.GetNumBonds() - 1
    assert len(chain(smiles).middle) == unit.GetNumAtoms() - 2


def test_backbone_and_side_chain() -> None:
    whole = dict(zip(CHAIN_NAMES, chain_descriptors(chain("*CC(*)C(=O)OCCOC")), strict=True))
    assert whole["backbone atoms"] == pytest.approx(2 / 9)
    assert whole["deepest side atom"] == pytest.approx(np.log1p(6) / 2)  # C(=O) 1, O 2, C 3, C 4, O 5, C 6
    assert whole["backbone ether oxygen"] == 0.0
    peo = dict(zip(CHAIN_NAMES, chain_descriptors(chain("*CCO*")), strict=True))
    assert peo["backbone atoms"] == 1.0
    assert peo["ether oxygen"] == pytest.approx((1 / 3) ** 0.5)
    assert peo["ether oxygen two carbons from another"] == pytest.approx((1 / 3) ** 0.5)
    assert peo["coordinating atoms per kg"] == pytest.approx(30 / 44.05, abs=1e-3)
    # a para ring belongs to the path as a whole
    ring = dict(zip(CHAIN_NAMES, chain_descriptors(chain("*Oc1ccc(*)cc1")), strict=True))
    assert ring["backbone atoms"] == 1.0


@pytest.mark.parametrize("smiles", ["*CCO*", "*CC(*)C#N", "*O[Si](*)(C)C", "*CC(*)(C)C(=O)OC"])
def test_mass_of_the_unit(smiles: str) -> None:
    bare = Chem.MolFromSmiles(smiles.replace("*", "[2H]"))  # any cap of known mass
    expected = Descriptors.MolWt(bare) - 2 * 2.014
    assert unit_mass(Chain.of(smiles)) == pytest.approx(expected, abs=0.01)


def test_conditions_say_what_is_missing() -> None:
    peo = dict(zip(CONDITION_NAMES, conditions(Polymer("*CCO*", LITFSI, 1.0, 5e6)), strict=True))
    # EO : Li = 22.7 at 1 mol/kg, since 1 kg holds 22.7 mol of the unit (44.05 g/mol)
    assert 10 ** (1.0 - peo["log salt cations per coordinating atom"]) == pytest.approx(1000 / 44.05, rel=1e-3)
    assert peo["salt mass fraction"] / 2 == pytest.approx(287.09 / 1287.09, abs=1e-3)
    no_mass = dict(zip(CONDITION_NAMES, conditions(Polymer("*CCO*", LITFSI, 1.0, None)), strict=True))
    assert (peo["has molar mass"], no_mass["has molar mass"]) == (1.0, 0.0)
    no_salt = dict(zip(CONDITION_NAMES, conditions(Polymer("*CCO*")), strict=True))
    assert (no_salt["has salt"], no_salt["has molality"]) == (0.0, 0.0)
    unknown = dict(zip(CONDITION_NAMES, conditions(Polymer("*CCO*", LITFSI)), strict=True))
    assert (unknown["has salt"], unknown["has molality"]) == (1.0, 0.0)
    own = dict(zip(CONDITION_NAMES, conditions(Polymer("*CC(*)C[N-]S(=O)(=O)C(F)(F)F")), strict=True))
    assert own["log ions per kg"] > 0.5 > no_salt["log ions per kg"]


def test_salts_have_descriptors() -> None:
    tfsi = dict(zip(SALT_NAMES, salt_descriptors(Chem.MolFromSmiles(LITFSI)), strict=True))
    assert tfsi["fluorine"] == pytest.approx((6 / 15) ** 0.5)
    assert tfsi["mass"] == pytest.approx(np.log10(287.09) - 2, abs=1e-3)
    assert tfsi["heavier cation"] == 0.0
    sodium = dict(zip(SALT_NAMES, salt_descriptors(Chem.MolFromSmiles("[Na+].[I-]")), strict=True))
    assert sodium["heavier cation"] == 1.0


@pytest.mark.parametrize("smiles", ["CCO", "*CCO", "*CC(*)C*", "**", "*C=CC=*x", "*CC=*", ""])
def test_bad_units_are_refused(smiles: str) -> None:
    with pytest.raises(InputError, match="repeat unit"):
        Chain.of(smiles)


def test_bad_candidates_are_set_aside_with_their_reason() -> None:
    good = Candidate("a", polymer=Polymer("*CCO*", LITFSI, 1.0))
    pool = [
        good,
        Candidate("b", polymer=Polymer("*CCO")),
        Candidate("c", polymer=Polymer("*CCO*", "C(", 1.0)),
        Candidate("d", polymer=Polymer("*CCO*", LITFSI, -1.0)),
        good,
        Candidate("e", polymer=Polymer("*CCO*"), temperature_c=-300.0),
    ]
    for representation in (PolymerFormulations(), PolymerEnvironments(), PolymerVectors("fingerprints+descriptors")):
        encoded = representation.encode(pool)
        assert set(encoded.rows) >= {0, 4}
        assert {1, 2, 3} <= set(encoded.rejected)
        assert "molality" in encoded.rejected[3]
