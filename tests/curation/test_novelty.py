"""New values beside known ones, on cases whose answer is plain."""

import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Bound, Candidate, Measurement, Records
from ssbscreen.curation.novelty import Finding, compare


def rows(*given, source="new", property_key="ionic_conductivity"):
    candidates, measurements = [], []
    for i, (formula, value, *rest) in enumerate(given):
        options = rest[0] if rest else {}
        candidates.append(Candidate(f"{source}{i}", Composition(formula)))
        measurements.append(
            Measurement(
                f"{source}{i}",
                property_key,
                value,
                options.get("bound", Bound.EXACT),
                options.get("t", 25.0),
                options.get("ref", source),
                source=source,
            )
        )
    return candidates, measurements


def findings(new, known, unit="S/cm", property_key="ionic_conductivity"):
    candidates, measurements = rows(*new, property_key=property_key)
    old = Records(*(tuple(part) for part in rows(*known, source="old", property_key=property_key)))
    return compare(candidates, measurements, [unit] * len(new), [old])


@pytest.mark.parametrize(
    ("new", "known", "expected"),
    [
        (("LiF", -9.0), ("LiF", -9.3), None),  # within the noise
        (("LiF", -9.0), ("LiCl", -2.0), None),  # another material
        (("LiF", -9.0, {"t": 80.0}), ("LiF", -13.0), None),  # another temperature
        (("LiF", -9.0, {"ref": "old"}), ("LiF", -9.0), Finding.DUPLICATE),
        (("LiF", -9.0), ("LiF", -9.0), Finding.NEAR_DUPLICATE),
        (("LiF", -9.0), ("LiF", -7.5), Finding.OUTLIER),
        (("LiF", -4.0), ("LiF", -7.1), Finding.UNIT),  # written in S/cm, meant in mS/cm
        (("LiF", -5.0), ("LiF", -9.0, {"bound": Bound.BELOW}), Finding.CONTRADICTION),
        (("LiF", -9.5), ("LiF", -9.0, {"bound": Bound.BELOW}), None),
        (("LiF", -9.0, {"bound": Bound.BELOW}), ("LiF", -7.0), Finding.CONTRADICTION),
        (("LiF", -5.0, {"bound": Bound.BELOW}), ("LiF", -7.0), None),
    ],
)
def test_each_kind_of_finding(new, known, expected):
    noticed = findings([new], [known]).noticed
    assert (noticed[0].finding if noticed else None) is expected


def test_a_formula_written_otherwise_is_the_same_material():
    assert findings([("Li14La6Zr4O24", -6.5)], [("La3Zr2Li7O12", -3.5)]).noticed[0].finding is Finding.OUTLIER


def test_the_unit_that_would_fit_is_named():
    text = findings([("LiF", -4.0)], [("LiF", -7.1)]).noticed[0].text
    assert "mS/cm" in text
    pressure = findings([("LiF", 4.84)], [("LiF", 1.84)], unit="GPa", property_key="bulk_modulus")
    assert pressure.noticed[0].finding is Finding.UNIT
    assert "MPa" in pressure.noticed[0].text


def test_values_of_one_table_that_contradict_each_other_are_told():
    noticed = findings([("LiF", -9.0), ("LiF", -7.0)], []).noticed
    assert [(n.position, n.finding) for n in noticed] == [(1, Finding.CONTRADICTION)]


def test_a_value_near_one_of_several_scattered_ones_is_no_outlier():
    assert findings([("LiF", -9.0)], [("LiF", -9.3), ("LiF", -5.0), ("LiF", -5.1)]).noticed == ()


def test_a_table_in_the_wrong_unit_is_suspect_as_a_whole_and_a_single_outlier_is_not():
    formulas = ["LiF", "LiCl", "LiBr", "LiI", "Li2O", "Li2S"]
    known = [(f, -7.0 + 0.1 * i) for i, f in enumerate(formulas)]
    wrong = [(f, -4.0 + 0.1 * i) for i, f in enumerate(formulas)]
    fine = [*known[:-1], ("Li2S", -3.5)]
    suspect = findings(wrong, known)
    assert suspect.is_suspect
    assert "6 of 6" in suspect.reason
    assert not findings(fine, known).is_suspect
    assert findings(fine, known).n_compared == 6


def test_a_bound_and_the_value_that_it_excludes_are_told_with_their_unit():
    noticed = findings([("LiF", -9.0, {"bound": Bound.BELOW})], [("LiF", -7.0)]).noticed
    assert noticed[0].text == "the bound (below 1e-09 S/cm) excludes the known value 1e-07 S/cm"
