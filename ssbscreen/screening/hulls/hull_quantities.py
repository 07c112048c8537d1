"""Hull quantities of a pool: energies drawn from the prediction, pushed through cached chemical systems."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import pandas as pd

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import InputError
from ssbscreen.core.evidence import Evidence, EvidenceKind
from ssbscreen.core.formula import parse_formula
from ssbscreen.core.neutral import balanced
from ssbscreen.core.noise import even_noise, owner_keys, uniform_of
from ssbscreen.core.recognition import classify, element_amounts
from ssbscreen.physics.halide_windows import reduction_error
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.interphase_products import describe, products_text
from ssbscreen.physics.lithium_contact import Numbers
from ssbscreen.physics.lithium_interphase import li_outcome
from ssbscreen.physics.moisture import (
    UNKNOWN_IN_AIR,
    AirLibrary,
    air_reaction,
    is_unknown_in_air,
    moisture_energy_draws,
)
from ssbscreen.physics.negative_electrode import NegativeElectrode, negative_electrode
from ssbscreen.physics.phase_stability import evaluate, synthesised_distance
from ssbscreen.ranking.quantities import DrawTable
from ssbscreen.screening.hulls.formation_energies import median_energy, plain_formula
from ssbscreen.screening.hulls.references import References
from ssbscreen.screening.hulls.window_error import with_reaction_error, with_window_error

log = logging.getLogger(__name__)
_BLOCK = 250
MADE_AT_MOST = 0.025  # eV/atom, thermal energy: what was made is not further from being makeable
_MADE = "it was made, which settles its distance to the hull"
_MIXED = "chain and salt are made apart and mixed, which no distance to a hull forbids"
_DRAWN = ("energy_above_hull", "reduction_limit", "oxidation_limit", "li_decomposition_energy")
OUTCOMES = ("p_li_stable", "p_li_passivating", "p_li_mixed_conducting")
_SINGLE = ("pilling_bedworth_ratio", "li_consumed", "moisture_gas")
HULL_KEYS = (*_DRAWN, "moisture_reaction_energy", *OUTCOMES, *_SINGLE)
"""Properties whose draws come from phase diagrams."""


@dataclass(frozen=True)
class Hulls:
    """Hull quantities of a pool.

    Attributes:
        energies: draws of the formation energies, eV/atom, NaN where the hull stands in.  # (n, n_energy_draws)
        draws: property key -> values, NaN where missing.
            # each (n, n_energy_draws), or (n, 1) for ratios
        sheet: one row a candidate: products at 0 V, the reference, whether the hull stood in for an unknown energy,
            and the reason where something is missing.
        evidence: property key -> on what its draws rest, where that is no plain calculation: outcomes on
            lithium are measured where the material itself was tried, else predicted.
        blocking_share: volume share of LiF and LiCl among the products at 0 V.  # (n,)
        hull_energy: of the competing phases at each composition, eV/atom, NaN where they do not span it.  # (n,)
    """

    energies: np.ndarray
    draws: DrawTable
    sheet: pd.DataFrame
    evidence: Mapping[str, Evidence]
    blocking_share: np.ndarray
    hull_energy: np.ndarray

    @property
    def has_window(self) -> np.ndarray:
        """Whether the reference knows enough phases for a window.  # (n,) bool"""
        return np.isfinite(self.draws.values["li_decomposition_energy"]).any(axis=1)


