"""The main job: candidates, predictions, hulls, criteria, ranking, report."""

from __future__ import annotations

import datetime
import logging
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from ssbscreen import __version__
from ssbscreen.core.candidate import Candidate, Rejected
from ssbscreen.core.cathode import Cathode
from ssbscreen.core.errors import InputError, UsageError
from ssbscreen.core.prediction import Predictions
from ssbscreen.core.properties import PROPERTIES
from ssbscreen.files.paths import models_dir
from ssbscreen.files.writing import write_rejected, write_table, write_text
from ssbscreen.physics.electronic import ExtrinsicResistivity, fit_extrinsic
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.query import store
from ssbscreen.query.report import write_report
from ssbscreen.ranking.criteria import Profile, Screen, load_profile, load_screen, profile_names
from ssbscreen.ranking.eligibility import CandidateFacts, EligibilityResult, eligibility
from ssbscreen.ranking.facts import facts_of
from ssbscreen.ranking.family_values import load_family_values
from ssbscreen.ranking.quantities import Quantities
from ssbscreen.ranking.ranker import Ranking, rank
from ssbscreen.ranking.sensitivity import leave_one_limit_out, rank_in_profiles, weight_sensitivity
from ssbscreen.ranking.summaries import summarise, words_of
from ssbscreen.screening import electrodes, shards
from ssbscreen.screening.hulls import Hulls, compute_hulls, energy_draws, plain_formula
from ssbscreen.screening.pairs import CellHeats, Pairs, coating_windows, compute_reactions, leading_rows, pair_up
from ssbscreen.screening.pool import limit_size, load_candidates
from ssbscreen.screening.reactions import reaction_table
from ssbscreen.screening.references import load_reference
from ssbscreen.screening.settings import Settings
from ssbscreen.screening.suggest import store_draws
from ssbscreen.sources.reference_cathodes import SOURCE
from ssbscreen.training.registry import active_models

log = logging.getLogger(__name__)
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Finished:
    """A finished screen.

    Attributes:
        run: its folder.
        n_ranked: candidates with a rank.
        summary: counts of every stage, for people.
    """

    run: store.RunFolder
    n_ranked: int
    summary: pd.DataFrame


