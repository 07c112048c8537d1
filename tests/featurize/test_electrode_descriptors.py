"""Descriptors of electrodes against other ways to compute them, and what must not change them."""

import numpy as np
import pytest
from pymatgen.analysis.bond_valence import calculate_bv_sum
from pymatgen.core import Composition, Lattice, Structure

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.core.redox import charges
from ssbscreen.featurize.base import ELECTRODE, ELECTRODE_PAIR, has_kind
from ssbscreen.featurize.electrode import PAIR_NAMES, SINGLE_NAMES, Electrodes, lithium_left, note
from ssbscreen.featurize.electrode_sites import NAMES, describe_end
from ssbscreen.featurize.redox import REDOX_NAMES

# LiCoO2, layered (R-3m), experimental cell constants rounded
LCO = Structure.from_spacegroup(
    "R-3m", Lattice.hexagonal(2.815, 14.05), ["Li", "Co", "O"], [[0, 0, 0.5], [0, 0, 0], [0, 0, 0.26]]
)
COO2 = LCO.copy()
COO2.remove_species(["Li"])
COO2.scale_lattice(LCO.volume * 0.98)
FULL, EMPTY = Crystal.from_structure(LCO), Crystal.from_structure(COO2)
PAIR = Candidate("lco", crystal=FULL, charged=EMPTY)


def encode(candidate, is_pair=True):
    found = Electrodes(is_pair).encode([candidate])
    assert not found.rejected
    return found.items[0]


def flat(item):
    return np.concatenate([item.couples, item.redox, item.magpie, item.sites])


def site(name):
    values, _ = describe_end(FULL, charges({"Li": 3, "Co": 3, "O": 6}), frozenset({"Co"}))
    return values[NAMES.index(name)]


def test_rock_salt_potential_is_that_of_madelung():
    edge = 4.0
    salt = Structure.from_spacegroup("Fm-3m", Lattice.cubic(edge), ["Li", "F"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    values, energy = describe_end(Crystal.from_structure(salt), charges({"Li": 1, "F": 1}), frozenset())
    madelung = 1.747565 * 14.399645 / (edge / 2)  # V; constant of NaCl, e^2/(4 pi eps0) in V angstrom
    assert values[NAMES.index("Li potential")] == pytest.approx(-madelung, rel=2e-4)
    assert values[NAMES.index("anion potential")] == pytest.approx(madelung, rel=2e-4)
    assert energy == pytest.approx(-madelung, rel=2e-4)  # per framework atom: one F a pair


def test_bond_valences_are_those_of_pymatgen():
    for index, name in ((0, "Li valence"), (3, "active valence")):
        atom = LCO[index]
        neighbours = [n for n in LCO.get_neighbors(atom, 4.0) if n.specie.symbol == "O"]
        assert site(name) == pytest.approx(abs(calculate_bv_sum(atom, neighbours)), rel=1e-6)


def test_layered_cobalt_oxide_is_octahedral():
    assert site("active coordination") == pytest.approx(6.0, abs=1e-6)
    assert site("Li coordination") == pytest.approx(6.0, abs=1e-6)
    bond = LCO.get_distance(3, 6) if LCO.get_distance(3, 6) < 2.2 else min(LCO.get_distance(3, j) for j in range(6, 12))
    assert site("active bond length") == pytest.approx(bond, rel=1e-6)
    assert site("metal-metal") == pytest.approx(2.815, rel=1e-6)


def test_cobalt_gives_its_electron():
    item = encode(PAIR)
    assert item.redox[REDOX_NAMES.index("active charge discharged")] == pytest.approx(3.0)
    assert item.redox[REDOX_NAMES.index("active charge charged")] == pytest.approx(4.0)
    assert item.redox[REDOX_NAMES.index("d electrons discharged")] == pytest.approx(6.0)
    assert item.couples.sum() == pytest.approx(1.0)
    assert item.sites[PAIR_NAMES.index("volume change on charge")] == pytest.approx(-0.02)


def test_rotation_order_and_supercells_change_nothing():
    rng = np.random.default_rng(0)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    order = rng.permutation(FULL.n_sites)
    turned = Crystal.ordered(FULL.lattice @ turn, FULL.frac[order] + 0.1, FULL.occupant_z[order])
    large = LCO.copy()
    large.make_supercell([1, 2, 1])
    before = flat(encode(PAIR))
    for crystal in (turned, Crystal.from_structure(large)):
        assert np.allclose(
            flat(encode(Candidate("x", crystal=crystal, charged=EMPTY))), before, atol=2e-4, equal_nan=True
        )
    assert np.allclose(
        flat(encode(Candidate("x", crystal=FULL, charged=Crystal.from_structure(COO2 * (2, 1, 1))))),
        before,
        atol=2e-4,
        equal_nan=True,
    )


def test_the_discharged_end_alone_never_looks_at_the_charged_structure():
    squeezed = COO2.copy()
    squeezed.scale_lattice(COO2.volume * 0.8)
    one, other = (
        encode(Candidate("x", crystal=FULL, charged=Crystal.from_structure(s)), is_pair=False) for s in (COO2, squeezed)
    )
    assert np.array_equal(flat(one), flat(other), equal_nan=True)
    alone = encode(Candidate("x", crystal=FULL), is_pair=False)
    assert np.array_equal(flat(one), flat(alone), equal_nan=True)
    assert len(alone.sites) == len(SINGLE_NAMES)


def test_a_composition_has_chemistry_but_no_sites():
    item = encode(Candidate("x", composition=Composition("Li2Co2O4")), is_pair=False)
    assert np.isnan(item.sites).all()
    assert np.allclose(item.redox, encode(Candidate("x", crystal=FULL), is_pair=False).redox, equal_nan=True)
    disordered = LCO.copy()
    disordered[0] = {"Li": 0.5}
    assert np.isnan(encode(Candidate("x", crystal=Crystal.from_structure(disordered)), is_pair=False).sites).all()


@pytest.mark.parametrize(
    ("formula", "is_one"),
    [("LiFePO4", True), ("Li7La3Zr2O12", False), ("Li6PS5Cl", False), ("FePO4", False), ("LiNi0.8Co0.1Mn0.1O2", True)],
)
def test_which_compositions_are_electrodes(formula, is_one):
    candidate = Candidate("x", composition=Composition(formula))
    assert has_kind(candidate, ELECTRODE) is is_one
    assert not has_kind(candidate, ELECTRODE_PAIR)


def test_the_note_says_how_much_lithium_leaves():
    candidate = Candidate("x", composition=Composition("Li2FeP2O7"))
    assert lithium_left(candidate) == pytest.approx(1.0)  # Fe2+/3+ gives one, Fe3+/4+ lies above 5 V
    vanadium = Candidate("y", composition=Composition("Li4V2P4O15"))
    assert lithium_left(Candidate("z", composition=Composition("Li2MnO2F"))) == pytest.approx(1.0)
    with pytest.raises(InputError, match="gives electrons"):
        lithium_left(Candidate("z", composition=Composition("Li5FeO4")))
    assert "framework only" in note(vanadium)
    assert "composition" in note(vanadium)


def test_what_cannot_be_encoded_is_named():
    found = Electrodes(True).encode([Candidate("x", composition=Composition("LiCoO2")), PAIR])
    assert list(found.rows) == [1]
    assert "electrode pair" in found.rejected[0]
