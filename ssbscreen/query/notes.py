"""Words beside the numbers of a candidate that mislead where they stand alone: margins below zero, and estimates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ssbscreen.core.number_text import is_missing
from ssbscreen.query.records import Row

MEASURED = "measured"  # the word of `core.evidence.EvidenceKind`, which would load the chemistry
MARGIN = "margin V"  # title of the oxidation margin in tables of cells
MARGIN_NOTE = (
    "Margin V: oxidation limit less the mean voltage of the cathode. Below 0 the electrolyte decomposes where it meets "
    "carbon, collector and bare particles of the charged cathode, and lasts only as far as the products stop that; of "
    "a coated cell it is a mean over the surface, of which a part is coated (coated_share of the profile)."
)
_ESTIMATES = {
    "interphase_resistance": (
        "interphase: rates measured over hours, carried over the life of the profile with the square root of time, so "
        "an upper estimate; in no resistance, voltage drop or score"
    ),
    "large_cell_current": (
        "large cell: less than a laboratory cell bears, as the weakest place of a larger area shorts (Weibull); an "
        "estimate that no cell of that size confirms, and no verdict on cells with a layer on the lithium"
    ),
    "usable_capacity_1mA": (
        "usable capacity: as thick a composite cathode as ions reach within composite_drop of the profile; electrons "
        "and the particles themselves may reach less far, so an upper limit"
    ),
    "fixture_mass": "plates and rods: kg for each m2 that the stack stands on, for all cells between the plates",
    "heat_of_reaction": (
        "heat: all of the charged cell without its foils, lithium included, brought to equilibrium: the most that a "
        "gram can set free"
    ),
}


def margin_notes(row: Row) -> Iterator[str]:
    """What a margin below zero of a cell means, in words."""
    beyond = _below_zero(row, "oxidation_margin_value")
    if not beyond:
        return
    if not is_missing(row.get("coating")) and row["coating"]:
        yield (
            f"oxidation margin below 0: {row['coating']} keeps the electrolyte off the particles, but carbon, "
            "collector and bare spots meet it, where it decomposes and lasts only as far as the products stop that; "
            "the margin is the mean of both limits over the surface (coated_share of the profile) less the voltage"
        )
    else:
        yield (
            "oxidation margin below 0: in the charged cell the electrolyte at the cathode stands "
            f"{beyond:.2f} V beyond its oxidation limit, decomposes, and lasts only as far as the products stop that"
        )


def notes(row: Row) -> Iterator[str]:
    """What to know of the numbers that a row shows without being scored by them, each once."""
    if below := _below_zero(row, "reduction_margin_value"):
        yield (
            f"reduction margin below 0: the negative electrode stands {below:.2f} V below its reduction limit and "
            "reduces it; p_li_mixed_conducting is the chance that this goes on"
        )
    if row.get("ionic_conductivity_evidence") == MEASURED and not is_missing(row.get("critical_temperature_1mS_value")):
        yield (
            "intervals: that of the conductivity is of one more laboratory's sample, those of what is computed from it "
            "of the material itself, and so narrower"
        )
    if any(not is_missing(row.get(f"stripping_{what}_value")) for what in ("current", "pressure")):
        yield _stripping()
    for key, words in _ESTIMATES.items():
        if any(not is_missing(row.get(f"{name}_value")) for name in (key, f"pair_{key}")):
            yield words
    yield from margin_notes({"oxidation_margin_value": row.get("pair_oxidation_margin_value")})


def _below_zero(row: Row, column: str) -> float:
    """By how much a value lies below 0; 0 where it does not or is missing."""
    value: Any = row.get(column)
    return 0.0 if is_missing(value) else max(-float(value), 0.0)


def _stripping() -> str:
    from ssbscreen.physics.stripping import STRIPPING_CURRENTS

    pressures = " and ".join(f"{pressure:g}" for pressure, _ in STRIPPING_CURRENTS)
    return (
        f"stripping: from Li6PS5Cl at {pressures} MPa, extrapolated beyond, at the stack pressure of its own cell; how "
        "far another electrolyte differs nobody measured (stripping_error of the profile)"
    )
