"""Elements that the user leaves out: in crystals, compositions and the SMILES of polymers."""

import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate, Polymer, Records
from ssbscreen.core.errors import UsageError
from ssbscreen.screening.exclusion import elements_of, without
from ssbscreen.screening.settings import load_settings

TFSI = "[Li+].O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F"


def test_elements_of_every_kind():
    assert elements_of(Candidate("a", Composition("Li10GeP2S12"))) == {"Li", "Ge", "P", "S"}
    assert elements_of(Candidate("p", polymer=Polymer("*CCO*", TFSI, 1.0))) == {"C", "O", "S", "N", "F", "Li"}
    chain = Polymer("*C[Si](C)(C)c1ccncc1Cl*", "[Na+].[Br-]", 1.0)
    assert elements_of(Candidate("q", polymer=chain)) == {"C", "Si", "N", "Cl", "Na", "Br"}


def test_what_holds_an_excluded_element_is_rejected_with_the_reason():
    pool = (
        Candidate("a", Composition("Li10GeP2S12")),
        Candidate("b", Composition("Li3InCl6")),
        Candidate("c", Composition("Li3YCl6")),
        Candidate("d", polymer=Polymer("*CCO*", TFSI, 1.0)),
    )
    left = without(Records(pool, (), ()), ("Ge", "In", "F"))
    assert [c.candidate_id for c in left.candidates] == ["c"]
    assert [(r.input, r.reason) for r in left.rejected][:1] == [("a", "holds Ge, which was left out (exclude)")]
    assert without(Records(pool, (), ()), ()).candidates == pool


def test_settings_take_elements_only():
    assert load_settings().exclude == ()
    assert load_settings(exclude=["Ge", "In", "Ge"]).exclude == ("Ge", "In")
    with pytest.raises(UsageError, match="is no element"):
        load_settings(exclude=["Gee"])
