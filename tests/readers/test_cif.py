"""CIF reading against pymatgen and against cells worked out by hand."""

import io
import warnings
import zipfile

import numpy as np
import pytest
from pymatgen.core import Composition, Lattice, Structure
from pymatgen.io.cif import CifParser, CifWriter

from ssbscreen.core.errors import InputError
from ssbscreen.readers.formats.cif import read_cif

HEAD = """data_test
_symmetry_space_group_name_H-M '{group}'
_cell_length_a {a}
_cell_length_b {a}
_cell_length_c {a}
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
"""


def cif(*atoms: str, group: str = "P 1", a: float = 5.0) -> str:
    return HEAD.format(group=group, a=a) + "\n".join(atoms) + "\n"


def test_rock_salt_from_its_asymmetric_unit():
    found = read_cif(cif("Li1 Li 0 0 0 1", "Cl1 Cl 0.5 0.5 0.5 1", group="F m -3 m", a=5.13))[0]
    assert found.space_group == 225
    assert found.crystal.n_sites == 8
    assert found.crystal.composition == Composition("Li4Cl4")
    # 4 (6.94 + 35.45) u in 5.13^3 A^3 = 2.085 g/cm3
    assert found.crystal.density == pytest.approx(4 * 42.39 * 1.66054 / 5.13**3, rel=1e-3)


def test_occupants_of_one_position_share_a_site():
    found = read_cif(cif("Al1 Al 0 0 0 0.3", "Ti1 Ti4+ 0 0 0 0.7", "O1 O2- 0.5 0.5 0.5 1.0"))[0]
    assert found.crystal.n_sites == 2
    assert found.n_merged == 0
    assert found.crystal.composition.as_dict() == pytest.approx({"Al": 0.3, "Ti": 0.7, "O": 1.0})


def test_split_sites_closer_than_half_an_angstrom_become_one():
    found = read_cif(cif("Li1 Li 0.00 0 0 0.5", "Li2 Li 0.06 0 0 0.25", "O1 O 0.5 0.5 0.5 1"))[0]  # 0.3 A apart
    assert found.n_merged == 1
    assert found.crystal.n_sites == 2
    assert found.crystal.occupancy[found.crystal.occupant_z == 3].tolist() == [0.75]
    assert found.crystal.frac[0, 0] == pytest.approx(0.02)  # weighted by occupancy


def test_full_atoms_on_one_another_are_refused_by_name():
    with pytest.raises(InputError, match=r"Li1 \(Li\) and Li2 \(Li\) lie on one another"):
        read_cif(cif("Li1 Li 0.00 0 0 1", "Li2 Li 0.06 0 0 1", "O1 O 0.5 0.5 0.5 1"))


def test_alternatives_that_overfill_a_site_are_counted_not_merged():
    found = read_cif(cif("Li1 Li 0.00 0 0 0.7", "Li2 Li 0.06 0 0 0.7", "O1 O 0.5 0.5 0.5 1"))[0]
    assert (found.n_merged, found.n_close, found.crystal.n_sites) == (0, 1, 3)


def test_sites_near_each_other_across_the_cell_border_are_seen():
    found = read_cif(cif("Li1 Li 0.98 0 0 0.4", "Li2 Li 0.02 0 0 0.4", "O1 O 0.5 0.5 0.5 1"))[0]
    assert found.n_merged == 1
    assert min(found.crystal.frac[0, 0], 1 - found.crystal.frac[0, 0]) < 1e-9


def test_several_blocks_are_several_crystals():
    text = cif("Li1 Li 0 0 0 1") + "data_empty\n_cell_length_a 3\n" + cif("Na1 Na 0 0 0 1").replace("test", "two")
    assert [str(c.crystal.composition) for c in read_cif(text)] == ["Li1", "Na1"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no atoms"),
        ("data_x\n_cell_length_a 5\n", "no atoms"),
        (cif("Li1 Li 0 0 0 1", "Cl1 Cl 0.5 0.5"), "not a readable CIF"),
        (cif("Li1 Li ? 0 0 1"), "no coordinates"),
        (cif("Qq1 Qq 0 0 0 1"), "no element"),
        (cif("Li1 Li 0 0 0 0.8", "Na1 Na 0 0 0 0.8"), "filled to 1.6"),
        (cif("Li1 Li 0 0 0 -1"), "between 0 and 1"),
        (cif("Li1 Li 0 0 0 0"), "occupancy 0"),
        (cif("Li1 Li 0 0 0 1").replace("_cell_length_a 5.0", ""), "no unit cell"),
        ("this is not a CIF at all {}", "not a readable CIF"),
    ],
)
def test_bad_text_is_refused_with_its_reason(text, says):
    with pytest.raises(InputError, match=says):
        read_cif(text)


def test_too_many_sites_are_refused():
    rng = np.random.default_rng(0)
    atoms = [f"Li{i} Li {x:.4f} {y:.4f} {z:.4f} 1" for i, (x, y, z) in enumerate(rng.random((30, 3)))]
    with pytest.raises(InputError, match="limit of 20"):
        read_cif(cif(*atoms, a=30.0), max_sites=20)


@pytest.mark.parametrize(
    ("group", "species", "coords", "lattice"),
    [
        (
            "Pnma",
            ["Li", "O", "P"],
            [[0, 0, 0], [0.1, 0.25, 0.7], [0.42, 0.25, 0.2]],
            Lattice.orthorhombic(10.3, 6.0, 4.7),
        ),
        ("R-3c", ["Ti", "P", "O"], [[0, 0, 0.14], [0.29, 0, 0.25], [0.18, 0.99, 0.19]], Lattice.hexagonal(8.5, 20.9)),
        ("P-1", ["Li", "S"], [[0.1, 0.2, 0.3], [0.6, 0.7, 0.15]], Lattice.from_parameters(5, 6, 7, 80, 95, 107)),
        ("Ia-3d", ["La", "Zr", "O"], [[0.125, 0, 0.25], [0, 0, 0], [0.28, 0.1, 0.195]], Lattice.cubic(12.97)),
    ],
)
def test_symmetry_is_expanded_as_pymatgen_does(group, species, coords, lattice):
    truth = Structure.from_spacegroup(group, lattice, species, coords)
    found = read_cif(str(CifWriter(truth, symprec=0.01)))[0].crystal
    assert found.n_sites == len(truth)
    assert found.composition.as_dict() == pytest.approx(truth.composition.as_dict())
    ours = np.sort(found.to_structure().distance_matrix.ravel())
    np.testing.assert_allclose(ours, np.sort(truth.distance_matrix.ravel()), atol=2e-3)


def test_real_disordered_cifs_agree_with_pymatgen(mirror):
    with zipfile.ZipFile(mirror / "obelix" / "train_cifs.zip") as archive:
        names = sorted(n for n in archive.namelist() if n.endswith(".cif") and "__MACOSX" not in n)[::24]
        texts = [archive.read(n).decode() for n in names]
    compared = 0
    for text in texts:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                truth = CifParser(io.StringIO(text), occupancy_tolerance=1.05).parse_structures(primitive=False)[0]
            except ValueError:
                continue
        found = read_cif(text)[0].crystal
        assert found.volume == pytest.approx(truth.volume, rel=1e-6)
        assert found.composition.as_dict() == pytest.approx(truth.composition.as_dict(), rel=1e-3)
        compared += 1
    assert compared >= 7