def run_screen(settings: Settings, inputs: Sequence[str], out: Path, progress: Progress) -> Finished:
    """Screen candidates and write a run folder; a killed run goes on when called again.

    Args:
        settings: of the run.
        inputs: files, folders and named sets; the starter pool when empty.
        out: run folder.
        progress: called with stage, done and total.

    Raises:
        UsageError: a name or key that does not exist.
        InputError: nothing is left to rank.
    """
    started = time.perf_counter()
    keys = _predictable()
    screen, profile = load_screen(settings.screen), load_profile(settings.profile)
    if not screen.gates:
        raise UsageError(f"Screen '{screen.name}' names no gates: it ranks cells, which follow the screen of a pool.")
    reference = load_reference(settings.reference)
    records = limit_size(load_candidates(inputs, settings.pool, settings.seed), settings.max_sites)
    candidates = tuple(_at_use_temperature(c, profile) for c in records.candidates)
    everyone = facts_of(candidates)
    gates = eligibility(CandidateFacts.from_candidates(candidates, list(everyone.chemistry_class)), screen.gates)
    keep = np.flatnonzero(gates.eligible)
    if not len(keep):
        raise InputError(
            f"None of {len(candidates)} candidates passes the gates of a {screen.role}: "
            + "; ".join(f"{row.title} removed {row.n_removed}" for row in gates.attrition())
        )
    eligible = tuple(candidates[int(i)] for i in keep)
    facts = everyone.take(keep)
    predictions = shards.predict_in_shards(
        eligible,
        keys,
        out,
        shard_size=settings.shard_size,
        device=settings.device,
        progress=lambda done, total: progress("predict", done, total),
    )
    if screen.computed:
        predictions = electrodes.completed(eligible, predictions, screen.computed)
    energies = energy_draws(
        eligible,
        list(facts.chemistry_class),
        predictions.by_property["formation_energy"],
        reference,
        settings.seed,
        settings.n_energy_draws,
    )
    library = PhaseLibrary(reference)
    hulls = compute_hulls(
        eligible, energies, library, settings.seed, lambda done, total: progress("phase diagrams", done, total)
    )
    progress("rank", 0, 1)
    quantities = Quantities(
        facts,
        predictions,
        profile.operating,
        settings.seed,
        settings.n_draws,
        hulls.draws,
        measured_resistivity(),
        load_family_values(),
    )
    ranking = rank(quantities, screen, profile)
    by_profile = rank_in_profiles(quantities, screen, [load_profile(name) for name in profile_names()])
    analyses = (weight_sensitivity(ranking), leave_one_limit_out(ranking), by_profile.iloc[ranking.order])
    progress("rank", 1, 1)
    pairs = _pairs(
        settings,
        eligible,
        energies,
        hulls,
        quantities,
        ranking,
        library,
        profile,
        lambda done, total: progress("cells", done, total),
    )
    rejected = (*records.rejected, *_failed_gates(gates))
    counts = _counts(candidates, records.rejected, gates, ranking)
    config = _resolved(settings, inputs, eligible, reference.title, ranking, started)
    tables = [table.assign(reference=reference.title) for table in _tables(ranking, quantities, eligible, pairs)]
    store_draws(ranking, quantities, out)
    write_table(
        _reactions(
            settings,
            eligible,
            energies,
            ranking,
            library,
            pairs,
            lambda done, total: progress("reactions", done, total),
        ),
        out / store.REACTIONS,
    )
    run = _write(out, tables, predictions, hulls, gates, rejected, config, analyses)
    progress("report", 0, 1)
    write_report(run, settings.report_top)
    progress("report", 1, 1)
    store.point_latest(out.resolve())
    shards.clear(out)
    track(run, settings, config, counts)
    return Finished(run, ranking.n_ranked, pd.DataFrame(counts.items(), columns=["stage", "candidates"]))


def measured_resistivity() -> ExtrinsicResistivity:
    """Measured electronic resistivities by class, from the literature tables; recalled values never count."""
    from ssbscreen.sources.literature import SOURCE

    known = [
        (row.chemistry_class, row.value, row.reference or row.material)
        for row in SOURCE.values()
        if row.key == "electronic_resistivity" and row.is_measured and row.value
    ]
    return fit_extrinsic(
        np.array([chemistry for chemistry, _, _ in known]),
        np.log10([value for _, value, _ in known]),
        np.array([study for _, _, study in known]),
    )


def track(run: store.RunFolder, settings: Settings, config: dict[str, Any], counts: dict[str, int]) -> None:
    """Record the screen as an MLflow run; a server that cannot be reached costs a warning, not the screen."""
    from ssbscreen.training.run_notes import LoggedData, flat
    from ssbscreen.training.tracking import SCREEN_EXPERIMENT, start_run

    try:
        with start_run(run.path.name, SCREEN_EXPERIMENT) as tracker:
            tracker.params(
                flat(
                    {
                        **settings.model_dump(mode="json"),
                        "inputs": config["run"]["inputs"],
                        "models": config["models"],
                        "reference": config["run"]["reference"],
                    }
                )
            )
            tracker.dataset(
                LoggedData(
                    "candidate pool",
                    config["run"]["pool_fingerprint"],
                    counts["read"],
                    {},
                    dict.fromkeys(settings.pool.sources, ""),
                    "screened",
                )
            )
            tracker.metrics({f"candidates/{name.replace(' ', '_')}": float(value) for name, value in counts.items()})
            tracker.metrics(
                {"cost/seconds": config["run"]["seconds"], "cost/peak_memory_gb": config["run"]["peak_memory_gb"]}
            )
            top = run.path / "top50.csv"
            frame = run.ranking()
            frame[frame["role"] == config["screen"]["role"]].head(50).to_csv(top, index=False)
            for name in (store.CONFIG, store.ATTRITION, store.REPORT, top.name):
                tracker.artifact(run.path / name)
    except Exception as error:
        log.warning("the run was not tracked in MLflow: %s", error)


