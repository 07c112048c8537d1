"""Phonons of lattices of which is known whether they stand."""

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.emt import EMT

from ssbscreen.calculation.phonons import Phonons, phonons
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError

pytest.importorskip("phonopy", reason="the extra 'foundation' is not installed")


def crystal_of(atoms):
    return Crystal.ordered(np.array(atoms.cell), atoms.get_scaled_positions(), atoms.numbers)


def test_face_centred_copper_stands_and_body_centred_does_not():
    stands = phonons(crystal_of(bulk("Cu", a=3.59)), EMT(), min_length=5.0)
    falls = phonons(crystal_of(bulk("Cu", "sc", a=2.4)), EMT(), min_length=5.0)
    assert stands.lowest > 0.5
    assert not stands.is_soft
    assert falls.is_soft
    assert "imaginary" in falls.words()


def test_the_softest_mode_is_that_of_ase(tmp_path):
    from ase.phonons import Phonons as AsePhonons

    atoms = bulk("Cu", a=3.59)
    found = phonons(crystal_of(atoms), EMT(), min_length=7.0)  # 3 x 3 x 3 primitive cells
    reference = AsePhonons(atoms, EMT(), supercell=(3, 3, 3), delta=0.02, name=str(tmp_path / "phonon"))
    reference.run()
    reference.read(acoustic=True)
    waves = np.array([q for q in np.ndindex(3, 3, 3) if any(q)]) / 3.0
    lowest = min(reference.band_structure([q]).min() for q in waves) / 4.135667696e-3  # eV to THz
    assert found.lowest == pytest.approx(lowest, rel=0.01)
    assert (found.n_atoms, found.n_displacements) == (27, 1)


def test_a_mode_of_the_mobile_ion_is_no_soft_framework():
    assert not Phonons(-2.0, 0.9, 10, 1).is_soft
    assert Phonons(-2.0, 0.1, 10, 1).is_soft
    assert not Phonons(-0.2, 0.1, 10, 1).is_soft


def test_a_supercell_that_is_too_large_is_refused():
    with pytest.raises(InputError, match="are allowed"):
        phonons(crystal_of(bulk("Cu", a=3.59)), EMT(), min_length=20.0, max_atoms=50)
