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
from ssbscreen.query.columns import criteria_of, title_of
from ssbscreen.query.series import collapsed, without_variants
from ssbscreen.query.store import REPORT, RunFolder
from ssbscreen.query.tables import cathode_table, leaders, lithium_table, pair_table, top_table

_LITHIUM = (
    "Medians; empty where nobody measured or calculated. Resistance, lithium and capacity are those after the life of "
    "the profile, by the square root of time. The pressure is what the current of the profile asks for, the current "
    "that at which half of large cells short. None of these but the first counts in the score."
)
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
    ranked, best = frame[frame["role"] == role], collapsed(frame)
    pairs = best[best["role"] == "pair"]
    sections = _sections(ranked, run, config, n_top)
    if role != "pair" and len(pairs):
        sections[1:1] = _pair_sections(best[best["role"] == role], pairs, n_top)
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
            "One electrolyte as separator and in the composite cathode, with the negative electrode of the profile; "
            "stack without packaging at its areal capacity. Stack pressure is a proxy of low confidence, cost counts "
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
        Number("rejected", f"{len(run.rejected()):,}"),
        Number("on the Pareto front", f"{int(frame['pareto_front'].fillna(False).sum()):,}"),
        *(Number(str(name), f"{n:,}") for name, n in counts.items()),
    ]


def _sections(frame: pd.DataFrame, run: RunFolder, config: dict[str, Any], n_top: int) -> list[Section]:
    return [
        Section(
            "Best candidates",
            "A family series is shown by its best-ranked member that was made; all rows stand in ranking.parquet. Rank "
            "intervals hold the 10th to 90th percentile over the draws; candidates of one tie group cannot be told "
            "apart by the noise.",
            **_table(top_table(collapsed(frame), n_top)),
        ),
        *_pictures(frame, n_top),
        *_accounts(frame, run, config, n_top),
        Section("What this ranking cannot know", _LIMITS),
    ]


def _pictures(frame: pd.DataFrame, n_top: int) -> list[Section]:
    sections = [
        _picture("Score with its interval", figures.scores(collapsed(frame), n_top)),
        _picture("Criteria of the best candidates", figures.heat_map(collapsed(frame), n_top)),
        _picture(
            "The best of each class",
            figures.heat_map(leaders(collapsed(frame)), n_top=60),
            "The first six of every class in order of rank, so that strengths can be compared on one scale.",
        ),
    ]
    if {"ionic_conductivity", "oxidation_limit"} <= set(criteria_of(frame)):
        sections.append(_picture("Conductivity against the oxidation limit", figures.pareto(frame)))
    sections.append(
        _picture(
            "Strengths and weaknesses of the classes",
            figures.classes(frame),
            "Median desirability over the candidates with a prediction of their own; a dash means "
            "that no candidate of the class has one.",
        )
    )
    return sections


def _accounts(frame: pd.DataFrame, run: RunFolder, config: dict[str, Any], n_top: int) -> list[Section]:
    """The negative side, known compounds, what was removed and why, how stable the order is, what it was made with."""
    sections = []
    lithium = lithium_table(collapsed(frame), n_top)
    if len(lithium):
        sections.append(Section("At the negative electrode", _LITHIUM, **_table(lithium)))
    made = without_variants(frame)
    known = made[made["is_known"].fillna(False).astype(bool)] if "is_known" in made else made.iloc[:0]
    if len(known):
        sections.append(Section("Known compounds, best first", **_table(top_table(known, 40))))
    sections.append(Section("Attrition by the eligibility gates", **_table(run.attrition())))
    for name, table in run.sensitivity().items():
        sections.append(Section(name, **_table(table.head(n_top))))
    if unchecked := config.get("run", {}).get("unchecked_limits", []):
        text = "No candidate has a value of: " + ", ".join(title_of(key) for key in unchecked) + "."
        sections.append(Section("Limits that could not be checked", text))
    rejected = run.rejected()
    if len(rejected):
        title = f"Rejected before the screen ({len(rejected):,})"
        text = "The first fifty; all of them stand in rejected.csv."
        sections.append(Section(title, text, **_table(rejected.head(50))))
    if models := config.get("models", []):
        sections.append(Section("Models and references", **_table(pd.DataFrame(models))))
    return sections


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
