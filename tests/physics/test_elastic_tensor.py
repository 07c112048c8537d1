"""Elastic tensors against closed forms, random tensors, published constants and pymatgen."""

import numpy as np
import pytest
from pymatgen.analysis.elasticity import ElasticTensor
from pymatgen.symmetry.groups import PointGroup
from scipy.spatial.transform import Rotation

from ssbscreen.physics.elastic_tensor import (
    fit_tensor,
    independent_strains,
    least_stiffness,
    polycrystal_moduli,
    strain_matrix,
)

# Point groups whose operations are the same matrices on cartesian axes; a hexagonal one is made of rotations below.
N_PATTERNS = {"1": 6, "-1": 6, "2/m": 4, "mmm": 3, "4/mmm": 2, "4/m": 2, "m-3m": 1, "23": 1}


def operations(name):
    return np.array([op.rotation_matrix for op in PointGroup(name).symmetry_ops])


def hexagonal():
    turns = [Rotation.from_euler("z", 60 * k, degrees=True).as_matrix() for k in range(6)]
    return np.array([turn @ flip for turn in turns for flip in (np.eye(3), np.diag([1.0, -1.0, -1.0]))])


def full(tensor):
    """C_ijkl of a Voigt matrix, and back, written out index by index."""
    place = {(0, 0): 0, (1, 1): 1, (2, 2): 2, (1, 2): 3, (2, 1): 3, (0, 2): 4, (2, 0): 4, (0, 1): 5, (1, 0): 5}
    return np.array(
        [[[[tensor[place[i, j], place[k, m]] for m in range(3)] for k in range(3)] for j in range(3)] for i in range(3)]
    )


def symmetric_tensor(rotations, seed=0):
    """A stable tensor that the rotations leave as it is."""
    rng = np.random.default_rng(seed)
    half = rng.normal(size=(6, 6))
    four = full(half @ half.T * 5.0 + 40.0 * np.eye(6))
    four = np.mean([np.einsum("ai,bj,ck,dl,ijkl->abcd", r, r, r, r, four) for r in rotations], axis=0)
    pairs = [(0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1)]
    return np.array([[four[i, j, k, m] for k, m in pairs] for i, j in pairs])


@pytest.mark.parametrize("name", [*N_PATTERNS, "6mm turned"])
def test_few_strains_recover_the_whole_tensor(name):
    rotations = hexagonal() if name == "6mm turned" else operations(name)
    tensor = symmetric_tensor(rotations)
    strains = independent_strains(rotations)
    assert len(strains) == N_PATTERNS.get(name, 2)
    stresses = np.array([np.einsum("ijkl,kl->ij", full(tensor), strain_matrix(s)) for s in strains])
    voigt = stresses[:, [0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]]
    found, asymmetry = fit_tensor(strains * 0.01, voigt * 0.01, rotations)
    np.testing.assert_allclose(found, tensor, atol=1e-9)
    assert asymmetry < 1e-9


def test_stresses_that_belong_to_no_energy_are_told():
    tensor = symmetric_tensor(np.eye(3)[None])
    wrong = tensor.copy()
    wrong[0, 3] += 10.0
    _, asymmetry = fit_tensor(np.eye(6), wrong.T, np.eye(3)[None])
    assert asymmetry == pytest.approx(10.0 / np.abs(0.5 * (wrong + wrong.T)).max())


@pytest.mark.parametrize("seed", range(3))
def test_averages_are_those_of_pymatgen_and_do_not_depend_on_the_axes(seed):
    tensor = symmetric_tensor(np.eye(3)[None], seed)
    found, theirs = polycrystal_moduli(tensor), ElasticTensor.from_voigt(tensor)
    assert found.bulk == pytest.approx(theirs.k_vrh)
    assert found.shear == pytest.approx(theirs.g_vrh)
    turned = theirs.rotate(Rotation.random(random_state=seed).as_matrix(), tol=1e-3).voigt
    assert polycrystal_moduli(turned).shear == pytest.approx(found.shear)
    assert least_stiffness(turned) == pytest.approx(least_stiffness(tensor))


def cubic(c11, c12, c44):
    tensor = np.full((6, 6), 0.0)
    tensor[:3, :3] = c12
    np.fill_diagonal(tensor, [c11, c11, c11, c44, c44, c44])
    return tensor


def test_closed_forms_of_a_cubic_crystal():
    # Hill's averages of a cubic crystal: K = (C11 + 2 C12)/3, G_V = (C11 - C12 + 3 C44)/5 and
    # G_R = 5 (C11 - C12) C44 / (4 C44 + 3 (C11 - C12)); constants near those of copper, GPa
    c11, c12, c44 = 168.4, 121.4, 75.4
    found = polycrystal_moduli(cubic(c11, c12, c44))
    assert found.bulk_voigt == pytest.approx((c11 + 2 * c12) / 3)
    assert found.bulk_reuss == pytest.approx(found.bulk_voigt)
    assert found.shear_voigt == pytest.approx((c11 - c12 + 3 * c44) / 5)
    assert found.shear_reuss == pytest.approx(5 * (c11 - c12) * c44 / (4 * c44 + 3 * (c11 - c12)))


@pytest.mark.parametrize(
    ("c11", "c12", "c44", "is_stable"),
    [(168.4, 121.4, 75.4, True), (100.0, 120.0, 50.0, False), (100.0, -60.0, 50.0, False), (100.0, 50.0, -1.0, False)],
)
def test_stability_is_that_of_born(c11, c12, c44, is_stable):
    # Born's conditions of a cubic crystal: C11 - C12 > 0, C11 + 2 C12 > 0, C44 > 0
    tensor = cubic(c11, c12, c44)
    assert (least_stiffness(tensor) > 0) is is_stable
    assert least_stiffness(tensor) == pytest.approx(min(c11 - c12, c11 + 2 * c12, 2 * c44))
    assert np.isfinite(polycrystal_moduli(tensor).shear) == is_stable
