"""The two ends of an electrode belong together."""

import numpy as np
import pytest

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.core.insertion import check_pair, exchanged_lithium, li_per_framework_atom, signed_volume_change


def rock_salt(symbols, edge):
    z = {"Li": 3, "O": 8, "Co": 27, "Ni": 28}
    frac = np.array([[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0, 0], [0, 0.5, 0]])[: len(symbols)]
    return Crystal.ordered(np.eye(3) * edge, frac, np.array([z[s] for s in symbols]))


FULL, EMPTY = rock_salt(["Co", "O", "Li"], 4.0), rock_salt(["Co", "O"], 4.1)


def test_volumes_are_compared_per_framework_atom():
    assert signed_volume_change(FULL, EMPTY) == pytest.approx(4.1**3 / 4.0**3 - 1)
    doubled = Crystal.ordered(
        np.diag([8.2, 4.1, 4.1]),
        np.array([[0, 0, 0], [0.25, 0.5, 0.5], [0.5, 0, 0], [0.75, 0.5, 0.5]]),
        np.array([27, 8, 27, 8]),
    )
    assert signed_volume_change(FULL, doubled) == pytest.approx(4.1**3 / 4.0**3 - 1)
    assert exchanged_lithium(FULL, doubled) == pytest.approx(1.0)
    assert li_per_framework_atom(FULL) == pytest.approx(0.5)
    check_pair(FULL, doubled)


@pytest.mark.parametrize(
    ("discharged", "charged", "says"),
    [
        (EMPTY, FULL, "exchange"),
        (FULL, FULL, "no less lithium"),
        (FULL, rock_salt(["Ni", "O"], 4.0), "frameworks differ"),
        (rock_salt(["Li", "Li"], 3.0), EMPTY, "nothing but lithium"),
    ],
)
def test_what_is_no_pair_is_refused(discharged, charged, says):
    with pytest.raises(InputError, match=says):
        check_pair(discharged, charged)


def test_a_charged_end_alone_is_no_candidate():
    with pytest.raises(ValueError, match="discharged"):
        Candidate("x", composition=FULL.composition, charged=EMPTY)
    assert Candidate("x", crystal=FULL, charged=EMPTY).formula == "LiCoO"
