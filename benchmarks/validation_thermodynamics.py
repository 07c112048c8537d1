"""Computed against published windows, decomposition energies, interphases and interface energies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ssbscreen.core.errors import InputError
from ssbscreen.core.formula import composition_key, parse_formula
from ssbscreen.core.reference import ReferencePhases
from ssbscreen.files.csv_table import csv_rows
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.interfaces import interface
from ssbscreen.physics.interphase_products import describe
from ssbscreen.physics.lithiation import LithiationPath
from ssbscreen.physics.lithium_interphase import li_outcome
from ssbscreen.physics.phase_stability import LI_TOLERANCE, evaluate, stability_draws

DATA = Path(__file__).resolve().parents[1] / "data" / "validation"
SETS = {
    "10.1016/j.joule.2019.02.006": "Xiao 2019",
    "10.1039/d2ee00803c": "halides 2022",
    "10.1016/j.joule.2018.08.017": "review 2018",
    "10.1016/j.ensm.2021.06.027": "garnet coatings 2021",
}
LARGE_VOLTAGE, LARGE_ENERGY = 0.2, 50.0  # V, meV/atom; a larger difference is explained by its reaction


@dataclass(frozen=True)
class Comparison:
    """One published value beside the computed one.

    Attributes:
        group: published set, such as the energies behind it.
        case: what it is about.
        quantity: name of the value.
        published, computed: NaN where missing.
        reaction: what reacts, in words.
    """

    group: str
    case: str
    quantity: str
    published: float
    computed: float
    reaction: str

    @property
    def difference(self) -> float:
        """Computed minus published."""
        return self.computed - self.published


def read(name: str) -> list[dict[str, str]]:
    """Rows of a table in data/validation."""
    return csv_rows(DATA / name)


def number(text: str) -> float:
    """A cell as a number, NaN where empty."""
    return float(text) if text else float("nan")


def corner_beside(path: LithiationPath, side: int) -> tuple[str, ...]:
    """Phases in equilibrium beyond the reduction (+1) or the oxidation limit (-1)."""
    if side > 0:
        beyond = np.flatnonzero(path.li > path.li_candidate + LI_TOLERANCE)
        return path.phases[beyond[0]] if beyond.size else ()
    beyond = np.flatnonzero(path.li < path.li_candidate - LI_TOLERANCE)
    return path.phases[beyond[-1]] if beyond.size else ()


def windows(library: PhaseLibrary) -> list[Comparison]:
    """Reduction and oxidation limits, V."""
    rows = []
    for row in read("windows.csv"):
        try:
            path = library.path(parse_formula(row["formula"]))
        except InputError:
            continue
        if path.missing_binaries or path.unpaired_elements:
            continue
        draws = stability_draws(path, None)
        for quantity, computed, side, products in (
            ("reduction", draws.reduction_limit[0], 1, row["reduction_products"]),
            ("oxidation", draws.oxidation_limit[0], -1, row["oxidation_products"]),
        ):
            published = number(row[f"{quantity}_V"])
            words = " + ".join(corner_beside(path, side)) or "stable"
            if products:
                words += f" (published {products.replace(';', ' + ')})"
            rows.append(Comparison(row["energies"], row["formula"], quantity, published, float(computed), words))
    return rows


def decomposition(library: PhaseLibrary) -> list[Comparison]:
    """Decomposition energies at a voltage, eV per atom of electrolyte, Li exchange not counted as mass.

    The published ones start from the compound, ours from the hull, so the published distance to the hull is added.
    """
    rows = []
    for row in read("decomposition.csv"):
        path = library.path(parse_formula(row["formula"]))
        voltage = float(row["voltage_V"])
        grand = path.energy + voltage * path.li
        best = int(np.argmin(grand))
        energy = float(grand[best]) - path.hull_energy() - voltage * path.li_candidate
        energy -= float(row["energy_above_hull_eV_per_atom"])
        words = f"{' + '.join(path.phases[best])} (published {row['products'].replace(';', ' + ')})"
        published = float(row["energy_eV_per_atom"])
        rows.append(Comparison(f"{voltage:g} V", row["formula"], "energy", published, energy, words))
    return rows


@dataclass(frozen=True)
class Outcome:
    """Known and computed outcome on lithium of one material.

    Attributes:
        formula, known, computed: material and its classes.
        is_binary: lithium binary, whose stability is the definition of the reference.
        probabilities: of stable, passivating, mixed-conducting.
        products: at 0 V, with whether they conduct electrons.
    """

    formula: str
    known: str
    computed: str
    is_binary: bool
    probabilities: tuple[float, float, float]
    products: str


def interphases(library: PhaseLibrary) -> list[Outcome]:
    """Class of the largest probability against the published one."""
    rows = read("interphases.csv")
    table = evaluate([row["formula"] for row in rows], np.full((len(rows), 1), np.nan), library)
    outcome = li_outcome(table, use_reports=False)  # each by a rule that has not seen it
    names = ("stable", "passivating", "mixed_conducting")
    found = []
    for i, row in enumerate(rows):
        p = (float(outcome.p_stable[i]), float(outcome.p_passivating[i]), float(outcome.p_mixed_conducting[i]))
        if not np.isfinite(p).all():
            continue
        computed = names[int(np.argmax(p))]
        found.append(
            Outcome(row["formula"], row["outcome"], computed, row["is_binary"] == "1", p, describe(outcome.products[i]))
        )
    return found


def interfaces(library: PhaseLibrary) -> list[Comparison]:
    """Reaction energies of contacts, meV per atom of the mixture."""
    rows = []
    for row in read("interfaces.csv"):
        pair = interface(row["electrolyte"], row["partner"], library)
        text = pair.reactions[pair.worst].text()
        group = "coating on electrolyte" if row["partner_state"] == "coating" else row["partner_state"]
        source = SETS.get(row["doi"], "other")
        rows.append(
            Comparison(
                f"{source}, {group}",
                f"{row['electrolyte']} with {short(row['partner'])}",
                "energy",
                float(row["energy_meV_per_atom"]),
                1000.0 * pair.reaction_energy,
                short(text),
            )
        )
    return rows


def short(formula: str) -> str:
    """Formula without endless thirds."""
    return formula.replace("0.33333333", "1/3")


def reference_offsets(large: ReferencePhases, measured: ReferencePhases) -> list[tuple[str, int, float, float]]:
    """Database minus measured formation energies of binary salts, by anion.

    Returns:
        Anion, number of binaries, median difference in eV per anion, its median absolute deviation.
    """
    known = {
        composition_key(parse_formula(f)): float(e) for f, e in zip(large.formulas, large.formation_energy, strict=True)
    }
    nonmetals = {"H", "B", "C", "N", "O", "F", "Si", "P", "S", "Cl", "As", "Se", "Br", "Te", "I"}
    rows = []
    for anion in ("O", "S", "Se", "Te", "N", "P", "F", "Cl", "Br", "I", "H"):
        found = []
        for formula, energy in zip(measured.formulas, measured.formation_energy, strict=True):
            amounts = parse_formula(formula)
            other = set(amounts) - {anion}
            if len(amounts) != 2 or anion not in amounts or other & nonmetals:
                continue
            value = known.get(composition_key(amounts))
            if value is not None and not measured_is_copied(formula):
                found.append((value - float(energy)) * sum(amounts.values()) / amounts[anion])
        values = np.array(found)
        median = float(np.median(values))
        rows.append((anion, values.size, median, float(np.median(np.abs(values - median)))))
    return rows


def measured_is_copied(formula: str) -> bool:
    """Whether an entry of the measured set is itself a database value (see data/reference_phases/starter.csv)."""
    return composition_key(parse_formula(formula)) in _copied()


def _copied() -> set[tuple[tuple[str, float], ...]]:
    path = DATA.parent / "reference_phases" / "starter.csv"
    return {composition_key(parse_formula(row["formula"])) for row in csv_rows(path) if row["state"] == "calculated"}


def mean_absolute(rows: Sequence[Comparison]) -> float:
    """Mean absolute difference of the rows that have both values."""
    values = np.array([row.difference for row in rows])
    return float(np.nanmean(np.abs(values)))
