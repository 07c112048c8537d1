"""Draws of every quantity a screen asks for, from calibrated predictions through the physics, for a slice of a pool.

Numbers come from four places; for each candidate and property the first that has a value wins: a prediction (or
measurement) of the property itself, draws computed elsewhere (hull quantities), a recipe that makes it out of others,
and a cited value of the candidate's family. All are made of random numbers that belong to one candidate and quantity,
so K, G and volume behind a fracture toughness are the same draws as those behind Young's modulus, and neither the
order of candidates nor the size of blocks changes anything. The file is long because every kind of error, shared by
all, a class, a family or one candidate, is drawn by one class.

Draws are those of materials: a ranking compares materials, and what laboratories find scatters about each of them.
`laboratory` widens the draws by that scatter, for the intervals that a table shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cached_property
from typing import TypeVar

import numpy as np

from ssbscreen.core.constants import Z90, ZERO_CELSIUS
from ssbscreen.core.evidence import Evidence, EvidenceKind
from ssbscreen.core.noise import even_noise_of, noise_of, owner_keys
from ssbscreen.core.prediction import PropertyPrediction
from ssbscreen.core.properties import get_property
from ssbscreen.physics import transport
from ssbscreen.physics.pair_cell import CathodeValues, cathode_values
from ssbscreen.physics.transitions import is_crossed
from ssbscreen.ranking.origins import CITED, NOWHERE, PREDICTION, RECIPE, TABLE, Origins
from ssbscreen.ranking.quantities import Quantities

T = TypeVar("T")
Recipe = Callable[["Block"], np.ndarray]
"""Makes a property of a block out of others, in stored units (log10 where the property is log-scaled)."""


class Block:
    """Draws of a slice of candidates, computed once each."""

    def __init__(self, pool: Quantities, rows: slice, n_draws: int, recipes: Mapping[str, Recipe]) -> None:
        start, stop, step = rows.indices(len(pool))
        if step != 1:
            raise ValueError(f"Blocks are contiguous slices, given {rows}.")
        self.pool: Quantities = pool
        self.rows, self.n_draws = rows, n_draws
        self.index = np.arange(start, max(start, stop))
        self.shape: tuple[int, int] = (len(self.index), n_draws)
        self._stored: dict[str, np.ndarray] = {}
        self._natural: dict[str, np.ndarray] = {}
        self._noise: dict[str, np.ndarray] = {}
        self._shared: dict[str, np.ndarray] = {}
        self._recipes = recipes
        self._made: dict[Callable[[Block], object], object] = {}
        self._origins = Origins()
        self._evidence: dict[str, Evidence] = {}
        self._width: dict[str, np.ndarray] = {}

    def stored(self, key: str) -> np.ndarray:
        """Draws in stored units, NaN where missing.  # (m, n_draws) float32"""
        self._origins.use(key)
        if key not in self._stored:
            get_property(key)
            with self._origins.making(key):
                self._stored[key] = self._compute(key)
        return self._stored[key]

    def laboratory(self, key: str) -> np.ndarray:
        """Draws of what one more laboratory would find, stored units, NaN where missing.  # (m, n_draws) float32"""
        draws, width = self.stored(key), self.width(key)
        rows = np.flatnonzero(width > 1.0)
        if not len(rows):
            return draws
        middle = np.median(draws[rows], axis=1, keepdims=True)
        wide = draws.copy()
        wide[rows] = _bounded(key, middle + (draws[rows] - middle) * width[rows, None].astype(np.float32))
        return wide

    def width(self, key: str) -> np.ndarray:
        """How many times as wide laboratories scatter as the draws; 1 where nothing says so.  # (m,)"""
        self.stored(key)
        return self._width.get(key, np.ones(self.shape[0]))

    def keep(self, key: str, draws: np.ndarray, evidence: Evidence, width: np.ndarray) -> None:
        """Take what `stored`, `evidence_of` and `width` of another block of the same rows and draws said."""
        self._stored[key], self._evidence[key], self._width[key] = draws, evidence, width

    def evidence_of(self, key: str) -> Evidence:
        """On what the draws of a property rest; of a value that a recipe made, the weakest of its inputs.  # m"""
        if key not in self._evidence:
            self.stored(key)
            given = self.pool.evidence.get(key)
            own = None if given is None else given.take(self.index)
            inputs = [self.evidence_of(name) for name in self._origins.inputs_of(key)]
            self._evidence[key] = self._origins.evidence(key, own, inputs)
        return self._evidence[key]

    def inputs_of(self, key: str) -> set[str]:
        """Properties behind one whose draws were made, directly or through others, itself included."""
        found, waiting = set[str](), [key]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self._origins.inputs_of(name)
        return found

    def natural(self, key: str) -> np.ndarray:
        """Draws in natural units.  # (m, n_draws)"""
        value = self.stored(key)
        if not get_property(key).is_log:
            return value
        if key not in self._natural:
            self._natural[key] = np.power(np.float64(10.0), value)
        return self._natural[key]

    def fact(self, name: str) -> np.ndarray:
        """Column of the facts.  # (m, 1)"""
        return np.asarray(getattr(self.pool.facts, name)[self._slice])[:, None]

    def expand(self, name: str) -> np.ndarray:
        """Column of the facts, the same in every draw.  # (m, n_draws)"""
        return np.broadcast_to(self.fact(name).astype(np.float32), self.shape)

    def temperature(self) -> np.ndarray:
        """Of use of each candidate, degree C.  # (m, 1)"""
        return self._temperature

    @cached_property
    def _temperature(self) -> np.ndarray:
        return self.pool.operating.temperatures_of(list(self.fact("chemistry_class")[:, 0]))[:, None]

    @property
    def _slice(self) -> slice:
        """The rows, cut to those that there are."""
        return slice(*self.rows.indices(len(self.pool))[:2])

    def missing(self) -> np.ndarray:
        """Nothing known.  # (m, n_draws)"""
        return np.full(self.shape, np.nan, dtype=np.float32)

    @cached_property
    def owner_keys(self) -> np.ndarray:
        """Whose random numbers each row takes.  # (m,) uint64"""
        return self.pool.owner_keys[self._slice]

    @cached_property
    def _distinct_owners(self) -> tuple[np.ndarray, np.ndarray | None]:
        """Each owner once, and the place of each row among them; None where no two rows share one."""
        keys, place = np.unique(self.owner_keys, return_inverse=True)
        return (keys, place) if len(keys) < len(place) else (self.owner_keys, None)

    def own_noise(self, stream: str) -> np.ndarray:
        """Standard normal numbers of each candidate.  # (m, n_draws) float32"""
        if stream not in self._noise:
            keys, place = self._distinct_owners
            numbers = self._numbers(keys, stream)
            self._noise[stream] = numbers if place is None else numbers[place]
        return self._noise[stream]

    def own_error(self, name: str) -> np.ndarray:
        """An operating value drawn for each candidate anew.  # (m, n_draws)"""
        return getattr(self.pool.operating, name).sample(self.own_noise(name))

    def shared(self, name: str) -> np.ndarray:
        """An operating value that all candidates share draw by draw: they are compared in the same cell.

        # (1, n_draws)
        """
        if name not in self._shared:
            self._shared[name] = getattr(self.pool.operating, name).sample(self.group_noise(name))[None, :]
        return self._shared[name]

    def group_noise(self, group: str) -> np.ndarray:
        """Standard normal numbers that all members of a group share.  # (n_draws,)"""
        return np.asarray(self._numbers(owner_keys([""]), group)[0])

    def class_noise(self, stream: str) -> np.ndarray:
        """Standard normal numbers that all candidates of a chemistry class share.  # (m, n_draws) float32"""
        return self._of_group(stream, *self._classes)

    def family_noise(self, stream: str) -> np.ndarray:
        """The same of a family; a candidate of no known family has numbers of its own.  # (m, n_draws) float32"""
        return self._of_group(stream, *self._families)

    @cached_property
    def _classes(self) -> tuple[np.ndarray, np.ndarray]:
        """Whose numbers each class takes, each once, and the place of each row among them."""
        distinct, place = np.unique(self.pool.class_keys[self._slice], return_inverse=True)
        return distinct, place

    @cached_property
    def _families(self) -> tuple[np.ndarray, np.ndarray]:
        """The same of families."""
        distinct, place = np.unique(self.pool.family_keys[self._slice], return_inverse=True)
        return distinct, place

    def _of_group(self, stream: str, distinct: np.ndarray, place: np.ndarray) -> np.ndarray:
        return np.asarray(self._numbers(distinct, f"{stream} of a group")[place])

    def _numbers(self, keys: np.ndarray, stream: str) -> np.ndarray:
        """Standard normal numbers of some owners.  # (m, n_draws) float32"""
        return (even_noise_of if self.pool.is_even else noise_of)(self.pool.seed, keys, stream, self.n_draws)

    def by_family(self, value: Callable[[str, str], float]) -> np.ndarray:
        """What a function of chemistry class and family says of each row, asked once a family.  # (m,)"""
        place, names = self.pool.families
        distinct, row = np.unique(place[self._slice], return_inverse=True)
        return np.array([value(*names[i]) for i in distinct], dtype=float)[row]

    def cathode_values(self) -> CathodeValues | None:
        """Draws of each row's cathode, shared by all pairs with it; None where the rows are no pairs."""
        return None if self.pool.cathodes is None else self.once(_cathodes_of_rows)

    def widen(self, key: str, width: float | np.ndarray) -> None:
        """State how many times as wide laboratories scatter as the draws that a recipe makes.  # (m,)"""
        self._width[f"recipe {key}"] = np.broadcast_to(width, self.shape[:1])

    def catholyte(self) -> Block | None:
        """The electrolytes on the side of the cathode, with their own draws; None where no pair has two."""
        if self.pool.catholytes is None:
            return None
        return Block(self.pool.catholytes, self.rows, self.n_draws, self._recipes)

    def once(self, make: Callable[[Block], T]) -> T:
        """What a function makes of this block, computed once: a stage that several recipes share."""
        self._origins.use(make)
        if make not in self._made:
            with self._origins.making(make):
                self._made[make] = make(self)
        return self._made[make]  # type: ignore[return-value]

    def activation_energy(self) -> np.ndarray:
        """Predicted activation energy, else the assumed distribution, never negative, eV.  # (m, n_draws)"""
        own = self.stored("activation_energy")
        assumed = self.own_error("activation_energy") if np.isnan(own).any() else own
        return np.maximum(np.where(np.isnan(own), assumed, own), 0.0)

    def vogel_temperature(self) -> np.ndarray:
        """Temperature at which motion freezes, degree C: predicted for polymers, absolute zero elsewhere.

        Where something conducts, it has not frozen: draws stay 30 degrees below the temperature of use.  # (m, n_draws)
        """
        own = np.minimum(self.stored("vogel_temperature"), self.temperature() - 30.0)
        return np.where(np.isnan(own), -ZERO_CELSIUS, np.maximum(own, -ZERO_CELSIUS))

    def _compute(self, key: str) -> np.ndarray:
        values = self._predicted(key)
        if key == "ionic_conductivity" and values is not None:
            values = self._at_temperature(values)
        empty = np.ones(self.shape[0], bool) if values is None else np.isnan(values).all(axis=1)
        origin = np.where(empty, NOWHERE, PREDICTION)
        for number, source in ((TABLE, self._tabled), (RECIPE, self._derived), (CITED, self.cited)):
            if not empty.any():
                break
            found = source(key)
            if found is not None:
                values = found if values is None else np.where(empty[:, None], found, values)
                still = empty & np.isnan(values).all(axis=1)
                origin[empty & ~still] = number
                if number == RECIPE and (width := self._width.get(f"recipe {key}")) is not None:
                    before = self._width.get(key, np.ones(self.shape[0]))
                    self._width[key] = np.where(empty & ~still, width, before)
                empty = still
        self._origins.source[key] = origin
        return self.missing() if values is None else values

    def _predicted(self, key: str) -> np.ndarray | None:
        whole: PropertyPrediction | None = self.pool.predictions.by_property.get(key)
        if whole is None:
            return None
        column = whole.take(self._slice)
        if not column.is_present.any():
            return None
        weights = self.pool.mixing.get(key, {key: 1.0})
        mixed = [(np.float32(w), stream) for stream, w in weights.items() if w != 0.0]
        draws = np.repeat(column.mean.astype(np.float32)[:, None], self.n_draws, axis=1)
        for std, numbers in (
            (self._std_own(column), self.own_noise),
            (column.std_family, self.family_noise),
            (column.std_class, self.class_noise),
        ):
            own = std.astype(np.float32)[:, None]
            if np.nanmax(own, initial=0.0) > 0.0:
                draws += own * sum(w * numbers(stream) for w, stream in mixed)
        draws = self._skewed(draws, column)
        if key in self.pool.evidence:
            self._width[key] = self._scatter_width(column)
        return np.asarray(_bounded(key, draws), dtype=np.float32)

    def _is_posterior(self, column: PropertyPrediction) -> np.ndarray:
        """Rows whose column says what is known of the material itself.  # (m,) bool"""
        evidence = self.pool.evidence.get(column.property)
        if evidence is None:
            return np.zeros(len(column.mean), dtype=bool)
        return evidence.take(self._slice).rests_on(EvidenceKind.MEASURED, EvidenceKind.CALCULATED)

    def _of_studies(self, column: PropertyPrediction) -> np.ndarray:
        """Those of them that tell the material's own doubt from the scatter of laboratories.  # (m,) bool"""
        return self._is_posterior(column) & (column.std_epistemic > 0.0)

    def _std_own(self, column: PropertyPrediction) -> np.ndarray:
        """Error that a material shares with no other; the scatter of laboratories is none of a posterior's.  # (m,)"""
        shared = column.std_class**2 + column.std_family**2
        own = np.sqrt(np.maximum(column.std_epistemic**2 - shared, 0.0))
        return np.where(self._of_studies(column), own, column.std_own)

    def _scatter_width(self, column: PropertyPrediction) -> np.ndarray:
        """How many times as wide the next study of each row lies as the material itself.  # (m,)"""
        own = np.where(self._of_studies(column), column.std_epistemic, column.std)
        return column.std / np.where(own > 0.0, own, 1.0)

    def _skewed(self, draws: np.ndarray, column: PropertyPrediction) -> np.ndarray:
        """Draws whose two sides may be of different width, so that their 90 % is that of the column.

        Predictions on a linear scale stay normal: their intervals are cut where the quantity ends.
        """
        chosen = self._is_posterior(column) | get_property(column.property).is_log
        if not chosen.any():
            return draws
        mean, std, lower, upper = (
            getattr(column, name).astype(np.float32)[:, None] for name in ("mean", "std", "lower", "upper")
        )
        beside = draws - mean
        side = np.where(beside < 0.0, mean - lower, upper - mean)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(chosen[:, None] & (std > 0.0), mean + beside * side / (np.float32(Z90) * std), draws)

    def _at_temperature(self, values: np.ndarray) -> np.ndarray:
        wanted, given = self.temperature(), self.fact("temperature_c").astype(float)
        moved = np.abs(given - wanted)[:, 0] > 0.05
        if not moved.any():
            return values
        law = self.activation_energy()[moved], wanted[moved], given[moved], self.vogel_temperature()[moved]
        shifted = transport.conductivity_at(values[moved], *law)
        values[moved] = shifted
        crossed = is_crossed(self.fact("formula")[moved, 0], given[moved, 0], wanted[moved, 0])
        values[np.flatnonzero(moved)[crossed]] = np.nan  # no law holds across a transition
        return values

    def _tabled(self, key: str) -> np.ndarray | None:
        table = self.pool.hull.values.get(key) if self.pool.hull else None
        if table is None:
            return None
        if self.pool.is_even and table.shape[1] > self.n_draws:
            return _evenly(table[self._slice], self.n_draws)
        columns = np.arange(self.n_draws) % table.shape[1]
        return np.asarray(np.take(table[self._slice], columns, axis=1), dtype=np.float32)

    def _derived(self, key: str) -> np.ndarray | None:
        recipe = self._recipes.get(key)
        if recipe is None:
            return None
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            return np.broadcast_to(np.asarray(recipe(self), dtype=np.float32), self.shape)

    def cited(self, key: str) -> np.ndarray | None:
        """Draws of cited values of class or family in stored units; None where no row has one.  # (m, n_draws)"""
        values_of, number_of = self.pool.family_value_of.get(key, ((), np.empty(0, dtype=np.intp)))
        if not values_of or not (number_of[self._slice] >= 0).any():
            return None
        values, numbers = self.missing(), self.own_noise(f"cited {key}")
        is_log = get_property(key).is_log
        for number, value in enumerate(values_of):
            rows = np.flatnonzero(number_of[self._slice] == number)
            drawn = value.sampled.sample(numbers[rows])
            values[rows] = np.log10(drawn) if is_log else drawn
        return values


