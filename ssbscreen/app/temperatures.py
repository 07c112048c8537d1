"""A candidate of a finished run at other temperatures, under the conditions of that run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ssbscreen.app.at_temperature import energy_origins, operating_of
from ssbscreen.app.predict import predicted
from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import UsageError
from ssbscreen.query.lookup import find
from ssbscreen.query.store import RunFolder
from ssbscreen.query.temperatures import Interval, temperature_lines
from ssbscreen.query.text_table import TextTable
from ssbscreen.readers.polymer_text import polymer_of
from ssbscreen.screening.evidence.weighing import ACTIVATION, CONDUCTIVITY, VOGEL


def temperatures(run: RunFolder, name: str, wanted: Sequence[float]) -> Iterator[str | TextTable]:
    """Lines and a table for one candidate; of a pair its electrolyte is to be named.

    Args:
        run: a finished run.
        name: id, formula or name in use.
        wanted: degree C.

    Raises:
        UsageError: nothing carries that name, the row is a pair, or a temperature is not allowed.
    """
    row = run.rows(find(run.names(), name).index[:1]).iloc[0]
    if row["role"] in ("pair", "cathode"):
        raise UsageError(
            f"'{row['candidate_id']}' is a {row['role']}; name an electrolyte to see it at other temperatures."
        )
    label = row.get("label")
    yield f"{row['candidate_id']}" + (f" ({label})" if isinstance(label, str) and label else "")
    is_polymer = row["chemistry_class"] == "polymer"
    asked = _asked(str(row["formula"]), wanted) if is_polymer else None
    (origin,) = energy_origins(run, row.to_frame().T)
    yield from temperature_lines(row, operating_of(run), wanted, asked, origin)


def _asked(formula: str, wanted: Sequence[float]) -> dict[float, Interval]:
    """Conductivity of a polymer as its model gives it at each temperature, with what was measured, S/cm.

    Raises:
        UsageError: the model gives none.
    """
    polymer = polymer_of(formula)
    candidates = [Candidate(f"{formula} at {t:g}", polymer=polymer, temperature_c=t) for t in wanted]
    column = predicted(candidates, (CONDUCTIVITY, ACTIVATION, VOGEL), evidence="best").by_property[CONDUCTIVITY]
    if not column.is_present.all():
        raise UsageError(f"The model of polymers gives no conductivity of '{formula}'.")
    ends = zip(wanted, column.mean, column.lower, column.upper, strict=True)
    return {t: Interval(*(float(10.0**x) for x in values)) for t, *values in ends}
