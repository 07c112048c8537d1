"""Voltages of known cathodes: looked up, shifted, held out, and never in the models' own answer."""

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.evidence import EvidenceKind
from ssbscreen.core.prediction import Predictions, PropertyPrediction, merge, missing
from ssbscreen.core.recognition import recognise_family
from ssbscreen.physics.voltage_shift import VoltageShift
from ssbscreen.ranking.facts import facts_of
from ssbscreen.screening.electrodes.couples import (
    couple_between,
    couple_of,
    measured_couples,
    oxidised_in,
    voltage_shift,
)
from ssbscreen.screening.electrodes.known_electrodes import halide_step, with_known_densities, with_known_electrodes
from ssbscreen.screening.electrodes.reversible_lithium import reversible_lithium, reversible_share
from ssbscreen.screening.evidence.weighing import weigh
from ssbscreen.sources.reference_cathodes import SOURCE


def bare(formula, *, is_known=True):
    return Candidate(formula, composition=Composition(formula), is_known=is_known)


def predicted(key, values, std):
    n = len(values)
    mean = np.array(values, dtype=float)
    parts = (np.full(n, std), np.zeros(n), mean - 1.645 * std, mean + 1.645 * std, np.ones(n, dtype=bool))
    return PropertyPrediction(key, mean, *parts, "a model", np.full(n, "", dtype=object))


@pytest.mark.parametrize(
    ("discharged", "charged", "voltage"),
    [
        ("LiNiO2", "NiO2", 3.82),  # as the Materials Project gives it
        ("LiFePO4", "FePO4", 3.40),  # of mp-19017, the olivine, and of no other arrangement
        ("LiCoPO4", "CoPO4", 4.20),
        ("Li2FeSiO4", "LiFeSiO4", 3.17),  # of the lowest host
    ],
)
def test_calculated_voltages_of_known_couples(discharged, charged, voltage):
    couple = couple_between(Composition(discharged), Composition(charged))
    assert couple.average_voltage == pytest.approx(voltage, abs=0.006)


def test_a_couple_is_looked_up_for_what_was_made_or_given_by_its_formula():
    assert couple_of(bare("LiNiO2", is_known=False), is_made=False).charged.reduced_formula == "NiO2"
    assert couple_of(bare("Li7La3Zr2O12"), is_made=True) is None
    assert couple_of(bare("Li2FeSiO4"), is_made=True).charged.reduced_formula == "LiFeSiO4"


def test_looked_up_voltages_are_marked_and_carry_the_shift():
    candidates = [bare("LiNiO2"), bare("LiNi0.5Mn0.3Co0.2O2")]
    given = Predictions(
        ("LiNiO2", "LiNi0.5Mn0.3Co0.2O2"), {"average_voltage": predicted("average_voltage", [3.38, 3.4], 0.2)}
    )
    found, evidence = with_known_electrodes(candidates, given, None)
    column, shift = found.by_property["average_voltage"], voltage_shift().of("Ni")
    assert column.mean == pytest.approx([3.815 + shift.mean, 3.4 + shift.mean], abs=1e-6)
    assert column.std == pytest.approx([shift.total, np.hypot(0.2, shift.total)])
    assert list(evidence["average_voltage"].kind) == [EvidenceKind.CALCULATED, EvidenceKind.PREDICTED]
    assert "calculated for NiO2 / LiNiO2 3.8" in column.note[0]
    assert given.by_property["average_voltage"].mean[0] == 3.38  # the models' own answer is left alone


def test_a_measured_voltage_outweighs_both():
    candidates = [bare("LiFePO4"), bare("LiNiO2")]
    given = Predictions(("LiFePO4", "LiNiO2"), {"average_voltage": predicted("average_voltage", [3.2, 3.38], 0.2)})
    weighed = weigh(candidates, facts_of(candidates), given, lambda *_: None)
    assert weighed.predictions.by_property["average_voltage"].mean[0] == pytest.approx(3.45, abs=0.03)
    assert list(weighed.evidence["average_voltage"].kind) == [EvidenceKind.MEASURED, EvidenceKind.CALCULATED]


