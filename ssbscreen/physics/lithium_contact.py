"""Does the reaction of an electrolyte with lithium go on? A rule learned from contacts seen in cells.

The products at 0 V say which metals an interphase would hold, and the ease of reduction of these metals whether they
form at room temperature: germanium and titanium do, zirconium of a garnet or phosphate hardly, boron of a hydroborate
not at all. In halides nothing else protects: even yttrium comes out. Class and family carry the rest, held near zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from typing import Final

import numpy as np

from ssbscreen.core.formula import parse_formula
from ssbscreen.core.recognition import OTHER_FAMILY
from ssbscreen.physics.shipped_table import shipped_rows
from ssbscreen.physics.shrinkage import logistic, logistic_fit

HALF_SHARE: Final[float] = 0.05
"""Volume share of metal at which its effect is half of the full one: the known mixed conductors of Zhu, He and Mo 2015
(10.1021/acsami.5b07517) hold 7.6 to 10.1 %."""
OXIDE_SHARES: Final[tuple[float, ...]] = (0.05, 0.02, 0.01, 0.005)
"""The same in oxides, whose cations are reduced in place: electrons hop from one to the next without any metal, so that
less is enough. Which of them is found by the fit: garnets with niobium or titanium keep reacting, with aluminium or
tantalum not (data/outcomes/lithium.csv)."""
POTENTIAL_WIDTH: Final[float] = 0.15  # V, over which a metal turns from hard to easy to reduce
HALF_POTENTIALS: Final[tuple[float, ...]] = tuple(round(-1.2 + 0.1 * k, 1) for k in range(14))
PRIORS: Final[Mapping[str, tuple[float, float]]] = {
    "always": (-2.0, 1.0),
    "easily reduced metal": (4.0, 1.0),
    "other metal of a halide": (4.0, 1.0),
}
"""Mean and standard deviation of the log odds before any cell is seen: 1 to 7 for an interphase without metal, 7 to 1
for one full of it (assumption of the project)."""
LEVEL_PRIOR: Final[tuple[float, float]] = (0.0, 0.7)  # of each class and family
SAME_COMPOSITION: Final[float] = 0.004  # largest difference of an atomic fraction between writings of one composition

Numbers = Callable[[str], np.ndarray]
"""Name of a feature -> standard normal numbers that all candidates share.  # (n_draws,)"""


@dataclass(frozen=True)
class Contact:
    """What the rule looks at.

    Attributes:
        chemistry_class, family: keys.
        conducting: metal -> volume share of the products at 0 V that conducts electrons through it.
    """

    chemistry_class: str
    family: str
    conducting: Mapping[str, float]


@dataclass(frozen=True)
class Seen:
    """A material whose contact with lithium was reported.

    Attributes:
        formula: of the material.
        contact: what the rule looks at.
        n_reports, n_growing: reports, and those of a reaction that goes on.
        is_inert: whether it is its own product at 0 V, so that nothing reacts.
        tables: data sets that hold the reports.
    """

    formula: str
    contact: Contact
    n_reports: int
    n_growing: int
    is_inert: bool
    tables: str

    @property
    def share_growing(self) -> float:
        """Of the reports."""
        return self.n_growing / self.n_reports


