"""The ranking of a finished run with what its materials do at another temperature."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ssbscreen.core.errors import UsageError
from ssbscreen.query.store import FORMER_KEYS, RunFolder
from ssbscreen.query.temperature_law import Carried, EnergyOrigin, carried, interval, worth_gained
from ssbscreen.ranking.criteria import Screen
from ssbscreen.ranking.operating import Operating
from ssbscreen.screening.settings import load_settings, profile_of

OF_CELLS = ("pair", "cathode")  # roles without a conductivity of their own
THERE = ("rank_at_temperature", "score_at_temperature")
CARRIED = ("ionic_conductivity", "area_specific_resistance", "voltage_drop", "critical_current")


@dataclass(frozen=True)
class RankingAt:
    """Rows at another temperature.

    Attributes:
        frame: of the ranking, the columns `CARRIED` at that temperature, empty where no law gives them; rank and score
            are those of the run, `rank_at_temperature` and `score_at_temperature` those there.
        notes: what was assumed and what is unknown.
    """

    frame: pd.DataFrame
    notes: tuple[str, ...]


def operating_of(run: RunFolder) -> Operating:
    """Conditions of a finished run."""
    settings = run.config().get("settings", {})
    same = load_settings(profile=settings.get("profile"), temperature_c=settings.get("temperature_c"))
    return profile_of(same).operating


def ranking_at(run: RunFolder, celsius: float, role: str | None = None) -> RankingAt:
    """Electrolytes of a run at another temperature.

    Args:
        run: finished.
        celsius: degree C.
        role: whose rows; every electrolyte when None.

    Raises:
        UsageError: the role is one of cells, the run holds no electrolytes, or the temperature is not allowed.
    """
    if role in OF_CELLS:
        raise UsageError(f"--temperature carries electrolytes; leave out --role {role}, or screen at that temperature.")
    frame = run.ranking()
    frame = frame[~frame["role"].isin(OF_CELLS)]
    if frame.empty:
        raise UsageError("This run ranks no electrolytes, so nothing in it is carried to another temperature.")
    operating = operating_of(run)
    vogel = _vogel_temperatures(run)
    at = carried(frame, operating, celsius, vogel)
    parts = (at.conductivity, at.resistance, at.voltage_drop, at.critical_current)
    new = {
        f"{key}_{end}": values[:, place]
        for key, values in zip(CARRIED, parts, strict=True)
        for place, end in enumerate(("value", "low", "high"))
    }
    flags = {f"{key}_imputed": False for key in CARRIED if f"{key}_imputed" in frame}
    table = frame.assign(**new, **flags, use_temperature_value=celsius)
    kept = {key: value for key, value in run.config()["screen"].items() if key not in FORMER_KEYS}
    gained = worth_gained(frame, operating, celsius, Screen.model_validate(kept), vogel)
    score = frame["score"].astype(float) * np.exp(gained)
    rank = score.where(frame["rank"].notna()).groupby(frame["role"]).rank(ascending=False, method="first")
    table = table.assign(score_at_temperature=score, rank_at_temperature=rank)
    table = table.sort_values(["role", "rank_at_temperature"], na_position="last", kind="stable")
    return RankingAt(table.reset_index(drop=True), _notes(at, energy_origins(run, frame), operating))


def energy_origins(run: RunFolder, frame: pd.DataFrame) -> list[EnergyOrigin]:
    """On what the activation energy of each row of a run's ranking rests."""
    ids, predicted = frame["candidate_id"].astype(str), set(run.predictions("activation_energy")["candidate_id"])
    has_one = np.isfinite(interval(frame, "activation_energy")[:, 0])
    measured = run.measured("activation_energy")
    return [
        EnergyOrigin.ASSUMED
        if not known
        else EnergyOrigin.MEASURED
        if name in measured
        else EnergyOrigin.PREDICTED
        if name in predicted
        else EnergyOrigin.CLASS
        for name, known in zip(ids, has_one, strict=True)
    ]


def _vogel_temperatures(run: RunFolder) -> dict[str, float]:
    """Candidate -> Vogel temperature that the model of polymers gave in the run, degree C."""
    table = run.predictions("vogel_temperature")
    return dict(zip(table["candidate_id"].astype(str), table["mean"].astype(float), strict=True))


def _notes(at: Carried, origins: Sequence[EnergyOrigin], operating: Operating) -> tuple[str, ...]:
    own = operating.temperature_c.value
    there = "each class at its own temperature" if operating.has_own_temperatures else f"{own:g} degree C"
    notes = [
        f"conductivity, area resistance, voltage drop, critical current, and rank and score with these, at "
        f"{at.temperature_c:g} degree C; `rank` and `score` are those of the run, {there}",
        f"a close estimate: `ssbscreen screen --temperature {at.temperature_c:g}` ranks anew",
        "by " + ", ".join(f"{origin} ({n:,} rows)" for origin, n in Counter(origins).most_common()),
    ]
    crossed = Counter(f"{t.kind} of {t.material}" for t in at.transitions if t is not None)
    if crossed:
        told = ", ".join(f"{name} ({n})" for name, n in crossed.most_common())
        notes.append(f"unknown across {told}")
    return tuple(notes)
