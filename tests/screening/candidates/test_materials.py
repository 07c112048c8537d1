"""One material, one row: polymorphs that were made are told apart and named, guesses stand behind them."""

import numpy as np
import pytest
from pymatgen.core import Composition, Lattice, Structure

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.crystal import Crystal
from ssbscreen.generation.substitution import generate
from ssbscreen.screening.candidates.materials import materials_of
from ssbscreen.screening.evidence.weighing import _of_materials
from ssbscreen.sources.literature import SOURCE as LITERATURE
from ssbscreen.sources.prototypes import SOURCE as PROTOTYPES


@pytest.fixture(scope="module")
def pool():
    """The literature, the prototypes, and what substitution makes of four of them."""
    guesses = generate(names=("lgps", "garnet_li5", "li3incl6", "argyrodite"))
    return (*LITERATURE.load().candidates, *PROTOTYPES.load().candidates, *guesses)


@pytest.fixture(scope="module")
def table(pool):
    """Row of each candidate: material, what it is a variant of, whether it was made, label, series."""
    found = materials_of(pool)
    rows = zip(found.material, found.variant_of, found.is_made, found.label, found.family_series, strict=True)
    return dict(zip((c.candidate_id for c in pool), rows, strict=True))


# Two structures of one composition that the literature tells apart, and the name of each.
POLYMORPHS = [
    # Homma et al., Solid State Ionics 182, 53 (2011)
    ("proto/li3ps4_beta", "beta-Li3PS4", "proto/li3ps4_gamma", "gamma-Li3PS4"),
    # Awaka et al., Chem. Lett. 40, 60 (2011) and J. Solid State Chem. 182, 2046 (2009)
    ("proto/garnet_cubic", "Li7La3Zr2O12 (cubic)", "proto/garnet_tetragonal", "Li7La3Zr2O12 (tetragonal)"),
    # Keffer et al., Inorg. Chem. 6, 119 (1967); Wang et al., J. Solid State Chem. 115, 313 (1995)
    ("proto/li3po4_beta", "beta-Li3PO4", "proto/li3po4_gamma", "gamma-Li3PO4"),
    # Kaib et al., Chem. Mater. 24, 2211 (2012); the hexagonal one is made by milling
    ("proto/li4sns4", "Li4SnS4 (orthorhombic)", "lit/Li4SnS4_(hexagonal)", "Li4SnS4 (hexagonal)"),
    # Soulie et al., J. Alloys Compd. 346, 200 (2002): orthorhombic below 118 degree C, hexagonal above
    ("proto/libh4", "LiBH4 (orthorhombic)", "lit/LiBH4_(hexagonal)", "LiBH4 (hexagonal)"),
    # Wang et al., Nat. Commun. 12, 4410 (2021); 10.1002/aenm.202003190
    ("proto/li2zrcl6", "Li2ZrCl6 (trigonal)", "proto/li3incl6/Li2ZrCl6", "Li2ZrCl6 (monoclinic)"),
    # alpha-Li3N is hexagonal, Rabenau and Schulz, J. Less-Common Met. 50, 155 (1976)
    ("proto/li3n", "Li3N (hexagonal)", "lit/beta-Li3N_(vacancy-rich)", "beta-Li3N (vacancy-rich)"),
]


@pytest.mark.parametrize(("one", "name", "other", "other_name"), POLYMORPHS)
def test_polymorphs_that_were_made_are_materials_of_their_own_under_their_names(table, one, name, other, other_name):
    for key, label in ((one, name), (other, other_name)):
        assert table[key][1:4] == ("", True, label)
    assert table[one][0] != table[other][0]


@pytest.mark.parametrize(
    ("bare", "structure"),
    [
        ("lit/beta-Li3PS4", "proto/li3ps4_beta"),
        ("lit/gamma-Li3PS4", "proto/li3ps4_gamma"),
        ("lit/Li7La3Zr2O12", "proto/garnet_cubic"),
        ("lit/Li7La3Zr2O12_(tetragonal)", "proto/garnet_tetragonal"),
        ("lit/Li6PS5Cl", "proto/argyrodite"),
        ("lit/Li3YCl6", "proto/li3ycl6"),
        ("lit/Li10GeP2S12", "proto/lgps"),
        ("lit/Li6PS5Br", "proto/argyrodite/Li6PS5Br"),
        ("lit/Li3N", "proto/li3n"),
    ],
)
def test_the_row_with_a_structure_stands_for_the_bare_one_which_stays(table, bare, structure):
    assert table[bare][0] == table[structure][0]
    assert table[bare][1] == structure
    assert table[structure][1] == ""
    assert table[bare][2]
    assert table[structure][2]


@pytest.mark.parametrize(
    ("guess", "known"),
    [
        ("proto/lgps/Li3PS4", ("proto/li3ps4_beta", "proto/li3ps4_gamma")),
        ("proto/lgps/Li4GeS4", ("proto/li4ges4",)),
        ("proto/li3incl6/Li3YCl6", ("proto/li3ycl6",)),
        ("proto/li3incl6/Li3ErCl6", ("lit/Li3ErCl6",)),
    ],
)
def test_a_guess_of_a_made_composition_is_its_variant_and_was_not_made(table, guess, known):
    material, variant_of, is_made, *_ = table[guess]
    assert variant_of in known
    assert not is_made
    assert material not in {table[key][0] for key in known}


