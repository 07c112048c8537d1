"""The table and the picture of a ranking that README and first page show, from a finished run.

Usage: make screen && .venv/bin/python docs/_generate/shown_run.py runs/default
Writes docs/ranking.csv and docs/ranking.png, and the table of README.md between its two marks.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from _generate.markdown import table
from ssbscreen.core.chemistry import family_title
from ssbscreen.files.writing import write_bytes, write_table, write_text
from ssbscreen.query.columns import caution_text, first_of, first_text, first_title, share_text, short_title_of
from ssbscreen.query.figures import heat_map, name_of, png
from ssbscreen.query.series import collapsed

ROOT = Path(__file__).resolve().parents[2]
MARKS = ("<!-- ranking.csv -->\n", "<!-- end of ranking.csv -->\n")
N_SHOWN, N_OF_CLASS = 12, 5


def header(n_first: int) -> tuple[str, ...]:
    """Columns of the table."""
    among = first_title(n_first)
    first = ("rank", among, "candidate", "class", "family", "score")
    return (*first, "all limits hold", "limited by", "coverage", "caution")


def shown(ranked: pd.DataFrame, n_first: int) -> pd.DataFrame:
    """The first rows of a ranking as they are printed."""
    rows = [
        (
            str(r["rank"]),
            first_text(r, n_first),
            name_of(r),
            r["chemistry_class"],
            family_title(r["family"]),
            f"{r['score']:.3f}",
            share_text(r["p_all"]),
            short_title_of(r["limiting_criterion"]),
            share_text(r["coverage"]),
            caution_text(r),
        )
        for _, r in ranked.head(N_SHOWN).iterrows()
    ]
    return pd.DataFrame(rows, columns=header(n_first))


def readme_with(text: str, rows: pd.DataFrame) -> str:
    """README with its table replaced."""
    start, end = MARKS
    before, rest = text.split(start)
    return (
        f"{before}{start}{table(tuple(map(str, rows.columns)), rows.itertuples(index=False))}{end}{rest.split(end)[1]}"
    )


def main(run: Path) -> None:
    """Write table and picture of the separators of a run."""
    frame = pd.read_parquet(run / "ranking.parquet")
    ranked = frame[(frame["role"] == "separator") & frame["rank"].notna()].sort_values("rank")
    n_first = first_of(len(ranked))
    ranked = collapsed(ranked).reset_index(drop=True)  # one row a family series, as `query` shows them
    rows = shown(ranked, n_first)
    write_table(rows, ROOT / "docs" / "ranking.csv")
    best = ranked.groupby("chemistry_class", sort=False).head(N_OF_CLASS)
    main_classes = best[best["chemistry_class"].isin(("sulfide", "oxide", "halide", "polymer"))]
    write_bytes(png(heat_map(main_classes.dropna(axis="columns", how="all"))), ROOT / "docs" / "ranking.png")
    readme = ROOT / "README.md"
    write_text(readme_with(readme.read_text(encoding="utf-8"), rows), readme)
    print(f"{len(ranked):,} family series of ranked separators")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
