"""Electrolytes paired with cathodes: the same draws and rules, one row a pair."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from ssbscreen.core.cathode import Cathode
from ssbscreen.core.memory import give_back
from ssbscreen.ranking.criteria import Profile, Screen, resolve
from ssbscreen.ranking.facts import Facts
from ssbscreen.ranking.imputation import Imputer
from ssbscreen.ranking.quantities import DrawTable, Quantities
from ssbscreen.ranking.scoring import score

BEST_DRAWS = 64  # enough to order the cathodes of one electrolyte by their score
PART = 1000  # electrolytes whose pairs are held at once
JOIN = "|"
OF_CATHODE = frozenset(
    {
        "average_voltage",
        "capacity_grav",
        "capacity_vol",
        "energy_grav",
        "energy_vol",
        "max_delta_volume",
        "volume_change_on_charge",
    }
)
"""Properties that a pair has of its cathode, whatever is known of its electrolyte as an electrode."""


@dataclass(frozen=True)
class Pairing:
    """Which rows of a pool are paired with which cathodes.

    Attributes:
        electrolyte: row of the electrolyte behind each pair.  # (n_pairs,)
        cathode: index of the cathode in the panel.  # (n_pairs,)
        coating: formula between them, empty for none.  # (n_pairs,) str
        catholyte: row of the electrolyte on the side of the cathode, that of `electrolyte` where there is one
            only.  # (n_pairs,)
    """

    electrolyte: np.ndarray
    cathode: np.ndarray
    coating: np.ndarray
    catholyte: np.ndarray

    def __len__(self) -> int:
        return len(self.electrolyte)

    @property
    def is_layered(self) -> np.ndarray:
        """Whether a second electrolyte stands on the side of the cathode.  # (n_pairs,) bool"""
        return np.asarray(self.catholyte != self.electrolyte)


def all_pairs(rows: np.ndarray, n_cathodes: int) -> Pairing:
    """Every electrolyte of `rows` with every cathode, cathodes running fastest."""
    electrolytes = np.repeat(rows, n_cathodes)
    bare = np.full(len(electrolytes), "", dtype=object)
    return Pairing(electrolytes, np.tile(np.arange(n_cathodes), len(rows)), bare, electrolytes)


def pair_quantities(
    electrolytes: Quantities, pairing: Pairing, panel: Sequence[Cathode], tables: Mapping[str, np.ndarray], n_draws: int
) -> Quantities:
    """Quantities of pairs; each takes the random numbers of its electrolyte and those of its cathode.

    Args:
        electrolytes: the pool.
        pairing: rows and cathodes.
        panel: cathodes.
        tables: further draws by property, such as reaction energies.  # each (n_pairs, n_table_draws)
        n_draws: Monte Carlo draws.
    """
    cathodes = tuple(panel[int(j)] for j in pairing.cathode)
    keys = [c.key for c in cathodes]
    owners, formulas = electrolytes.facts.candidate_ids, electrolytes.facts.formula
    second, between = (
        np.where(pairing.is_layered, own[pairing.catholyte], pairing.coating) for own in (owners, formulas)
    )
    ids = _joined(owners[pairing.electrolyte], second, keys)
    names = _joined(formulas[pairing.electrolyte], between, [c.formula for c in cathodes])
    pairs = _repeated(electrolytes, pairing.electrolyte, ids, names, n_draws)
    hull = pairs.hull.values if pairs.hull else {}
    materials = pairs.materials
    if materials is not None:
        middle = {"material": second, "variant_of": second, "label": between}
        named = {name: _joined(getattr(materials, name), parts, keys) for name, parts in middle.items()}
        materials = replace(materials, **named)
    layered = pairing.is_layered.any()
    return replace(
        pairs,
        hull=DrawTable({**hull, **tables}),
        cathodes=cathodes,
        materials=materials,
        catholytes=_repeated(electrolytes, pairing.catholyte, ids, names, n_draws) if layered else None,
    )