@dataclass(frozen=True)
class ContactRule:
    """Log odds that the reaction goes on, as a sum.

    Attributes:
        half_potential: V against the hydrogen electrode at which a metal counts half as easily reduced.
        oxide_share: volume share at which an easily reduced cation of an oxide has half of its full effect.
        coefficients: feature -> log odds.
        covariance: of the errors of the coefficients, in their order.  # (k, k)
        n_materials: it was learned from.
    """

    half_potential: float
    oxide_share: float
    coefficients: Mapping[str, float]
    covariance: np.ndarray
    n_materials: int

    @cached_property
    def _root(self) -> np.ndarray:
        """Symmetric root of the covariance; each feature keeps its own number whatever stands beside it.  # (k, k)"""
        values, vectors = np.linalg.eigh(self.covariance)
        return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)

    def probability(self, contact: Contact) -> float:
        """That the reaction goes on, for a material that reacts at all."""
        return float(logistic(np.array(self.log_odds(contact))))

    def log_odds(self, contact: Contact) -> float:
        """The same as the logarithm of its odds."""
        terms = features(contact, self.half_potential, self.oxide_share)
        return float(sum(self.coefficients.get(k, 0.0) * x for k, x in terms.items()))

    def error(self, contact: Contact, name: str, numbers: Numbers) -> np.ndarray:
        """Draws of the error of the log odds, the same for all materials as far as they share features.  # (n_draws,)

        A class or family without a report has the whole doubt of the prior; who has no known family stands alone.

        Args:
            contact: of the material.
            name: of the material.
            numbers: feature -> standard normal numbers, the same at each call.  # (n_draws,)
        """
        terms = features(contact, self.half_potential, self.oxide_share)
        own = np.array([terms.get(feature, 0.0) for feature in self.coefficients])
        error = (self._root @ own) @ np.stack([numbers(feature) for feature in self.coefficients])
        for feature in terms.keys() - self.coefficients.keys():
            is_alone = feature == f"family {OTHER_FAMILY}"
            error = error + LEVEL_PRIOR[1] * numbers(f"alone {name}" if is_alone else feature)
        return np.asarray(error)


def features(contact: Contact, half_potential: float, oxide_share: float) -> dict[str, float]:
    """Terms of the rule; shares of metal saturate, and the metal that does most counts: much is no easier."""
    potentials = standard_potentials()
    easy = {m: _easy(potentials[m], half_potential) for m in contact.conducting if m in potentials}
    half = oxide_share if contact.chemistry_class == "oxide" else HALF_SHARE
    other = sum(contact.conducting[m] * (1.0 - x) for m, x in easy.items())
    terms = {
        "always": 1.0,
        "easily reduced metal": max((x * _share(contact.conducting[m], half) for m, x in easy.items()), default=0.0),
        f"class {contact.chemistry_class}": 1.0,
        f"family {contact.family}": 1.0,
    }
    if contact.chemistry_class == "halide":
        terms["other metal of a halide"] = _share(other, HALF_SHARE)
    return terms


def _share(share: float, half: float) -> float:
    return share / (share + half)


def _easy(potential: float, half_potential: float) -> float:
    return 1.0 / (1.0 + math.exp(-(potential - half_potential) / POTENTIAL_WIDTH))


def fit_contact_rule(seen: Sequence[Seen]) -> ContactRule:
    """Most probable rule; a material weighs by the square root of its reports, as they are not independent.

    The potential that parts easy from hard and the share that is enough in oxides are fitted too, on a grid. Inert
    materials say nothing about growth.

    Source: metals of an interphase that conduct and let it grow, Wenzel et al., Solid State Ionics 278, 98 (2015),
    10.1016/j.ssi.2015.06.001; products at 0 V, Zhu, He, Mo, 10.1021/acsami.5b07517; what each row saw, data/outcomes.
    """
    rows = [row for row in seen if not row.is_inert]
    share = np.array([row.share_growing for row in rows])
    weight = np.sqrt([row.n_reports for row in rows])
    weight = weight / weight.mean() if len(rows) else weight
    best: tuple[float, ContactRule] | None = None
    for half, share_of_oxides in product(HALF_POTENTIALS, OXIDE_SHARES):
        terms = [features(row.contact, half, share_of_oxides) for row in rows]
        names = sorted({*PRIORS, *(name for row in terms for name in row)})
        design = np.array([[row.get(name, 0.0) for name in names] for row in terms]).reshape(len(rows), len(names))
        mean, std = np.array([PRIORS.get(name, LEVEL_PRIOR) for name in names]).T
        found, posterior, covariance = logistic_fit(design, share, weight, mean, std)
        if best is None or posterior > best[0]:
            coefficients = dict(zip(names, found.tolist(), strict=True))
            best = (posterior, ContactRule(half, share_of_oxides, coefficients, covariance, len(rows)))
    assert best is not None
    return best[1]


