"""What the stages found, and the run folder made of it: tables, configuration, page; with a ranking it is finished."""

from __future__ import annotations

import datetime
import resource
import shutil
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import yaml

from ssbscreen import __version__
from ssbscreen.core.candidate import Candidate, Records, Rejected
from ssbscreen.core.identity import Materials
from ssbscreen.core.properties import PROPERTIES
from ssbscreen.files.writing import write_rejected, write_table, write_text
from ssbscreen.query import store
from ssbscreen.query.finished_run import STAGED, publish, write_mark
from ssbscreen.query.ranking_file import RoleTable, write_roles
from ssbscreen.query.report.page import write_report
from ssbscreen.query.score_terms_file import write_score_terms
from ssbscreen.ranking.criteria import Screen
from ssbscreen.ranking.ranker import Ranking
from ssbscreen.ranking.score_terms import terms_of
from ssbscreen.ranking.summaries import summarise, words_of
from ssbscreen.screening.candidates.gate import Gated
from ssbscreen.screening.cells import Cells, RankedPairs
from ssbscreen.screening.identity import Identity
from ssbscreen.screening.large_pools.first_pass import FirstPass
from ssbscreen.screening.prediction_tables import to_frame
from ssbscreen.screening.rank import Ranked
from ssbscreen.screening.settings import Plan
from ssbscreen.screening.shards import pool_fingerprint
from ssbscreen.screening.stages import Staged
from ssbscreen.training.registry import active_models


@dataclass(frozen=True)
class Results:
    """Outcome of every stage.

    Attributes:
        pool: candidates that were read, and inputs that were rejected.
        staged: those that passed the gates, with all that their ranking is made from.
        ranked: of those.
        cells: of those; None where the screen has none.
        reactions: of the best, in words.
        reference: title of the competing phases.
        first: pass that decided who is in the pool; None where all are.
    """

    pool: Records
    staged: Staged
    ranked: Ranked
    cells: Cells | None
    reactions: pd.DataFrame
    reference: str
    first: FirstPass | None = None

    @property
    def gated(self) -> Gated:
        """The pool after the gates."""
        return self.staged.gated

    def rejected(self) -> Iterable[Rejected]:
        """Inputs that cannot be used, and candidates that fail a gate."""
        return (*self.pool.rejected, *self.gated.rejected()) if self.first is None else self.first.rejected()

    def attrition(self) -> pd.DataFrame:
        """What each gate removed, and the first pass where there was one."""
        return self.gated.attrition() if self.first is None else self.first.attrition()

    def counts(self) -> dict[str, int]:
        """Candidates left after every stage, and ranked ones of each class."""
        ranking = self.ranked.ranking
        materials = self.ranked.quantities.materials
        n_variants = 0 if materials is None else int((~materials.is_representative).sum())
        classes = pd.Series(ranking.facts.chemistry_class[ranking.order[: ranking.n_ranked]]).value_counts()
        read = {"read": len(self.pool.candidates), "rejected": self.pool.n_rejected}
        return {
            **(read if self.first is None else self.first.counts()),
            "eligible": int(self.gated.result.eligible.sum()),
            "ranked": ranking.n_ranked,
            "too little known for a rank": len(ranking) - ranking.n_ranked - n_variants,
            "variants of others": n_variants,
            **{f"ranked {name}": int(n) for name, n in classes.items()},
        }

    def role_tables(self) -> tuple[RoleTable, ...]:
        """Of the screen's own role, then of pairs where there are any."""
        own = RoleTable(self._own_part, _ends(self.ranked.ranking))
        pairs = self.cells.pairs if self.cells is not None else None
        return (own,) if pairs is None else (own, RoleTable.of(self._pair_table(pairs)))

    def rankings(self) -> tuple[Ranking, ...]:
        """Of the screen's own role, then of pairs where there are any."""
        pairs = self.cells.pairs if self.cells is not None else None
        return (self.ranked.ranking, *((pairs.ranking,) if pairs is not None else ()))

    def _own_part(self, part: slice) -> pd.DataFrame:
        ranking, rows = self.ranked.ranking, self.ranked.ranking.order[part]
        quantities = self.ranked.quantities.take(rows)
        shown = [summarise(quantities, _shown(ranking.screen)), words_of(quantities.facts)]
        if self.cells is not None:
            shown.append(self.cells.best.reindex(rows))
        pool = [self.gated.candidates[int(i)] for i in rows]
        return self._described(ranking.part(part), pool, quantities.materials, shown)

    def _pair_table(self, pairs: RankedPairs) -> pd.DataFrame:
        ranking, rows = pairs.ranking, pairs.ranking.order
        shown = summarise(pairs.quantities, _shown(ranking.screen)).iloc[rows]
        between = pairs.partners(self.ranked.quantities).iloc[rows]
        electrolytes = pairs.pairing.electrolyte[rows]
        pool = [self.gated.candidates[int(i)] for i in electrolytes]
        materials = self.ranked.quantities.materials
        own = None if materials is None else materials.take(electrolytes)
        return self._described(ranking.table, pool, own, [shown, between])

    def _described(
        self, table: pd.DataFrame, pool: Sequence[Candidate], materials: Materials | None, shown: Sequence[pd.DataFrame]
    ) -> pd.DataFrame:
        """Rows of a ranking with what was asked for beside it and where each row comes from.

        Args:
            table: of any kind.
            pool: candidate behind each row, of a pair the electrolyte.
            materials: of those; None where nothing says which material they are.
            shown: further columns of the rows.
        """
        parts = [table, *(part.reset_index(drop=True) for part in shown)]
        found = pd.concat(parts, axis=1)
        for name in ("label", "is_known", "source", "provenance"):
            found[name] = [getattr(candidate, name) for candidate in pool]
        if materials is not None:
            found["label"], found["is_known"] = materials.label, materials.is_made
            found["made_source"] = materials.made_source
        return found.assign(reference=self.reference)


def write_tables(plan: Plan, results: Results) -> None:
    """Write all tables and the configuration aside."""
    out, ranked = plan.out / STAGED, results.ranked
    shutil.rmtree(out, ignore_errors=True)
    store.write_draws(ranked.draws, out)
    write_score_terms([terms_of(ranking) for ranking in results.rankings()], out)
    write_table(results.reactions, out / store.REACTIONS)
    for name, table in ranked.analyses.items():
        write_table(table, out / name)
    write_table(to_frame(results.staged.predictions), out / store.PREDICTIONS)
    write_table(results.staged.weighed.sheet, out / store.EVIDENCE)
    write_table(results.staged.hulls.sheet, out / store.HULLS)
    write_table(results.attrition(), out / store.ATTRITION)
    write_rejected(results.rejected(), out / store.REJECTED)
    if results.first is not None:
        results.first.write(out)
    text = yaml.safe_dump(resolved_config(plan, results), sort_keys=False, allow_unicode=True, width=110)
    write_text(text, out / store.CONFIG)
    write_roles(results.role_tables(), out / store.RANKING)


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
            **({} if results.first is None else {"first_pass": results.first.described()}),
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


def _ends(ranking: Ranking) -> pd.DataFrame:
    """What says which rows stand for a family series."""
    order, materials, n = ranking.order, ranking.materials, len(ranking)
    columns: dict[str, object] = {
        "role": np.full(n, ranking.screen.role, dtype=object),
        "rank": np.where(np.arange(n) < ranking.n_ranked, np.arange(1.0, n + 1.0), np.nan),
        "candidate_id": ranking.candidate_ids,
    }
    if materials is not None:
        columns |= {"family_series": materials.family_series[order], "is_made": materials.is_made[order]}
    return pd.DataFrame(columns)
