"""Electrolytes paired with cathodes: the same draws and rules, one row a pair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from ssbscreen.core.cathode import Cathode
from ssbscreen.core.identity import Materials
from ssbscreen.ranking.criteria import Profile, Screen, resolve
from ssbscreen.ranking.facts import Facts
from ssbscreen.ranking.quantities import DrawTable, Quantities
from ssbscreen.ranking.scoring import score

BEST_DRAWS = 64  # enough to order the cathodes of one electrolyte by their score
JOIN = "|"


@dataclass(frozen=True)
class Pairing:
    """Which rows of a pool are paired with which cathodes.

    Attributes:
        electrolyte: row of the electrolyte behind each pair.  # (n_pairs,)
        cathode: index of the cathode in the panel.  # (n_pairs,)
        coating: formula between them, empty for none.  # (n_pairs,) str
    """

    electrolyte: np.ndarray
    cathode: np.ndarray
    coating: np.ndarray

    def __len__(self) -> int:
        return len(self.electrolyte)


def all_pairs(rows: np.ndarray, n_cathodes: int) -> Pairing:
    """Every electrolyte of `rows` with every cathode, cathodes running fastest."""
    return Pairing(
        np.repeat(rows, n_cathodes),
        np.tile(np.arange(n_cathodes), len(rows)),
        np.full(len(rows) * n_cathodes, "", dtype=object),
    )


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
    rows = pairing.electrolyte
    cathodes = tuple(panel[int(j)] for j in pairing.cathode)
    source = electrolytes.facts
    values = {f.name: getattr(source, f.name)[rows] for f in fields(Facts)}
    owners = values["candidate_ids"]
    names = zip(owners, values["formula"], pairing.coating, cathodes, strict=True)
    parts = [(i, f, k, c) for i, f, k, c in names]
    values["candidate_ids"] = _text([JOIN.join(filter(None, (i, k, c.key))) for i, _, k, c in parts])
    values["formula"] = _text([JOIN.join(filter(None, (f, k, c.formula))) for _, f, k, c in parts])
    facts = Facts(**values)
    predictions = replace(electrolytes.predictions.take(rows), candidate_ids=tuple(facts.candidate_ids))
    hull = electrolytes.hull.take(rows).values if electrolytes.hull else {}
    return replace(
        electrolytes,
        facts=facts,
        predictions=predictions,
        n_draws=n_draws,
        hull=DrawTable({**hull, **tables}),
        cathodes=cathodes,
        owners=owners,
        plating=None if electrolytes.plating is None else electrolytes.plating.take(rows),
        evidence={key: own.take(rows) for key, own in electrolytes.evidence.items()},
        materials=None if electrolytes.materials is None else _of_pairs(electrolytes.materials.take(rows), parts),
    )


def _of_pairs(electrolytes: Materials, parts: Sequence[tuple[str, str, str, Cathode]]) -> Materials:
    """Materials of pairs: those of their electrolytes, with what they are paired with."""

    def paired(names: np.ndarray) -> np.ndarray:
        joined = [
            JOIN.join(filter(None, (n, k, c.key))) if n else "" for n, (_, _, k, c) in zip(names, parts, strict=True)
        ]
        return _text(joined)

    named = {name: paired(getattr(electrolytes, name)) for name in ("material", "variant_of", "label")}
    return replace(electrolytes, **named)


def best_cathodes(
    pairs: Quantities, screen: Screen, profile: Profile, n_cathodes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Best cathode of each electrolyte by the score of the pair screen, from few draws.

    Args:
        pairs: every electrolyte with every cathode, cathodes running fastest.
        screen: of pairs.
        profile: whose conditions the quantities were built for.
        n_cathodes: of the panel.

    Returns:
        Row of the best pair of each electrolyte, and its score.  # two (n,)
    """
    scores = score(pairs, resolve(screen, profile))
    found = scores.score.reshape(-1, n_cathodes)
    best = found.argmax(axis=1)
    rows = np.arange(len(found)) * n_cathodes + best
    return rows, found[np.arange(len(found)), best]


def select(pairs: Pairing, rows: np.ndarray) -> Pairing:
    """The pairs of an index array."""
    return Pairing(pairs.electrolyte[rows], pairs.cathode[rows], pairs.coating[rows])


def _text(values: Sequence[str]) -> np.ndarray:
    return np.array(list(values), dtype=object)
