"""Computed against published toughness, hardness, moduli, stacks and the stability of plating."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from validation_thermodynamics import Comparison, number, read

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.constants import LI_SHEAR_MODULUS
from ssbscreen.core.errors import DataUnavailable
from ssbscreen.generation.substitution import generate
from ssbscreen.physics.cell import Stack, cell_energy_grav
from ssbscreen.physics.composite_cathode import effective_conductivity
from ssbscreen.physics.contact import contact_kept
from ssbscreen.physics.elasticity import fracture_toughness, hardness, youngs_modulus
from ssbscreen.physics.electrodeposition import stability_parameter
from ssbscreen.sources.prototypes import SOURCE as PROTOTYPES

POISSON = 0.33


def toughness() -> list[Comparison]:
    """K_IC from published moduli against the published value of the formula and the middle of the measured range."""
    rows = []
    for row in read("toughness.csv"):
        k, g, volume = (float(row[key]) for key in ("bulk_modulus_GPa", "shear_modulus_GPa", "volume_per_atom_A3"))
        value = float(fracture_toughness(k, g, volume))
        low, high = float(row["measured_low"]), float(row["measured_high"])
        rows.append(Comparison("formula", row["material"], "K_IC", number(row["published_formula_value"]), value, ""))
        rows.append(Comparison("measured", row["material"], "K_IC", (low + high) / 2, value, f"{low:g} to {high:g}"))
    return rows


def isotropic() -> list[Comparison]:
    """Young's modulus from published K and G against the published one, GPa."""
    rows = []
    for (material, method), values in _grouped().items():
        if {"bulk_modulus", "shear_modulus", "youngs_modulus"} <= set(values):
            computed = float(youngs_modulus(values["bulk_modulus"], values["shear_modulus"]))
            rows.append(Comparison(method, material, "E", values["youngs_modulus"], computed, ""))
    return rows


def hardness_rows() -> list[Comparison]:
    """Hardness from published moduli of the host against indentation of ceramics, GPa."""
    moduli = {"Li7La3Zr2O12": (102.8, 59.6), "LiTi2(PO4)3": (95.0, 57.6), "Li0.33La0.57TiO3": (133.3, 80.0)}
    rows = []
    for row in read("mechanics.csv"):
        if row["property"] != "hardness":
            continue
        host = next(
            h
            for h, key in (("Li7La3Zr2O12", "La3Zr"), ("LiTi2(PO4)3", "(PO4)3"), ("Li0.33La0.57TiO3", "TiO3"))
            if key in row["formula"]
        )
        rows.append(
            Comparison(
                host,
                f"{row['formula']}, {row['note'] or 'as measured'}",
                "H",
                float(row["value"]),
                float(hardness(*moduli[host])),
                "",
            )
        )
    return rows


def composites() -> list[Comparison]:
    """Conductivity of composites of active material and electrolyte against the pure conductor's, log10."""
    rows = []
    for row in read("composites.csv"):
        share, pure = float(row["share"]), float(row["pure_S_cm"])
        value = float(effective_conductivity(np.log10(pure), np.asarray(share)))
        case = f"{row['composite']}, share {share:g}"
        published = float(np.log10(float(row["effective_S_cm"])))
        rows.append(Comparison(row["set"], case, row["carrier"], published, value, row["doi"]))
    return rows


def cathode_pressure() -> list[Comparison]:
    """Capacity, charge transfer and contact area of composites at two pressures, log10 of their ratio.

    Computed is what the contact that a pressure keeps would make of them if neither pressure were enough: the
    capacity and the area as the contact, the resistance as its inverse.
    """
    rows = []
    for row in read("cathode_pressure.csv"):
        low, high = (float(row[f"pressure_{end}_MPa"]) for end in ("low", "high"))
        kept = np.log10(contact_kept(np.array(high), low))
        published = float(np.log10(float(row["value_high"]) / float(row["value_low"])))
        computed = float(kept if row["quantity"] == "resistance" else -kept)
        case = f"{row['composite']}, {low:g} to {high:g} MPa, {row['history']}"
        rows.append(Comparison(row["study"], case, row["quantity"], published, computed, row["doi"]))
    return rows


