"""Rows of a ranking as tables of text: the columns that a person reads first."""

from __future__ import annotations

import pandas as pd

from ssbscreen.core.chemistry import family_title
from ssbscreen.core.number_text import number
from ssbscreen.query.columns import PLACE, label_of, name_of, place_text, rank_text, title_of, value_text
from ssbscreen.query.series import MORE, more_text

PAIR_COLUMNS = {
    "interface_reaction_energy": "contact eV/atom",
    "oxidation_margin": "margin V",
    "voltage_drop": "drop V",
    "cell_energy_grav": "Wh/kg",
    "cell_energy_vol": "Wh/L",
    "areal_capacity_500": "mAh/cm2 for 500 Wh/kg",
    "cell_cost": "USD/kWh",
    "thickness_swing": "swing um",
    "stack_pressure": "pressure MPa",
    "self_discharge": "loss a month",
    "heat_of_reaction": "heat J/g",
}


LITHIUM_COLUMNS = {
    "p_li_mixed_conducting": "goes on",
    "reduction_margin": "margin V",
    "kinetic_reduction_limit": "kinetic from V",
    "kinetic_oxidation_limit": "to V",
    "interphase_resistance": "interphase ohm cm2",
    "lithium_lost": "binds mAh/cm2",
    "capacity_kept": "capacity kept",
    "stripping_pressure": "pressure asked MPa",
    "flow_before_fracture": "fracture over flow",
    "large_cell_current": "large cell A/cm2",
}


def top_table(frame: pd.DataFrame, n_top: int) -> pd.DataFrame:
    """The best candidates of one role."""
    return pd.DataFrame([_top_row(row) for _, row in frame.head(n_top).iterrows()])


def pair_table(pairs: pd.DataFrame, n_top: int) -> pd.DataFrame:
    """Ranked pairs with the numbers of their cells."""
    return pd.DataFrame([_pair_row(row) for _, row in pairs.head(n_top).iterrows()])


def cathode_table(frame: pd.DataFrame, n_top: int) -> pd.DataFrame:
    """Best electrolytes with their best cathode and the numbers of that cell."""
    return pd.DataFrame(
        [
            {
                "rank": "" if pd.isna(row["rank"]) else str(int(row["rank"])),
                "electrolyte": name_of(row, 40),
                "class": row["chemistry_class"],
                "cathode": row["best_cathode"],
                "score": number(row["pair_score"]),
                **{title: value_text(key, row.get(f"pair_{key}_value")) for key, title in PAIR_COLUMNS.items()},
            }
            for _, row in frame.head(n_top).iterrows()
        ]
    )


def lithium_table(frame: pd.DataFrame, n_top: int) -> pd.DataFrame:
    """The best electrolytes with what happens at the negative electrode; only columns in which something is known."""
    best = frame.head(n_top)
    known = {
        title: best[f"{key}_value"]
        for key, title in LITHIUM_COLUMNS.items()
        if f"{key}_value" in best and best[f"{key}_value"].notna().any()
    }
    if not known:
        return pd.DataFrame()
    names = {
        "rank": best.apply(rank_text, axis=1),
        PLACE: best.apply(place_text, axis=1),
        "candidate": best.apply(name_of, axis=1, args=(40,)),
    }
    return pd.DataFrame({**names, **{title: values.map(number) for title, values in known.items()}})


def rounded(frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows with numbers as people read them."""
    return frame.assign(**{str(column): frame[column].map(number) for column in frame.select_dtypes("float")})


def leaders(frame: pd.DataFrame, n_each: int = 6) -> pd.DataFrame:
    """The best rows of each chemistry class, one of each formula, classes ordered by their best row.

    Args:
        frame: ranked rows of one role, best first.
        n_each: rows a class.
    """
    ranked = frame[frame["rank"].notna()].drop_duplicates("formula")
    order = ranked["chemistry_class"].drop_duplicates()
    if not len(order):
        return ranked
    return pd.concat([ranked[ranked["chemistry_class"] == name].head(n_each) for name in order])


def _top_row(row: pd.Series) -> dict[str, object]:
    return {
        "rank": rank_text(row),
        PLACE: place_text(row),
        "candidate": name_of(row, 40),
        **({"series": more_text(row)} if MORE in row else {}),
        "class": row["chemistry_class"],
        "family": family_title(str(row["family"])),
        "score": number(row["score"]),
        "p_all": number(row["p_all"]),
        "limited by": title_of(str(row["limiting_criterion"])) if row["limiting_criterion"] else "",
        "coverage": f"{row['coverage']:.0%}" if pd.notna(row["coverage"]) else "",
        "in domain": "yes" if row["in_domain"] else "no",
        "next test": str(row["next_test"]),
        "id": str(row["candidate_id"]),
    }


def _pair_row(row: pd.Series) -> dict[str, object]:
    electrolyte, *_, cathode = str(row["candidate_id"]).split("|")
    own, *between, _ = str(row["formula"]).split("|")
    return {
        "rank": rank_text(row),
        PLACE: place_text(row),
        "electrolyte": label_of(row) or own,
        "between": between[0] if between else "",
        "cathode": cathode,
        "score": number(row["score"]),
        **{title: value_text(key, row.get(f"{key}_value")) for key, title in PAIR_COLUMNS.items()},
        "limited by": title_of(str(row["limiting_criterion"])),
        "id": electrolyte,
    }
