"""Both ends of an electrode as graphs."""

from dataclasses import replace

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal
from ssbscreen.featurize import orbit_graph
from ssbscreen.featurize.electrode_graphs import Representation

LCO = Structure.from_spacegroup(
    "R-3m", Lattice.hexagonal(2.815, 14.05), ["Li", "Co", "O"], [[0, 0, 0.5], [0, 0, 0], [0, 0, 0.26]]
)
COO2 = LCO.copy()
COO2.remove_species(["Li"])
COO2.scale_lattice(LCO.volume * 0.98)
FULL, EMPTY = Crystal.from_structure(LCO), Crystal.from_structure(COO2)
PAIR = Candidate("lco", crystal=FULL, charged=EMPTY)


def encode(candidate):
    found = Representation().encode([candidate])
    assert not found.rejected
    return found.items[0]


def same(a, b):
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in vars(a))


def test_a_pair_is_the_graphs_of_both_structures():
    item = encode(PAIR)
    for graph, crystal in zip(item.ends, (FULL, EMPTY), strict=True):
        assert same(graph, orbit_graph.build(crystal, 16, 12.0))
    assert item.lithium == pytest.approx((1 / 3, 0.0))


def test_what_is_no_pair_is_set_aside_and_a_cell_without_graph_goes_without():
    representation = Representation()
    flat = replace(EMPTY, lattice=np.full((3, 3), np.nan))
    found = representation.encode(
        [Candidate("alone", crystal=FULL), PAIR, Candidate("flat", crystal=FULL, charged=flat)]
    )
    assert 0 in found.rejected
    assert 1 in found.rows.tolist()
    bare = replace(found.items[0], ends=None)
    batch = representation.collate([bare, found.items[0], bare])
    assert batch.rows.tolist() == [1]
    assert batch.graphs.n_graphs == 2
    assert len(batch.descriptors.redox) == 3
    assert representation.collate([bare]).graphs is None
    assert representation.size(bare) == 1 < representation.size(found.items[0])