def _at_use_temperature(candidate: Candidate, profile: Profile) -> Candidate:
    """Polymers are predicted at the temperature of use: their model knows how they depend on it."""
    if candidate.polymer is None:
        return candidate
    return replace(candidate, temperature_c=profile.operating.temperature_c.value)


def _predictable() -> tuple[str, ...]:
    """Properties that a shipped model predicts, in the order of the property table."""
    shipped = {key for _, card in active_models() for key in card.properties}
    if not shipped:
        raise InputError(f"There are no models in {models_dir()}; run `ssbscreen train` first.")
    return tuple(key for key in PROPERTIES if key in shipped | {"formation_energy"})


def _failed_gates(gates: EligibilityResult) -> list[Rejected]:
    return [
        Rejected(i, f"gate {reason}") for i, reason in zip(gates.candidate_ids, gates.reasons(), strict=True) if reason
    ]


def _counts(
    candidates: Sequence[Candidate], rejected: Sequence[Rejected], gates: EligibilityResult, ranking: Ranking
) -> dict[str, int]:
    classes = ranking.table["chemistry_class"][: ranking.n_ranked].value_counts()
    return {
        "read": len(candidates),
        "set aside": len(rejected),
        "eligible": int(gates.eligible.sum()),
        "ranked": ranking.n_ranked,
        "too little known for a rank": len(ranking.table) - ranking.n_ranked,
        **{f"ranked {name}": int(n) for name, n in classes.items()},
    }