def test_the_shift_helps_on_frameworks_that_it_has_not_seen():
    """Leave one family out: 0.35 V of error become 0.23 V."""
    pairs = measured_couples()
    assert len(pairs) >= 24
    difference = np.array([measured - couple.average_voltage for couple, measured in pairs])
    families = np.array([recognise_family(couple.discharged) for couple, _ in pairs])
    elements = np.array([oxidised_in(couple) for couple, _ in pairs])
    left = np.empty(len(pairs))
    for family in set(families):
        own = families == family
        shift = VoltageShift(difference[~own], list(elements[~own]))
        left[own] = [d - shift.of(e).mean for d, e in zip(difference[own], elements[own], strict=True)]
    assert np.abs(difference).mean() == pytest.approx(0.346, abs=0.02)
    assert np.abs(left).mean() == pytest.approx(0.230, abs=0.02)


def test_reversible_shares_of_cathodes_left_out():
    """Each known cathode judged by the others: 0.161 of the lithium off, 0.29 with all of it counted."""
    studies = defaultdict(list)
    for row in SOURCE.load_measured():
        if row.property == "capacity_grav":
            studies[row.discharged].append(row.value)
    error, naive, inside = [], [], []
    for composition, values in studies.items():
        found = reversible_lithium(composition, recognise_family(composition))
        if found is None:  # Li2S: its anions give the electrons
            continue
        share = np.mean(values) * 3.6 * found.molar_mass / 96485.33 / found.host.lithium
        error.append(abs(found.share.mean - share))
        naive.append(abs(1.0 - share))
        inside.append(error[-1] < 1.645 * found.share.std)
    assert len(error) >= 45
    assert np.mean(error) < 0.165
    assert np.mean(naive) > 0.27
    assert 0.75 <= np.mean(inside) <= 0.98
    assert reversible_share() is reversible_share()


def test_rock_salts_without_excess_lithium_give_little():
    """Metals stand in the way of lithium there; layered oxides, and rock salts with an excess, are other kinds."""
    mixed, layered = Composition("LiNi0.7Ti0.3O2"), Composition("LiNi0.9Mn0.1O2")
    found = reversible_lithium(mixed, recognise_family(mixed)).share
    assert found.mean < 0.5
    assert reversible_lithium(layered, recognise_family(layered)).share.mean > 0.6
    excess = Composition("Li1.23Mn0.4Ti0.37O1.69F0.31")  # 300 mAh/g, left out
    assert reversible_lithium(excess, recognise_family(excess)).share.mean > 0.65


def test_the_volume_follows_the_lithium_that_really_leaves():
    candidates = [bare("LiNi0.5Mn0.3Co0.2O2")]
    columns = {
        "average_voltage": predicted("average_voltage", [3.4], 0.2),
        "max_delta_volume": predicted("max_delta_volume", [0.08], 0.02),
    }
    found, _ = with_known_electrodes(candidates, Predictions(("LiNi0.5Mn0.3Co0.2O2",), columns), None)
    reversible = reversible_lithium(candidates[0].composition, "layered")
    assert found.by_property["max_delta_volume"].mean[0] == pytest.approx(0.08 * reversible.of_metals)
    alone = Predictions(("LiNi0.5Mn0.3Co0.2O2",), {"max_delta_volume": columns["max_delta_volume"]})
    again, _ = with_known_electrodes(candidates, alone, None)  # whatever was asked for beside it
    assert again.by_property["max_delta_volume"].mean[0] == found.by_property["max_delta_volume"].mean[0]


