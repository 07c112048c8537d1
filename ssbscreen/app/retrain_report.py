"""What a retraining reports: the table of new measurements, and champion against challenger."""

from __future__ import annotations

from collections import Counter

from ssbscreen.app.measurements import Ingested
from ssbscreen.training.card import Decision
from ssbscreen.training.drift import Drift
from ssbscreen.training.tracker import LoggedData, Tracker, decision_note


def report_table(run: Tracker, name: str, ingested: Ingested) -> None:
    """Counts and fingerprint of a table of measurements into the run."""
    checked, version = ingested.checked, ingested.version
    run.params(
        {
            "file_sha256": version.file_sha256,
            "rows.read": checked.n_read,
            "rows.kept": len(checked.kept),
            "rows.rejected": len(checked.rejected),
        }
    )
    counts = Counter(value.measurement.property for value in checked.kept)
    sources = {name: version.file_sha256}
    run.dataset(
        LoggedData(
            name, version.fingerprint[:16], len(checked.kept), dict(sorted(counts.items())), sources, "new measurements"
        )
    )


def report_comparison(run: Tracker, drifts: tuple[Drift, ...], decision: Decision) -> None:
    """Figures and reasons into the run."""
    run.params(
        {
            "decision": "promoted" if decision.is_promoted else "kept",
            "champion": decision.champion,
            "margin": decision.margin,
            "rows.new": decision.n_new,
        }
    )
    run.note(
        "\n\n".join(
            [decision_note(decision), "**New measurements before they were used**", *(f"- {d.text}" for d in drifts)]
        )
    )
    for d in drifts:
        run.metrics(
            {
                f"drift/{what}_{d.property}": value
                for what, value in (
                    ("n", d.n),
                    ("outside_domain", d.outside),
                    ("mae", d.mae),
                    ("coverage_90", d.coverage),
                    ("shift_in_std", d.shift_std),
                    ("rank_correlation", d.rank_correlation),
                )
            }
        )
    for c in decision.comparisons:
        test = {
            "champion": c.champion,
            "challenger": c.challenger,
            "difference_low": c.low,
            "difference_high": c.high,
            "coverage_champion": c.coverage_champion,
            "coverage_challenger": c.coverage_challenger,
        }
        new = {
            "champion": c.new_champion,
            "challenger": c.new_challenger,
            "difference_low": c.new_low,
            "difference_high": c.new_high,
        }
        run.metrics(
            {
                f"{where}/{what}_{c.property}": value
                for where, own in (("frozen test", test), ("new rows", new))
                for what, value in own.items()
                if value is not None
            }
        )