def compute_hulls(
    candidates: Sequence[Candidate],
    energies: np.ndarray,
    references: References,
    is_made: np.ndarray,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
    *,
    hide_outcomes: bool = False,
    electrode: NegativeElectrode | None = None,
) -> Hulls:
    """Energy above hull, window, decomposition by lithium and reaction with moisture.

    Of polymers only the distance to the hull is given: it is none of theirs, so it is that of what can be made.

    Args:
        candidates: n of any kind.
        energies: draws of their formation energies, eV/atom.  # (n, n_draws)
        references: competing phases.
        is_made: whether each is on record as synthesised.  # (n,) bool
        seed: of the draws for compounds that were made but have no energy.
        progress: called with candidates done and in all.
        hide_outcomes: whether what is known of a candidate's own contact with lithium is left out.
        electrode: that the electrolyte meets; lithium when None.
    """
    electrode = electrode or negative_electrode("lithium")
    is_itself = np.array([c.crystal is None for c in candidates], dtype=bool) | is_made
    numbers = lru_cache(partial(_shared_numbers, seed, energies.shape[1]))
    columns = _Columns(energies.shape, is_itself & (not hide_outcomes), electrode, numbers)
    shares = uniform_of(seed, owner_keys(c.candidate_id for c in candidates), "energy_above_hull", energies.shape[1])
    rows = [i for i, candidate in enumerate(candidates) if candidate.composition is not None]
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        names = [plain_formula(candidates[i]) for i in block]
        columns.add_stability(block, names, [candidates[i] for i in block], energies[block], references.library)
        for i, formula in zip(block, names, strict=True):
            columns.add_air(i, formula, candidates[i], energies[i], references.air)
            if is_made[i]:
                columns.add_made(i, shares[i])
        if progress is not None:
            progress(min(start + _BLOCK, len(rows)), len(rows))
    if references.library.reference.oxyanions and energies.shape[1] > 1:  # a calculated reference
        columns.add_window_error(candidates, seed)
    has_composition = np.array([c.composition is not None for c in candidates], dtype=bool)
    for i in np.flatnonzero(~has_composition).tolist():  # chain and salt are made apart and mixed
        columns.add_made(i, shares[i], _MIXED)
    n_windows = int(np.isfinite(columns.values["oxidation_limit"][:, 0]).sum())
    log.info("hulls: %d candidates, %d with a window", len(candidates), n_windows)
    sheet = columns.sheet([c.candidate_id for c in candidates], references.title)
    return Hulls(
        energies,
        DrawTable(columns.values),
        sheet.assign(formation_energy=median_energy(energies)),
        dict.fromkeys(OUTCOMES, columns.evidence()) | {"energy_above_hull": _of_the_distance(energies)},
        columns.blocking_share,
        columns.hull_energy,
    )


def _of_the_distance(energies: np.ndarray) -> Evidence:
    """On what the distance to the hull rests: a calculation, or what compounds that were made have."""
    n, is_unknown = len(energies), ~np.isfinite(energies).any(axis=1)
    return Evidence.uniform(EvidenceKind.CALCULATED, n).where(is_unknown, Evidence.uniform(EvidenceKind.FAMILY, n))


def _shared_numbers(seed: int, n_draws: int, feature: str) -> np.ndarray:
    """Of the draws of the rule of the contact with lithium, whose errors all candidates share.  # (n_draws,)"""
    return even_noise(seed, "", f"lithium contact {feature}", n_draws)


