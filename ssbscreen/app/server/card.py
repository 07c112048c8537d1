"""Everything that a run knows of one candidate, as plain values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ssbscreen.app.server.finding import lean_frame
from ssbscreen.app.server.papers import link_of
from ssbscreen.app.server.rows import records
from ssbscreen.app.server.runs import OpenRun
from ssbscreen.app.server.selection import Question, View
from ssbscreen.query.columns import most_of, title_of, unit_of
from ssbscreen.query.plain import plain
from ssbscreen.ranking.criteria import Screen

N_PARTNERS = 10  # cells of an electrolyte that are listed
N_VARIANTS = 25  # rows of one composition that are listed
_NAMES = ("candidate_id", "formula", "label", "rank", "score", "is_made")
_WORDS = (
    *("process_route", "glass_formers", "scarce_elements", "flammability", "polymer_rule", "kinetic_window"),
    *("interphase_growth", "provenance", "made_source", "source"),
)


def card_of(run: OpenRun, index: int) -> dict[str, Any]:
    """The card of a row of the ranking."""
    row = run.table.row(index)
    role, candidate_id = str(row["role"]), str(row["candidate_id"])
    screen = run.screens.get(role)
    criteria = _criteria(row, screen)
    named = {entry["name"] for entry in criteria}
    limiting = str(row.get("limiting_criterion", ""))
    return {
        "id": candidate_id,
        "role": role,
        "name": row.get("label") or row["formula"],
        "row": row,
        "criteria": criteria,
        "shown": [entry for name in _quantities(row) if name not in named for entry in [_quantity(row, name)]],
        "words": {name: row[name] for name in _WORDS if row.get(name)},
        "limits": {
            "criterion": limiting,
            "label": title_of(limiting) if limiting else "",
            "needs": row.get("needs", ""),
            "tests": next((entry["test"] for entry in criteria if entry["name"] == limiting), ""),
        },
        "next_test": row.get("next_test", ""),
        "sources": sources_of(run, candidate_id),
        "with_lithium": _with_lithium(run, candidate_id),
        "partners": partners_of(run, index, row),
        "variants": variants_of(run, index, row),
    }


def _quantities(row: dict[str, Any]) -> list[str]:
    return [name.removesuffix("_value") for name in row if name.endswith("_value")]


def _quantity(row: dict[str, Any], name: str) -> dict[str, Any]:
    title = title_of(name.removeprefix("pair_"))
    parts = {part: row.get(f"{name}_{part}") for part in ("value", "low", "high")}
    unit = unit_of(name)
    told = {"name": name, "label": title, "unit": "" if unit == "1" else unit, "most": most_of(name)}
    return told | parts


def _criteria(row: dict[str, Any], screen: Screen | None) -> list[dict[str, Any]]:
    """Criteria of the row's role with their values; what is imputed has none."""
    if screen is None:
        names = [name.removesuffix("_desirability") for name in row if name.endswith("_desirability")]
        return [_judged(row, name) for name in names]
    found = []
    for criterion, weight in zip(screen.criteria, screen.weights, strict=True):
        told = criterion_words(criterion.name, screen) | {"weight": weight}
        found.append(_judged(row, criterion.name) | told)
    return found


def _judged(row: dict[str, Any], name: str) -> dict[str, Any]:
    judged = _quantity(row, name)
    judged |= {part: row.get(f"{name}_{part}") for part in ("desirability", "evidence", "n_studies")}
    if judged["n_studies"] is not None:
        judged["n_studies"] = int(judged["n_studies"])  # a column that not every role fills holds floats
    judged["is_imputed"] = bool(row.get(f"{name}_imputed", False))
    return judged


def criterion_words(name: str, screen: Screen) -> dict[str, Any]:
    """What a screen says of one of its criteria."""
    criterion = next(own for own in screen.criteria if own.name == name)
    unit = unit_of(criterion.name) or unit_of(criterion.property)
    return {
        "name": criterion.name,
        "label": title_of(criterion.name),
        "unit": "" if unit == "1" else unit,
        "group": criterion.group,
        "direction": criterion.direction,
        "good": plain(criterion.good),
        "bad": plain(criterion.bad),
        "scale": criterion.scale,
        "limit": criterion.hard_limit,
        "is_vital": criterion.name in (screen.vital or ()),
        "partner": criterion.partner,
        "citation": criterion.citation,
        "test": criterion.test,
        "note": criterion.note,
    }