@lru_cache(maxsize=1)
def seen_contacts() -> tuple[Seen, ...]:
    """The table `lithium_contact.csv`, made by `benchmarks/fit_lithium_contact.py` from data/outcomes and
    data/validation; a row names its data sets."""
    rows = []
    for row in shipped_rows("lithium_contact.csv"):
        shares = (part.split(":") for part in row["conducting"].split())
        contact = Contact(row["chemistry_class"], row["family"], {m: float(x) for m, x in shares})
        counts = int(row["n_reports"]), int(row["n_growing"])
        rows.append(Seen(row["formula"], contact, *counts, row["is_inert"] == "yes", row["tables"]))
    return tuple(rows)


@lru_cache(maxsize=1)
def standard_potentials() -> Mapping[str, float]:
    """Potential of the first reduction that makes a cation conduct electrons, V against the hydrogen electrode.

    For most metals that is to the metal, for titanium, vanadium, niobium, chromium and tungsten to the next state.
    Boron is left out: no boride has been seen on a hydroborate at room temperature.
    """
    return {row["element"]: float(row["potential_V"]) for row in shipped_rows("standard_potentials.csv")}


def same_material(formula: str, seen: Sequence[Seen]) -> tuple[int, ...]:
    """Rows whose composition is that of a formula."""
    return tuple(i for i, row in enumerate(seen) if same_composition(formula, row.formula))


def same_composition(formula: str, other: str) -> bool:
    """Whether two formulas are one composition within `SAME_COMPOSITION`."""
    a, b = atomic_fractions(formula), atomic_fractions(other)
    return a.keys() == b.keys() and all(abs(a[s] - x) <= SAME_COMPOSITION for s, x in b.items())


@lru_cache(maxsize=10_000)
def atomic_fractions(formula: str) -> Mapping[str, float]:
    """By element, of a formula."""
    amounts = parse_formula(formula)
    total = sum(amounts.values())
    return {symbol: x / total for symbol, x in amounts.items() if x > 0.0}


@lru_cache(maxsize=200)
def contact_rule(without: tuple[int, ...] = ()) -> ContactRule:
    """The rule learned from all rows of the table but these."""
    return fit_contact_rule([row for i, row in enumerate(seen_contacts()) if i not in without])


def report_error(seen: Iterable[Seen]) -> float:
    """Share of reports that contradict the majority of their material, over materials with two reports and more."""
    repeated = [row for row in seen if row.n_reports > 1]
    wrong = sum(min(row.n_growing, row.n_reports - row.n_growing) for row in repeated)
    return max(wrong / sum(row.n_reports for row in repeated), 0.02) if repeated else 0.1


def disagreement(seen: Iterable[Seen]) -> float:
    """Share of pairs of reports on one material of which one sees growth and the other does not, each material alike.

    Materials that do not react, or have one report, say nothing; NaN where no other is there.
    """
    repeated = [row for row in seen if row.n_reports > 1 and not row.is_inert]
    if not repeated:
        return float("nan")
    apart = [row.n_growing * (row.n_reports - row.n_growing) for row in repeated]
    pairs = [row.n_reports * (row.n_reports - 1) / 2 for row in repeated]
    return float(np.mean(np.array(apart) / np.array(pairs)))


def report_noise(seen: Iterable[Seen]) -> float:
    """Standard deviation of one report, 1 for growth and 0 for none, about its material.

    Two independent reports that are wrong with chance e disagree with 2 e (1 - e), twice the variance of one.
    """
    return math.sqrt(disagreement(seen) / 2.0)


def with_reports(probability: np.ndarray | float, row: Seen, error: float) -> np.ndarray:
    """Probability after the reports on the material itself, each wrong with the same chance.  # same shape

    As in the fit, n reports weigh as their square root: they are not independent.
    """
    before = np.asarray(probability, float)
    return before if row.is_inert else with_counts(before, row.n_reports, row.n_growing, error)


def with_counts(probability: np.ndarray | float, reports: float, growing: float, error: float) -> np.ndarray:
    """Probability after so many reports, which may count in part.  # same shape

    Args:
        probability: before.
        reports, growing: all, and those of a reaction that goes on.
        error: chance that one is wrong.
    """
    before = np.asarray(probability, float)
    net = (2.0 * growing - reports) / math.sqrt(max(reports, 1.0))
    odds = np.log(np.maximum(before, 1e-6) / np.maximum(1.0 - before, 1e-6))
    return logistic(odds + net * math.log((1.0 - error) / error))
