"""A screen as a run of MLflow: its settings, counts, cost, the best fifty and the page."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ssbscreen.files.writing import write_table
from ssbscreen.query import store
from ssbscreen.screening.settings import Settings

if TYPE_CHECKING:
    from ssbscreen.training.tracking import MlflowTracker

log = logging.getLogger(__name__)
TOP = "top50.csv"


def track(run: store.RunFolder, settings: Settings, counts: Mapping[str, int]) -> None:
    """Record a finished screen; a server that cannot be reached costs a warning, not the screen."""
    from ssbscreen.training.tracking import SCREEN_EXPERIMENT, start_run

    try:
        frame, config = run.ranking(), run.config()
        write_table(frame[frame["role"] == config["screen"]["role"]].head(50), run.path / TOP)
        with start_run(run.path.name, SCREEN_EXPERIMENT) as tracker:
            _record(tracker, run, settings, config, counts)
    except Exception as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        log.warning("the run was not tracked in MLflow: %s", reason)


def _record(
    tracker: MlflowTracker, run: store.RunFolder, settings: Settings, config: dict[str, Any], counts: Mapping[str, int]
) -> None:
    from ssbscreen.training.tracker import LoggedData, flat

    about = config["run"]
    asked = {"inputs": about["inputs"], "models": config["models"], "reference": about["reference"]}
    tracker.params(flat(settings.model_dump(mode="json") | asked))
    sources: dict[str, str] = dict.fromkeys(settings.pool.sources, "")
    pool = LoggedData("candidate pool", about["pool_fingerprint"], counts["read"], {}, sources, "screened")
    tracker.dataset(pool)
    tracker.metrics({f"candidates/{name.replace(' ', '_')}": float(value) for name, value in counts.items()})
    tracker.metrics({"cost/seconds": about["seconds"], "cost/peak_memory_gb": about["peak_memory_gb"]})
    for name in (store.CONFIG, store.ATTRITION, store.REPORT, TOP):
        tracker.artifact(run.path / name)
