"""What a refinement says of the properties that are ranked, and the funnel that led there, as tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from ssbscreen.calculation.calculated import MODULI, Calculated, value_of
from ssbscreen.calculation.diffusivity import Diffusivity
from ssbscreen.calculation.hull_distance import Distance
from ssbscreen.calculation.phonons import Phonons
from ssbscreen.calculation.potentials import Potential, get_potential
from ssbscreen.calculation.refine_settings import RefineSettings, StepName
from ssbscreen.calculation.refinement import Refined
from ssbscreen.calculation.steps import Diffusion, Ordered
from ssbscreen.calculation.workbench import Failure
from ssbscreen.core.constants import ROOM_TEMPERATURE_C
from ssbscreen.core.errors import InputError
from ssbscreen.core.properties import get_property

COLUMNS = ("candidate_id", "property", "value", "unit", "noise", "temperature_c", "method", "reference", "note")
ACCOUNT = ("candidate_id", "rank_before", "step", "outcome", "text", "core_hours")
_SHOWN: dict[StepName, tuple[str, ...]] = {
    "hull": ("formation_energy",),
    "elastic": MODULI,
    "diffusion": ("ionic_conductivity", "activation_energy"),
}
_NOISE_OF = {"formation_energy": "energy_above_hull"}  # the error of a distance is what counts, not that of an energy
FUNNEL = ("step", "entered", "went on", "left", "nothing came out", "core_hours", "why")


def values_table(found: Sequence[Refined], given: RefineSettings) -> pd.DataFrame:
    """Values with their noise, natural units; noise in stored units.  Columns `COLUMNS`."""
    rows = [row for one in found for row in _values(one, given)]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    origin = table["candidate_id"].map({one.leader.candidate.candidate_id: one.leader.origin for one in found})
    table["note"] = [f"{built}; {note}" if built else note for built, note in zip(origin, table["note"], strict=True)]
    return table


def account_table(found: Sequence[Refined], given: RefineSettings) -> pd.DataFrame:
    """One row a candidate and step: what came out, in words.  Columns `ACCOUNT`."""
    rows = []
    for one in found:
        for step, result in one.results.items():
            outcome = "left" if one.left == step else "nothing" if _is_nothing(result) else "goes on"
            text = one.reason if one.left == step else words(result) + _unmeasured(step, given)
            if step == "order":
                text = "; ".join(filter(None, (one.leader.origin, text)))
            hours = float(getattr(result, "seconds", 0.0) or 0.0) / 3600.0
            rows.append((one.leader.candidate.candidate_id, one.leader.rank, step, outcome, text, hours))
    return pd.DataFrame(rows, columns=list(ACCOUNT))


def funnel_table(account: pd.DataFrame, steps: Sequence[StepName]) -> pd.DataFrame:
    """How many entered each step, left it or got nothing, and why.  Columns `FUNNEL`."""
    rows = []
    for step in steps:
        own = account[account["step"] == step]
        counts = own["outcome"].value_counts()
        reasons = "; ".join(f"{c}: {t}" for c, t in own.loc[own["outcome"] == "left", ["candidate_id", "text"]].values)
        without = own[own["outcome"] == "nothing"].groupby("text", sort=False)["candidate_id"]
        nothing = [f"nothing for {', '.join(names)}: {text}" for text, names in without]
        reasons = "; ".join(filter(None, (reasons, *nothing)))
        n_left, n_nothing = int(counts.get("left", 0)), int(counts.get("nothing", 0))
        rows.append((step, len(own), len(own) - n_left, n_left, n_nothing, float(own["core_hours"].sum()), reasons))
    return pd.DataFrame(rows, columns=list(FUNNEL))


def words(result: object) -> str:
    """A result in a line."""
    if isinstance(result, Failure):
        return result.reason
    if isinstance(result, Ordered):
        if not result.energies:
            return "ordered as given"
        low = min(result.energies)
        rounded = f"whole atoms differ by {result.rounded:.3f} of an atomic fraction; " if result.rounded > 5e-4 else ""
        others = ", ".join(f"{1e3 * (e - low):.0f}" for e in sorted(result.energies)[1:])
        return (
            f"{rounded}{len(result.energies)} orderings, meV/atom above the best: {others or 'none'}; entropy between "
            f"{result.entropy_found:.3f} and {result.entropy_ideal:.3f} k per atom, frozen in at {result.anneal_c:.0f} "
            "degree C"
        )
    if isinstance(result, Distance):
        lacking = f"; without a crystal: {', '.join(result.lacking)}" if result.lacking else ""
        return (
            f"{1e3 * result.distance:+.0f} meV/atom against {result.products} ({result.n_competing} phases "
            f"calculated{lacking})"
        )
    if isinstance(result, Phonons):
        return result.words()
    if isinstance(result, Diffusion):
        return _of_diffusion(result)
    if isinstance(result, Calculated):
        if result.tensor is not None:
            return f"tensor, asymmetry {result.asymmetry:.1%}"
        return result.reason or f"at rest, volume {result.volume_change:+.1%}, space group {result.space_group}"
    return ""


def _of_diffusion(result: Diffusion) -> str:
    runs = "; ".join(_of_run(run) for run in result.at())
    if result.reason:
        return f"{result.reason}; {runs}"
    return (
        f"10^({result.conductivity:.1f} +- {result.conductivity_std:.1f}) S/cm at 25 degree C, "
        f"{result.activation_energy:.2f} +- {result.activation_std:.2f} eV, Haven ratio {result.haven_ratio:.1f}; "
        f"{_of_prior(result)}{runs}"
    )


def _of_run(run: Diffusivity) -> str:
    """One temperature: its value, the bound that is left of it, or why it says nothing."""
    if run.is_bound:
        return f"{run.kelvin:.0f} K at most {run.at_most:.1e} cm2/s: {run.warning}"
    if run.warning:
        return f"{run.kelvin:.0f} K left out: {run.warning}"
    low, middle, high = run.tracer
    return f"{run.kelvin:.0f} K {middle:.1e} ({low:.1e} to {high:.1e}) cm2/s, {run.hops:.0f} hops"


def _of_prior(result: Diffusion) -> str:
    """That the way to 25 degree C rests on what was held before the runs; empty where it does not."""
    return f"{result.prior_share:.0%} of the activation energy from the prior; " if result.prior_share > 0.0 else ""


def _of_bounds(result: Diffusion) -> str:
    """That upper bounds took part in the way to 25 degree C; empty where none did."""
    return f" and {result.n_bounds} upper bound{'s' if result.n_bounds > 1 else ''}" if result.n_bounds else ""


def _unmeasured(step: StepName, given: RefineSettings) -> str:
    """That a result counts for nothing since the error of the potential was never measured; empty where it counts."""
    potential = get_potential(given.diffusion.potential if step == "diffusion" else given.potential)
    lacking = [key for key in _SHOWN.get(step, ()) if _NOISE_OF.get(key, key) not in potential.noise]
    return (
        f"; not counted: the error of {', '.join(lacking)} by {potential.title} was never measured" if lacking else ""
    )


def _is_nothing(result: object) -> bool:
    return isinstance(result, Failure) or (isinstance(result, Diffusion) and bool(result.reason))


def _values(one: Refined, given: RefineSettings) -> Iterator[tuple[object, ...]]:
    potential, name = get_potential(given.potential), one.leader.candidate.candidate_id
    distance, stiff, diffusion = (one.results.get(step) for step in ("hull", "elastic", "diffusion"))
    if isinstance(distance, Distance) and (noise := potential.noise.get("energy_above_hull")):
        doubt = float(np.hypot(noise, one.energy()[1]))
        note = (
            f"{1e3 * distance.distance:+.0f} meV/atom from {distance.products}, all by the same potential, added to "
            f"their energy in the reference, {distance.reference_hull:.3f} eV/atom"
        )
        energy = distance.reference_hull + distance.distance
        yield _row(name, "formation_energy", energy, doubt, None, potential, note)
    if isinstance(stiff, Calculated) and stiff.tensor is not None:
        for key in MODULI:
            try:
                value, note = value_of(stiff, key, potential)
            except InputError:
                continue  # the account says that the tensor gives no modulus
            if key in potential.noise:
                yield _row(name, key, value, potential.noise[key], None, potential, note)
    if isinstance(diffusion, Diffusion) and not diffusion.reason:
        moving = get_potential(given.diffusion.potential)
        note = (
            f"{_of_prior(diffusion)}{diffusion.n_temperatures} temperatures{_of_bounds(diffusion)}, "
            f"{diffusion.n_atoms} atoms, tracer, Haven ratio 1"
        )
        for key, value, own in (
            ("ionic_conductivity", 10.0**diffusion.conductivity, diffusion.conductivity_std),
            ("activation_energy", diffusion.activation_energy, diffusion.activation_std),
        ):
            if key == "activation_energy" and diffusion.prior_share > 0.0:
                continue  # in part what was put in, no evidence of its own
            if key in moving.noise and np.isfinite(value):
                at = ROOM_TEMPERATURE_C if key == "ionic_conductivity" else None
                yield _row(name, key, value, float(np.hypot(moving.noise[key], own)), at, moving, note)


def _row(
    name: str, key: str, value: float, noise: float, temperature_c: float | None, potential: Potential, note: str
) -> tuple[object, ...]:
    method = f"calculation: {potential.title}"
    return name, key, value, get_property(key).unit, noise, temperature_c, method, potential.cite, note
