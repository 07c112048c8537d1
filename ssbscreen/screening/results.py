"""What the stages of a screen have found, and the tables that are made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from ssbscreen.core.candidate import Candidate, Records, Rejected
from ssbscreen.core.prediction import Predictions
from ssbscreen.ranking.criteria import Screen
from ssbscreen.ranking.ranker import Ranking
from ssbscreen.ranking.summaries import summarise, words_of
from ssbscreen.screening.cells import Cells
from ssbscreen.screening.gate import Gated
from ssbscreen.screening.hulls import Hulls
from ssbscreen.screening.rank import Ranked


@dataclass(frozen=True)
class Results:
    """Outcome of every stage.

    Attributes:
        pool: candidates that were read, and inputs that were rejected.
        gated: candidates that passed the gates.
        predictions: of those.
        hulls: of those.
        ranked: of those.
        cells: of those; None where the screen has none.
        reactions: of the best, in words.
        reference: title of the competing phases.
    """

    pool: Records
    gated: Gated
    predictions: Predictions
    hulls: Hulls
    ranked: Ranked
    cells: Cells | None
    reactions: pd.DataFrame
    reference: str

    @property
    def rejected(self) -> tuple[Rejected, ...]:
        """Inputs that cannot be used, then candidates that fail a gate."""
        return (*self.pool.rejected, *self.gated.rejected())

    def counts(self) -> dict[str, int]:
        """Candidates left after every stage, and ranked ones of each class."""
        ranking = self.ranked.ranking
        classes = ranking.table["chemistry_class"][: ranking.n_ranked].value_counts()
        return {
            "read": len(self.pool.candidates),
            "rejected": len(self.pool.rejected),
            "eligible": int(self.gated.result.eligible.sum()),
            "ranked": ranking.n_ranked,
            "too little known for a rank": len(ranking.table) - ranking.n_ranked,
            **{f"ranked {name}": int(n) for name, n in classes.items()},
        }

    def ranking_table(self) -> pd.DataFrame:
        """Rows of all roles, sorted by role, then rank; columns of the screen's own role first."""
        tables = [self._own_table()]
        if self.cells is not None and self.cells.pairs is not None:
            tables.append(self._pair_table(self.cells))
        tables = [table.assign(reference=self.reference) for table in tables]
        columns = dict.fromkeys(name for table in tables for name in table.columns)
        ordered = sorted(tables, key=lambda table: str(table["role"].iloc[0]) if len(table) else "")
        return pd.concat(ordered, ignore_index=True)[list(columns)]

    def _own_table(self) -> pd.DataFrame:
        ranking, quantities = self.ranked.ranking, self.ranked.quantities
        shown = [summarise(quantities, _shown(ranking.screen)), words_of(quantities.facts)]
        if self.cells is not None:
            shown.append(self.cells.best)
        pool = [self.gated.candidates[int(i)] for i in ranking.order]
        return _described(ranking, pool, [table.iloc[ranking.order] for table in shown])

    def _pair_table(self, cells: Cells) -> pd.DataFrame:
        assert cells.pairs is not None
        ranking, rows = cells.pairs.ranking, cells.pairs.ranking.order
        shown = summarise(cells.pairs.quantities, _shown(ranking.screen)).iloc[rows]
        pool = [self.gated.candidates[int(i)] for i in cells.pairs.electrolyte[rows]]
        return _described(ranking, pool, [shown])


def _shown(screen: Screen) -> list[str]:
    return [key for key in screen.shown if key not in {c.name for c in screen.criteria}]


def _described(ranking: Ranking, pool: Sequence[Candidate], shown: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """A ranking's table with what was asked for beside it and where each row comes from."""
    parts = [ranking.table.reset_index(drop=True), *(part.reset_index(drop=True) for part in shown)]
    table = pd.concat(parts, axis=1)
    for name in ("label", "is_known", "source", "provenance"):
        table[name] = [getattr(candidate, name) for candidate in pool]
    return table
