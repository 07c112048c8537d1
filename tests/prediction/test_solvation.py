"""Known order of polymer hosts, predicted by the shipped model (review of the physics: P2)."""

import numpy as np
import pytest

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.prediction.predictor import predict
from ssbscreen.prediction.solvation import UNDISSOLVED

LITFSI = "O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F.[Li+]"
HOSTS = {
    "PEO": "*CCO*",
    "PTMC": "*CCCOC(=O)O*",
    "PAN": "*CC(*)C#N",
    "polysiloxane ether": "*O[Si](*)(C)CCCOCCOCCOC",
    "PE": "*CC*",
    "PTFE": "*C(F)(F)C(*)(F)F",
    "PDMS": "*O[Si](*)(C)C",
    "PVDF": "*CC(*)(F)F",
}


@pytest.fixture(scope="module")
def found():
    candidates = [Candidate(name, None, polymer=Polymer(s, LITFSI, 1.26)) for name, s in HOSTS.items()]
    return predict(candidates, ["ionic_conductivity"]).by_property["ionic_conductivity"]


def test_hosts_that_dissolve_salts_lie_decades_above_those_that_do_not(found):
    conducts, insulates = found.mean[:4], found.mean[4:]
    assert conducts.min() > insulates.max() + 2.0
    assert insulates == pytest.approx(UNDISSOLVED)


def test_hosts_that_dissolve_none_are_out_of_domain_with_the_reason(found):
    assert not found.in_domain[4:].any()
    assert all("donor groups for 0% of the salt" in note for note in found.note[4:])
    assert not any("donor" in note for note in found.note[:4])
    assert (found.upper[4:] - found.lower[4:] > 4.0).all()
    assert np.isfinite(found.mean).all()


def test_a_host_without_a_salt_insulates_and_a_single_ion_conductor_does_not():
    """Poly(ethylene oxide) conducts by the salt in it; poly(styrene sulfonylimide) of lithium brings its own ions."""
    single = "*CC(*)c1ccc(cc1)S(=O)(=O)[N-]S(=O)(=O)C(F)(F)F.[Li+]"
    neat = [Candidate("peo", None, polymer=Polymer("*CCO*")), Candidate("single", None, polymer=Polymer(single))]
    found = predict(neat, ["ionic_conductivity"]).by_property["ionic_conductivity"]
    assert found.mean[0] == pytest.approx(UNDISSOLVED)
    assert not found.in_domain[0]
    assert "name the salt" in found.note[0]
    assert found.mean[1] > UNDISSOLVED + 2.0
    assert "salt" not in str(found.note[1])