class _Columns:
    """What is filled block by block: draws by property, and the words of the sheet."""

    def __init__(
        self, shape: tuple[int, ...], use_reports: np.ndarray, electrode: NegativeElectrode, numbers: Numbers
    ) -> None:
        """Everything missing.

        Args:
            shape: (candidates, draws).
            use_reports: whether reports on a candidate's own contact with lithium count.  # (n,) bool
            electrode: that they meet.
            numbers: of the draws of the rule of that contact.
        """
        self._electrode, self._numbers = electrode, numbers
        n, n_draws = shape
        self.blocking_share, self.hull_energy = np.full(n, np.nan), np.full(n, np.nan)
        self._use_reports, self._n_reports = use_reports, np.zeros(n, dtype=np.int64)
        drawn = [key for key in HULL_KEYS if key not in _SINGLE]
        self.values = {key: np.full((n, n_draws), np.nan, dtype=np.float32) for key in drawn}
        self.values |= {key: np.full((n, 1), np.nan, dtype=np.float32) for key in _SINGLE}
        self._products, self._conduction, self._gases = (np.full(n, "", dtype=object) for _ in range(3))
        self._stands_in = np.zeros(n, dtype=bool)
        self._reasons = np.full(n, "polymers have no phase diagram", dtype=object)

    def add_stability(
        self,
        rows: list[int],
        names: list[str],
        candidates: Sequence[Candidate],
        energies: np.ndarray,
        library: PhaseLibrary,
    ) -> None:
        """Window, distance to the hull and what lithium does."""
        film, potential = self._electrode.interlayer, self._electrode.potential
        table = evaluate(names, energies, library, potential)
        facing = table if not film else evaluate([film] * len(names), np.full(energies.shape, np.nan), library)
        outcome = li_outcome(
            facing, use_reports=self._use_reports[rows] | bool(film), potential=potential, numbers=self._numbers
        )
        self._n_reports[rows], self.blocking_share[rows] = outcome.n_reports, outcome.blocking_share
        volume = np.array([np.nan if film else _volume_per_atom(candidate) for candidate in candidates])
        for key in _DRAWN:
            self.values[key][rows] = getattr(facing if key == "li_decomposition_energy" else table, key)
        for key, drawn in zip(OUTCOMES, outcome.drawn(), strict=True):
            self.values[key][rows] = drawn
        self.values["pilling_bedworth_ratio"][rows, 0] = outcome.pilling_bedworth_ratio(volume)
        self.values["li_consumed"][rows, 0] = outcome.li_consumed(volume)
        self._conduction[rows] = [describe(products) for products in outcome.products]
        self.hull_energy[rows] = [np.nan if path is None else path.hull_energy() for path in table.paths]
        self._products[rows] = ["" if p is None else products_text(p.down_to(potential)) for p in facing.paths]
        self._reasons[rows] = table.reasons
        self._stands_in[rows] = table.uses_hull_energy

    def add_window_error(self, candidates: Sequence[Candidate], seed: int) -> None:
        """Error of the competing phases in both limits."""
        limits = "reduction_limit", "oxidation_limit"
        classes = [classify(c.composition, c.polymer is not None) for c in candidates]
        ids = [c.candidate_id for c in candidates]
        metals = [0.0 if c.composition is None else reduction_error(element_amounts(c.composition)) for c in candidates]
        found = with_window_error(self.values[limits[0]], self.values[limits[1]], ids, classes, seed, metals)
        self.values |= {key: column.astype(np.float32) for key, column in zip(limits, found, strict=True)}
        released = with_reaction_error(self.values["li_decomposition_energy"], ids, seed)
        self.values["li_decomposition_energy"] = released.astype(np.float32)

    def evidence(self) -> Evidence:
        """On what the outcomes on lithium rest."""
        kinds = np.where(self._n_reports > 0, EvidenceKind.MEASURED, EvidenceKind.PREDICTED).astype(object)
        return Evidence.of(kinds, self._n_reports)

    def add_air(self, i: int, formula: str, candidate: Candidate, energies: np.ndarray, air: AirLibrary) -> None:
        """Draws of the reaction with water, and the gases that a surplus of humid air sets free, in words."""
        try:
            amounts = balanced(parse_formula(formula)).amounts
            drawn = moisture_energy_draws(amounts, air, energies)
            mean = None if np.isnan(energies).all() else float(np.nanmean(energies))
            assert candidate.composition is not None
            found = air_reaction(formula, air, float(candidate.composition.weight), energy=mean)
        except InputError as error:
            self._gases[i] = f"unknown: {error}"
            return
        if is_unknown_in_air(amounts, found.gases):
            self._gases[i] = UNKNOWN_IN_AIR
            return
        self.values["moisture_reaction_energy"][i] = drawn
        hydrogen = found.reaction.amount_of("H2")
        if hydrogen == 0.0:  # of hydrides it stays unknown: hydrogen is no poison, but not nothing either
            self.values["moisture_gas"][i] = sum(found.mg_per_g.values())
        freed = [f"{mg:.0f} mg/g {gas}" for gas, mg in found.mg_per_g.items()]
        self._gases[i] = ", ".join([*freed, f"{hydrogen:.3g} H2 per formula unit, which burns"] if hydrogen else freed)

    def add_made(self, i: int, share: np.ndarray, why: str = _MADE) -> None:
        """Distance to the hull of a compound that was made: what it has, but no more than can be made for certain.

        A calculated distance beyond that says how far the calculation is off, or how much entropy or kinetics helped,
        not whether the compound can be made. Without an energy it is drawn from those of known electrolytes.
        """
        known = self.values["energy_above_hull"][i].copy()
        distance = np.where(np.isnan(known), synthesised_distance(share), known)
        self.values["energy_above_hull"][i] = np.minimum(distance, MADE_AT_MOST)
        found = "" if np.isnan(known).all() else f" (calculated {1e3 * np.nanmedian(known):.0f} meV/atom)"
        self._reasons[i] = "; ".join(filter(None, (self._reasons[i], why + found)))

    def sheet(self, ids: list[str], reference: str) -> pd.DataFrame:
        """The words, one row a candidate."""
        return pd.DataFrame(
            {
                "candidate_id": ids,
                "products_at_0V": self._products,
                "products_conduct_electrons": self._conduction,
                "gases_in_air": self._gases,
                "uses_hull_energy": self._stands_in,
                "reason": self._reasons,
                "reference": reference,
            }
        )


def _volume_per_atom(candidate: Candidate) -> float:
    return candidate.crystal.volume / candidate.crystal.n_atoms if candidate.crystal is not None else float("nan")