def _resolved(
    settings: Settings,
    inputs: Sequence[str],
    pool: Sequence[Candidate],
    reference: str,
    ranking: Ranking,
    started: float,
) -> dict[str, Any]:
    factor = 1024**3 if sys.platform == "darwin" else 1024**2  # ru_maxrss is in bytes there, in kB elsewhere
    screen: Screen = ranking.screen
    return {
        "settings": settings.model_dump(mode="json"),
        "run": {
            "version": __version__,
            "inputs": list(inputs) or list(settings.pool.sources),
            "pool_fingerprint": shards.pool_fingerprint(pool),
            "reference": reference,
            "unchecked_limits": list(ranking.unchecked_limits),
            "finished": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "seconds": round(time.perf_counter() - started, 1),
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
        "screen": screen.model_dump(mode="json"),
    }


def _pairs(
    settings: Settings,
    pool: Sequence[Candidate],
    energies: np.ndarray,
    hulls: Hulls,
    quantities: Quantities,
    ranking: Ranking,
    library: PhaseLibrary,
    profile: Profile,
    progress: Callable[[int, int], None],
) -> Pairs | None:
    """Cells of the electrolytes with the panel of cathodes; none for screens of other roles."""
    if not ranking.screen.has_cells:
        return None
    cathodes = SOURCE.load_panel(settings.pairs.cathodes)
    coatings = SOURCE.load_coatings() if settings.pairs.has_coatings else ()
    formulas = [None if c.composition is None or c.polymer is not None else plain_formula(c) for c in pool]
    has_window = np.isfinite(hulls.draws.values["li_decomposition_energy"]).any(axis=1)
    leaders = leading_rows(quantities, ranking.order[: ranking.n_ranked], settings.pairs.n_electrolytes)
    reactions = compute_reactions(
        formulas, energies, has_window, quantities, library, cathodes, coatings, leaders, progress
    )
    heats = CellHeats(formulas, energies, has_window, quantities, library, cathodes)
    return pair_up(
        quantities,
        leaders,
        reactions,
        cathodes,
        coatings,
        coating_windows(coatings, library),
        heats,
        load_screen(settings.pairs.screen),
        profile,
    )


def _reactions(
    settings: Settings,
    pool: Sequence[Candidate],
    energies: np.ndarray,
    ranking: Ranking,
    library: PhaseLibrary,
    pairs: Pairs | None,
    progress: Callable[[int, int], None],
) -> pd.DataFrame:
    """Reactions of the best candidates in words, with the cathode that each is paired with."""
    order = ranking.order
    cells: dict[str, Cathode] = {}
    if pairs is not None:
        panel = {cathode.key: cathode for cathode in SOURCE.load_panel(settings.pairs.cathodes)}
        cells = {
            candidate.candidate_id: panel[key]
            for candidate, key in zip(pool, pairs.best["best_cathode"], strict=True)
            if key in panel
        }
    return reaction_table([pool[int(i)] for i in order], energies[order], library, cells, progress)


def _tables(
    ranking: Ranking, quantities: Quantities, pool: Sequence[Candidate], pairs: Pairs | None
) -> list[pd.DataFrame]:
    """Tables of the roles, the screen's own first, each with what it shows beside its criteria."""
    order = ranking.order
    shown = [summarise(quantities, _shown(ranking.screen)).iloc[order]]
    shown.append(words_of(quantities.facts).iloc[order])
    if pairs is not None:
        shown.append(pairs.best.iloc[order])
    tables = [_described(ranking, [pool[int(i)] for i in order], shown)]
    if pairs is not None and pairs.ranking is not None:
        assert pairs.quantities is not None
        rows = pairs.ranking.order
        beside = [summarise(pairs.quantities, _shown(pairs.ranking.screen)).iloc[rows]]
        tables.append(_described(pairs.ranking, [pool[int(i)] for i in pairs.electrolyte[rows]], beside))
    return tables


def _shown(screen: Screen) -> list[str]:
    return [key for key in screen.shown if key not in {c.name for c in screen.criteria}]


def _described(ranking: Ranking, pool: Sequence[Candidate], shown: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """A ranking's table with what was asked for beside it and where each row comes from."""
    parts = [ranking.table.reset_index(drop=True), *(part.reset_index(drop=True) for part in shown)]
    table = pd.concat(parts, axis=1)
    for name in ("label", "is_known", "source", "provenance"):
        table[name] = [getattr(candidate, name) for candidate in pool]
    return table


def _write(
    out: Path,
    tables: Sequence[pd.DataFrame],
    predictions: Predictions,
    hulls: Hulls,
    gates: EligibilityResult,
    rejected: Sequence[Rejected],
    config: dict[str, Any],
    analyses: Sequence[pd.DataFrame],
) -> store.RunFolder:
    attrition = pd.DataFrame([asdict(row) for row in gates.attrition()])
    attrition["examples"] = attrition["examples"].map(", ".join)
    attrition["n_eligible_without_it"] = [int(gates.without(key).sum()) for key in attrition["gate"]]
    for name, analysis in zip(store.SENSITIVITY.values(), analyses, strict=True):
        write_table(analysis, out / name)
    write_table(shards.to_frame(predictions), out / store.PREDICTIONS)
    write_table(hulls.sheet, out / store.HULLS)
    write_table(attrition, out / store.ATTRITION)
    write_rejected(rejected, out / store.REJECTED)
    write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True, width=110), out / store.CONFIG)
    # the ranking comes last: a folder with one is a finished run
    ordered = sorted(tables, key=lambda table: str(table["role"].iloc[0]) if len(table) else "")
    ranking = pd.concat(ordered, ignore_index=True)
    columns = dict.fromkeys(name for table in tables for name in table.columns)  # those of the screen's role first
    write_table(ranking[list(columns)], out / store.RANKING)
    return store.RunFolder(out)
