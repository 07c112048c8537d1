"""Computed against published values of the lithium side: kinetic windows, interphases, creep and yield of lithium."""

from __future__ import annotations

import numpy as np
from validation_thermodynamics import Comparison, read

from ssbscreen.physics import stripping
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.interphase_growth import growth_rates, thickness
from ssbscreen.physics.kinetic_window import known_windows
from ssbscreen.physics.lithium_interphase import li_outcome
from ssbscreen.physics.phase_stability import evaluate

VOLUME_PER_ATOM = {"Li6PS5Cl": 965.21 / 52}  # cubic angstrom, 10.1021/jacsau.1c00228, Table S4
CREEP_ACTIVATION = 0.38  # eV, the default of the profiles; at 26 degree C it does not matter


def kinetic_windows() -> list[Comparison]:
    """Calculated kinetic and thermodynamic limits against measured onsets, V."""
    known = {row.formula: row for row in known_windows()}
    rows = []
    for row in read("kinetic_windows.csv"):
        window, limit, onset = known[row["calculated_for"]], row["limit"], float(row["onset_V"])
        for kind, prefix in (("kinetic", ""), ("thermodynamic, same work", "thermodynamic_")):
            rows.append(Comparison(kind, row["formula"], limit, onset, getattr(window, prefix + limit), row["method"]))
    return rows


def interphase_thickness(library: PhaseLibrary) -> list[Comparison]:
    """Thickness from the charge that titration counted and the products at 0 V, nm."""
    rows = []
    for row in (row for row in read("lithium_side.csv") if row["quantity"] == "interphase thickness"):
        formula = row["formula"]
        outcome = li_outcome(evaluate([formula], np.full((1, 1), np.nan), library))
        volume = np.array([VOLUME_PER_ATOM[formula]])
        charge = growth_rates([formula], [""], "charge").after(
            np.array([[float(row["time_h"])]]), 25.0, np.array(0.5), np.zeros((1, 1))
        )
        computed = thickness(charge, outcome.li_consumed(volume), outcome.pilling_bedworth_ratio(volume))
        rows.append(
            Comparison("interphase", row["case"], "thickness", float(row["value"]), 1e3 * computed.item(), row["note"])
        )
    return rows


def lithium_metal() -> list[Comparison]:
    """Yield strength and creep rate of lithium, as log10 of MPa and 1/s."""
    rows = []
    for row in read("lithium_side.csv"):
        if row["quantity"] == "yield strength":
            computed = stripping.yield_strength(np.array(float(row["size_um"])))
            case = f"{row['case']}, {float(row['size_um']):g} um"
        elif row["quantity"] == "creep rate":
            computed = stripping.creep_rate(np.array(float(row["stress_MPa"])), 26.0, CREEP_ACTIVATION)
            case = f"{row['case']}, {row['stress_MPa']} MPa"
        else:
            continue
        values = np.log10(float(row["value"])), float(np.log10(computed))
        rows.append(Comparison("lithium metal", case, f"log10 {row['quantity']}", *values, row["note"]))
    return rows
