"""Cathodes against what was measured: voltages, reversible lithium and charged states, each left out in turn.

Writes `voltages.csv`, `reversible_lithium.csv`, `charged_states.csv` and `sulfides_and_chlorides.csv`, and prints their
summary.

Run: python benchmarks/bench_cathodes.py --out docs/validation
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
from arguments import parse, run
from pymatgen.core import Composition

from ssbscreen.app.predict import predicted
from ssbscreen.core.candidate import Candidate
from ssbscreen.core.constants import COULOMB_PER_MAH, FARADAY
from ssbscreen.core.formula import parse_formula
from ssbscreen.core.recognition import recognise_family
from ssbscreen.files.paths import data_dir
from ssbscreen.files.writing import write_table
from ssbscreen.physics.electrode import charged_energy
from ssbscreen.physics.reversible_lithium import share_of_capacity
from ssbscreen.physics.voltage_shift import VoltageShift
from ssbscreen.screening.electrodes.couples import measured_couples, oxidised_in
from ssbscreen.screening.electrodes.reversible_lithium import reversible_lithium
from ssbscreen.screening.hulls.references import load_reference, references_of
from ssbscreen.sources.reference_cathodes import SOURCE

Z90 = 1.645


def voltages() -> pd.DataFrame:
    """Measured and calculated voltages, and the corrected one by a shift that has not seen the family."""
    pairs = measured_couples()
    table = pd.DataFrame(
        {
            "discharged": [couple.discharged.reduced_formula for couple, _ in pairs],
            "charged": [couple.charged.reduced_formula for couple, _ in pairs],
            "family": [recognise_family(couple.discharged) for couple, _ in pairs],
            "metal": [oxidised_in(couple) for couple, _ in pairs],
            "ends": ["one host" if couple.is_host else "lowest structures" for couple, _ in pairs],
            "measured_V": [measured for _, measured in pairs],
            "calculated_V": [couple.average_voltage for couple, _ in pairs],
        }
    )
    difference = (table["measured_V"] - table["calculated_V"]).to_numpy()
    mean, std = np.empty(len(table)), np.empty(len(table))
    for family in table["family"].unique():
        own = (table["family"] == family).to_numpy()
        shift = VoltageShift(difference[~own], list(table["metal"][~own]))
        found = [shift.of(metal) for metal in table["metal"][own]]
        mean[own], std[own] = [s.mean for s in found], [s.total for s in found]
    table["corrected_V"] = table["calculated_V"] + mean
    table["std_V"] = std
    return table


def reversible() -> pd.DataFrame:
    """Measured share of the lithium that could leave, and the one expected from other cathodes."""
    studies: dict[Composition, list[float]] = defaultdict(list)
    for row in SOURCE.load_measured():
        if row.property == "capacity_grav":
            studies[row.discharged].append(row.value)
    rows = []
    for composition, values in studies.items():
        found = reversible_lithium(composition, recognise_family(composition))
        if found is None:  # Li2S, whose anions give the electrons
            continue
        capacity = float(np.mean(values))
        share = share_of_capacity(capacity, found.molar_mass, found.host)
        expected = (found.share.mean, found.share.std)
        rows.append((_written(composition), *found.host.group, len(values), capacity, share, *expected))
    names = ["discharged", "family", "metal", "studies", "capacity_mAh_per_g", "share", "expected_share", "std"]
    return pd.DataFrame(rows, columns=names)


def sulfides_and_chlorides() -> pd.DataFrame:
    """Published capacities and voltages (`data/validation/sulfides.csv`) and the answer without its own value."""
    published = pd.read_csv(data_dir() / "validation" / "sulfides.csv")
    rows = []
    for discharged, quantity, value, bound in published.iloc[:, :4].itertuples(index=False):
        composition = Composition(discharged)
        if quantity == "capacity_grav":
            found = reversible_lithium(composition, recognise_family(composition))
            assert found is not None
            own = found.lithium / found.molar_mass * FARADAY / COULOMB_PER_MAH
            std, metals = own * found.share.std / found.share.mean, min(found.host.metals, found.lithium)
            without_sulfur = own * metals / found.lithium if found.host.sulfur else own
        else:
            answer = predicted([Candidate(discharged, composition=composition)], [quantity], evidence="best")
            column = answer.by_property[quantity]
            own, std = float(column.mean[0]), float(column.std[0])
            without_sulfur = np.nan
        rows.append((discharged, quantity, value, bound, own, std, without_sulfur))
    names = ["discharged", "quantity", "published", "bound", "computed", "std", "of_metals_alone"]
    return pd.DataFrame(rows, columns=names)


def _written(composition: Composition) -> str:
    return str(composition.formula).replace(" ", "")


def charged_states() -> pd.DataFrame:
    """Distance of the charged state by its voltage and our hull, against that of the Materials Project."""
    library = references_of(load_reference("embedded")).library
    rows = []
    for couple in SOURCE.load_couples():
        if not couple.is_host or not np.isfinite(couple.stability_charge):
            continue
        full, empty = parse_formula(_written(couple.discharged)), dict(couple.charged.get_el_amt_dict())
        sizes = [sum(a for name, a in ends.items() if name != "Li") for ends in (full, empty)]
        left = empty.get("Li", 0.0) * sizes[0] / sizes[1]
        path = library.path(full)
        if path.unpaired_elements:
            continue
        total = sum(full.values())
        discharged = (path.hull_energy() + couple.stability_discharge) * total
        charged = charged_energy(np.array(discharged), np.array(couple.average_voltage), np.array(full["Li"] - left))
        hull = float(np.interp(left / total, path.li, path.energy)) * total
        own = max(float(charged - hull) / (total - full["Li"] + left), 0.0)
        rows.append((couple.discharged.reduced_formula, couple.structure, couple.stability_charge, own))
    return pd.DataFrame(
        rows, columns=["discharged", "structure", "materials_project_eV_per_atom", "computed_eV_per_atom"]
    )


def main() -> None:
    """Write the tables and print their summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    out: Path | None = parse(parser).out
    found = voltages()
    before, after = found["measured_V"] - found["calculated_V"], found["measured_V"] - found["corrected_V"]
    inside = (after.abs() < Z90 * found["std_V"]).mean()
    print(
        f"voltages, {len(found)} couples: error {before.abs().mean():.3f} V calculated, {after.abs().mean():.3f} V",
        end="",
    )
    print(f" with a shift that has not seen the family; 90 % intervals hold {inside:.0%}")
    shares = reversible()
    error = shares["expected_share"] - shares["share"]
    print(
        f"reversible lithium, {len(shares)} cathodes: error {error.abs().mean():.3f} of the lithium left out,", end=" "
    )
    print(f"{(1.0 - shares['share']).abs().mean():.3f} with all of it;", end=" ")
    print(f"90 % intervals hold {(error.abs() < Z90 * shares['std']).mean():.0%}")
    charged = charged_states()
    apart = (charged["computed_eV_per_atom"] - charged["materials_project_eV_per_atom"]).abs()
    print(f"charged states, {len(charged)} hosts: median difference {apart.median():.4f} eV/atom, ", end="")
    print(f"{(apart < 0.025).mean():.0%} within 0.025")
    soft = sulfides_and_chlorides()
    short = soft["published"] - soft["computed"]
    within = (short.where(soft["bound"] == "exact", short.clip(lower=0.0)).abs() < Z90 * soft["std"]).mean()
    print(f"sulfides and chlorides, {len(soft)} published values: 90 % intervals hold {within:.0%}")
    if out is None:
        return
    for name, table in (
        ("voltages", found),
        ("reversible_lithium", shares),
        ("charged_states", charged),
        ("sulfides_and_chlorides", soft),
    ):
        write_table(table.round(4), out / f"{name}.csv")


if __name__ == "__main__":
    run(main)
