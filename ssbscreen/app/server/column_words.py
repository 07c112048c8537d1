"""What every column of a ranking means: name, unit, description, roles and kind."""

from __future__ import annotations

from dataclasses import dataclass

from ssbscreen.app.server.runs import OpenRun
from ssbscreen.query.columns import first_note, most_of, title_of, unit_of

PARTS = {
    "_value": "median over the draws; empty where imputed",
    "_low": "5th percentile over the draws",
    "_high": "95th percentile over the draws",
    "_desirability": "desirability of the median, 0 to 1, of a vital criterion times what its limit leaves",
    "_imputed": "whether the value stands in for a missing one",
    "_evidence": "on what the value rests: measured, calculated, predicted, family or imputed",
    "_n_studies": "independent studies that measured it",
}
_WITHOUT_UNIT = ("_desirability", "_imputed", "_evidence", "_n_studies")
HEAD = {
    "rank": "place by descending score; empty without a rank of its own",
    "rank_low": "10th percentile of the place in the draws, each one way the unknown may turn out; no end of an "
    "interval of rank: of a leader it may lie behind that",
    "rank_high": "90th percentile of the place in the draws",
    "tie_group": "rows that the draws do not tell apart share a number",
    "candidate_id": "identifier; of a cell its parts, joined by |",
    "formula": "formula as chemists write it; of a polymer its repeat unit with salt and molality",
    "chemistry_class": "coarse kind of the material: sulfide, oxide, halide, polymer ...",
    "family": "fine kind of the material: garnet, argyrodite ...",
    "role": "what the candidate is to be: separator, catholyte, coating, cathode or pair",
    "score": "geometric mean of the worth over criteria and draws, 0 to 1",
    "p_all": "share of the draws in which every checked hard limit holds",
    "pareto_front": "whether it is credibly better in some group of criteria than each candidate before it",
    "limiting_criterion": "known criterion that costs most beyond what it costs the usual electrolyte",
    "coverage": "share of the weight whose values are measured, calculated or predicted for this very material",
    "in_domain": "whether the inputs of the models resemble their training data",
    "next_test": "measurement that is expected to change the leading list most for its cost",
    "score_low": "5th percentile of the worth over the draws",
    "score_high": "95th percentile of the worth over the draws",
    "rank_median": "median of the place in the draws",
    "p_first_10": first_note(10),
    "p_first_100": first_note(100),
    "needs": "partners without which the material does not serve",
    "material": "which material the row is",
    "variant_of": "row that stands for the material; empty where it is this one",
    "family_series": "structure type whose chemical variants and doping steps are one series",
    "is_made": "whether this very material is on record as synthesised",
    "made_source": "where that is said",
    "label": "name in use",
    "is_known": "whether the material is on record as synthesised",
    "source": "where the candidate comes from",
    "provenance": "how the candidate came about",
    "reference": "competing phases of the phase diagrams",
    "best_cathode": "cathode with the best cell",
    "pair_score": "score of that cell",
    "coating": "of a cell: formula of the film between electrolyte and cathode",
    "catholyte": "of a cell: id of the second electrolyte on the side of the cathode",
}


@dataclass(frozen=True)
class ColumnWords:
    """What one column means.

    Attributes:
        name: of the column.
        unit: natural unit; empty for none.
        description: in words.
        roles: roles in whose rows it is filled.
        kind: number, integer, flag or text.
        criterion: criterion or quantity that it belongs to; empty for none.
        part: value, low, high, desirability, imputed, evidence or n_studies; empty for none.
        most: largest value that says something, to be printed as "over" it beyond; None where each does.
    """

    name: str
    unit: str
    description: str
    roles: tuple[str, ...]
    kind: str
    criterion: str = ""
    part: str = ""
    most: float | None = None


def columns_of(run: OpenRun) -> list[ColumnWords]:
    """Every column of a run, in order."""
    return [_described(run, name) for name in run.table.names]


def _described(run: OpenRun, name: str) -> ColumnWords:
    roles, kind = _roles(run, name), run.table.kind_of(name)
    if name in HEAD:
        return ColumnWords(name, "", HEAD[name], roles, kind)
    for part, words in PARTS.items():
        if name.endswith(part) and f"{name.removesuffix(part)}_value" in run.table:
            criterion = name.removesuffix(part)
            title = title_of(criterion.removeprefix("pair_"))
            if criterion.startswith("pair_"):
                title += " of the cell with the best cathode"
            unit = "" if part in _WITHOUT_UNIT else unit_of(criterion)
            most = None if part in _WITHOUT_UNIT else most_of(criterion)
            shown = "" if unit == "1" else unit
            return ColumnWords(name, shown, f"{title}: {words}", roles, kind, criterion, part[1:], most)
    if name.startswith("p_beats_"):
        words = f"share of the draws in which the row is worth more than {name.removeprefix('p_beats_')}"
        return ColumnWords(name, "", words, roles, kind)
    return ColumnWords(name, "", name.replace("_", " "), roles, kind)


def _roles(run: OpenRun, name: str) -> tuple[str, ...]:
    """Roles in whose rows a column holds anything; read from the statistics of the file, else from its rows."""
    found = run.table.filled_roles()
    return tuple(role for role in run.table.roles if name in found[role])
