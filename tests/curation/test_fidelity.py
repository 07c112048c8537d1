"""Calculated values yield to measured ones, judge none of them, and count less."""

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Bound, Candidate, Measurement, Records
from ssbscreen.core.crystal import Crystal
from ssbscreen.curation.curate import curate
from ssbscreen.curation.fidelity import row_weights
from ssbscreen.curation.novelty import Finding, compare

CALCULATED = "calculation: some potential"
KEY = "bulk_modulus"


def one(name, value, method, source="s", formula="LiF", edge=None, space_group=None, **fields):
    crystal = None
    if edge is not None:
        crystal = Crystal.ordered(np.eye(3) * edge, np.array([[0, 0, 0], [0.5, 0.5, 0.5]]), np.array([3, 9]))
    candidate = Candidate(
        name, None if crystal else Composition(formula), crystal=crystal, source=source, space_group=space_group
    )
    return Records((candidate,), (Measurement(name, KEY, value, method=method, source=source, **fields),))


def kept(*records):
    dataset, rejected = curate(records, (KEY,), "test")
    return sorted(float(v) for v in dataset.column(KEY)), [r.reason for r in rejected]


@pytest.mark.parametrize("method", ["DFT (PBE)", "experiment", ""])
def test_a_calculated_value_never_stands_beside_or_against_a_better_one(method):
    # 1.0 apart: two equal values of that distance would both be rejected as a contradiction
    values, reasons = kept(one("better", 1.8, method, source="a"), one("mine", 0.8, CALCULATED, source="b"))
    assert values == [1.8]
    assert len(reasons) == 1
    assert "yields to a:better" in reasons[0]
    # and the order of the sources plays no part, nor an equal value that would otherwise come first
    assert kept(one("mine", 1.8, CALCULATED, source="a"), one("better", 1.8, method, source="b"))[0] == [1.8]


def test_a_measured_bound_is_not_excluded_by_a_calculated_value():
    values, reasons = kept(
        one("bound", 1.5, "experiment", source="a", bound=Bound.BELOW), one("mine", 2.5, CALCULATED, source="b")
    )
    assert values == [1.5]
    assert "yields" in reasons[0]


def test_another_phase_keeps_its_calculated_value():
    assert kept(
        one("a", 1.8, "DFT", source="a", space_group=225), one("b", 1.2, CALCULATED, source="b", space_group=221)
    )[0] == [1.2, 1.8]
    assert kept(one("a", 1.8, "DFT", source="a", edge=2.5), one("b", 1.2, CALCULATED, source="b", edge=2.6))[0] == [
        1.2,
        1.8,
    ]  # 12 % in volume
    assert kept(one("a", 1.8, "DFT", source="a", edge=2.5), one("b", 1.2, CALCULATED, source="b", edge=2.52))[0] == [
        1.8
    ]
    assert kept(one("a", 1.8, "DFT", source="a", space_group=225), one("b", 1.2, CALCULATED, source="b"))[0] == [1.8]
    assert kept(one("a", 1.8, "DFT", formula="LiCl"), one("b", 1.2, CALCULATED))[0] == [1.2, 1.8]


def test_noise_goes_with_the_value_and_changes_the_fingerprint():
    plain, _ = curate([one("a", 1.8, "DFT"), one("b", 1.2, CALCULATED, formula="LiCl")], (KEY,), "test")
    noisy, _ = curate([one("a", 1.8, "DFT"), one("b", 1.2, CALCULATED, formula="LiCl", noise=0.12)], (KEY,), "test")
    assert plain.noise is None
    row = [c.candidate_id for c in noisy.candidates].index("b")
    assert noisy.noise[row, 0] == 0.12
    assert np.isnan(noisy.noise[1 - row, 0])
    assert noisy.take(np.array([row])).noise.tolist() == [[0.12]]
    assert noisy.fingerprint != plain.fingerprint


def test_weights_are_those_of_inverse_variances():
    # two noises of one and the same size halve the weight; 0.06 is the scatter of ordinary moduli
    weights = row_weights(
        np.array([[np.nan, np.nan], [0.06, np.nan], [0.12, 0.06]]), ("bulk_modulus", "shear_modulus"), 3
    )
    np.testing.assert_allclose(weights, [1.0, 0.5, 0.5])
    assert row_weights(None, ("bulk_modulus",), 2).tolist() == [1.0, 1.0]


def test_known_calculations_judge_no_measurement_but_one_another():
    known = [one("k", 1.0, CALCULATED, source="measurements")]
    measured, calculated = one("n", 2.3, "experiment"), one("n", 2.3, CALCULATED)
    assert compare(measured.candidates, measured.measurements, ["GPa"], known).noticed == ()
    found = compare(calculated.candidates, calculated.measurements, ["GPa"], known).noticed
    assert [f.finding for f in found] == [Finding.OUTLIER]
    # against a measurement a calculation is an outlier only beyond its own noise: 0.5 is above 3 x 0.06
    sharp = one("n", 1.5, CALCULATED, noise=0.01)
    rough = one("n", 1.5, CALCULATED, noise=0.2)
    known = [one("k", 1.0, "experiment", source="literature")]
    assert len(compare(sharp.candidates, sharp.measurements, ["GPa"], known).noticed) == 1
    assert compare(rough.candidates, rough.measurements, ["GPa"], known).noticed == ()
