"""What the stages found, and the run folder made of it: tables, configuration, page; with a ranking it is finished."""

from __future__ import annotations

import datetime
import resource
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import yaml

from ssbscreen import __version__
from ssbscreen.core.candidate import Candidate, Records, Rejected
from ssbscreen.core.identity import Materials
from ssbscreen.core.prediction import Predictions
from ssbscreen.core.properties import PROPERTIES
from ssbscreen.files.writing import write_rejected, write_table, write_text
from ssbscreen.query import store
from ssbscreen.query.finished_run import STAGED, publish, write_mark
from ssbscreen.query.ranking_file import write_ranking
from ssbscreen.query.report.page import write_report
from ssbscreen.query.score_terms_file import write_score_terms
from ssbscreen.ranking.criteria import Screen
from ssbscreen.ranking.ranker import Ranking
from ssbscreen.ranking.score_terms import terms_of
from ssbscreen.ranking.summaries import summarise, words_of
from ssbscreen.screening.cells import Cells
from ssbscreen.screening.gate import Gated
from ssbscreen.screening.hulls import Hulls
from ssbscreen.screening.identity import Identity
from ssbscreen.screening.prediction_tables import to_frame
from ssbscreen.screening.rank import Ranked
from ssbscreen.screening.settings import Plan
from ssbscreen.screening.shards import pool_fingerprint
from ssbscreen.training.registry import active_models


@dataclass(frozen=True)
class Results:
    """Outcome of every stage.

    Attributes:
        pool: candidates that were read, and inputs that were rejected.
        gated: candidates that passed the gates.
        predictions: of the models, of those.
        evidence: reported values of those, one row each.
        hulls: of those.
        ranked: of those.
        cells: of those; None where the screen has none.
        reactions: of the best, in words.
        reference: title of the competing phases.
    """

    pool: Records
    gated: Gated
    predictions: Predictions
    evidence: pd.DataFrame
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
        materials = self.ranked.quantities.materials
        n_variants = 0 if materials is None else int((~materials.is_representative).sum())
        classes = ranking.table["chemistry_class"][: ranking.n_ranked].value_counts()
        return {
            "read": len(self.pool.candidates),
            "rejected": self.pool.n_rejected,
            "eligible": int(self.gated.result.eligible.sum()),
            "ranked": ranking.n_ranked,
            "too little known for a rank": len(ranking.table) - ranking.n_ranked - n_variants,
            "variants of others": n_variants,
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

    def rankings(self) -> tuple[Ranking, ...]:
        """Of the screen's own role, then of pairs where there are any."""
        pairs = self.cells.pairs if self.cells is not None else None
        return (self.ranked.ranking, *((pairs.ranking,) if pairs is not None else ()))

    def _own_table(self) -> pd.DataFrame:
        ranking, quantities = self.ranked.ranking, self.ranked.quantities
        shown = [summarise(quantities, _shown(ranking.screen)), words_of(quantities.facts)]
        if self.cells is not None:
            shown.append(self.cells.best)
        pool = [self.gated.candidates[int(i)] for i in ranking.order]
        own = quantities.materials.take(ranking.order) if quantities.materials is not None else None
        return _described(ranking, pool, own, [table.iloc[ranking.order] for table in shown])

    def _pair_table(self, cells: Cells) -> pd.DataFrame:
        assert cells.pairs is not None
        ranking, rows = cells.pairs.ranking, cells.pairs.ranking.order
        shown = summarise(cells.pairs.quantities, _shown(ranking.screen)).iloc[rows]
        between = cells.pairs.partners(self.ranked.quantities).iloc[rows]
        electrolytes = cells.pairs.pairing.electrolyte[rows]
        pool = [self.gated.candidates[int(i)] for i in electrolytes]
        materials = self.ranked.quantities.materials
        own = None if materials is None else materials.take(electrolytes)
        return _described(ranking, pool, own, [shown, between])


def write_tables(plan: Plan, results: Results) -> None:
    """Write all tables and the configuration aside."""
    out, ranked = plan.out / STAGED, results.ranked
    shutil.rmtree(out, ignore_errors=True)
    store.write_draws(ranked.draws, out)
    write_score_terms([terms_of(ranking) for ranking in results.rankings()], out)
    write_table(results.reactions, out / store.REACTIONS)
    for name, table in ranked.analyses.items():
        write_table(table, out / name)
    write_table(to_frame(results.predictions), out / store.PREDICTIONS)
    write_table(results.evidence, out / store.EVIDENCE)
    write_table(results.hulls.sheet, out / store.HULLS)
    write_table(results.gated.attrition(), out / store.ATTRITION)
    write_rejected(results.rejected, out / store.REJECTED)
    text = yaml.safe_dump(resolved_config(plan, results), sort_keys=False, allow_unicode=True, width=110)
    write_text(text, out / store.CONFIG)
    write_ranking(results.ranking_table(), out / store.RANKING)


def write_page(plan: Plan, identity: Identity, counts: Mapping[str, int]) -> store.RunFolder:
    """Make the page of the tables that were written aside, then put all in the run folder."""
    out = plan.out / STAGED
    plan.progress("report", 0, 1)
    write_report(store.RunFolder(out), plan.settings.report_top)
    write_mark(out, identity, counts, now())
    publish(plan.out)
    plan.progress("report", 1, 1)
    return store.RunFolder(plan.out)


def now() -> str:
    """UTC, ISO 8601."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def resolved_config(plan: Plan, results: Results) -> dict[str, Any]:
    """Everything that the run depended on: settings, versions, fingerprints, models, screen; and what it cost."""
    factor = 1024**3 if sys.platform == "darwin" else 1024**2  # ru_maxrss is in bytes there, in kB elsewhere
    ranking = results.ranked.ranking
    return {
        "settings": plan.settings.model_dump(mode="json"),
        "run": {
            "version": __version__,
            "inputs": list(plan.inputs) or list(plan.settings.pool.sources),
            "pool_fingerprint": pool_fingerprint(results.gated.candidates),
            "reference": results.reference,
            "unchecked_limits": list(ranking.scores.unchecked_limits),
            "finished": now(),
            "seconds": round(time.perf_counter() - plan.started, 1),
            "peak_memory_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / factor, 2),
        },
        "models": [
            {
                "model": card.title,
                "property": key,
                "error on held-out groups": score.mae,
                "median": score.mae_median,
                "plain baseline": score.mae_baseline,
                "unit": PROPERTIES[key].stored_unit,
                "interval_coverage": score.interval_coverage,
                "weights": card.weights_sha256[:12],
            }
            for _, card in active_models()
            for key, score in card.scores.items()
        ],
        "screen": ranking.screen.model_dump(mode="json"),
    }


def _shown(screen: Screen) -> list[str]:
    return [key for key in screen.shown if key not in {c.name for c in screen.criteria}]


def _described(
    ranking: Ranking, pool: Sequence[Candidate], materials: Materials | None, shown: Sequence[pd.DataFrame]
) -> pd.DataFrame:
    """A ranking's table with what was asked for beside it and where each row comes from.

    Args:
        ranking: of any kind.
        pool: candidate behind each row of its table, of a pair the electrolyte.
        materials: of those; None where nothing says which material they are.
        shown: further columns, rows as in the table.
    """
    parts = [ranking.table.reset_index(drop=True), *(part.reset_index(drop=True) for part in shown)]
    table = pd.concat(parts, axis=1)
    for name in ("label", "is_known", "source", "provenance"):
        table[name] = [getattr(candidate, name) for candidate in pool]
    if materials is not None:
        table["label"], table["is_known"] = materials.label, materials.is_made
        table["made_source"] = materials.made_source
    return table
