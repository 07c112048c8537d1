"""Elements and acid gases of polymer electrolytes, against sums by hand."""

from __future__ import annotations

import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Polymer
from ssbscreen.core.formulation import acid_gas, formulation_composition

TFSI = "[Li+].O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F"
PF6 = "[Li+].F[P-](F)(F)(F)(F)F"


def test_a_kilogram_of_polymer_and_its_salt():
    """1 kg of C2H4O (44.05 g/mol) and 1.2 mol of LiC2F6NO4S2 (287.09 g/mol)."""
    found = formulation_composition(Polymer("*CCO*", TFSI, 1.2))
    assert found is not None
    assert found["Li"] == pytest.approx(1.2)
    assert found["C"] == pytest.approx(2 * 1000 / 44.053 + 2 * 1.2, rel=1e-3)
    assert found["H"] == pytest.approx(4 * 1000 / 44.053, rel=1e-3)
    assert found.weight == pytest.approx(1000 + 1.2 * Composition("LiC2F6NO4S2").weight, rel=1e-4)


def test_ends_of_a_chain_are_no_atoms_and_their_marks_do_not_matter():
    one, other = (formulation_composition(Polymer(smiles)) for smiles in ("*CC(C#N)*", "[Cu]CC(C#N)[Au]"))
    assert one is not None
    assert one == other
    assert one.fractional_composition.almost_equals(Composition("C3H3N").fractional_composition)


@pytest.mark.parametrize(
    "polymer",
    [Polymer("*CCO*", PF6), Polymer("*CCO*", TFSI, 1.0, plasticiser="acetonitrile"), Polymer("*CC(", TFSI, 1.0)],
    ids=["no amount", "solvent", "unreadable"],
)
def test_what_is_not_known_is_not_counted(polymer):
    assert formulation_composition(polymer) is None
    assert acid_gas(polymer) is None


@pytest.mark.parametrize(
    ("smiles", "salt", "molality", "milligram"),
    [
        ("*CCO*", TFSI, 1.0, 0.0),  # sulfonyl and CF3 keep what they have
        ("*CCO*", TFSI, None, 0.0),  # however much of it
        ("*CCSCCO*", TFSI, 1.0, 0.0),  # a thioether
        ("*CCO*", PF6, 1.0, 6 * 20.01 / (1000 + 151.91) * 1e3),  # LiPF6 + H2O: every F as HF at most
        ("*CCO*", "[Li+].F[B-](F)(F)F", 1.0, 4 * 20.01 / (1000 + 93.75) * 1e3),
        ("*CCO*", "[Li+].F[As-](F)(F)(F)(F)F", 0.5, 0.5 * 6 * 20.01 / (1000 + 0.5 * 195.85) * 1e3),
        ("*O[Si](C)(F)*", None, None, 20.01 / 78.12 * 1e3),  # CH3SiFO
        ("*CCO*", "[Li+].FC(F)(F)C(=O)[O-]", 1.0, 0.0),  # trifluoroacetate
        ("*OP(=S)(OC)OCC*", None, None, 34.08 / 154.13 * 1e3),  # a thiophosphate ester, C3H7O3PS
    ],
)
def test_only_sulfur_and_fluorine_on_phosphorus_boron_and_the_like_are_hydrolysed(smiles, salt, molality, milligram):
    assert acid_gas(Polymer(smiles, salt, molality)) == pytest.approx(milligram, rel=2e-3)
