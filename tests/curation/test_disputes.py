"""Disputed values and their copies are not learned from."""

from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate, Measurement, Records
from ssbscreen.curation.disputes import Dispute, without_disputed
from ssbscreen.sources.literature import SOURCE

DISPUTE = Dispute("10.1021/ja305709z", "ionic_conductivity", (Composition("Li3OCl0.5Br0.5"),), "A: decomposed in air")


def _records(*rows: tuple[str, float, str]) -> Records:
    return Records(
        tuple(Candidate(f"c{i}", Composition(formula)) for i, (formula, _, _) in enumerate(rows)),
        tuple(
            Measurement(f"c{i}", "ionic_conductivity", value, reference=reference, source="x")
            for i, (_, value, reference) in enumerate(rows)
        ),
    )


def test_the_disputed_value_and_copies_without_a_paper_go():
    records = _records(
        ("Li6O2ClBr", -2.7, "10.1021/JA305709Z"),  # the paper, in capitals, in another scale
        ("Li3OCl0.5Br0.5", -3.02, ""),  # a copy that names no paper
        ("Li3OCl0.5Br0.5", -5.9, "10.1000/other"),  # another laboratory
        ("Li3OBr", -5.96, ""),
    )
    (kept,) = without_disputed([records], (DISPUTE,))
    assert [m.value for m in kept.measurements] == [-5.9, -5.96]
    assert [r.input for r in kept.rejected] == ["x:c0", "x:c1"]
    assert "A: decomposed in air" in kept.rejected[0].reason
    assert len(kept.candidates) == 4


def test_other_properties_of_the_paper_stay():
    records = Records(
        (Candidate("a", Composition("Li3OCl")),), (Measurement("a", "band_gap", 5.0, reference="10.1021/ja305709z"),)
    )
    assert without_disputed([records], (DISPUTE,)) == (records,)


def test_shipped_disputes_can_be_read():
    """Hanghofer et al., Chem. Mater. 30, 8134 (2018), on the first reports of lithium halide oxides."""
    found = {(d.paper, d.property) for d in SOURCE.disputes()}
    assert ("10.1021/ja305709z", "ionic_conductivity") in found
