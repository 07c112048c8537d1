"""Cells of the pool's electrolytes: reactions with every cathode, the best cathode of each, the ranking of pairs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ssbscreen.core.cathode import Cathode
from ssbscreen.core.constants import COULOMB_PER_MAH, FARADAY
from ssbscreen.core.errors import InputError
from ssbscreen.core.formula import parse_formula
from ssbscreen.physics.cell import stack_masses
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.lithium_interphase import REACTION_STD
from ssbscreen.physics.pair_reactions import Kinks, PairScanner, ground_state
from ssbscreen.physics.phase_stability import evaluate
from ssbscreen.physics.safety import cell_mixture
from ssbscreen.ranking.cells import conditions_of
from ssbscreen.ranking.criteria import Profile, Screen
from ssbscreen.ranking.derived import block
from ssbscreen.ranking.operating import noise
from ssbscreen.ranking.pairs import BEST_DRAWS, Pairing, all_pairs, best_cathodes, pair_quantities, select
from ssbscreen.ranking.quantities import Quantities
from ssbscreen.ranking.ranker import Ranking, rank
from ssbscreen.ranking.summaries import summarise

log = logging.getLogger(__name__)
SHOWN_OF_BEST = (
    "interface_reaction_energy",
    "oxidation_margin",
    "cell_energy_grav",
    "cell_energy_vol",
    "cell_cost",
    "voltage_drop",
    "thickness_swing",
    "stack_pressure",
    "misfit_stress",
    "self_discharge",
    "areal_capacity_500",
    "usable_thickness_3mA",
)


@dataclass(frozen=True)
class Reactions:
    """Strongest reaction energies of electrolytes with cathodes, eV per atom of mixture, with the reference's error.

    Attributes:
        direct: the stronger one of lithiated and half-lithiated cathode; NaN where the phases are not known.
            # (n, n_cathodes, n_draws) float32
        coated: the strongest contact with the best coating between; NaN where none was tried.
            # (n, n_cathodes, n_draws) float32
        coating: index of that coating.  # (n, n_cathodes)
    """

    direct: np.ndarray
    coated: np.ndarray
    coating: np.ndarray


@dataclass(frozen=True)
class Pairs:
    """Outcome for a pool.

    Attributes:
        best: one row an electrolyte in the order of the quantities: `best_cathode`, `pair_score` and the numbers of
            that cell, each name with the prefix `pair_`.
        ranking: of the pairs of the best electrolytes; None where none was asked for.
        electrolyte: row of the electrolyte behind each row of the pair ranking's facts.  # (n_pairs,)
        quantities: of the ranked pairs.
    """

    best: pd.DataFrame
    ranking: Ranking | None
    electrolyte: np.ndarray
    quantities: Quantities | None


def compute_reactions(
    formulas: Sequence[str | None],
    energies: np.ndarray,
    has_window: np.ndarray,
    quantities: Quantities,
    library: PhaseLibrary,
    panel: Sequence[Cathode],
    coatings: Sequence[str],
    coated_rows: np.ndarray,
    progress: Callable[[int, int], None],
) -> Reactions:
    """Reactions of every electrolyte with every cathode, and of some with the best coating between.

    Args:
        formulas: of the electrolytes, None for polymers.
        energies: draws of their formation energies, eV/atom, NaN where the hull stands in.  # (n, n_draws)
        has_window: whether the reference knows enough phases for a window.  # (n,) bool
        quantities: of the electrolytes, for seed and names.
        library: reference phases.
        panel: cathodes.
        coatings: formulas.
        coated_rows: electrolytes for which coatings are tried; each one costs as much as a cathode.
        progress: called with electrolytes done and in all.
    """
    n, n_draws = energies.shape
    shape = (n, len(panel), n_draws)
    direct, coated = np.full(shape, np.nan, np.float32), np.full(shape, np.nan, np.float32)
    chosen = np.zeros(shape[:2], dtype=int)
    states = [state for cathode in panel for state in (cathode.formula, cathode.half_lithiated)]
    scanner, coater = PairScanner(library, states), PairScanner(library, coatings)
    inner = _coating_contacts(scanner, coatings)
    is_coated = np.isin(np.arange(n), coated_rows) & bool(len(coatings))
    rows = [i for i in range(n) if formulas[i] is not None and has_window[i]]
    rows.sort(key=lambda i: sorted(parse_formula(str(formulas[i]))))  # systems are built once for all that share them
    seen: dict[str, list[Kinks | None]] = {}
    for count, i in enumerate(rows):
        formula = str(formulas[i])
        found = seen.get(formula)
        if found is None:
            found = seen[formula] = scanner.kinks(formula)
        bare = _strongest(found, energies[i])
        error = np.float32(REACTION_STD) * noise(quantities.seed, str(quantities.noise_owners[i]), "interface", n_draws)
        outer = _strongest(coater.kinks(formula), energies[i]) if is_coated[i] else None
        for j in range(len(panel)):
            worst = np.fmin(bare[2 * j], bare[2 * j + 1])
            direct[i, j] = np.minimum(worst + error, 0.0)
            if outer is not None:
                both = np.minimum(outer, inner[:, j, None])
                chosen[i, j] = int(np.argmax(np.nan_to_num(np.median(both, axis=1), nan=-np.inf)))
                coated[i, j] = np.minimum(both[chosen[i, j]] + error, 0.0)
        if count % 250 == 249 or count == len(rows) - 1:
            progress(count + 1, len(rows))
    return Reactions(direct, coated, chosen)


def leading_rows(quantities: Quantities, order: np.ndarray, n: int) -> np.ndarray:
    """The best electrolytes, one of each formula, with the three best of every class; none for n = 0.

    Args:
        quantities: of the electrolytes.
        order: rows, the best first.
        n: how many at least.
    """
    formula, classes = quantities.facts.formula, quantities.facts.chemistry_class
    taken: list[int] = []
    seen: set[str] = set()
    per_class: dict[str, int] = {}
    for i in (int(row) for row in order):
        if formula[i] in seen or n < 1:
            continue
        if len(taken) < n or per_class.get(classes[i], 0) < 3:
            seen.add(formula[i])
            taken.append(i)
            per_class[classes[i]] = per_class.get(classes[i], 0) + 1
    return np.array(taken, dtype=int)


def pair_up(
    quantities: Quantities,
    leaders: np.ndarray,
    reactions: Reactions,
    panel: Sequence[Cathode],
    coatings: Sequence[str],
    coating_limits: np.ndarray,
    heats: CellHeats,
    screen: Screen,
    profile: Profile,
) -> Pairs:
    """The best cathode of every electrolyte, and the ranking of the pairs of the best electrolytes.

    Args:
        quantities: of the electrolytes.
        leaders: rows of the electrolytes whose pairs are ranked; see `leading_rows`.
        reactions: of `compute_reactions`.
        panel, coatings: of the same.
        coating_limits: oxidation limit of each coating, V.  # (n_coatings,)
        heats: of charged cells.
        screen: of pairs.
        profile: of the run.
    """
    n, n_cathodes = len(quantities), len(panel)
    everyone = all_pairs(np.arange(n), n_cathodes)
    cheap = pair_quantities(
        quantities, everyone, panel, _tables(everyone, reactions, coating_limits), min(BEST_DRAWS, quantities.n_draws)
    )
    rows, scores = best_cathodes(cheap, screen, profile, n_cathodes)
    chosen = select(everyone, rows)
    cells = pair_quantities(quantities, chosen, panel, _tables(chosen, reactions, coating_limits), quantities.n_draws)
    best = pd.concat(
        [
            pd.DataFrame({"best_cathode": [panel[int(j)].key for j in chosen.cathode], "pair_score": scores}),
            summarise(cells, SHOWN_OF_BEST, prefix="pair_"),
        ],
        axis=1,
    )
    best["pair_heat_of_reaction_value"] = [
        heats.of(int(i), int(j)) for i, j in zip(chosen.electrolyte, chosen.cathode, strict=True)
    ]
    if not len(leaders):
        return Pairs(best, None, np.empty(0, dtype=int), None)
    top = all_pairs(leaders, n_cathodes)
    ranked = _with_coatings(top, reactions, coatings)
    tables = _tables(ranked, reactions, coating_limits)
    tables["heat_of_reaction"] = np.array(
        [[heats.of(int(i), int(j))] for i, j in zip(ranked.electrolyte, ranked.cathode, strict=True)], dtype=np.float32
    )
    pairs = pair_quantities(quantities, ranked, panel, tables, quantities.n_draws)
    log.info("pairs: %d electrolytes with their best cathode, %d pairs ranked", n, len(ranked))
    return Pairs(best, rank(pairs, screen, profile), ranked.electrolyte, pairs)


def _with_coatings(pairs: Pairing, reactions: Reactions, coatings: Sequence[str]) -> Pairing:
    """The pairs, then each once more with its best coating where the phases are known."""
    if not len(coatings):
        return pairs
    coated = select(pairs, np.flatnonzero(np.isfinite(reactions.coated[pairs.electrolyte, pairs.cathode, 0])))
    names = np.array([*coatings], dtype=object)[reactions.coating[coated.electrolyte, coated.cathode]]
    return Pairing(
        np.concatenate([pairs.electrolyte, coated.electrolyte]),
        np.concatenate([pairs.cathode, coated.cathode]),
        np.concatenate([pairs.coating, names]),
    )


def coating_windows(coatings: Sequence[str], library: PhaseLibrary) -> np.ndarray:
    """Oxidation limit of each coating, V, NaN where the reference does not know it.  # (n_coatings,)"""
    if not len(coatings):
        return np.empty(0)
    return evaluate(list(coatings), np.full((len(coatings), 1), np.nan), library).oxidation_limit[:, 0]