def _evenly(table: np.ndarray, n: int) -> np.ndarray:
    """Means of n equal parts of the ordered draws of each row, in the order of its first n draws.

    So draws of several tables that go together still do.  # (m, k) -> (m, n) float32
    """
    found, ordered = table[:, :n].astype(np.float32), np.sort(table, axis=1)
    whole = np.flatnonzero(~np.isnan(ordered[:, -1]))
    starts = np.arange(n) * table.shape[1] // n
    means = np.add.reduceat(ordered[whole], starts, axis=1) / np.diff(starts, append=table.shape[1])
    found[whole[:, None], np.argsort(found[whole], axis=1, kind="stable")] = means
    return found


def _cathodes_of_rows(b: Block) -> CathodeValues:
    """Draws of the cathode of each row of pairs, made once a cathode.  # arrays (m, n_draws)"""
    assert b.pool.cathodes is not None
    rows = [b.pool.cathodes[int(i)] for i in b.index]
    panel = {cathode.key: cathode for cathode in rows}
    place = {key: j for j, key in enumerate(panel)}
    chosen = np.array([place[cathode.key] for cathode in rows], dtype=int)
    drawn = []
    for key, cathode in panel.items():
        numbers = {f.name: b.group_noise(f"cathode {key} {f.name}") for f in fields(CathodeValues)}
        drawn.append(cathode_values(cathode, numbers))
    stacked = {}
    for f in fields(CathodeValues):
        own = [np.broadcast_to(getattr(values, f.name), (b.n_draws,)) for values in drawn]
        stacked[f.name] = np.stack(own)[chosen] if own else np.empty(b.shape)
    return CathodeValues(**stacked)


def _bounded(key: str, draws: np.ndarray) -> np.ndarray:
    """Draws that no longer pass a bound: a normal error knows none, the quantity does."""
    row = get_property(key)
    return draws if row.is_log or row.low < 0.0 else np.maximum(draws, np.float32(row.low))
