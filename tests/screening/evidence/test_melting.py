"""Values of PEO on both sides of the melting of its crystals."""

import pytest

from ssbscreen.core.candidate import Bound, Candidate, Polymer
from ssbscreen.core.evidence import Reported
from ssbscreen.screening.evidence.melting import of_one_state

PEO = Candidate("peo", polymer=Polymer("*CCO*", "[Li+].[Cl-]", 1.0))


def value(celsius, candidate=PEO):
    return Reported(candidate, "ionic_conductivity", -4.0, Bound.EXACT, celsius, "10.1/x", "literature", "1e-4 S/cm")


@pytest.mark.parametrize(
    ("given", "wanted", "counts"),
    [
        (25.0, 25.0, True),
        (None, 25.0, True),
        (80.0, 25.0, False),
        (60.0, 62.0, True),
        (25.0, 60.0, False),
        (75.0, 90.0, True),
    ],
)
def test_no_value_is_moved_across_the_melting(given, wanted, counts):
    (found,) = of_one_state([value(given)], PEO.formula, wanted)
    assert (found.refusal == "") is counts
    if not counts:
        assert found.refusal == "not counted: the melting of poly(ethylene oxide) lies between"


def test_other_hosts_and_crystals_are_left_alone():
    ppo = Candidate("ppo", polymer=Polymer("*CC(C)O*", "[Li+].[Cl-]", 1.0))
    assert not of_one_state([value(80.0, ppo)], ppo.formula, 25.0)[0].refusal
    assert not of_one_state([value(120.0)], "LiBH4", 25.0)[0].refusal  # its hot phase carries a drop instead