def sources_of(run: OpenRun, candidate_id: str) -> list[dict[str, Any]]:
    """Values that sources give for a candidate, counted or not, with the address of the paper where it has one."""
    found = run.evidence(candidate_id)
    rows = plain(found.astype(object).where(found.notna(), None)) if len(found) else []
    return [
        {
            "property": row["property"],
            "label": title_of(str(row["property"])),
            "value": row["value"],
            "unit": row["unit"],
            "as_written": row["as_written"],
            "bound": row["bound"],
            "temperature_c": row["temperature_c"],
            "source": row["source"],
            "method": row["method"],
            "verdict": row["verdict"],
            "reference": row["reference"] or "",
            "link": link_of(str(row["reference"] or "")),
        }
        for row in rows
    ]


def _with_lithium(run: OpenRun, candidate_id: str) -> dict[str, Any]:
    """Reaction with lithium in short; empty where no phase diagram was computed."""
    path = run.folder.path / "hulls.parquet"
    if not path.is_file():
        return {}
    hit = pd.read_parquet(path, filters=[("candidate_id", "==", candidate_id)])
    if not len(hit):
        return {}
    return {name: value for name, value in plain(hit.iloc[0]).items() if name != "candidate_id"}


def partners_of(run: OpenRun, index: int, row: dict[str, Any]) -> dict[str, Any]:
    """The best cells of an electrolyte, and what its own row says of the best one."""
    told = {name: row[name] for name in ("best_cathode", "pair_score", "coating", "catholyte") if name in row}
    if row["role"] == "pair" or "pair" not in run.table.roles:
        return told | {"cells": []}
    ids = run.table.frame(("candidate_id",), "pair")["candidate_id"]
    start = run.table.rows_of("pair").start
    own = np.flatnonzero(ids.str.startswith(f"{row['candidate_id']}|").to_numpy(dtype=bool))[:N_PARTNERS] + start
    names = tuple(name for name in ("candidate_id", "rank", "score", "coating", "catholyte") if name in run.table)
    return told | {"cells": [_cell(entry) for entry in records(run.table, own, names)]}


def _cell(entry: dict[str, Any]) -> dict[str, Any]:
    return entry | {"cathode": str(entry["candidate_id"]).rsplit("|", 1)[-1]}


def variants_of(run: OpenRun, index: int, row: dict[str, Any]) -> list[dict[str, Any]]:
    """Other rows of the same material, or of the composition where the run does not know materials."""
    table, role = run.table, str(row["role"])
    names = tuple(name for name in (*_NAMES, "variant_of") if name in table)
    if "variant_of" not in table:
        from ssbscreen.query.lookup import same_composition

        frame = lean_frame(run, role)
        own = frame.iloc[index - table.rows_of(role).start]
        return records(table, same_composition(frame, own).index.to_numpy()[:N_VARIANTS], names)
    stands_for = row.get("variant_of") or row["candidate_id"]
    variants = table.frame(("variant_of", "candidate_id"), role)
    same = (variants["variant_of"].eq(stands_for) | variants["candidate_id"].eq(stands_for)).fillna(False)
    start = table.rows_of(role).start
    rows = np.flatnonzero(same.to_numpy(dtype=bool)) + start
    return records(table, rows[rows != index][:N_VARIANTS], names)


def better_known(run: OpenRun, role: str, chemistry_class: str) -> int | None:
    """Row of the best-ranked made candidate of a class; None where nobody made one."""
    if "is_made" not in run.table:
        return None
    quoted = chemistry_class.replace("\\", "\\\\").replace("'", "\\'")
    rows = run.selections.rows(Question(role, View.materials, f"chemistry_class == '{quoted}' and is_made"))
    return int(rows[0]) if len(rows) else None
