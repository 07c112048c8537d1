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
from ssbscreen.query.columns import PLACE, place_text
from ssbscreen.query.figures import heat_map, name_of, png
from ssbscreen.query.series import collapsed

ROOT = Path(__file__).resolve().parents[2]
MARKS = ("<!-- ranking.csv -->\n", "<!-- end of ranking.csv -->\n")
N_SHOWN, N_OF_CLASS = 12, 5
HEADER = ("rank", PLACE, "candidate", "class", "family", "score", "p_all", "limiting criterion", "coverage")


def shown(ranked: pd.DataFrame) -> pd.DataFrame:
    """The first rows of a ranking as they are printed."""
    rows = [
        (
            str(r["rank"]),
            place_text(r),
            name_of(r),
            r["chemistry_class"],
            family_title(r["family"]),
            f"{r['score']:.3f}",
            f"{r['p_all']:.2f}",
            r["limiting_criterion"],
            f"{r['coverage']:.0%}",
        )
        for _, r in ranked.head(N_SHOWN).iterrows()
    ]
    return pd.DataFrame(rows, columns=HEADER)


def readme_with(text: str, rows: pd.DataFrame) -> str:
    """README with its table replaced."""
    start, end = MARKS
    before, rest = text.split(start)
    return f"{before}{start}{table(HEADER, rows.itertuples(index=False))}{end}{rest.split(end)[1]}"


def main(run: Path) -> None:
    """Write table and picture of the separators of a run."""
    frame = pd.read_parquet(run / "ranking.parquet")
    ranked = frame[(frame["role"] == "separator") & frame["rank"].notna()].sort_values("rank")
    ranked = collapsed(ranked).reset_index(drop=True)  # one row a family series, as `query` shows them
    rows = shown(ranked)
    write_table(rows, ROOT / "docs" / "ranking.csv")
    best = ranked.groupby("chemistry_class", sort=False).head(N_OF_CLASS)
    main_classes = best[best["chemistry_class"].isin(("sulfide", "oxide", "halide", "polymer"))]
    write_bytes(png(heat_map(main_classes.dropna(axis="columns", how="all"))), ROOT / "docs" / "ranking.png")
    readme = ROOT / "README.md"
    write_text(readme_with(readme.read_text(encoding="utf-8"), rows), readme)
    print(f"{len(ranked):,} family series of ranked separators")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
