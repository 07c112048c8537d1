"""The page that a screen leaves behind: one self-contained HTML file made from the run folder."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, select_autoescape
from matplotlib.figure import Figure

from ssbscreen.core.number_text import number
from ssbscreen.files.writing import write_text
from ssbscreen.query import figures
from ssbscreen.query.query import criteria_of
from ssbscreen.query.store import REPORT, RunFolder

_LIMITS = (
    "A composition or a structure says nothing about the grain boundaries, dislocations and impurities of one "
    "sample, the source and history of the lithium, fatigue, or absolute stack pressure at the 1 MPa level. "
    "Intervals are calibrated on held-out groups of the training data; for candidates marked outside the domain "
    "they are a lower limit of the error."
)


@dataclass(frozen=True)
class Number:
    """A figure at the head of the page."""

    title: str
    value: str


@dataclass(frozen=True)
class Section:
    """One part of the page: text, a picture or a table."""

    title: str
    text: str = ""
    image: str = ""
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def write_report(run: RunFolder, n_top: int = 25) -> Path:
    """Make `report.html` of a run.

    Args:
        run: a run folder with ranking, attrition and rejected tables and its configuration.
        n_top: candidates shown in the pictures.
    """
    frame, config = run.ranking(), run.config()
    role = run.role
    ranked, pairs = frame[frame["role"] == role], frame[frame["role"] == "pair"]
    sections = _sections(ranked, run, config, n_top)
    if role != "pair" and len(pairs):
        sections[1:1] = _pair_sections(ranked, pairs, n_top)
    page = (
        _environment()
        .get_template("report.html.j2")
        .render(
            title=f"Ranking of {role} candidates",
            subtitle=_subtitle(config),
            numbers=_numbers(ranked, run),
            sections=sections,
        )
    )
    path = run.path / REPORT
    write_text(page, path)
    return path


def _pair_sections(frame: pd.DataFrame, pairs: pd.DataFrame, n_top: int) -> list[Section]:
    """Cells: ranked pairs, and the best cathode of the best electrolytes."""
    sections = [
        Section(
            "Best cells",
            "One electrolyte as separator and in the composite cathode, with lithium metal; stack without "
            "packaging at the areal capacity of the profile. Stack pressure is a proxy of low confidence, cost counts "
            "raw materials only, and the heat is that of the charged cell with everything that it stores. Medians; all "
            "pairs stand in ranking.parquet (role pair).",
            **_table(pair_table(pairs, n_top)),
        )
    ]
    if "best_cathode" in frame:
        sections.append(
            Section(
                "Best cathode of the best electrolytes",
                "By the score of the pair, no coating.",
                **_table(cathode_table(frame, n_top)),
            )
        )
    return sections


_PAIR_COLUMNS = {
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


def pair_table(pairs: pd.DataFrame, n_top: int) -> pd.DataFrame:
    """Ranked pairs with the numbers of their cells, as text."""
    rows = []
    for _, row in pairs.head(n_top).iterrows():
        electrolyte, *coating, cathode = str(row["candidate_id"]).split("|")
        label = row.get("label")
        rows.append(
            {
                "rank": f"{int(row['rank'])} ({int(row['rank_low'])} to {int(row['rank_high'])})"
                if pd.notna(row["rank"])
                else "none",
                "electrolyte": label if isinstance(label, str) and label else str(row["formula"]).split("|")[0],
                "coating": coating[0] if coating else "",
                "cathode": cathode,
                "score": number(row["score"]),
                **{title: number(row.get(f"{key}_value")) for key, title in _PAIR_COLUMNS.items()},
                "limited by": figures.title_of(str(row["limiting_criterion"])),
                "id": electrolyte,
            }
        )
    return pd.DataFrame(rows)


def cathode_table(frame: pd.DataFrame, n_top: int) -> pd.DataFrame:
    """Best electrolytes with their best cathode and the numbers of that cell, as text."""
    rows = []
    for _, row in frame.head(n_top).iterrows():
        rows.append(
            {
                "rank": "" if pd.isna(row["rank"]) else str(int(row["rank"])),
                "electrolyte": figures.name_of(row, 40),
                "class": row["chemistry_class"],
                "cathode": row["best_cathode"],
                "score": number(row["pair_score"]),
                **{title: number(row.get(f"pair_{key}_value")) for key, title in _PAIR_COLUMNS.items()},
            }
        )
    return pd.DataFrame(rows)


def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=select_autoescape(["html", "j2"]))


def _subtitle(config: dict[str, Any]) -> str:
    run, settings = config.get("run", {}), config.get("settings", {})
    return (
        f"screen {settings.get('screen', '?')}, profile {settings.get('profile', '?')}, "
        f"seed {settings.get('seed', '?')}, {settings.get('n_draws', '?')} draws; "
        f"reference energies: {run.get('reference', 'none')}; "
        f"ssbscreen {run.get('version', '?')}, {run.get('finished', '')}"
    )


def _numbers(frame: pd.DataFrame, run: RunFolder) -> list[Number]:
    ranked = frame[frame["rank"].notna()]
    counts = ranked["chemistry_class"].value_counts()
    return [
        Number("ranked", f"{len(ranked):,}"),
        Number("without a rank", f"{len(frame) - len(ranked):,}"),
        Number("set aside", f"{len(run.rejected()):,}"),
        Number("on the Pareto front", f"{int(frame['pareto_front'].fillna(False).sum()):,}"),
        *(Number(str(name), f"{n:,}") for name, n in counts.items()),
    ]


def _sections(frame: pd.DataFrame, run: RunFolder, config: dict[str, Any], n_top: int) -> list[Section]:
    sections = [
        Section(
            "Best candidates",
            "Rank intervals hold the 10th to 90th percentile over the draws; candidates of "
            "one tie group cannot be told apart by the noise.",
            **_table(top_table(frame, n_top)),
        ),
        _picture("Score with its interval", figures.scores(frame, n_top)),
        _picture("Criteria of the best candidates", figures.heat_map(frame, n_top)),
        _picture(
            "The best of each class",
            figures.heat_map(leaders(frame), n_top=60),
            "The first six of every class in order of rank, so that strengths can be compared on one scale.",
        ),
    ]
    criteria = criteria_of(frame)
    if {"ionic_conductivity", "oxidation_limit"} <= set(criteria):
        sections.append(_picture("Conductivity against the oxidation limit", figures.pareto(frame)))
    sections.append(
        _picture(
            "Strengths and weaknesses of the classes",
            figures.classes(frame),
            "Median desirability over the candidates with a prediction of their own; a dash means "
            "that no candidate of the class has one.",
        )
    )
    known = frame[frame["is_known"].fillna(False).astype(bool)] if "is_known" in frame else frame.iloc[:0]
    if len(known):
        sections.append(Section("Known compounds, best first", **_table(top_table(known, 40))))
    sections.append(Section("Attrition by the eligibility gates", **_table(run.attrition())))
    for name, table in run.sensitivity().items():
        sections.append(Section(name, **_table(table.head(n_top))))
    unchecked = config.get("run", {}).get("unchecked_limits", [])
    if unchecked:
        sections.append(
            Section(
                "Limits that could not be checked",
                "No candidate has a value of: " + ", ".join(figures.title_of(key) for key in unchecked) + ".",
            )
        )
    rejected = run.rejected()
    if len(rejected):
        sections.append(
            Section(
                f"Set aside before the screen ({len(rejected):,})",
                "The first fifty; all of them stand in rejected.csv.",
                **_table(rejected.head(50)),
            )
        )
    models = config.get("models", [])
    if models:
        sections.append(Section("Models and references", **_table(pd.DataFrame(models))))
    sections.append(Section("What this ranking cannot know", _LIMITS))
    return sections


def leaders(frame: pd.DataFrame, n_each: int = 6) -> pd.DataFrame:
    """The best rows of each chemistry class, one of each formula, classes ordered by their best row.

    Args:
        frame: ranked rows of one role, best first.
        n_each: rows a class.
    """
    ranked = frame[frame["rank"].notna()].drop_duplicates("formula")
    order = ranked["chemistry_class"].drop_duplicates()
    return (
        pd.concat([ranked[ranked["chemistry_class"] == name].head(n_each) for name in order]) if len(order) else ranked
    )


def top_table(frame: pd.DataFrame, n_top: int) -> pd.DataFrame:
    """The columns a person reads first, as text, for the best candidates."""
    rows = []
    for _, row in frame.head(n_top).iterrows():
        has_rank = pd.notna(row["rank"])
        rows.append(
            {
                "rank": f"{int(row['rank'])} ({int(row['rank_low'])} to {int(row['rank_high'])})"
                if has_rank
                else "none",
                "candidate": figures.name_of(row, 40),
                "class": row["chemistry_class"],
                "family": row["family"],
                "score": number(row["score"]),
                "p_all": number(row["p_all"]),
                "limited by": figures.title_of(str(row["limiting_criterion"])) if row["limiting_criterion"] else "",
                "coverage": f"{row['coverage']:.0%}" if pd.notna(row["coverage"]) else "",
                "in domain": "yes" if row["in_domain"] else "no",
                "next test": str(row["next_test"]),
                "id": str(row["candidate_id"]),
            }
        )
    return pd.DataFrame(rows)


def _table(frame: pd.DataFrame) -> dict[str, Any]:
    head = tuple(str(c).replace("_", " ") for c in frame.columns)
    rows = tuple(tuple(_cell(v) for v in record) for record in frame.itertuples(index=False, name=None))
    return {"head": head, "rows": rows}


def _cell(value: object) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e6 else number(value)
    return "" if value is None or value is pd.NA else str(value)


def _picture(title: str, figure: Figure, text: str = "") -> Section:
    return Section(title, text, image=base64.b64encode(figures.png(figure)).decode("ascii"))
