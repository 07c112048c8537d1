"""Draws of every quantity a screen asks for, block by block, from calibrated predictions through the physics.

Numbers come from four places; for each candidate and property the first that has a value wins: a prediction (or
measurement) of the property itself, draws computed elsewhere (hull quantities), a formula of `derived.RECIPES`, and a
cited value of the candidate's family. All are made of random numbers that belong to one candidate and quantity, so
K, G and volume behind a fracture toughness are the same draws as those behind Young's modulus, and neither the
order of candidates nor the size of blocks changes anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property

import numpy as np

from ssbscreen.core.cathode import Cathode
from ssbscreen.core.prediction import Predictions, PropertyPrediction
from ssbscreen.core.properties import get_property
from ssbscreen.physics import transport
from ssbscreen.physics.electronic import ExtrinsicResistivity
from ssbscreen.physics.pair_cell import CathodeValues, CellNumbers, cathode_values
from ssbscreen.ranking.cells import cell_of
from ssbscreen.ranking.derived import RECIPES
from ssbscreen.ranking.facts import Facts
from ssbscreen.ranking.family_values import FamilyValue
from ssbscreen.ranking.operating import Operating, noise


@dataclass(frozen=True)
class DrawTable:
    """Draws that were computed elsewhere, such as those of hull quantities.

    Attributes:
        values: property key -> stored units, NaN where missing; one column stands for a value without error.
            # each (n, n_table_draws)
    """

    values: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Quantities:
    """A pool of candidates that yields draws of any quantity.

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
    _block: list[Block] = field(default_factory=list, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if list(self.predictions.candidate_ids) != list(self.facts.candidate_ids):
            raise ValueError("Predictions and facts name different candidates, or in another order.")
        if self.cathodes is not None and len(self.cathodes) != len(self.facts):
            raise ValueError(f"{len(self.cathodes)} cathodes for {len(self.facts)} pairs.")
        for key, table in (self.hull.values if self.hull else {}).items():
            get_property(key)
            if table.ndim != 2 or len(table) != len(self.facts):
                raise ValueError(f"{key}: draws of shape {table.shape} for {len(self.facts)} candidates.")

    def __len__(self) -> int:
        return len(self.facts)

    @property
    def noise_owners(self) -> np.ndarray:
        """Identifier that each row's random numbers belong to.  # (n,)"""
        return self.facts.candidate_ids if self.owners is None else self.owners

    def block(self, rows: slice, n_draws: int | None = None) -> Block:
        """Candidates of a slice; quantities are computed when asked for and kept as long as the block."""
        return Block(self, rows, self.n_draws if n_draws is None else n_draws)

    def draws(self, key: str, rows: slice) -> np.ndarray:
        """Draws of a property in stored units, NaN where missing.  # (n_rows, n_draws) float32

        The block of the last slice is kept, so asking for several properties of one slice shares the work.
        """
        if not self._block or self._block[0].rows != rows:
            self._block[:] = [self.block(rows)]
        return self._block[0].stored(key)

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
    def family_value_of(self) -> dict[str, dict[int, FamilyValue]]:
        """Property -> row -> cited value; a family's own value goes before its class's."""
        found: dict[str, dict[int, FamilyValue]] = {}
        for value in sorted(self.family_values, key=lambda v: bool(v.family)):
            members = self.facts.chemistry_class == value.chemistry_class
            if value.family:
                members = members & (self.facts.family == value.family)
            found.setdefault(value.property, {}).update(dict.fromkeys(np.flatnonzero(members).tolist(), value))
        return found


class Block:
    """Draws of a slice of candidates, computed once each."""

    def __init__(self, pool: Quantities, rows: slice, n_draws: int) -> None:
        start, stop, step = rows.indices(len(pool))
        if step != 1:
            raise ValueError(f"Blocks are contiguous slices, given {rows}.")
        self.pool: Quantities = pool
        self.rows, self.n_draws = rows, n_draws
        self.index = np.arange(start, max(start, stop))
        self.shape: tuple[int, int] = (len(self.index), n_draws)
        self._stored: dict[str, np.ndarray] = {}
        self._noise: dict[str, np.ndarray] = {}
        self._cell: CellNumbers | None = None

    def stored(self, key: str) -> np.ndarray:
        """Draws in stored units, NaN where missing.  # (m, n_draws) float32"""
        if key not in self._stored:
            get_property(key)
            self._stored[key] = self._compute(key)
        return self._stored[key]

    def natural(self, key: str) -> np.ndarray:
        """Draws in natural units.  # (m, n_draws)"""
        value = self.stored(key)
        return np.power(np.float64(10.0), value) if get_property(key).is_log else value

    def fact(self, name: str) -> np.ndarray:
        """Column of the facts.  # (m, 1)"""
        return np.asarray(getattr(self.pool.facts, name)[self.index])[:, None]

    def spread(self, name: str) -> np.ndarray:
        """Column of the facts, the same in every draw.  # (m, n_draws)"""
        return np.broadcast_to(self.fact(name).astype(np.float32), self.shape)

    def missing(self) -> np.ndarray:
        """Nothing known.  # (m, n_draws)"""
        return np.full(self.shape, np.nan, dtype=np.float32)

    def own_noise(self, stream: str) -> np.ndarray:
        """Standard normal numbers of each candidate.  # (m, n_draws) float32"""
        if stream not in self._noise:
            ids = [str(i) for i in self.pool.noise_owners[self.index]]
            drawn = {i: noise(self.pool.seed, i, stream, self.n_draws) for i in dict.fromkeys(ids)}
            self._noise[stream] = np.stack([drawn[i] for i in ids]) if ids else np.empty(self.shape, np.float32)
        return self._noise[stream]

    def own_error(self, name: str) -> np.ndarray:
        """An operating value drawn for each candidate anew.  # (m, n_draws)"""
        return getattr(self.pool.operating, name).sample(self.own_noise(name))

    def shared(self, name: str) -> np.ndarray:
        """An operating value that all candidates share draw by draw: they are compared in the same cell.

        # (1, n_draws)
        """
        return getattr(self.pool.operating, name).sample(noise(self.pool.seed, "", name, self.n_draws))[None, :]

    def group_noise(self, group: str) -> np.ndarray:
        """Standard normal numbers that all members of a group share.  # (n_draws,)"""
        return noise(self.pool.seed, "", group, self.n_draws)

    def cathode_values(self) -> CathodeValues | None:
        """Draws of each row's cathode, shared by all pairs with it; None where the rows are no pairs."""
        if self.pool.cathodes is None:
            return None
        rows = [self.pool.cathodes[int(i)] for i in self.index]
        drawn: dict[str, CathodeValues] = {}
        for cathode in rows:
            if cathode.key not in drawn:
                numbers = {f.name: self.group_noise(f"cathode {cathode.key} {f.name}") for f in fields(CathodeValues)}
                drawn[cathode.key] = cathode_values(cathode, numbers)
        stacked = {}
        for f in fields(CathodeValues):
            columns = [np.broadcast_to(getattr(drawn[c.key], f.name), (self.n_draws,)) for c in rows]
            stacked[f.name] = np.stack(columns) if columns else np.empty(self.shape)
        return CathodeValues(**stacked)

    def cell(self) -> CellNumbers:
        """Numbers of the cell with each row's own cathode, else with the profile's reference cathode."""
        if self._cell is None:
            self._cell = cell_of(self)
        return self._cell

    def activation_energy(self) -> np.ndarray:
        """Predicted activation energy, else the assumed distribution, never negative, eV.  # (m, n_draws)"""
        own = self.stored("activation_energy")
        assumed = self.own_error("activation_energy") if np.isnan(own).any() else own
        return np.maximum(np.where(np.isnan(own), assumed, own), 0.0)

    def _compute(self, key: str) -> np.ndarray:
        values = self._predicted(key)
        if key == "ionic_conductivity":
            values = self._at_temperature(values)
        for source in (self._tabled, self._derived, self._cited):
            empty = np.isnan(values).all(axis=1)
            if not empty.any():
                break
            found = source(key)
            if found is not None:
                values[empty] = found[empty]
        return values

    def _predicted(self, key: str) -> np.ndarray:
        column: PropertyPrediction | None = self.pool.predictions.by_property.get(key)
        if column is None or not column.is_present[self.index].any():
            return self.missing()
        weights = self.pool.mixing.get(key, {key: 1.0})
        number = sum(np.float32(w) * self.own_noise(stream) for stream, w in weights.items() if w != 0.0)
        mean = column.mean[self.index].astype(np.float32)[:, None]
        draws = mean + column.std[self.index].astype(np.float32)[:, None] * number
        row = get_property(key)
        if not row.is_log and row.low >= 0.0:  # a normal error knows no bound, the quantity does
            draws = np.maximum(draws, np.float32(row.low))
        return np.asarray(draws, dtype=np.float32)

    def _at_temperature(self, values: np.ndarray) -> np.ndarray:
        wanted = self.pool.operating.temperature_c.value
        given = self.fact("temperature_c").astype(float)
        moved = np.abs(given[:, 0] - wanted) > 0.05
        if not moved.any():
            return values
        shifted = transport.conductivity_at(values[moved], self.activation_energy()[moved], wanted, given[moved])
        values[moved] = shifted
        return values

    def _tabled(self, key: str) -> np.ndarray | None:
        table = self.pool.hull.values.get(key) if self.pool.hull else None
        if table is None:
            return None
        columns = np.arange(self.n_draws) % table.shape[1]
        return np.asarray(table[self.index][:, columns], dtype=np.float32)

    def _derived(self, key: str) -> np.ndarray | None:
        if key not in RECIPES:
            return None
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            return np.asarray(RECIPES[key](self), dtype=np.float32)

    def _cited(self, key: str) -> np.ndarray | None:
        by_row = self.pool.family_value_of.get(key, {})
        found = [i for i, row in enumerate(self.index.tolist()) if row in by_row]
        if not found:
            return None
        values = self.missing()
        number = self.own_noise(f"cited {key}")
        is_log = get_property(key).is_log
        for i in found:
            drawn = by_row[int(self.index[i])].sampled.sample(number[i])
            values[i] = np.log10(drawn) if is_log else drawn
        return values
