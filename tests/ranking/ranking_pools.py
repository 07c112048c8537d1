"""Small pools for tests of the ranking: every property is given directly, so the truth can be computed by hand."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ssbscreen.core.prediction import Predictions, PropertyPrediction
from ssbscreen.ranking.criteria import Profile, Screen, load_profile, load_screen
from ssbscreen.ranking.facts import Facts
from ssbscreen.ranking.quantities import Quantities
from ssbscreen.ranking.ranker import Ranking, rank


def column(
    key: str, mean: Sequence[float], std: float | Sequence[float] = 0.0, in_domain: bool = True
) -> PropertyPrediction:
    """A prediction column in stored units; NaN is missing."""
    mean = np.asarray(mean, dtype=float)
    width = np.where(np.isnan(mean), np.nan, np.broadcast_to(np.asarray(std, dtype=float), mean.shape))
    return PropertyPrediction(
        key,
        mean,
        width,
        np.zeros_like(mean),
        mean - 1.645 * width,
        mean + 1.645 * width,
        np.full(len(mean), in_domain),
        "test 1",
        np.full(len(mean), "", dtype=object),
    )


def facts(
    classes: Sequence[str],
    families: Sequence[str] | None = None,
    ids: Sequence[str] | None = None,
    **changes: np.ndarray,
) -> Facts:
    """Facts of crystals without volume, price or route unless given."""
    n = len(classes)
    names = np.array(list(ids) if ids is not None else [f"c{i:03d}" for i in range(n)], dtype=object)
    nothing = np.full(n, np.nan)
    values = {
        "candidate_ids": names,
        "formula": names,
        "chemistry_class": np.array(list(classes), dtype=object),
        "family": np.array(list(families) if families is not None else ["other"] * n, dtype=object),
        "volume_per_atom": nothing,
        "density": nothing,
        "is_volume_estimated": np.zeros(n, dtype=bool),
        "is_crystalline": np.ones(n, dtype=bool),
        "temperature_c": np.full(n, 25.0),
        "n_li": nothing,
        "molar_mass": nothing,
        "raw_material_cost": nothing,
        "supply_risk": nothing,
        "processing_temperature": nothing,
        "practical_thickness": nothing,
        "li_coordination": nothing,
        "polymer_groups": np.array([""] * n, dtype=object),
        "h2s_limit": nothing,
        "moisture_gas": nothing,
        "recyclable_share": nothing,
        "scarce_elements": np.array([""] * n, dtype=object),
        "glass_former_share": nothing,
        "hazardous_share": nothing,
        "fire_grade": nothing,
    }
    return Facts(**(values | changes))


def pool(
    of: Facts,
    columns: Sequence[PropertyPrediction],
    *,
    seed: int = 0,
    n_draws: int = 200,
    profile: Profile | None = None,
    correlation: Mapping[tuple[str, str], float] | None = None,
) -> Quantities:
    """Quantities that know nothing but the given columns."""
    predictions = Predictions(tuple(of.candidate_ids), {c.property: c for c in columns}, dict(correlation or {}))
    return Quantities(of, predictions, (profile or plain_profile()).operating, seed, n_draws)


def plain_profile() -> Profile:
    """The operating conditions of the base and nothing else."""
    return load_profile("ev").model_copy(update={"group_weights": {}, "criteria": {}})


def small_screen(**changes: object) -> Screen:
    """Three criteria of all three directions in two groups, two of them limited."""
    rows = [
        {
            "property": "ionic_conductivity",
            "group": "transport",
            "direction": "max",
            "scale": "log",
            "good": 1e-3,
            "bad": 1e-6,
            "hard_limit": 1e-5,
            "citation": "test",
            "test": "measure conductivity",
        },
        {
            "property": "energy_above_hull",
            "group": "processing",
            "direction": "min",
            "good": 0.025,
            "bad": 0.1,
            "hard_limit": 0.1,
            "citation": "test",
            "test": "measure energy",
        },
        {
            "property": "average_voltage",
            "group": "window",
            "direction": "window",
            "good": (2.0, 3.0),
            "bad": (1.0, 5.0),
            "citation": "test",
            "test": "measure voltage",
        },
    ]
    values = {
        "name": "small",
        "role": "separator",
        "description": "test",
        "criteria": rows,
        "groups": {"transport": 0.2, "processing": 0.5, "window": 0.3},
        "min_coverage": 0.0,
    }
    return Screen.model_validate(values | changes)


def run(of: Facts, columns: Sequence[PropertyPrediction], screen: Screen, **options: object) -> Ranking:
    """Rank a pool in the plain profile."""
    block_size = options.pop("block_size", None)
    return rank(pool(of, columns, **options), screen, plain_profile(), block_size=block_size)


def place(ranking: Ranking, candidate_id: str) -> float:
    """Rank of a candidate; infinite where it has none."""
    value = ranking.table.set_index("candidate_id").loc[candidate_id, "rank"]
    return float("inf") if pd.isna(value) else float(value)


def separator() -> Screen:
    """The shipped default screen."""
    return load_screen("separator")
