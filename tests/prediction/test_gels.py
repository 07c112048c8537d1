"""A gel is no dry film: its conductivity is not predicted, and its measured values are not those of the dry host."""

import numpy as np

from ssbscreen.core.candidate import Bound, Candidate, Polymer
from ssbscreen.core.evidence import Reported
from ssbscreen.prediction.predictor import predict
from ssbscreen.screening.evidence.matching import Matcher
from ssbscreen.sources.literature import SOURCE

TRIFLATE = "O=S(=O)([O-])C(F)(F)F.[Li+]"
DRY = Candidate("dry", None, polymer=Polymer("*CC(*)C#N", TRIFLATE, 2.25))
GEL = Candidate("gel", None, polymer=Polymer("*CC(*)C#N", TRIFLATE, 2.25, plasticiser="dimethylformamide"))


def test_models_of_dry_films_say_nothing_of_a_gel():
    found = predict([DRY, GEL], ["ionic_conductivity", "glass_transition", "activation_energy"]).by_property
    for key in found:
        assert np.isfinite(found[key].mean[0])
        assert np.isnan(found[key].mean[1])
    column = found["ionic_conductivity"]
    assert "knows dry films; this one holds dimethylformamide" in column.note[1]
    assert not column.in_domain[1]


def test_values_of_a_gel_are_not_those_of_the_dry_film():
    value = Reported(GEL, "ionic_conductivity", -3.5, Bound.EXACT, 25.0, "10.1/x", "test", "3e-4 S/cm")
    matcher = Matcher([value])
    assert matcher.of(GEL) == [0]
    assert matcher.of(DRY) == []


def test_read_values_that_may_hold_solvent_are_marked():
    polymers = [c for c in SOURCE.load().candidates if c.polymer is not None]
    marked = {c.label for c in polymers if c.polymer.plasticiser}
    assert {"PAN-LiTf", "PEC-LiTFSI"} <= marked
    assert not any("PEO" in label for label in marked)