def closed_formulas() -> list[Comparison]:
    """Stack energies, sign changes of chi and its golden value."""
    rows = []
    for row in read("closed_formulas.csv"):
        value = float(row["value"])
        if row["quantity"] == "cell_energy_grav":
            capacity, density = float(row["areal_capacity_mAh_cm2"]), float(row["electrolyte_density_g_cm3"])
            share = float(row["active_fraction"])
            computed = float(cell_energy_grav(capacity, np.asarray(density), Stack(active_fraction=share)))
            case = f"{row['case']}, {row['areal_capacity_mAh_cm2']} mAh/cm2"
        else:
            ratio = float(row["volume_ratio"])
            case = f"{row['case']}, v = {ratio:g}"
            computed = _flip(ratio) if row["quantity"] == "chi_flip" else float(_chi(1.0, ratio))
        rows.append(Comparison(row["quantity"], case, row["unit"], value, computed, ""))
    return rows


def predicted_moduli() -> dict[str, list[Comparison]]:
    """Moduli of reference electrolytes, GPa, by the shipped models of crystals and of bare compositions.

    Returns:
        Model -> its predictions beside published values.

    Raises:
        DataUnavailable: the structures cannot be reached.
    """
    from ssbscreen.sources.snapshot import SOURCE

    wanted = {row["structure"]: row for row in read("mechanics.csv") if row["structure"]}
    found = [c for c in SOURCE.pool().candidates if c.candidate_id in wanted]
    if not found:
        raise DataUnavailable("None of the reference structures is in mp_crystals.")
    labelled = {m.candidate_id for m in SOURCE.load(["bulk_modulus"]).measurements if m.candidate_id in wanted}
    found += _disordered()
    bare = [Candidate(c.candidate_id, c.composition, label=c.formula) for c in found]
    return dict(_beside_published(candidates, labelled) for candidates in (found, bare))


def _beside_published(candidates: list[Candidate], labelled: set[str]) -> tuple[str, list[Comparison]]:
    """The model that predicts moduli of these, and each prediction beside the published value of its id."""
    from ssbscreen.prediction.predictor import predict  # torch, only when asked for

    predictions = predict(candidates, ("bulk_modulus", "shear_modulus"))
    rows = []
    for row in read("mechanics.csv"):
        if row["property"] not in predictions.by_property:
            continue
        column = predictions.by_property[row["property"]]
        for i, candidate in enumerate(candidates):
            if candidate.candidate_id not in (row["structure"], row["disordered"]):
                continue
            is_named = candidate.candidate_id == row["structure"]
            group = "label in the training set" if candidate.candidate_id in labelled else "not in the training set"
            if not is_named and candidate.crystal is not None:
                group = "disordered, one ordered state"
            rows.append(
                Comparison(
                    group,
                    row["material"] if is_named else f"{row['material']} ({candidate.formula})",
                    row["property"].replace("_modulus", ""),
                    float(row["value"]),
                    10.0 ** float(column.mean[i]),
                    f"{row['method']}; 1 std x {10.0 ** float(column.std[i]):.2f}",
                )
            )
    return predictions.by_property["bulk_modulus"].model, rows


def _disordered() -> list[Candidate]:
    """Disordered crystals of the starter pool that published moduli are held against."""
    wanted = {row["disordered"] for row in read("mechanics.csv") if row["disordered"]}
    types = tuple(sorted({name.split("/")[1] for name in wanted}))
    return [c for c in (*PROTOTYPES.load().candidates, *generate(names=types)) if c.candidate_id in wanted]


def _grouped() -> dict[tuple[str, str], dict[str, float]]:
    found: dict[tuple[str, str], dict[str, float]] = {}
    for row in read("mechanics.csv"):
        if row["property"].endswith("_modulus"):
            found.setdefault((row["material"], row["method"]), {})[row["property"]] = float(row["value"])
    return found


def _chi(relative_shear: float, ratio: float) -> np.ndarray:
    return stability_parameter(relative_shear * LI_SHEAR_MODULUS, POISSON, ratio)


def _flip(ratio: float) -> float:
    """G_s/G_Li at which chi changes sign."""
    return float(brentq(lambda g: float(_chi(g, ratio)), 0.01, 100.0))
