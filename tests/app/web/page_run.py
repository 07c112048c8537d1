"""A small made-up run folder: every kind of row, names that are markup, terms that fit the scores."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from ssbscreen.core.properties import PROPERTIES
from ssbscreen.files.writing import write_table
from ssbscreen.query import store
from ssbscreen.query.score_terms_file import write_score_terms
from ssbscreen.ranking.applicability import applies
from ssbscreen.ranking.criteria import Screen, load_profile, load_screen, resolve
from ssbscreen.ranking.score_terms import ScoreTerms, rerank

N = 260
HOSTILE = '<img src=x onerror="window.hacked=1"> \'"|#~ & Li3'
"""Label of one candidate: markup, quotes and the signs that separate parts of addresses."""
HOSTILE_ID = "hostile/<script>window.hacked=2</script>'\"#&%2F"
KINDS = ("measured", "calculated", "predicted", "family")
_ROCK_SALT = """data_LiCl
_cell_length_a 5.14
_cell_length_b 5.14
_cell_length_c 5.14
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'F m -3 m'
_symmetry_Int_Tables_number 225
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Li1 Li 0 0 0
Cl1 Cl 0.5 0.5 0.5
"""


def make_run(folder: Path) -> Path:
    """Write the run; returns its folder."""
    run = folder / "made-up"
    run.mkdir(parents=True)
    inputs = folder / "LiCl.cif"
    inputs.write_text(_ROCK_SALT)
    screen = resolve(load_screen("separator"), load_profile("ev"))
    rng = np.random.default_rng(7)
    terms = _terms(screen, rng)
    table = _ranking(screen, terms, rng)
    named = table.assign(best_cathode=["NMC111", *[None] * (N - 1)])
    write_table(pd.concat([named, _cells(table)], ignore_index=True), run / store.RANKING)
    write_score_terms([_in_order(terms, table)], run)
    _others(run, table)
    config = {
        "settings": {"screen": "separator", "profile": "ev", "seed": 0},
        "run": {"inputs": [str(inputs)], "version": "0", "reference": "none", "finished": "2026-11-28T12:00:00+00:00"},
        "screen": screen.model_dump(mode="json"),
    }
    (run / store.CONFIG).write_text(json.dumps(config))
    return run


def _terms(screen: Screen, rng: np.random.Generator) -> ScoreTerms:
    """Mean log desirabilities of which the scores of the run are made."""
    ids = np.array([*(f"made/{i}" for i in range(N - 2)), "LiCl.cif", HOSTILE_ID], dtype=object)
    c = len(screen.criteria)
    has_own = rng.random((N, c)) < 0.92
    has_own[:5] = False  # too little is known of these for a rank
    has_own[5:70] = rng.random((65, c)) < 0.55  # about enough: which of them have one hangs on the weights
    is_representative = np.ones(N, dtype=bool)
    is_representative[[20, 40]] = False  # they repeat others
    logs = np.log(np.clip(rng.beta(2, 1.2, (N, c)), screen.floor, 1.0)).astype(np.float32)
    logs[-1] *= 0.4  # the hostile one is in view
    survival = -rng.exponential(0.3, N).astype(np.float32)
    return ScoreTerms(ids, screen, logs, survival, has_own, is_representative, applies(screen, _classes()))


def _classes() -> np.ndarray:
    """Of each candidate: halides, polymers of which some criteria say nothing, and oxides.  # (N,) str"""
    return np.where(np.arange(N) % 3 == 0, "halide", np.where(np.arange(N) % 7 == 0, "polymer", "oxide")).astype(object)


def _in_order(terms: ScoreTerms, table: pd.DataFrame) -> ScoreTerms:
    place = {name: i for i, name in enumerate(terms.candidate_ids)}
    rows = np.array([place[name] for name in table["candidate_id"]])
    return ScoreTerms(
        terms.candidate_ids[rows],
        terms.screen,
        terms.log_desirability[rows],
        terms.log_survival[rows],
        terms.has_own[rows],
        terms.is_representative[rows],
        None if terms.applies is None else terms.applies[rows],
    )


