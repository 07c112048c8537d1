"""`ssbscreen.load_run`: a finished screen to ask, row by row and as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure
    from pymatgen.core import Structure

    from ssbscreen.query.store import RunFolder

_RUNS = Path("runs")


@dataclass(frozen=True)
class Run:
    """A finished screen.

    Attributes:
        folder: where it stands.
    """

    folder: RunFolder

    @property
    def path(self) -> Path:
        """Its folder."""
        return self.folder.path

    @property
    def role(self) -> str:
        """What was screened for: separator, catholyte, coating or cathode."""
        return self.folder.role

    @cached_property
    def ranking(self) -> pd.DataFrame:
        """Every accepted candidate in every role, sorted by role, then rank."""
        return self.folder.ranking()

    @property
    def attrition(self) -> pd.DataFrame:
        """Candidates removed by each gate."""
        return self.folder.attrition()

    @property
    def rejected(self) -> pd.DataFrame:
        """Inputs that were rejected, with reasons."""
        return self.folder.rejected()

    @property
    def sensitivity(self) -> dict[str, pd.DataFrame]:
        """Title and table of each sensitivity analysis."""
        return self.folder.sensitivity()

    @property
    def plot(self) -> Plots:
        """Pictures of its own role."""
        return Plots(self.query())

    def query(
        self,
        where: str | None = None,
        *,
        role: str | None = None,
        chemistry_class: str | None = None,
        sort: str | None = None,
        top: int | None = None,
        is_expanded: bool = False,
    ) -> pd.DataFrame:
        """Rows of one role, as `ssbscreen query` finds them.

        Args:
            where: as "ionic_conductivity > 1e-4 and family == 'garnet'".
            role: the run's own by default.
            chemistry_class: sulfide, oxide, halide, polymer ...
            sort: column; a leading - sorts downwards.
            top: rows at most.
            is_expanded: all members of a family series, repeats and unmade variants too.

        Raises:
            UsageError: a column or value that does not exist.
        """
        from ssbscreen.query.query import Query

        return self.folder.answer(Query(role or self.role, chemistry_class, where, sort, top, is_expanded))

    def candidate(self, name: str, role: str | None = None) -> Card:
        """One candidate by id, formula or name; the polymorph that was made first.

        Raises:
            UsageError: nothing carries that name in that role.
        """
        from ssbscreen.core.errors import UsageError
        from ssbscreen.query.lookup import find

        rows = find(self.ranking, name)
        rows = rows[rows["role"] == role] if role else rows
        if not len(rows):
            raise UsageError(f"'{name}' was not ranked as {role}; roles: {', '.join(self.ranking['role'].unique())}.")
        return Card(self, rows.iloc[0])

    def compare(self, *names: str) -> pd.DataFrame:
        """Candidates side by side, one row a criterion, values with their intervals as text.

        Raises:
            UsageError: a name is not in the ranking.
        """
        import pandas as pd

        from ssbscreen.query.comparison import comparison

        (table,) = comparison(self.folder.compared(names), None)
        return pd.DataFrame(list(table.rows), columns=list(table.header)).set_index(table.header[0])

    def suggest(self, n: int = 10, *, budget: str = "measurements", pending: Sequence[str] = ()) -> pd.DataFrame:
        """What to measure or calculate next, and why; see `ssbscreen suggest`.

        Args:
            n: tests in the batch.
            budget: "measurements" or "calculations".
            pending: tests under way, CANDIDATE=TEST.
        """
        from ssbscreen.screening.suggestions.suggest import suggest

        return suggest(self.folder, n, budget, pending=pending).table  # type: ignore[arg-type]


@dataclass(frozen=True)
class Card:
    """Everything that a run knows of one candidate.

    Attributes:
        run: that ranked it.
        row: of its ranking.
    """

    run: Run
    row: pd.Series

    @property
    def candidate_id(self) -> str:
        """Its id."""
        return str(self.row["candidate_id"])

    @property
    def criteria(self) -> pd.DataFrame:
        """Criteria by name: value (median), low and high (5th and 95th percentile), unit, desirability, evidence and
        number of studies.
        """
        import pandas as pd

        from ssbscreen.query.columns import criteria_of, title_of, unit_of

        own = self.row.to_frame().T
        parts = ("value", "low", "high", "desirability", "evidence", "n_studies")
        rows = {
            name: {"title": title_of(name), "unit": unit_of(name)} | {p: self.row.get(f"{name}_{p}") for p in parts}
            for name in criteria_of(own)
        }
        return pd.DataFrame.from_dict(rows, orient="index")[["title", *parts[:3], "unit", *parts[3:]]]

    @property
    def evidence(self) -> pd.DataFrame:
        """Values that sources give for it, counted or not."""
        return self.run.folder.evidence(self.candidate_id)

    @property
    def reactions(self) -> pd.DataFrame:
        """Reactions with lithium, humid air and the best cathode; computed where the run holds none."""
        found = self.run.folder.reactions(self.candidate_id)
        if len(found) or self.row["role"] == "pair" or self.row["chemistry_class"] == "polymer":
            return found
        from ssbscreen.app.reactions import reactions_of_row

        return reactions_of_row(self.row, self.run.folder)

    @property
    def structure(self) -> Structure | None:
        """Its crystal, read from the inputs of the run; None for compositions and polymers.

        Raises:
            UsageError: the inputs are not where they were.
        """
        from ssbscreen.app.candidates import candidate_of_run

        candidate = candidate_of_run(self.run.folder, self.candidate_id)
        return candidate.crystal.to_structure() if candidate and candidate.crystal else None

    @property
    def record(self) -> dict[str, object]:
        """All of it as plain values: the row of the ranking, criteria by name, evidence, reactions."""
        from ssbscreen.query.plain import plain

        criteria = dict(self.criteria.iterrows())
        parts = {"row": self.row, "criteria": criteria, "evidence": self.evidence, "reactions": self.reactions}
        return {name: plain(part) for name, part in parts.items()}

    def __str__(self) -> str:
        from ssbscreen.query.sheet import sheet

        return "\n".join(sheet(self.run.folder, self.candidate_id))


@dataclass(frozen=True)
class Plots:
    """Pictures of ranked rows.

    Attributes:
        rows: of one role.
    """

    rows: pd.DataFrame

    def scores(self, n_top: int = 25) -> Figure:
        """Score of the best with its interval."""
        from ssbscreen.query import figures

        return figures.scores(self.rows, n_top)

    def criteria(self, n_top: int = 25) -> Figure:
        """Desirability of every criterion of the best, as a heat map."""
        from ssbscreen.query import figures

        return figures.heat_map(self.rows, n_top)

    def pareto(self, x: str = "ionic_conductivity", y: str = "oxidation_limit") -> Figure:
        """Two criteria against each other, the front marked."""
        from ssbscreen.query import figures

        return figures.pareto(self.rows, x, y)

    def classes(self) -> Figure:
        """Desirability by chemistry class."""
        from ssbscreen.query import figures

        return figures.classes(self.rows)


def load_run(path: str | Path | None = None) -> Run:
    """A finished screen.

    Args:
        path: run folder; the run that was made or read last by default.

    Raises:
        UsageError: there is no finished run at that place.
        IntegrityError: its files are not those that were written.
    """
    from ssbscreen.query.store import open_run

    return Run(open_run(Path(path) if path is not None else None, _RUNS))


def suggest(run: Run | str | Path | None = None, n: int = 10, *, budget: str = "measurements") -> pd.DataFrame:
    """What to measure or calculate next, and why; of the last run by default."""
    return (run if isinstance(run, Run) else load_run(run)).suggest(n, budget=budget)
