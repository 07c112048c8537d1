"""What a screen leaves for people: one self-contained page, the same as text, and its table for other programs."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, select_autoescape

from ssbscreen.files.writing import write_table, write_text
from ssbscreen.query.columns import first_note, first_title, title_of
from ssbscreen.query.plain import plain
from ssbscreen.query.report import accounts
from ssbscreen.query.report.content import Content, content_of
from ssbscreen.query.report.markdown import markdown
from ssbscreen.query.report.numbers import with_subscripts
from ssbscreen.query.report.payload import embedded, payload
from ssbscreen.query.report.shown_rows import ShownRows, plain_table
from ssbscreen.query.report.summary import test_titles
from ssbscreen.query.series import collapsed
from ssbscreen.query.store import REPORT, RunFolder
from ssbscreen.query.tables import top_table

TEXT, TABLE, COLUMNS = "report.md", "report.csv", "report.json"
_FOLDER = Path(__file__).parent
_STYLES = ("palette.css", "page.css")
_SCRIPTS = ("data.js", "draw.js", "table.js", "filters.js", "scatter.js", "profile.js", "main.js")


def write_report(run: RunFolder, n_top: int = 25) -> Path:
    """Make `report.html` of a run, and beside it `report.md`, `report.csv` and `report.json`.

    Args:
        run: a run folder with ranking, attrition and rejected tables and its configuration.
        n_top: rows of the tables that are printed in full.

    Returns:
        The page.
    """
    content = content_of(run, n_top)
    page = run.path / REPORT
    table = plain_table(content.roles[0])
    write_table(table, run.path / TABLE)
    write_text(json.dumps(_columns(content, table), ensure_ascii=False, allow_nan=False), run.path / COLUMNS)
    write_text(markdown(content, n_top), run.path / TEXT)
    write_text(_html(content, n_top), page)
    return page


def _columns(content: Content, table: pd.DataFrame) -> dict[str, object]:
    """The table, column by column, with what its columns mean."""
    criteria = [
        {
            "name": w.name,
            "title": w.title,
            "unit": w.unit,
            "weight": w.weight,
            "requirement": w.text,
            "source": w.citation,
        }
        for w in content.roles[0].criteria
    ]
    return {
        "title": content.title,
        "summary": list(content.summary.sentences()),
        "provenance": dict(content.provenance),
        "criteria": criteria,
        "n_candidates": content.roles[0].n_all,
        "candidates": {str(column): plain(table[column].tolist()) for column in table},
    }


def _html(content: Content, n_top: int) -> str:
    script = "\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in _SCRIPTS)
    script = f"(() => {{\n'use strict';\n{script}}})();"
    titles = {name: title_of(name) for name in sorted(set().union(*map(_limiting, content.roles)))}
    n_first = content.summary.n_first
    data = payload(content.roles, test_titles(), titles, content.sources)
    environment = Environment(loader=FileSystemLoader(_FOLDER), autoescape=select_autoescape(["html", "j2"]))
    environment.filters |= {"formula": with_subscripts}
    return environment.get_template("page.html.j2").render(
        content=content,
        first=accounts.table_of(top_table(collapsed(content.roles[0].frame), n_top, n_first), "Best candidates"),
        limits=accounts.LIMITS,
        among=first_title(n_first),
        among_note=first_note(n_first),
        styles="\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in _STYLES),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii"),
        data=embedded(data),
    )


def _limiting(rows: ShownRows) -> set[str]:
    return {name for name in rows.texts("limiting_criterion") if name}
