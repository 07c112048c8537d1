"""One row of a run by id, formula or name."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ssbscreen.app.server.problems import Problem
from ssbscreen.app.server.runs import OpenRun
from ssbscreen.core.errors import UsageError

_NAMED_BY = ("candidate_id", "formula", "label", "material", "role", "rank", "score", "is_made", "is_known")


def find_row(run: OpenRun, name: str, role: str | None) -> int:
    """Row of an id, else of what `query.lookup.find` takes a formula or name for.

    Raises:
        Problem: nothing carries that name.
        UsageError: an unknown role.
    """
    table = run.table
    if role is not None:
        table.rows_of(role)
    place = table.place_of(name, role)
    return place if place is not None else _by_name(run, name, role)


def lean_frame(run: OpenRun, role: str) -> pd.DataFrame:
    """The columns of a role that names are looked up in, indexed by row."""
    frame = run.table.frame(tuple(name for name in _NAMED_BY if name in run.table), role)
    for name in [str(column) for column in frame.columns if frame[column].dtype == "string"]:
        frame[name] = frame[name].astype(object).where(frame[name].notna(), None)
    start = run.table.rows_of(role).start
    return frame.set_index(np.arange(start, start + len(frame)))


def _by_name(run: OpenRun, name: str, role: str | None) -> int:
    from ssbscreen.query.lookup import find

    others = [run.role, *(other for other in run.table.roles if other != run.role)]
    said = ""
    for own in [role] if role is not None else others:
        try:
            return int(find(lean_frame(run, own), name).index[0])
        except UsageError as error:
            said = said or str(error)
    raise Problem(
        404,
        "unknown-candidate",
        said,
        given=name,
        allowed="an id, a formula or a name in use",
        remedy="look for it with /candidates?where=, or leave the role out",
    )
