"""What becomes of an electrolyte on lithium: stable, passivating, or a reaction that goes on, with probabilities.

Whether the reaction goes on says the rule of `lithium_contact`, from the metals among the products at 0 V, class and
family, and from reports on the material itself where there are any. The rest is stable or passivating by the driving
force at 0 V and its error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from pymatgen.core import Composition

from ssbscreen.core.constants import AVOGADRO, LI_DENSITY, LI_MOLAR_MASS
from ssbscreen.core.formula import parse_formula
from ssbscreen.core.recognition import classify, recognise_family
from ssbscreen.physics.interphase_products import blocking_share, conducting_by_metal, product_volume
from ssbscreen.physics.lithiation import LithiationPath
from ssbscreen.physics.lithium_contact import (
    Contact,
    Numbers,
    contact_rule,
    report_error,
    same_material,
    seen_contacts,
    with_reports,
)
from ssbscreen.physics.near_reports import near_reports
from ssbscreen.physics.phase_stability import LI_TOLERANCE, StabilityTable

STABLE_ABOVE: Final[float] = -0.03  # eV/atom; a weaker driving force counts as none
REACTION_STD: Final[float] = 0.024
"""Error of a computed reaction energy between solids, eV/atom. Source: Hautier et al., Phys. Rev. B 85, 155208
(2012), 10.1103/PhysRevB.85.155208, ternary oxides from binary ones."""
_erf = np.frompyfunc(math.erf, 1, 1)
LI_VOLUME: Final[float] = LI_MOLAR_MASS / LI_DENSITY / AVOGADRO * 1e24  # cubic angstrom per Li in the metal


@dataclass(frozen=True)
class LiOutcome:
    """Outcome of contact with lithium, one row a candidate; NaN where the phase diagram had no answer.

    Attributes:
        p_stable, p_passivating, p_mixed_conducting: probabilities, summing to one; the last that the reaction does not
            stop, because the interphase conducts electrons or keeps growing.  # (n,)
        li_uptake: Li taken up per atom of electrolyte.  # (n,)
        volume_per_atom: of the products at 0 V per atom of electrolyte, cubic angstrom.  # (n,)
        products: phases at 0 V.
        blocking_share: volume share of LiF and LiCl among them.  # (n,)
        n_reports: on the material itself that entered.  # (n,) int
        growth_error: draws of the error of the log odds that the reaction goes on; no draws where none were asked
            for.  # (n, n_draws)
    """

    p_stable: np.ndarray
    p_passivating: np.ndarray
    p_mixed_conducting: np.ndarray
    li_uptake: np.ndarray
    volume_per_atom: np.ndarray
    products: tuple[tuple[str, ...], ...]
    blocking_share: np.ndarray
    n_reports: np.ndarray
    growth_error: np.ndarray

    def drawn(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draws of the three probabilities with the error of the rule: stable, passivating, mixed-conducting.

        # each (n, n_draws)
        """
        mixed = with_error(self.p_mixed_conducting[:, None], self.growth_error)
        kept = (1.0 - mixed) / np.maximum(1.0 - self.p_mixed_conducting[:, None], 1e-9)
        stable = self.p_stable[:, None] * kept
        return stable, 1.0 - stable - mixed, mixed

    def pilling_bedworth_ratio(self, electrolyte_volume_per_atom: np.ndarray) -> np.ndarray:
        """Volume of the solid products over that of the electrolyte they replace (cubic angstrom per atom)."""
        return self.volume_per_atom / np.asarray(electrolyte_volume_per_atom, float)

    def li_consumed(self, electrolyte_volume_per_atom: np.ndarray) -> np.ndarray:
        """Micrometre of lithium metal eaten per micrometre of electrolyte that reacts."""
        return self.li_uptake * LI_VOLUME / np.asarray(electrolyte_volume_per_atom, float)


def is_its_own_product(path: LithiationPath) -> bool:
    """Whether lithium leaves the composition as it is: one phase at 0 V that has taken up no Li."""
    return len(path.phases[-1]) == 1 and abs(float(path.li[-1]) - path.li_candidate) <= LI_TOLERANCE


def _normal_cdf(x: np.ndarray) -> np.ndarray:
    """Standard normal distribution; without scipy, which takes longer to load than all this takes to run."""
    return 0.5 * (1.0 + np.asarray(_erf(np.asarray(x, float) / math.sqrt(2.0)), dtype=float))


def probability_stable(driving_force: np.ndarray, reaction_std: float = REACTION_STD) -> float:
    """Chance that the driving force is weaker than `STABLE_ABOVE`, over draws and the reaction's own error.

    Args:
        driving_force: decomposition energy at 0 V, eV/atom, never positive.  # (n_draws,)
        reaction_std: error of the reference's reaction energies that the draws do not hold, eV/atom.
    """
    margin = np.asarray(driving_force, float) - STABLE_ABOVE
    return float(np.mean(_normal_cdf(margin / reaction_std))) if reaction_std > 0 else float(np.mean(margin > 0.0))