def _ranking(screen: Screen, terms: ScoreTerms, rng: np.random.Generator) -> pd.DataFrame:
    found = rerank(terms, np.array(screen.weights))
    classes = _classes()
    halides = classes == "halide"
    formulas = [f"Li{3 + i % 5}{'Y' if halides[i] else 'La3Zr2'}{'Cl6' if halides[i] else 'O12'}" for i in range(N)]
    formulas[-2:] = ["LiCl", "Li3PS4"]
    frame = pd.DataFrame(
        {
            "rank": pd.array([rank or None for rank in found.rank.tolist()], dtype="Int64"),
            "rank_low": pd.array([max(1, rank - 9) if rank else None for rank in found.rank.tolist()], dtype="Int64"),
            "rank_high": pd.array([rank + 12 if rank else None for rank in found.rank.tolist()], dtype="Int64"),
            "p_first_10": np.clip(0.3 - 0.01 * found.rank, 0.001, None),
            "p_first_100": np.clip(0.9 - 0.01 * found.rank, 0.01, None),
            "tie_group": pd.array([1 + rank // 15 if rank else None for rank in found.rank.tolist()], dtype="Int64"),
            "candidate_id": terms.candidate_ids,
            "formula": formulas,
            "chemistry_class": classes,
            "family": np.where(halides, "li3mx6_trigonal", "garnet"),
            "role": "separator",
            "score": found.score,
            "p_all": rng.random(N),
            "pareto_front": rng.random(N) < 0.2,
            "limiting_criterion": np.array([c.name for c in screen.criteria])[rng.integers(0, len(screen.criteria), N)],
            "coverage": terms.has_own @ np.array(screen.weights),
            "in_domain": rng.random(N) < 0.9,
            "next_test": "impedance",
        }
    )
    columns = {}
    for i, criterion in enumerate(screen.criteria):
        fits = np.ones(N, dtype=bool) if terms.applies is None else terms.applies[:, i]
        own, row = terms.has_own[:, i] & fits, PROPERTIES[criterion.property]
        value = _between(criterion.bad, criterion.good, rng.random(N), row.is_log)
        columns[f"{criterion.name}_value"] = np.where(own, value, np.nan)
        columns[f"{criterion.name}_low"] = np.where(own, value * (0.5 if row.is_log else 0.95), np.nan)
        columns[f"{criterion.name}_high"] = np.where(own, value * (2.0 if row.is_log else 1.05), np.nan)
        columns[f"{criterion.name}_desirability"] = np.where(own, np.exp(terms.log_desirability[:, i]), np.nan)
        kinds = np.array(KINDS)[rng.integers(0, len(KINDS), N)]
        columns[f"{criterion.name}_evidence"] = np.where(own, kinds, np.where(fits, "imputed", "does not apply"))
        columns[f"{criterion.name}_n_studies"] = np.where(own & (kinds == "measured"), rng.integers(1, 9, N), 0)
        columns[f"{criterion.name}_imputed"] = ~own
    more = {
        "score_low": found.score * 0.7,
        "score_high": np.minimum(1.0, found.score * 1.3),
        "needs": "an interphase on lithium that stops growing, or an interlayer",
        "material": terms.candidate_ids,
        "variant_of": np.where(terms.is_representative, "", "made/21"),
        "family_series": [f"series {i // 2 if i < 60 else i}" for i in range(N)],  # some of two members
        "is_made": rng.random(N) < 0.5,
        "label": np.array([*[""] * (N - 1), HOSTILE], dtype=object),
        "provenance": "made up for a test, 10.1000/182",
    }
    return pd.concat([frame, pd.DataFrame(columns | more)], axis=1).iloc[found.order].reset_index(drop=True)


def _cells(table: pd.DataFrame) -> pd.DataFrame:
    """Cells of the first material with two cathodes, a film in between."""
    best = table.iloc[0]
    rows = [
        {
            **best[["chemistry_class", "family", "score", "p_all", "pareto_front", "limiting_criterion"]].to_dict(),
            **best[["coverage", "in_domain", "next_test", "score_low", "score_high", "is_made"]].to_dict(),
            **{"rank": rank, "rank_low": 1, "rank_high": 4, "tie_group": 1, "role": "pair", "variant_of": ""},
            "candidate_id": f"{best['candidate_id']}|Li3PO4|{cathode}",
            "formula": f"{best['formula']}|Li3PO4|{cathode}",
            "family_series": best["family_series"],
            "coating": "Li3PO4",
        }
        for rank, cathode in enumerate(("NMC111", "LCO"), start=1)
    ]
    return pd.DataFrame(rows).astype(dict.fromkeys(("rank", "rank_low", "rank_high", "tie_group"), "Int64"))


def _between(bad: object, good: object, share: np.ndarray, is_log: bool) -> np.ndarray:
    """Values from bad to good, or inside a window."""
    a, b = (bad, good) if not isinstance(good, tuple) else good  # type: ignore[misc]
    if is_log and a > 0 and b > 0:
        return np.power(10.0, np.log10(a) + share * (np.log10(b) - np.log10(a)))
    return a + share * (b - a)


def _others(run: Path, table: pd.DataFrame) -> None:
    """Evidence, reactions and what the gates removed."""
    first = table["candidate_id"].iloc[0]
    names = ("candidate_id", "property", "value", "unit", "as_written", "bound", "temperature_c", "reference", "source")
    ends = ("method", "verdict")
    rows = [
        (first, "ionic_conductivity", 1e-3, "S/cm", "1 mS/cm", "exact", 25.0, "10.1000/182", "literature"),
        (
            HOSTILE_ID,
            "ionic_conductivity",
            1e-3,
            "S/cm",
            "1",
            "exact",
            25.0,
            "javascript:window.hacked=3",
            "literature",
        ),
    ]
    evidence = [dict(zip((*names, *ends), (*row, "experiment", HOSTILE), strict=True)) for row in rows]
    write_table(pd.DataFrame(evidence), run / store.EVIDENCE)
    reactions = [
        {
            "candidate_id": name,
            "contact": "lithium",
            "condition": "0.00 to 0.87 V",
            "energy": -0.96,
            "unit": "eV/atom of electrolyte at the lower end",
            "reaction": "Li6PS5Cl + 8 Li -> 5 Li2S + Li3P + LiCl",
        }
        for name in table["candidate_id"]
    ]
    write_table(pd.DataFrame(reactions), run / store.REACTIONS)
    write_table(pd.DataFrame({"gate": ["lithium"], "n": [3]}), run / store.ATTRITION)