def test_a_reference_cathode_given_by_its_formula_has_its_known_density():
    """X-ray densities: LiCoO2 5.05, LiFePO4 3.60 g/cm3; an unknown composition keeps the estimate."""
    given = Predictions(("a", "b", "c"), {})
    found, evidence = with_known_densities([bare("LiCoO2"), bare("LiNiO2"), bare("Li4Fe4P4O16")], given)
    column = found.by_property["density"]
    assert column.mean[[0, 2]] == pytest.approx([5.05, 3.60], rel=0.015)
    assert np.isnan(column.mean[1])
    assert list(evidence["density"].kind) == [EvidenceKind.MEASURED, EvidenceKind.IMPUTED, EvidenceKind.MEASURED]
    assert with_known_densities([bare("LiNiO2")], given)[0] is given
    # an estimate stays, whatever is asked for beside it
    estimated = missing("density", 3, "computed")
    estimated.mean[:], estimated.lower[:], estimated.upper[:] = 4.0, 3.5, 4.5
    beside = replace(given, by_property={"density": estimated})
    again = with_known_densities([bare("LiCoO2"), bare("LiNiO2"), bare("Li4Fe4P4O16")], beside)[0]
    assert again.by_property["density"].mean.tolist() == [column.mean[0], 4.0, column.mean[2]]


def test_a_chloride_without_a_couple_takes_the_binaries_of_its_metal():
    """Li3TiCl6 in a cell against lithium-indium: 2.53 V (10.1038/s41467-023-37122-7), 3.15 V against lithium."""
    column = predicted("average_voltage", [1.68], 0.7)
    found, evidence = with_known_electrodes(
        [bare("Li3TiCl6")], Predictions(("Li3TiCl6",), {column.property: column}), None
    )
    voltage = found.by_property["average_voltage"]
    assert abs(voltage.mean[0] - 3.15) < 0.25
    assert voltage.lower[0] < 3.15 < voltage.upper[0]
    assert voltage.std[0] < 0.4
    assert evidence["average_voltage"].kind[0] == EvidenceKind.CALCULATED
    assert -0.5 < halide_step().mean < 0.0


def test_sulfur_gives_a_voltage_where_no_metal_does():
    names = ("Li2TiS3", "Li6PS5Cl", "Li2FeS2")
    column = predicted("average_voltage", [np.nan, np.nan, 1.6], 0.1)
    column = merge([missing("average_voltage", 3), column])
    found, evidence = with_known_electrodes(
        [bare(n) for n in names], Predictions(names, {column.property: column}), None
    )
    voltage = found.by_property["average_voltage"]
    assert voltage.mean[0] == pytest.approx(2.15, abs=0.02)
    assert evidence["average_voltage"].kind[0] == EvidenceKind.FAMILY
    assert not np.isfinite(voltage.mean[1])  # an electrolyte: not counted
    assert voltage.in_domain[0]
    drawn = [getattr(voltage, name)[0] for name in ("std", "lower", "upper", "std_class", "std_family")]
    assert np.isfinite(drawn).all()  # what a screen draws from
    assert voltage.mean[2] == pytest.approx(1.95, abs=0.05)  # iron 1.84 V, sulfur 2.15 V
    assert "sulfur gives" in voltage.note[2]


@pytest.mark.parametrize(
    ("formula", "capacity", "is_at_least"),
    [  # none of the first two stands in a table that the shares are fitted to
        ("Li1.1333Ti0.5667Fe0.3S2", 245.0, False),  # 10.1038/s41560-019-0493-0
        ("Li2FeS2", 300.0, True),  # 1.5 electrons and more, 10.1021/jacs.0c00909 as the synchrotron reports on it
        ("Li3TiS3", 423.0, False),  # 10.1038/s41598-018-33518-4, left out of its own estimate
        ("Li4NbS4", 388.0, False),
    ],
)
def test_published_capacities_of_lithium_rich_sulfides(formula, capacity, is_at_least):
    composition = Composition(formula)
    found = reversible_lithium(composition, recognise_family(composition))
    own = found.lithium / found.molar_mass * 26801.5
    width = 1.645 * found.share.std / found.share.mean * own
    assert own + width > capacity
    assert is_at_least or own - width < capacity
    assert own > 0.7 * capacity
