"""The report as text, for a notebook, a mail or a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ssbscreen.query.columns import first_note, first_title
from ssbscreen.query.report import accounts
from ssbscreen.query.report.content import Content
from ssbscreen.query.series import collapsed
from ssbscreen.query.tables import top_table

_MARKS = str.maketrans({c: f"\\{c}" for c in "\\`*_[]<>|#"})


def markdown(content: Content, n_top: int) -> str:
    """Summary, first rows, classes, funnel, sensitivity, limits and provenance."""
    return "\n".join(_lines(content, n_top)) + "\n"


def _lines(content: Content, n_top: int) -> Iterator[str]:
    yield f"# {_escaped(content.title)}"
    yield ""
    yield from (f"- {_escaped(line)}" for line in content.summary.sentences())
    yield from _table("Classes", first_note(content.summary.n_first), *_classes(content))
    rows = content.roles[0]
    best = accounts.table_of(top_table(collapsed(rows.frame), n_top, content.summary.n_first), "First candidates")
    kept = f"{len(rows.frame):,} of {rows.n_all:,} materials"
    text = f"One row a family series; report.csv holds {kept} with every criterion."
    yield from _table(best.title, text, best.head, best.rows)
    steps = [(s.title, f"{s.n_removed:,}", f"{s.n_left:,}", s.reason) for s in content.funnel]
    yield from _table("From the pool to the list", "", ("step", "removed", "left", "why"), steps)
    for table in (*content.sensitivity, *content.beside):
        yield from _table(table.title, table.text, table.head, table.rows)
    yield from ("", "## What this ranking cannot know", "", *(f"- {_escaped(line)}" for line in accounts.LIMITS))
    if content.unchecked:
        yield f"- No candidate has a value of: {_escaped(', '.join(content.unchecked))}."
    yield from _table("Made with", "", ("what", "value"), content.provenance)


def _classes(content: Content) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    among = first_title(content.summary.n_first)
    head = (
        *(
            "class",
            "leads",
            "caution",
            "rank",
            *filter(None, (among,)),
            "score",
            "limited by",
            "its value",
            "measure next",
        ),
        *("ranked", "made"),
    )
    rows = [
        (
            c.title,
            c.leader,
            ", ".join(c.cautions),
            f"{c.rank}",
            *((c.among_first,) if among else ()),
            f"{c.score:.2f} ({c.score_low:.2f} to {c.score_high:.2f})",
            c.limited_by,
            c.limit_value,
            c.next_test,
            f"{c.n_ranked:,}",
            f"{c.n_made:,}",
        )
        for c in content.summary.classes
    ]
    return head, rows


def _table(title: str, text: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if not rows:
        return
    yield from ("", f"## {_escaped(title)}", "")
    if text:
        yield from (_escaped(text), "")
    yield _row(head)
    yield _row(["---"] * len(head), is_escaped=True)
    yield from (_row(row) for row in rows)


def _row(cells: Sequence[str], *, is_escaped: bool = False) -> str:
    return f"| {' | '.join(cell if is_escaped else _escaped(cell) for cell in cells)} |"


def _escaped(text: str) -> str:
    """Text in which no letter means anything to Markdown or HTML."""
    return text.replace("&", "&amp;").translate(_MARKS).replace("\n", " ")