def test_a_glass_is_no_crystal_and_no_crystal_stands_for_it(table):
    assert table["lit/75Li2S-25P2S5_glass"][1:4] == ("", True, "75Li2S-25P2S5 glass")
    assert table["lit/75Li2S-25P2S5_glass"][0] != table["lit/beta-Li3PS4"][0]


def test_every_row_stays_and_points_to_one_that_stands_for_itself(pool, table):
    assert len(table) == len(pool)
    standing = {key for key, row in table.items() if not row[1]}
    assert {row[1] for row in table.values()} - {""} <= standing
    named = [table[key][0] for key in standing]
    assert len(set(named)) == len(named)


def test_the_order_of_the_pool_decides_nothing(pool, table):
    order = np.random.default_rng(1).permutation(len(pool))
    shuffled = [pool[int(i)] for i in order]
    found = materials_of(shuffled)
    rows = zip(found.material, found.variant_of, found.is_made, found.label, found.family_series, strict=True)
    assert dict(zip((c.candidate_id for c in shuffled), rows, strict=True)) == table


def test_a_series_of_a_structure_type_is_called_by_its_formula():
    rows = [
        Candidate("a", Composition("Li2GeO3"), family_hint="silicate", prototype="li2sio3"),
        Candidate("b", Composition("LiPS3"), family_hint="silicate", prototype="li2sio3"),
        Candidate("c", Composition("Li7Gd3Zr2O12"), family_hint="garnet", prototype="garnet_cubic"),
    ]
    found = materials_of(rows, records=[])
    assert list(found.family_series) == ["silicate Li2SiO3 type", "thiophosphate Li2SiO3 type", "garnet"]


def test_doping_steps_are_materials_of_one_series(table):
    assert table["lit/Li5.5PS4.5Cl1.5"][0] != table["lit/Li6PS5Cl"][0]
    assert table["lit/Li5.5PS4.5Cl1.5"][4] == table["lit/Li6PS5Cl"][4] == "argyrodite"
    assert table["lit/Li6.4La3Zr1.4Ta0.6O12"][4] == table["proto/garnet_tetragonal"][4] == "garnet"
    assert table["proto/li3ycl6"][4] != table["proto/li3incl6"][4]  # trigonal and monoclinic


def rock_salt(scale):
    cell = Structure.from_spacegroup("Fm-3m", Lattice.cubic(4.03), ["Li", "F"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    return Crystal.from_structure(cell.make_supercell(scale, in_place=False))


def test_neither_cell_nor_order_nor_scale_of_a_formula_makes_another_material():
    primitive = rock_salt([1, 1, 1]).to_structure().get_primitive_structure()
    given = [
        Candidate("cell", crystal=rock_salt([1, 1, 1])),
        Candidate("super", crystal=rock_salt([2, 1, 1])),
        Candidate("primitive", crystal=Crystal.from_structure(primitive)),
        Candidate("bare", Composition("F4Li4")),
    ]
    found = materials_of(given)
    assert len(set(found.material)) == 1
    assert found.is_representative.sum() == 1
    assert found.is_made.all()  # LiF is in every table


def test_energy_decides_between_structures_that_nobody_made():
    def guess(name, family):
        species = ["Li"] * 7 + ["Yb"] * 3 + ["Te"] * 2 + ["S"] * 12
        cell = Structure(Lattice.cubic(9.0), species, np.random.default_rng(0).random((24, 3)))
        return Candidate(name, crystal=Crystal.from_structure(cell), family_hint=family, space_group=216)

    given = [guess("a", "argyrodite"), guess("b", "lgps"), guess("c", "spinel")]
    found = materials_of(given, np.array([-1.0, -1.2, np.nan]))
    assert list(found.variant_of) == ["b", "", "b"]
    assert not found.is_made.any()
    assert list(materials_of(given[::-1], np.array([np.nan, -1.2, -1.0])).variant_of) == ["b", "", "b"]


def test_one_polymer_with_one_salt_in_one_amount_is_one_material():
    peo, salt = "*CCO*", "[Li+].O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F"
    given = [
        Candidate("a", polymer=Polymer(peo, salt, 1.26), is_known=True, label="PEO-LiTFSI"),
        Candidate("b", polymer=Polymer(peo, salt, 1.2604, 5e5)),
        Candidate("c", polymer=Polymer(peo, salt, 2.0)),
    ]
    found = materials_of(given)
    assert list(found.variant_of) == ["", "a", ""]
    assert list(found.is_made) == [True, True, False]
    assert len(set(found.family_series)) == 1


def test_rows_of_one_material_share_its_values_and_a_guess_has_none():
    given = [
        Candidate("made", Composition("Li3PS4"), label="beta-Li3PS4", is_known=True, family_hint="li3ps4"),
        Candidate("again", Composition("Li3PS4"), label="beta-Li3PS4", is_known=True, family_hint="li3ps4"),
        Candidate("guess", Composition("Li3PS4"), crystal=rock_salt([1, 1, 1]), family_hint="lgps"),
    ]
    found = materials_of(given, records=())
    assert list(found.variant_of) == ["", "made", "made"] or list(found.variant_of) == ["again", "", "again"]
    assert _of_materials([[3], [1, 2], [1, 3]], found) == [[1, 2, 3], [1, 2, 3], []]
    assert _of_materials([[3], [1], []], None) == [[3], [1], []]
