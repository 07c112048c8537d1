"""A ranking held against what is known: does the criterion that limits a material name its known weakness?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ssbscreen.core.outcome import Weakness

N_LOWEST = 2


@dataclass(frozen=True)
class WeaknessFound:
    """What a ranking says of one material.

    Attributes:
        weakness: known.
        limiting: limiting criterion of the ranking.
        lowest: names of the known criteria of least desirability, the lowest first.
        is_limiting: whether the limiting criterion names the weakness and rests on a value of the material's own.
        is_among_lowest: the same of the lowest ones.
        rank: in the run; None where the material has none.
    """

    weakness: Weakness
    limiting: str
    lowest: tuple[str, ...]
    is_limiting: bool
    is_among_lowest: bool
    rank: int | None


def check_weaknesses(
    ranking: pd.DataFrame, weaknesses: Sequence[tuple[str, Weakness]], criteria: Sequence[str]
) -> tuple[WeaknessFound, ...]:
    """Compare limiting and lowest criteria with the known weaknesses.

    An imputed criterion names nothing: it counts neither as limiting nor among the lowest.

    Args:
        ranking: rows of one role of a run, as `RunFolder.ranking` gives them.
        weaknesses: with the id that each material has in the run; those without a row are left out.
        criteria: names of the criteria that count.
    """
    rows = ranking.set_index("candidate_id")
    found = []
    for candidate_id, weakness in weaknesses:
        if candidate_id not in rows.index:
            continue
        row = rows.loc[candidate_id]
        known = [name for name in criteria if not bool(row[f"{name}_imputed"])]
        order = np.argsort(row[[f"{name}_desirability" for name in known]].to_numpy(float), kind="stable")
        lowest = tuple(known[int(i)] for i in order[:N_LOWEST])
        limiting = str(row["limiting_criterion"])
        found.append(
            WeaknessFound(
                weakness,
                limiting,
                lowest,
                limiting in weakness.criteria and limiting in known,
                any(name in weakness.criteria for name in lowest),
                None if pd.isna(row["rank"]) else int(row["rank"]),
            )
        )
    return tuple(found)


def table_of(found: Sequence[WeaknessFound]) -> pd.DataFrame:
    """One row a material, for people."""
    return pd.DataFrame(
        [
            {
                "material": f.weakness.material,
                "role": f.weakness.role,
                "known weakness": f.weakness.statement,
                "limiting criterion": f.limiting,
                "lowest two": ", ".join(f.lowest),
                "is_limiting": f.is_limiting,
                "is_among_lowest": f.is_among_lowest,
                "rank": f.rank,
                "source": f.weakness.reference,
            }
            for f in found
        ]
    )
