"""Split sites as one, in whatever order and cell they are listed."""

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.readers.contacts import merge_alternatives

CUBE = Lattice.cubic(5.0)


def crystal(*sites):
    """Sites as (x in angstrom along a, occupants)."""
    return Crystal.from_structure(Structure(CUBE, [s for _, s in sites], [[x / 5.0, 0, 0] for x, _ in sites]))


def test_a_chain_of_alternatives_is_one_site_in_their_middle_whatever_comes_first():
    chain = [(4.7, {"Li": 0.2}), (0.1, {"Li": 0.3}), (0.5, {"Na": 0.4})]  # 0.4 angstrom apart, across the border
    for order in ((0, 1, 2), (2, 0, 1), (1, 2, 0)):
        found, n_merged, n_close = merge_alternatives(crystal(*(chain[i] for i in order), (2.5, {"O": 1.0})))
        assert (found.n_sites, n_merged, n_close) == (2, 2, 0)
        assert found.composition.as_dict() == pytest.approx({"Li": 0.5, "Na": 0.4, "O": 1.0})
        middle = (0.2 * -0.3 + 0.3 * 0.1 + 0.4 * 0.5) / 0.9
        assert found.frac[np.argmin(found.frac[:, 0]), 0] * 5.0 == pytest.approx(middle)


def test_alternatives_that_do_not_fit_into_one_site_stay_all_of_them():
    found, n_merged, n_close = merge_alternatives(crystal((0.0, {"Li": 0.5}), (0.4, {"Li": 0.5}), (0.8, {"Li": 0.5})))
    assert (found.n_sites, n_merged, n_close) == (3, 0, 2)


def test_occupants_of_one_position_listed_apart_share_it():
    found, _, _ = merge_alternatives(crystal((1.0, {"Li": 0.25}), (1.0, {"Na": 0.7}), (1.0, {"Li": 0.01})))
    assert found.n_sites == 1
    assert found.occupancy.tolist() == pytest.approx([0.26, 0.7])


def test_a_position_that_is_filled_twice_is_refused():
    with pytest.raises(InputError, match=r"atom 1 \(Li\) is filled to 1\.600"):
        merge_alternatives(crystal((1.0, {"Li": 0.8}), (1.0, {"Na": 0.8})))