def _repeated(pool: Quantities, rows: np.ndarray, ids: np.ndarray, formulas: np.ndarray, n_draws: int) -> Quantities:
    """Rows of a pool, each as often as asked for, under new names but with the random numbers that they have."""
    values = {f.name: getattr(pool.facts, f.name)[rows] for f in fields(Facts)}
    facts = Facts(**{**values, "candidate_ids": ids, "formula": formulas})
    taken = pool.predictions.take(rows)
    own = {key: column for key, column in taken.by_property.items() if key not in OF_CATHODE}
    return replace(
        pool,
        facts=facts,
        predictions=replace(taken, candidate_ids=tuple(ids), by_property=own),
        n_draws=n_draws,
        hull=None if pool.hull is None else pool.hull.take(rows),
        owners=values["candidate_ids"],
        plating=None if pool.plating is None else pool.plating.take(rows),
        evidence={key: own.take(rows) for key, own in pool.evidence.items()},
        materials=None if pool.materials is None else pool.materials.take(rows),
    )


def _joined(electrolytes: np.ndarray, between: np.ndarray, cathodes: Sequence[str]) -> np.ndarray:
    """Names of pairs; one without an electrolyte stays empty."""
    parts = zip(electrolytes, between, cathodes, strict=True)
    return _text([JOIN.join(filter(None, (e, b, c))) if e else "" for e, b, c in parts])


def best_of_each(
    pairs: Quantities, screen: Screen, profile: Profile, n: int, imputers: tuple[Imputer, ...] = ()
) -> tuple[np.ndarray, np.ndarray]:
    """Best pair of every `n` that follow each other, by the score of the pair screen, from few draws.

    Args:
        pairs: such as every electrolyte with every cathode, cathodes running fastest.
        screen: of pairs.
        profile: whose conditions the quantities were built for.
        n: pairs that are held against each other, such as the cathodes of the panel.
        imputers: of a larger pool; made from these pairs when empty.

    Returns:
        Row of the best pair of each group, and its score.  # two (n_groups,)
    """
    scores = score(pairs, resolve(screen, profile), imputers=imputers, is_bare=True)
    found = scores.score.reshape(-1, n)
    best = found.argmax(axis=1)
    rows = np.arange(len(found)) * n + best
    return rows, found[np.arange(len(found)), best]


def best_in_parts(
    pairs_of: Callable[[np.ndarray], Quantities], ids: np.ndarray, screen: Screen, profile: Profile, n: int
) -> tuple[np.ndarray, np.ndarray, tuple[Imputer, ...]]:
    """As `best_of_each`, in parts of `PART` groups: a large pool with every cathode does not fit into memory at once.

    What is missing is drawn from the pairs of the first part, which is spread evenly over the names.

    Args:
        pairs_of: makes the pairs of some electrolytes, n of each in turn.  # (m,) int -> m n pairs
        ids: of the electrolytes.  # (n_groups,) str
        screen, profile, n: as in `best_of_each`.

    Returns:
        Place of the best pair among those of each electrolyte, its score, and what stands in for missing values.
            # two (n_groups,)
    """
    resolved, order = resolve(screen, profile), np.argsort(ids.astype(str), kind="stable")
    n_parts = max(1, -(-len(order) // PART))
    best, worth = np.zeros(len(order), dtype=int), np.zeros(len(order))
    imputers: tuple[Imputer, ...] = ()
    for start in range(n_parts if len(order) else 0):
        rows = np.sort(order[start::n_parts])
        scores = score(pairs_of(rows), resolved, imputers=imputers, is_bare=True)
        imputers = imputers or scores.imputers
        found = scores.score.reshape(-1, n)
        best[rows] = found.argmax(axis=1)
        worth[rows] = found.max(axis=1)
        del scores
        give_back()  # a part is many small arrays, whose room the system would not get back
    return best, worth, imputers


def select(pairs: Pairing, rows: np.ndarray) -> Pairing:
    """The pairs of an index array."""
    return Pairing(*(getattr(pairs, f.name)[rows] for f in fields(Pairing)))


def together(parts: Sequence[Pairing]) -> Pairing:
    """Several pairings, one after the other."""
    return Pairing(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Pairing)))


def _text(values: Sequence[str]) -> np.ndarray:
    return np.array(list(values), dtype=object)
