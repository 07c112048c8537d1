"""A pool of candidates with all that its draws are made of; `block` draws them, `derived` holds the formulas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from ssbscreen.core.cathode import Cathode
from ssbscreen.core.evidence import Evidence
from ssbscreen.core.identity import Materials
from ssbscreen.core.noise import owner_keys
from ssbscreen.core.prediction import Predictions
from ssbscreen.core.properties import get_property
from ssbscreen.core.recognition import OTHER_FAMILY
from ssbscreen.physics.critical_current_levels import CriticalCurrentLevels
from ssbscreen.physics.electronic import ExtrinsicResistivity
from ssbscreen.ranking.facts import Facts
from ssbscreen.ranking.family_values import FamilyValue
from ssbscreen.ranking.operating import Operating


@dataclass(frozen=True)
class DrawTable:
    """Draws that were computed elsewhere, such as those of hull quantities.

    Attributes:
        values: property key -> stored units, NaN where missing; one column stands for a value without error.
            # each (n, n_table_draws)
    """

    values: Mapping[str, np.ndarray]

    def take(self, rows: np.ndarray) -> DrawTable:
        """The candidates at these rows; one may be taken more than once.  # (m,) int"""
        return DrawTable({key: table[rows] for key, table in self.values.items()})


@dataclass(frozen=True)
class Quantities:
    """A pool of candidates from which draws of any quantity can be made.

    Attributes:
        facts: names, classes, volumes.
        predictions: aligned with the facts.
        operating: conditions of the profile.
        seed: of the run.
        n_draws: Monte Carlo draws.
        hull: draws computed per candidate; its draws are used in turn when there are fewer than `n_draws`.
        extrinsic: measured electronic resistivity by class; without it `electronic_resistivity` is missing.
        family_values: cited values for candidates that nothing else describes.
        cathodes: cathode of each row where the rows are pairs; None where they are materials.
        owners: whose random numbers a row takes: a pair those of its electrolyte; the candidates' own when None.
        evidence: property key -> on what predictions and draws computed elsewhere rest, aligned with the facts;
            a prediction not named is one of a model, other draws are calculated.
        materials: which material each row is; None where every row stands for itself.
        plating: levels of the critical current; without them it is missing.
        catholytes: of pairs, the electrolyte on the side of the cathode, row by row; None where no pair has two.
        is_even: whether the draws are few and evenly spread (`noise.even_noise_of`), not random.
    """

    facts: Facts
    predictions: Predictions
    operating: Operating
    seed: int
    n_draws: int
    hull: DrawTable | None = None
    extrinsic: ExtrinsicResistivity | None = None
    family_values: tuple[FamilyValue, ...] = ()
    cathodes: tuple[Cathode, ...] | None = None
    owners: np.ndarray | None = None
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    materials: Materials | None = None
    plating: CriticalCurrentLevels | None = None
    catholytes: Quantities | None = None
    is_even: bool = False

    def __post_init__(self) -> None:
        if list(self.predictions.candidate_ids) != list(self.facts.candidate_ids):
            raise ValueError("Predictions and facts name different candidates, or in another order.")
        if self.cathodes is not None and len(self.cathodes) != len(self.facts):
            raise ValueError(f"{len(self.cathodes)} cathodes for {len(self.facts)} pairs.")
        if self.materials is not None and len(self.materials) != len(self.facts):
            raise ValueError(f"{len(self.materials)} materials for {len(self.facts)} candidates.")
        if self.plating is not None and len(self.plating) != len(self.facts):
            raise ValueError(f"{len(self.plating)} levels of the critical current for {len(self.facts)} candidates.")
        for key, table in (self.hull.values if self.hull else {}).items():
            get_property(key)
            if table.ndim != 2 or len(table) != len(self.facts):
                raise ValueError(f"{key}: draws of shape {table.shape} for {len(self.facts)} candidates.")
        for key, evidence in self.evidence.items():
            get_property(key)
            if len(evidence) != len(self.facts):
                raise ValueError(f"{key}: evidence of {len(evidence)} for {len(self.facts)} candidates.")

    def __len__(self) -> int:
        return len(self.facts)

    def take(self, rows: np.ndarray) -> Quantities:
        """The candidates at these rows, each once, with the draws that they have here.  # (m,) int"""
        return replace(
            self,
            facts=self.facts.take(rows),
            predictions=self.predictions.take(rows),
            hull=None if self.hull is None else self.hull.take(rows),
            owners=None if self.owners is None else self.owners[rows],
            materials=None if self.materials is None else self.materials.take(rows),
            plating=None if self.plating is None else self.plating.take(rows),
            cathodes=None if self.cathodes is None else tuple(self.cathodes[int(i)] for i in rows),
            evidence={key: own.take(rows) for key, own in self.evidence.items()},
            catholytes=None if self.catholytes is None else self.catholytes.take(rows),
        )

    def evenly(self) -> Quantities:
        """The same with few draws that are evenly spread."""
        others = None if self.catholytes is None else self.catholytes.evenly()
        return replace(self, catholytes=others, is_even=True)

    @property
    def noise_owners(self) -> np.ndarray:
        """Identifier that each row's random numbers belong to.  # (n,)"""
        return self.facts.candidate_ids if self.owners is None else self.owners

    @cached_property
    def in_domain(self) -> np.ndarray:
        """Whether every prediction of a candidate lies in its model's domain; False without any.  # (n,) bool"""
        has_any = np.zeros(len(self), dtype=bool)
        all_inside = np.ones(len(self), dtype=bool)
        for column in self.predictions.by_property.values():
            has_any |= column.is_present
            all_inside &= ~column.is_present | column.in_domain
        return has_any & all_inside

    @cached_property
    def mixing(self) -> dict[str, dict[str, float]]:
        """Weights of independent noises that give the predictions' error correlation, property by property."""
        keys = sorted({k for pair in self.predictions.correlation for k in pair if k in self.predictions.by_property})
        matrix = np.eye(len(keys))
        for (a, b), value in self.predictions.correlation.items():
            if a in keys and b in keys:
                matrix[keys.index(a), keys.index(b)] = matrix[keys.index(b), keys.index(a)] = value
        if not keys:
            return {}
        # pairs estimated one by one need not form a valid correlation matrix; take the nearest simple one
        eigenvalues, vectors = np.linalg.eigh(matrix)
        matrix = (vectors * np.maximum(eigenvalues, 1e-9)) @ vectors.T
        scale = np.sqrt(np.diag(matrix))
        lower = np.linalg.cholesky(matrix / np.outer(scale, scale))
        return {key: {keys[j]: float(lower[i, j]) for j in range(i + 1)} for i, key in enumerate(keys)}

    @cached_property
    def family_value_of(self) -> dict[str, tuple[tuple[FamilyValue, ...], np.ndarray]]:
        """Property -> its cited values, and which of them each row takes: its family's before its class's, -1 none."""
        found: dict[str, tuple[tuple[FamilyValue, ...], np.ndarray]] = {}
        for value in sorted(self.family_values, key=lambda v: bool(v.family)):
            members = self.facts.chemistry_class == value.chemistry_class
            if value.family:
                members = members & (self.facts.family == value.family)
            before, number_of = found.get(value.property, ((), np.full(len(self), -1, dtype=np.int16)))
            number_of[members] = len(before)
            found[value.property] = (*before, value), number_of
        return found

    @cached_property
    def owner_keys(self) -> np.ndarray:
        """Whose random numbers each row takes.  # (n,) uint64"""
        return owner_keys(str(owner) for owner in self.noise_owners)

    @cached_property
    def class_keys(self) -> np.ndarray:
        """Whose random numbers the chemistry class of each row takes.  # (n,) uint64"""
        place, names = pd.factorize(self.facts.chemistry_class)
        return np.asarray(owner_keys(f"class {name}" for name in names)[place])

    @cached_property
    def families(self) -> tuple[np.ndarray, tuple[tuple[str, str], ...]]:
        """Place of each row's family, and chemistry class and name of each of them.  # (n,) int"""
        (classes, class_names), (families, names) = (
            pd.factorize(array) for array in (self.facts.chemistry_class, self.facts.family)
        )
        pairs, place = np.unique(classes * len(names) + families, return_inverse=True)
        of_pairs = np.divmod(pairs, max(len(names), 1))
        return place, tuple((str(class_names[i]), str(names[j])) for i, j in zip(*of_pairs, strict=True))

    @cached_property
    def family_keys(self) -> np.ndarray:
        """Whose random numbers the family of each row takes; without a known family, its own ones.  # (n,) uint64"""
        place, names = self.families
        keys = np.array(owner_keys(f"family {kind} {name}" for kind, name in names)[place])
        is_alone = np.array([name == OTHER_FAMILY for _, name in names], dtype=bool)[place]
        keys[is_alone] = owner_keys(f"alone {owner}" for owner in self.noise_owners[is_alone])
        return keys
