"""One candidate as text: its criteria with intervals, what lithium does to it, and what to measure next."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd

from ssbscreen.core.chemistry import family_title
from ssbscreen.core.number_text import number
from ssbscreen.query.columns import (
    cautions,
    criteria_of,
    does_not_apply,
    interval_with_unit,
    label_of,
    share_text,
    shown_of,
    title_of,
)
from ssbscreen.query.evidence_lines import sources
from ssbscreen.query.making import making_lines
from ssbscreen.query.notes import margin_notes, notes
from ssbscreen.query.store import RunFolder

Compute = Callable[[pd.Series], pd.DataFrame]
"""Reactions of a row of a ranking, in the form of the run folder."""
_NAME, _VALUE, _BAR = 26, 38, 10  # characters; a line of all three fits 80
_WORDS = (
    "process_route",
    "glass_formers",
    "scarce_elements",
    "flammability",
    "polymer_rule",
    "kinetic_window",
    "interphase_growth",
    "provenance",
)
_BARE = "with nothing between"
_OTHERS = 12  # rows of one composition that are listed


def sheet(run: RunFolder, name: str, compute: Compute | None = None) -> Iterator[str]:
    """Lines that describe a candidate in every role that it was ranked in.

    Args:
        run: a finished run.
        name: id, formula or name in use; of several rows the best that was made.
        compute: makes the reactions of a row that the run folder does not hold.

    Raises:
        UsageError: nothing carries that name.
    """
    from ssbscreen.query.lookup import find, same_composition  # names of materials need the chemistry

    frame = run.names()
    found = find(frame, name)
    same = run.rows(found.index[found["candidate_id"] == found["candidate_id"].iloc[0]])
    for _, row in same.iterrows():
        yield from _one(row, frame)
    yield from _reactions(run, same.iloc[0], compute)
    yield from sources(run.evidence(str(same["candidate_id"].iloc[0])))
    yield from _others(same_composition(frame, same.iloc[0]), same.iloc[0])


def brief(run: RunFolder, name: str) -> Iterator[str]:
    """What decides about a candidate, on one screen: its place, its criteria, its cell, what lithium makes of it.

    Args:
        run: a finished run.
        name: id, formula or name in use; of several rows the best that was made.

    Raises:
        UsageError: nothing carries that name.
    """
    from ssbscreen.query.lookup import find, same_composition

    frame = run.names()
    found = find(frame, name)
    candidate_id = str(found["candidate_id"].iloc[0])
    row = run.rows(found.index[:1]).iloc[0]
    yield from _head(row, frame, is_brief=True)
    yield from _criteria(row, is_brief=True)
    yield ""
    yield from margin_notes(row)
    if isinstance(row.get("best_cathode"), str) and row["best_cathode"]:
        yield f"best cathode, {_BARE}: {row['best_cathode']}, score {number(row.get('pair_score'))}"
    yield from _best_cell(row, frame)
    hulls = run.hulls()
    hit = hulls if hulls.empty else hulls[hulls["candidate_id"] == candidate_id]
    for products in hit["products_at_0V"].head(1) if len(hit) else ():
        if products:
            yield f"with lithium metal (0 V), share of the atoms: {products}"
    values = [line.rstrip(":") for line in sources(run.evidence(candidate_id)) if line and not line.startswith(" ")]
    if values:
        yield f"reported: {'; '.join(values)}"
    if len(roles := frame.loc[frame["candidate_id"] == candidate_id, "role"]) > 1:
        yield f"also ranked as {', '.join(role for role in roles if role != row['role'])}"
    if n := len(same_composition(frame, row)):
        yield f"also of this composition: {n} more"
    yield "--all adds what does not count, reactions, every source and rows of the same composition"


def _others(others: pd.DataFrame, shown: pd.Series) -> Iterator[str]:
    """Other rows of one composition, with rank or score and why they stand apart."""
    if not len(others):
        return
    yield ""
    yield f"also of this composition ({len(others)}):"
    for _, row in others.head(_OTHERS).iterrows():
        place = f"score {number(row['score'])}" if pd.isna(row["rank"]) else f"rank {int(row['rank'])}"
        yield f"  {row['candidate_id']}, {_material(row)}: {place}, {_relation(row, shown)}"
    if len(others) > _OTHERS:
        yield f"  and {len(others) - _OTHERS} more; `ssbscreen query --expand` lists all rows"


def _material(row: pd.Series) -> str:
    return str(row.get("material") or label_of(row) or row["formula"])


def _relation(row: pd.Series, shown: pd.Series) -> str:
    """Why a row of the same composition is another one."""
    if row.get("material") == shown.get("material"):
        return "the same material given again"
    if bool(row.get("is_made")):
        return "another polymorph that was made"
    return "a structure that nobody is on record to have made"


def _one(row: pd.Series, frame: pd.DataFrame) -> Iterator[str]:
    yield from _head(row, frame)
    yield from _criteria(row)
    yield from _beside(row, frame)
    yield ""
    yield from margin_notes(row)
    yield from notes(row)
    for name in _WORDS:
        if isinstance(row.get(name), str) and row[name]:
            yield f"{name.replace('_', ' ')}: {row[name]}"
    if row["role"] not in ("pair", "cathode"):
        yield from making_lines(row)


def _head(row: pd.Series, frame: pd.DataFrame, *, is_brief: bool = False) -> Iterator[str]:
    """What it is, whether it was made, its place and what limits it."""
    label = label_of(row)
    yield str(row["candidate_id"]) + (f" ({label})" if label else "")
    yield f"{row['formula']}, {row['chemistry_class']}, {family_title(row['family'])}, as {row['role']}"
    if "is_made" in row.index:
        by = str(row["made_source"])
        first, *more = by.split("; ")
        by = f"{first} and {len(more)} more" if is_brief and more else by
        yield f"made: {by}" if row["is_made"] else "not on record as made"
    yield _rank_line(row, int((frame["rank"].notna() & (frame["role"] == row["role"])).sum()))
    yield (
        f"all limits hold in {share_text(row['p_all'])} of the draws, coverage {share_text(row['coverage'])}, "
        f"{'inside' if row['in_domain'] else 'outside'} the training domain, "
        f"{'on' if row['pareto_front'] else 'not on'} the Pareto front"
    )
    if said := cautions(row):
        yield f"caution: {', '.join(said)}"
    yield f"limited by {title_of(str(row['limiting_criterion'] or 'nothing known'))}; next test: {row['next_test']}"
    if isinstance(row.get("needs"), str) and row["needs"]:
        yield f"what helps its weak points: {row['needs']}"


def _criteria(row: pd.Series, *, is_brief: bool = False) -> Iterator[str]:
    """A line each criterion; where it has to be brief, none for those that do not apply."""
    yield ""
    yield f"{'criterion':<{_NAME}}{'median [5 %, 95 %]':<{_VALUE}}desirability"
    for criterion in criteria_of(row.to_frame().T):
        if f"{criterion}_value" not in row:
            continue
        if pd.isna(row[f"{criterion}_desirability"]):
            if does_not_apply(row, criterion):
                if not is_brief:
                    yield f"{criterion:<{_NAME}}does not apply to its class"
            elif pd.notna(row.get(f"{criterion}_imputed")):
                yield f"{criterion:<{_NAME}}unknown, drawn from its family or class"
            continue
        desirability = float(row[f"{criterion}_desirability"])
        bar = "#" * round(_BAR * desirability)
        yield f"{criterion:<{_NAME}}{interval_with_unit(row, criterion):<{_VALUE}}{desirability:.2f} {bar}"


def _beside(row: pd.Series, frame: pd.DataFrame) -> Iterator[str]:
    """What is known without counting, then the cell with the best cathode."""
    shown = shown_of(row)
    own, paired = ([n for n in shown if n.startswith("pair_") is is_pair] for is_pair in (False, True))
    if own:
        yield ""
        yield "also, without counting:"
        yield from (_value_line(row, name, name) for name in own)
    if isinstance(row.get("best_cathode"), str) and row["best_cathode"]:
        yield ""
        yield f"best cathode, {_BARE}: {row['best_cathode']}, score {number(row.get('pair_score'))}; its cell:"
        yield from (_value_line(row, name, name.removeprefix("pair_")) for name in paired)
    yield from _best_cell(row, frame)


def _best_cell(row: pd.Series, frame: pd.DataFrame) -> Iterator[str]:
    """The best ranked cell of an electrolyte, whatever stands between it and the cathode; none where it has no rank."""
    own = frame[(frame["role"] == "pair") & frame["rank"].notna()]
    own = own[own["candidate_id"].astype(str).str.startswith(f"{row['candidate_id']}|")]
    if row["role"] == "pair" or not len(own):
        return
    best = own.sort_values("rank", kind="stable").iloc[0]
    place = f"rank {int(best['rank'])} of the cells, score {number(best['score'])}"
    yield f"best ranked cell: {best['candidate_id']}, {place}"


def _rank_line(row: pd.Series, n_ranked: int) -> str:
    if isinstance(row.get("variant_of"), str) and row["variant_of"]:
        why = "the same material" if row.get("is_made") else "nobody is on record to have made this structure"
        return f"no rank of its own, score {number(row['score'])}: stands behind {row['variant_of']} ({why})"
    if pd.isna(row["rank"]):
        return "no rank: too little of the weight is predicted"
    return (
        f"rank {int(row['rank'])} of {n_ranked}; tie group {int(row['tie_group'])}, score {number(row['score'])} "
        f"[{number(row.get('score_low'))}, {number(row.get('score_high'))}]{_among(row, n_ranked)}"
    )


def _among(row: pd.Series, n_ranked: int) -> str:
    """In how many of the draws it stands among the first ten and hundred, where more than these have a rank.

    Empty for runs of older versions.
    """
    shares = {n: share_text(row.get(f"p_first_{n}")) for n in (10, 100) if n < n_ranked}
    said = [f"among the first {n} in {share}" for n, share in shares.items() if share]
    return f"; {' of the draws, '.join(said)}{'' if len(said) > 1 else ' of the draws'}" if said else ""


def _value_line(row: pd.Series, name: str, title: str) -> str:
    return f"{title:<{_NAME}}{interval_with_unit(row, name)}"


def _reactions(run: RunFolder, candidate: pd.Series, compute: Compute | None) -> Iterator[str]:
    hulls, candidate_id = run.hulls(), str(candidate["candidate_id"])
    hit = hulls if hulls.empty else hulls[hulls["candidate_id"] == candidate_id]
    if len(hit):
        yield from _with_lithium(hit.iloc[0])
    if candidate["chemistry_class"] == "polymer" or candidate["role"] == "pair":
        return
    reactions = run.reactions(candidate_id)
    if reactions.empty and compute is not None:
        reactions = compute(candidate)
    yield from _in_words(reactions)


def _with_lithium(row: pd.Series) -> Iterator[str]:
    if row["products_at_0V"]:
        yield f"with lithium metal (0 V), share of the atoms: {row['products_at_0V']}"
        yield f"do they conduct electrons: {row['products_conduct_electrons']}"
    if row.get("gases_in_air"):
        yield f"humid air sets free: {row['gases_in_air']}"
    if row["uses_hull_energy"]:
        yield "its own energy is not known: window and decomposition are those of its equilibrium products"
    if row["reason"]:
        yield f"phase diagram: {row['reason']}"
    yield f"reference: {row['reference']}"


def _in_words(reactions: pd.DataFrame) -> Iterator[str]:
    """Reactions contact by contact, the condition before each."""
    if reactions.empty:
        yield "its reactions are not in the run folder, and the reference phases do not give them"
        return
    for contact, group in reactions.groupby("contact", sort=False):
        yield ""
        yield f"reactions with {contact}, {group['unit'].iloc[0]}:"
        for line in group.itertuples():
            yield f"  {line.condition:<28}{line.energy:>8.3f}  {line.reaction}"
