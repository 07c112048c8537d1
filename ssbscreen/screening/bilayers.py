"""Two electrolytes in series: one on the side of lithium, and one that withstands the voltage of the cathode."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ssbscreen.core.cathode import Cathode
from ssbscreen.physics.pair_reactions import PairScanner
from ssbscreen.ranking.criteria import Profile, Screen
from ssbscreen.ranking.derived import block
from ssbscreen.ranking.imputation import Imputer
from ssbscreen.ranking.pairs import BEST_DRAWS, Pairing, best_of_each, pair_quantities, select
from ssbscreen.ranking.quantities import Quantities
from ssbscreen.screening.contacts.cathode_contacts import Electrolytes, contact_error, strongest

N_CATHOLYTES = 16  # tried with each leading electrolyte
PER_SERIES = 3  # of one family series
LEAST_OXIDATION_LIMIT = 3.8  # V, the average voltage of a layered oxide
LEAST_CONDUCTIVITY = 1e-4  # S/cm, at the temperature of use
PRESSED_BELOW = 300.0  # degree C; what must be sintered cannot be laid on a pressed composite
_REACTING = -9.0  # eV/atom, stands for a contact that cannot be computed, so that it is not chosen


@dataclass(frozen=True)
class Bilayers:
    """Contacts of electrolytes with second electrolytes.

    Attributes:
        first: rows of the electrolytes on the side of lithium.  # (m,)
        second: rows of those on the side of the cathode.  # (k,)
        energy: strongest reaction of the two, eV per atom of mixture, NaN where unknown.  # (m, k, n_draws)
    """

    first: np.ndarray
    second: np.ndarray
    energy: np.ndarray

    def pairing(self, n_cathodes: int) -> Pairing:
        """Every first electrolyte with every cathode and every second one, which run fastest."""
        first, cathode, second = np.meshgrid(self.first, np.arange(n_cathodes), self.second, indexing="ij")
        return Pairing(first.ravel(), cathode.ravel(), np.full(first.size, "", dtype=object), second.ravel())

    def reaction(self, pairing: Pairing, direct: np.ndarray) -> np.ndarray:
        """Stronger one of the contacts on both sides of the second electrolyte, eV/atom.

        Args:
            pairing: of these electrolytes.  # n_pairs
            direct: of every electrolyte with every cathode.  # (n, n_cathodes, n_draws)

        Returns:
            Draws, NaN where one of both is unknown.  # (n_pairs, n_draws)
        """
        order = np.argsort(self.first), np.argsort(self.second)
        i = order[0][np.searchsorted(self.first[order[0]], pairing.electrolyte)]
        j = order[1][np.searchsorted(self.second[order[1]], pairing.catholyte)]
        return np.minimum(self.energy[i, j], direct[pairing.catholyte, pairing.cathode])


def catholyte_rows(electrolytes: Electrolytes, order: np.ndarray) -> np.ndarray:
    """Electrolytes that can stand on the side of the cathode: made, pressed, conducting, stable at its voltage.

    Args:
        electrolytes: the pool.
        order: rows, the best first.
    """
    quantities, materials = electrolytes.quantities, electrolytes.quantities.materials
    facts, taken = quantities.facts, list[int]()
    seen: set[str] = set()
    per_series: dict[str, int] = {}
    for i in (int(row) for row in order):
        if len(taken) == N_CATHOLYTES:
            break
        formula = electrolytes.formulas[i]
        is_made = materials is None or bool(materials.is_made[i])
        is_pressed = not facts.processing_temperature[i] > PRESSED_BELOW
        if formula is None or formula in seen or not (is_made and is_pressed and electrolytes.has_window[i]):
            continue
        series = str(facts.family[i]) if materials is None else str(materials.family_series[i])
        if per_series.get(series, 0) < PER_SERIES and _withstands(quantities, i):
            seen.add(formula)
            taken.append(i)
            per_series[series] = per_series.get(series, 0) + 1
    return np.array(taken, dtype=int)


def _withstands(quantities: Quantities, i: int) -> bool:
    drawn = block(quantities, slice(i, i + 1), BEST_DRAWS)
    limit, conductivity = (np.median(drawn.natural(key)) for key in ("oxidation_limit", "ionic_conductivity"))
    return bool(limit >= LEAST_OXIDATION_LIMIT and conductivity >= LEAST_CONDUCTIVITY)


def bilayers_of(electrolytes: Electrolytes, first: np.ndarray, second: np.ndarray) -> Bilayers:
    """Reactions of every first electrolyte with every second one.

    Args:
        electrolytes: the pool.
        first, second: rows.
    """
    n_draws = electrolytes.energies.shape[1]
    energy = np.full((len(first), len(second), n_draws), np.nan, dtype=np.float32)
    if not energy.size:
        return Bilayers(first, second, energy)
    scanner = PairScanner(electrolytes.library, [str(electrolytes.formulas[int(j)]) for j in second])
    for place, i in enumerate(int(row) for row in first):
        if electrolytes.formulas[i] is not None and electrolytes.has_window[i]:
            found = strongest(scanner.kinks(str(electrolytes.formulas[i])), electrolytes.energies[i])
            owner = str(electrolytes.quantities.noise_owners[i])
            energy[place] = np.minimum(found + contact_error(electrolytes.quantities.seed, owner, n_draws), 0.0)
    return Bilayers(first, second, energy)


def best_bilayers(
    quantities: Quantities,
    panel: tuple[Cathode, ...],
    bilayers: Bilayers,
    direct: np.ndarray,
    screen: Screen,
    profile: Profile,
    imputers: tuple[Imputer, ...] = (),
) -> Pairing:
    """The best second electrolyte of each first one with each cathode, where it weakens the contact.

    Args:
        quantities: of the pool.
        panel: cathodes.
        bilayers: contacts that may be chosen.
        direct: reactions of every electrolyte with every cathode.  # (n, n_cathodes, n_draws)
        screen: of pairs, whose score from few draws decides.
        profile: of the run.
        imputers: of cells of the whole pool; made from these when empty.
    """
    everything = bilayers.pairing(len(panel))
    if not len(everything):
        return everything
    reaction = bilayers.reaction(everything, direct)
    table = {"interface_reaction_energy": np.nan_to_num(reaction, nan=_REACTING)}
    few = min(BEST_DRAWS, quantities.n_draws)
    rough = pair_quantities(quantities, everything, panel, table, few)
    rows, _ = best_of_each(rough, screen, profile, len(bilayers.second), imputers)
    chosen = select(everything, rows)
    bare = np.median(direct[chosen.electrolyte, chosen.cathode], axis=1)
    helps = np.median(reaction[rows], axis=1) > bare  # unknown ones compare as no help
    return select(chosen, np.flatnonzero(helps & chosen.is_layered))
