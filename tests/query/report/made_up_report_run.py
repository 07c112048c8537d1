"""A made-up finished run of any size, with every kind of evidence, ties, series and missing values."""

import numpy as np
import pandas as pd
import yaml

from ssbscreen.files.writing import write_table
from ssbscreen.query.store import RunFolder

CRITERIA = {  # name -> group, direction, good, bad, hard limit
    "ionic_conductivity": ("transport", "max", 1e-3, 1e-5, 1e-5),
    "electronic_resistivity": ("electronic", "max", 1e12, 1e7, 4e6),
    "oxidation_limit": ("window", "max", 4.3, 2.0, 1.74),
    "fracture_toughness": ("mechanics", "max", 1.5, 0.2, None),
}
MORE_CRITERIA = (
    *("area_specific_resistance", "critical_current", "p_li_mixed_conducting", "li_decomposition_energy"),
    *("reduction_limit", "stability_parameter", "energy_above_hull", "pugh_ratio", "processing_temperature"),
    *("moisture_gas", "hazardous_share", "fire_grade", "raw_material_cost", "supply_risk", "cell_energy_grav"),
    *("cell_energy_vol", "density"),
)
CLASSES = ("sulfide", "oxide", "halide", "polymer")
EVIDENCE = np.array(["measured", "calculated", "predicted", "family", "imputed", "does not apply"])


def ranking(n, names=(), criteria=tuple(CRITERIA), seed=0):
    """Rows of separators, the first ones under the names given."""
    rng = np.random.default_rng(seed)
    score = np.sort(rng.uniform(0.01, 0.6, n))[::-1]
    label = [*names, *(f"material {i}" for i in range(n - len(names)))]
    rank = pd.array(range(1, n + 1), dtype="Int64")
    rank[n - 1 : n] = pd.NA
    columns = {
        "rank": rank,
        "rank_low": rank,
        "rank_high": rank + 10,
        "p_first_10": np.linspace(0.4, 0.0, n),
        "p_first_100": np.linspace(0.9, 0.001, n),
        "tie_group": rank // 20 + 1,
        "candidate_id": [f"pool/{i}/{name}" for i, name in enumerate(label)],
        "formula": [f"Li{i % 7 + 1}P{i % 3 + 1}S{i % 11 + 1}" for i in range(n)],
        "chemistry_class": rng.choice(CLASSES, n),
        "family": rng.choice(["argyrodite", "garnet", "spinel"], n),
        "role": "separator",
        "score": score,
        "score_low": score * 0.5,
        "score_high": np.minimum(1.0, score * 1.5),
        "p_all": rng.uniform(0, 1, n),
        "pareto_front": rng.uniform(0, 1, n) < 0.1,
        "limiting_criterion": rng.choice(list(criteria), n),
        "coverage": rng.uniform(0.5, 1, n),
        "in_domain": np.arange(n) % 9 != 4,
        "next_test": rng.choice(["impedance", "voltammetry"], n),
        "label": label,
        "is_made": rng.uniform(0, 1, n) < 0.5,
        "variant_of": "",
        "family_series": [f"series {i // 3}" for i in range(n)],
        "needs": "an interlayer",
    }
    for name in criteria:
        values = 10 ** rng.uniform(-6, 1, n)
        evidence = rng.choice(EVIDENCE, n)
        is_unknown = np.isin(evidence, EVIDENCE[-2:])
        columns |= {
            f"{name}_value": np.where(is_unknown, np.nan, values),
            f"{name}_low": values / 3,
            f"{name}_high": values * 3,
            f"{name}_desirability": np.where(is_unknown, np.nan, rng.uniform(0, 1, n)),
            f"{name}_imputed": is_unknown,
            f"{name}_evidence": evidence,
            f"{name}_n_studies": np.where(evidence == "measured", 2, 0),
        }
    return pd.DataFrame(columns)


def write_run(folder, frame, criteria=tuple(CRITERIA)):
    """A run folder of these rows."""
    gate = {"gate": ["lithium"], "title": ["Contains lithium"], "reason": ["needs it"]}
    counts = {"n_in": [len(frame) + 9], "n_removed": [9], "n_left": [len(frame)]}
    write_table(pd.DataFrame(gate | counts), folder / "attrition.csv")
    write_table(pd.DataFrame({"input": ["<b>bad</b>.cif"], "reason": ["</script>"]}), folder / "rejected.csv")
    given = {name: CRITERIA.get(name, ("cell", "max", 1.0, 0.1, None)) for name in criteria}
    rows = [
        {
            **{"property": name, "name": name, "group": group, "share": 1.0, "direction": direction},
            **{"good": good, "bad": bad, "scale": "log" if "ity" in name else "linear", "hard_limit": limit},
            **{"citation": "a source", "test": "a test"},
        }
        for name, (group, direction, good, bad, limit) in given.items()
    ]
    groups = {row["group"]: 1.0 for row in rows}
    screen = {"name": "separator", "role": "separator", "groups": groups, "criteria": rows}
    run = {"version": "0", "finished": "2026-01-01T00:00:00+00:00", "unchecked_limits": []}
    settings = {"screen": "separator", "profile": "ev", "n_draws": 10, "seed": 0}
    text = yaml.safe_dump({"settings": settings, "run": run, "screen": screen, "models": []}, sort_keys=False)
    (folder / "config.yaml").write_text(text)
    write_table(frame, folder / "ranking.parquet")
    return RunFolder(folder)
