"""The run folder: every table, the resolved configuration, the page; a folder with a ranking is a finished run."""

from __future__ import annotations

import datetime
import resource
import sys
import time
from typing import Any

import yaml

from ssbscreen import __version__
from ssbscreen.core.properties import PROPERTIES
from ssbscreen.files.writing import write_rejected, write_table, write_text
from ssbscreen.query import store
from ssbscreen.query.report import write_report
from ssbscreen.ranking.score_draws import draws_of
from ssbscreen.screening.plan import Plan
from ssbscreen.screening.predict import pool_fingerprint
from ssbscreen.screening.prediction_tables import to_frame
from ssbscreen.screening.results import Results
from ssbscreen.training.registry import active_models


def write_run(plan: Plan, results: Results) -> store.RunFolder:
    """Write the run folder, the ranking after all other tables, and point `latest` to it."""
    out, ranked = plan.out, results.ranked
    store.write_draws(draws_of(ranked.ranking, ranked.quantities), out)
    write_table(results.reactions, out / store.REACTIONS)
    for name, table in ranked.analyses.items():
        write_table(table, out / name)
    write_table(to_frame(results.predictions), out / store.PREDICTIONS)
    write_table(results.hulls.sheet, out / store.HULLS)
    write_table(results.gated.attrition(), out / store.ATTRITION)
    write_rejected(results.rejected, out / store.REJECTED)
    text = yaml.safe_dump(resolved_config(plan, results), sort_keys=False, allow_unicode=True, width=110)
    write_text(text, out / store.CONFIG)
    write_table(results.ranking_table(), out / store.RANKING)
    run = store.RunFolder(out)
    plan.progress("report", 0, 1)
    write_report(run, plan.settings.report_top)
    plan.progress("report", 1, 1)
    store.point_latest(out.resolve())
    return run


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
            "finished": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
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