def is_inert(path: LithiationPath) -> bool:
    """Whether lithium at 0 V goes into nothing of what the composition is made of, in one phase or in several."""
    return abs(float(path.li[-1]) - path.li_candidate) <= LI_TOLERANCE


@dataclass(frozen=True)
class Judged:
    """A material before the rule of the contact with lithium, which has not seen it.

    Attributes:
        formula: of the material.
        contact: what the rule looks at; None where lithium goes into nothing, so that nothing goes on.
        own: rows of the table that are of the material itself.
    """

    formula: str
    contact: Contact | None
    own: tuple[int, ...]

    @classmethod
    def of(cls, formula: str, path: LithiationPath) -> Judged:
        """A material by its equilibrium with lithium."""
        own = same_material(formula, seen_contacts())
        if is_inert(path):
            return cls(formula, None, own)
        composition = Composition(parse_formula(formula))
        contact = Contact(classify(composition), recognise_family(composition), conducting_by_metal(path))
        return cls(formula, contact, own)

    def probability(self, *, use_reports: bool) -> tuple[float, int]:
        """Chance that the reaction goes on, and the reports on the material itself that say so or otherwise.

        Args:
            use_reports: whether its own reports count or, where it has none, those on materials near it.
        """
        if self.contact is None:
            probability = 0.0
        elif use_reports and not self.own:
            probability = near_reports().probability(self.formula, self.contact)
        else:
            probability = contact_rule(self.own).probability(self.contact)
        if not use_reports or not self.own:
            return probability, 0
        seen = seen_contacts()
        error = report_error(seen)
        for i in self.own:
            probability = float(with_reports(probability, seen[i], error))
        return probability, sum(seen[i].n_reports for i in self.own)

    def error(self, numbers: Numbers) -> np.ndarray:
        """Draws of the error of the log odds, see `ContactRule.error`; 0 where nothing was judged.  # (n_draws,)"""
        if self.contact is None:
            return np.zeros(len(numbers("always")))
        return contact_rule(self.own).error(self.contact, self.formula, numbers)


def with_error(probability: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Probabilities whose log odds are shifted; certain ones stay.  # broadcast"""
    probability, factor = np.asarray(probability, float), np.exp(error)
    return probability * factor / (probability * factor + 1.0 - probability)


def li_outcome(
    table: StabilityTable,
    *,
    reaction_std: float = REACTION_STD,
    use_reports: np.ndarray | bool = True,
    potential: float = 0.0,
    numbers: Numbers | None = None,
) -> LiOutcome:
    """Outcomes for all candidates of a stability table.

    The rule was learned from contacts with lithium itself. At the potential of a host it looks at the products there
    and counts only as far as a driving force is likely, since near the reduction limit whether anything reacts is as
    open as whether it goes on. What withstands lithium withstands a higher potential too (assumption: less force).

    Args:
        table: result of `phase_stability.evaluate`.
        reaction_std: see `probability_stable`.
        use_reports: whether reports on a material itself count, and on those near it where it has none; otherwise the
            rule has not even seen its own.  # (n,)
        potential: of the negative electrode, V against Li/Li+, the one of the table.
        numbers: of the draws of the rule's error, see `ContactRule.error`; None makes none.
    """
    n = len(table.paths)
    stable, mixed, uptake, volume, blocking = (np.full(n, np.nan) for _ in range(5))
    reports, wanted = np.zeros(n, dtype=np.int64), np.broadcast_to(use_reports, (n,))
    products: list[tuple[str, ...]] = []
    n_draws = 0 if numbers is None else len(numbers("always"))
    error = np.zeros((n, n_draws), dtype=np.float32)
    for i, full in enumerate(table.paths):
        force = table.li_decomposition_energy[i]
        force = force[np.isfinite(force)]
        if full is None or force.size == 0:
            products.append(())
            continue
        path = full.down_to(potential)
        products.append(path.phases[-1])
        volume[i] = product_volume(path)
        blocking[i] = blocking_share(path)
        uptake[i] = max(float(path.li[-1]) - path.li_candidate, 0.0)
        inert = 1.0 if is_its_own_product(path) else probability_stable(force, reaction_std)
        judged = Judged.of(table.formulas[i], full)
        mixed[i], reports[i] = judged.probability(use_reports=bool(wanted[i]))
        stable[i] = (1.0 - mixed[i]) * inert
        if numbers is not None:
            error[i] = judged.error(numbers)
        if potential > 0.0:
            growing, _ = Judged.of(table.formulas[i], path).probability(use_reports=False)
            stable[i] = inert
            if growing * (1.0 - inert) < mixed[i]:
                mixed[i], reports[i] = growing * (1.0 - inert), 0
    passivating = 1.0 - stable - mixed
    return LiOutcome(stable, passivating, mixed, uptake, volume, tuple(products), blocking, reports, error)
