"""What other materials let expect: the law of Arrhenius on made-up materials, and published ones left out in turn."""

from __future__ import annotations

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Bound, Candidate
from ssbscreen.core.evidence import Reported
from ssbscreen.core.identity import family_of
from ssbscreen.core.recognition import classify
from ssbscreen.ranking.scatter import load_scatter
from ssbscreen.screening.evidence.group_prior import GroupPrior
from ssbscreen.screening.evidence.reported import reported

E, SIGMA = "activation_energy", "ionic_conductivity"
METALS = ("Si", "Ge", "Sn", "Ti", "Zr", "Hf", "V")


def _value(formula: str, key: str, value: float) -> Reported:
    candidate = Candidate(f"{formula} {key}", Composition(formula), label=formula)
    return Reported(candidate, key, value, Bound.EXACT, 25.0, formula, "test", "")


def test_the_law_of_arrhenius_gives_the_activation_energy_of_a_measured_conductivity():
    """sigma = 10^4.6 exp(-E/kT) / T S/cm for all: 0.5 eV are 10^(4.6 - 2.474 - 8.452) S/cm at 25 degree C."""
    scatter = load_scatter()
    energies = dict(zip(METALS, (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5), strict=True))
    sigma = {m: 4.6 - np.log10(298.15) - e / (8.617333e-5 * 298.15 * np.log(10.0)) for m, e in energies.items()}
    assert sigma["V"] == pytest.approx(4.6 - 2.474 - 8.452, abs=2e-3)
    values = [_value(f"Li4{m}S4", E, e) for m, e in energies.items() if m != "V"]
    values += [_value(f"Li4{m}S4", SIGMA, s) for m, s in sigma.items()]
    candidate = Candidate("x", Composition("Li4VS4"))
    found = GroupPrior(values, scatter).expected(E, "sulfide", family_of(candidate), candidate)
    assert found is not None
    assert found.mean == pytest.approx(0.5, abs=1e-4)
    without = GroupPrior([v for v in values if v.candidate.label != "Li4VS4"], scatter)
    plain = without.expected(E, "sulfide", family_of(candidate), candidate)
    assert plain is not None
    assert plain.mean == pytest.approx(0.325, abs=1e-6)  # the middle of the others


def test_published_activation_energies_left_out_in_turn():
    """121 of the shipped tables: 0.067 eV off by their conductivity, 0.099 eV by their family and class."""
    scatter = load_scatter()
    values = [v for v in reported([E, SIGMA]) if v.source == "literature" and v.candidate.polymer is None]
    both, alone = GroupPrior(values, scatter), GroupPrior([v for v in values if v.property == E], scatter)
    errors = []
    for value in (v for v in values if v.property == E and not v.refusal and not v.dispute and not v.is_calculated):
        candidate = value.candidate
        labels = classify(candidate.composition), family_of(candidate)
        found = [prior.expected(E, *labels, candidate) for prior in (both, alone)]
        if all(found):
            errors.append([abs(one.mean - value.value) for one in found if one is not None])
    by_conductivity, by_family = np.mean(errors, axis=0)
    assert len(errors) > 80
    assert by_conductivity < 0.8 * by_family