def _tables(pairing: Pairing, reactions: Reactions, coating_limits: np.ndarray) -> dict[str, np.ndarray]:
    """Draws that belong to pairs."""
    i, j = pairing.electrolyte, pairing.cathode
    is_coated = (pairing.coating != "")[:, None]
    tables = {"interface_reaction_energy": np.where(is_coated, reactions.coated[i, j], reactions.direct[i, j])}
    if is_coated.any():
        limits = np.where(is_coated[:, 0], coating_limits[reactions.coating[i, j]], np.nan)
        tables["contact_oxidation_limit"] = limits[:, None].astype(np.float32)
    return tables


def _strongest(found: Sequence[Kinks | None], energy: np.ndarray) -> np.ndarray:
    """Energies with every partner.  # (n_partners, n_draws)"""
    return np.stack([np.full(len(energy), np.nan) if k is None else k.strongest(energy) for k in found])


def _coating_contacts(scanner: PairScanner, coatings: Sequence[str]) -> np.ndarray:
    """Strongest reaction of each coating with each cathode, either state.  # (n_coatings, n_cathodes)"""
    found = np.full((len(coatings), len(scanner.partners) // 2), np.nan)
    for k, coating in enumerate(coatings):
        energy = _strongest(scanner.kinks(coating), np.array([np.nan]))[:, 0]
        found[k] = np.fmin(energy[0::2], energy[1::2])
    return found


class CellHeats:
    """Heat of charged cells when they are heated through, J/g, negative where released."""

    def __init__(
        self,
        formulas: Sequence[str | None],
        energies: np.ndarray,
        has_window: np.ndarray,
        quantities: Quantities,
        library: PhaseLibrary,
        panel: Sequence[Cathode],
    ) -> None:
        """Take over the electrolytes; what belongs to a cathode is computed once.

        Args: as in `compute_reactions`.
        """
        self._formulas, self._energies, self._known = formulas, energies, has_window
        self._quantities, self._library, self._panel = quantities, library, panel
        self._seen: dict[tuple[str, int, float], float] = {}
        conditions = conditions_of(block(quantities, slice(0, min(1, len(quantities))), 1))
        self._capacity, self._stack = quantities.operating.areal_capacity.value, conditions.stack
        self._cathodes: list[tuple[dict[str, float], float, float] | None] = []
        for cathode in panel:
            amounts = parse_formula(cathode.formula)
            try:
                energy = self._hull(amounts) * sum(amounts.values())
            except InputError:
                self._cathodes.append(None)
                continue
            self._cathodes.append((amounts, energy, _lithium_moved(cathode, amounts)))

    def of(self, i: int, j: int) -> float:
        """Electrolyte `i` with cathode `j`; NaN where density or energies are not known."""
        formula, given, density = self._formulas[i], self._cathodes[j], float(self._quantities.facts.density[i])
        if formula is None or given is None or not self._known[i] or not np.isfinite(density):
            return float("nan")
        mean = float(np.mean(self._energies[i]))
        key = (formula, j, round(mean, 4) if np.isfinite(mean) else 0.0)
        if key not in self._seen:
            self._seen[key] = self._heat(i, j, density, mean)
        return self._seen[key]

    def _heat(self, i: int, j: int, density: float, mean: float) -> float:
        given, cathode = self._cathodes[j], self._panel[j]
        assert given is not None
        amounts, energy, n_li = given
        electrolyte = parse_formula(str(self._formulas[i]))
        operating = self._quantities.operating
        is_oxide = self._quantities.facts.chemistry_class[i] == "oxide"
        fraction = (operating.active_fraction_oxide if is_oxide else operating.active_fraction).value
        stack = replace(
            self._stack,
            average_voltage=cathode.average_voltage.value,
            active_capacity=cathode.capacity_grav.value,
            active_density=cathode.density.value,
            active_fraction=min(fraction, cathode.active_fraction.value),
        )
        masses = stack_masses(self._capacity, np.array(density), stack)
        hull = self._hull(electrolyte)
        per_atom = mean if np.isfinite(mean) else hull
        mixture = cell_mixture(
            amounts,
            energy,
            n_li,
            cathode.average_voltage.value,
            electrolyte,
            per_atom * sum(electrolyte.values()),
            float(np.ravel((masses.catholyte + masses.separator) / masses.active)[0]),
            float(np.ravel(masses.excess_lithium / masses.active)[0]),
        )
        return mixture.heat(self._hull(mixture.amounts))

    def _hull(self, amounts: Mapping[str, float]) -> float:
        system = self._library.open_system(frozenset(amounts), {})
        return ground_state(system, system.vector(amounts))


def _lithium_moved(cathode: Cathode, amounts: dict[str, float]) -> float:
    """Li per formula that the reversible capacity takes out."""
    from pymatgen.core import Composition

    molar_mass = float(Composition(amounts).weight)
    moved = cathode.capacity_grav.value * COULOMB_PER_MAH * molar_mass / FARADAY
    return min(moved, amounts.get("Li", 0.0))
