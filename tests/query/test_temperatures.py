"""A candidate at other temperatures: by its own law, no further than it holds, and as a screen at that temperature."""

import csv

import numpy as np
import pandas as pd
import pytest

from ssbscreen.core.errors import UsageError
from ssbscreen.files.paths import data_dir
from ssbscreen.query.temperatures import Interval, at_temperatures, temperature_lines
from ssbscreen.query.text_table import TextTable
from ssbscreen.ranking.criteria import load_profile

OPERATING = load_profile("ev").operating


def row(formula="Li6PS5Cl", conductivity=(1.7e-3, 3.5e-4, 7e-3), energy=(0.34, 0.24, 0.44), **more):
    """A row of a ranking with what the table needs."""
    values = {"candidate_id": "c", "formula": formula, "chemistry_class": "sulfide", "practical_thickness_value": 35.0}
    for key, interval in (("ionic_conductivity", conductivity), ("activation_energy", energy)):
        for part, value in zip(("value", "low", "high"), interval or (None,) * 3, strict=True):
            values[f"{key}_{part}"] = value
    for part, value in zip(("value", "low", "high"), (1e-3, 5e-4, 2e-3), strict=True):
        values[f"critical_current_{part}"] = value
    return pd.Series(values | more)


def test_at_the_temperature_of_the_run_it_is_the_row():
    (now,) = at_temperatures(row(), OPERATING, [25.0])
    assert [now.conductivity.value, now.conductivity.low, now.conductivity.high] == pytest.approx(
        [1.7e-3, 3.5e-4, 7e-3], rel=0.02
    )
    assert now.critical_current.value == pytest.approx(1e-3, rel=1e-3)
    drop = OPERATING.current_density.value * now.resistance.value
    assert now.voltage_drop.value == pytest.approx(drop)


def test_resistance_and_drop_start_from_those_of_the_row():
    # the ranking draws them from what is known of the material, more narrowly than its interval of one more laboratory
    own = {"area_specific_resistance": (6.77, 3.65, 47.3), "voltage_drop": (0.0339, 0.0183, 0.236)}
    parts = ("value", "low", "high")
    more = {f"{key}_{part}": v for key, three in own.items() for part, v in zip(parts, three, strict=True)}
    now, hot = at_temperatures(row(**more), OPERATING, [25.0, 60.0])
    for key, found in (("area_specific_resistance", now.resistance), ("voltage_drop", now.voltage_drop)):
        assert [found.value, found.low, found.high] == pytest.approx(own[key], rel=1e-6)
    (alone,) = at_temperatures(row(), OPERATING, [60.0])
    (there,) = at_temperatures(row(), OPERATING, [25.0])
    assert hot.resistance.value == pytest.approx(6.77 * alone.resistance.value / there.resistance.value)


def _published():
    with (data_dir() / "validation" / "temperatures.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("given", _published(), ids=lambda g: f"{g['material']} {g['temperature_C']}")
def test_published_values_lie_inside_the_interval(given):
    """Known at one temperature within 0.1 decade, the activation energy within 0.05 eV, as laboratories state them."""
    known, energy = float(given["known_S_cm"]), float(given["activation_energy_eV"])
    wanted = float(given["temperature_C"])
    if not -100.0 < wanted < 180.0:
        return
    of = row(
        given["formula"], (known, known * 10**-0.1645, known * 10**0.1645), (energy, energy - 0.082, energy + 0.082)
    )
    operating = load_profile("ev").at(float(given["known_C"])).operating
    (found,) = at_temperatures(of, operating, [wanted])
    off = abs(np.log10(found.conductivity.value / float(given["conductivity_S_cm"])))
    assert off < (0.7 if given["material"] == "Li8SiP4" else 0.3)  # its own energy and values contradict each other
    if given["material"] != "Li8SiP4":
        assert found.conductivity.low < float(given["conductivity_S_cm"]) < found.conductivity.high


def test_no_law_is_followed_across_a_transition_or_into_molten_lithium():
    cold, warm = at_temperatures(row("LiZr2(PO4)3"), OPERATING, [40.0, 80.0])
    assert cold.conductivity is not None
    assert warm.conductivity is None
    assert warm.voltage_drop is None
    assert warm.transition.material == "LiZr2(PO4)3"
    with pytest.raises(UsageError, match="lithium melts"):
        at_temperatures(row(), OPERATING, [181.0])


def test_critical_current_is_unknown_where_no_cell_was_measured():
    cold, warm, hot = at_temperatures(row(), OPERATING, [-20.0, 60.0, 120.0])
    assert cold.critical_current is None
    assert warm.critical_current.value > 1e-3
    assert hot.critical_current is None
    assert hot.conductivity is not None


def test_a_model_that_was_asked_needs_no_law():
    peo = row("*CCO* + [Li+].[Cl-] 1 mol/kg", (1e-6, 1e-7, 1e-5), None, chemistry_class="polymer")
    assert at_temperatures(peo, OPERATING, [60.0])[0].conductivity is None
    (found,) = at_temperatures(peo, OPERATING, [60.0], {60.0: Interval(4e-4, 1e-4, 1e-3)})
    assert found.conductivity.value == pytest.approx(4e-4, rel=0.01)
    text = list(temperature_lines(peo, OPERATING, [60.0], {60.0: Interval(4e-4, 1e-4, 1e-3)}))
    assert any("60 to 80 degree C" in part for part in text if isinstance(part, str))
    tables = [part for part in text if isinstance(part, TextTable)]
    assert [table.rows[0][0] for table in tables] == ["60", "60"]


def test_an_assumed_activation_energy_is_called_so():
    lines = [part for part in temperature_lines(row(energy=None), OPERATING, [60.0]) if isinstance(part, str)]
    assert any("assumed activation energy, 0.47 [0.2, 0.65] eV" in line for line in lines)
    with pytest.raises(UsageError, match="no conductivity of its own"):
        at_temperatures(row(conductivity=None), OPERATING, [60.0])
