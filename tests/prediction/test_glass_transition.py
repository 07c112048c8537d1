"""Predicted glass transitions against values read in papers that the model did not learn from."""

import numpy as np
import pytest

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.prediction.predictor import predict

READ = {  # degree C; rows of data/literature/polymers.csv with their sources
    "poly(propylene carbonate)": ("*CC(C)OC(=O)O*", 39.4),
    "poly(trimethylene carbonate)": ("*CCCOC(=O)O*", -22.5),
    "poly(butyl ether glycerol carbonate)": ("*CC(COCCCC)OC(=O)O*", -24.0),
    "poly(octyl ether glycerol carbonate)": ("*CC(COCCCCCCCC)OC(=O)O*", -34.0),
    "polysulfone of triethylene glycol": ("*CCS(=O)(=O)CCOCCOCCOCCS(=O)(=O)*", -26.0),
    "polysulfoxide of triethylene glycol": ("*CCS(=O)CCOCCOCCOCCS(=O)*", -36.0),
    "polythioether of triethylene glycol": ("*CCSCCOCCOCCOCCS*", -64.0),
}


@pytest.fixture(scope="module")
def found():
    candidates = [Candidate(name, None, polymer=Polymer(smiles)) for name, (smiles, _) in READ.items()]
    return predict(candidates, ["glass_transition"]).by_property["glass_transition"]


def test_hosts_never_seen(found):
    truth = np.array([value for _, value in READ.values()])
    assert np.abs(found.mean - truth).mean() < 35.0
    assert ((found.lower < truth) & (truth < found.upper)).mean() > 0.8


def test_salt_does_not_move_it():
    salt = "O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F.[Li+]"
    neat, salted = (
        Candidate(str(i), None, polymer=p) for i, p in enumerate((Polymer("*CCO*"), Polymer("*CCO*", salt, 1.0)))
    )
    one, other = predict([neat, salted], ["glass_transition"]).by_property["glass_transition"].mean
    assert one == pytest.approx(other, abs=0.01)
    assert one == pytest.approx(-67.0, abs=12.0)
