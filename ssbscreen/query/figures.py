"""Pictures of a ranking, drawn from its table alone."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure

from ssbscreen.core.printable import printable
from ssbscreen.core.properties import PROPERTIES
from ssbscreen.query.columns import NOT_APPLICABLE, criteria_of, has_own, name_of, title_of, unit_of

# Okabe and Ito's palette, told apart with every kind of colour vision
CLASS_COLOURS = {
    "sulfide": "#E69F00",
    "oxide": "#0072B2",
    "halide": "#009E73",
    "polymer": "#CC79A7",
    "nitride": "#56B4E9",
    "hydride": "#D55E00",
    "other": "#7F7F7F",
}
_DPI = 150


def _name(row: pd.Series, *length: int) -> str:
    """Name of a row as matplotlib draws it letter by letter: a dollar sign would begin a formula."""
    return printable(name_of(row, *length)).replace("$", r"\$")


def png(figure: Figure) -> bytes:
    """The figure as PNG bytes."""
    FigureCanvasAgg(figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI, bbox_inches="tight", facecolor="white")
    return buffer.getvalue()


def scores(frame: pd.DataFrame, n_top: int = 25) -> Figure:
    """Score of the best candidates with its interval, coloured by class.

    Args:
        frame: ranked rows of one role.
        n_top: how many.
    """
    top = frame[frame["rank"].notna()].head(n_top)
    figure = Figure(figsize=(8.5, 0.27 * len(top) + 1.2), layout="constrained")
    axes = figure.subplots()
    y = np.arange(len(top))
    for position, (_, row) in enumerate(top.iterrows()):
        colour = CLASS_COLOURS.get(row["chemistry_class"], "#7F7F7F")
        axes.plot(
            [row["score_low"], row["score_high"]],
            [position] * 2,
            color=colour,
            lw=2.4,
            alpha=0.55,
            solid_capstyle="round",
        )
        axes.plot(row["score"], position, "o", color=colour, ms=6)
    axes.set_yticks(y, [f"{int(r['rank'])}  {_name(r)}" for _, r in top.iterrows()], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(0, min(1.0, 1.1 * float(top["score_high"].max())) if len(top) else 1.0)
    axes.set_xlabel("score (mean, 5 to 95 % of the draws)")
    _legend(axes, top["chemistry_class"])
    _tidy(axes)
    return figure


def heat_map(frame: pd.DataFrame, n_top: int = 25) -> Figure:
    """Desirability of every criterion for the best candidates; cells with a cross are imputed."""
    top = frame[frame["rank"].notna()].head(n_top)
    criteria = criteria_of(frame)
    matrix = top[[f"{c}_desirability" for c in criteria]].to_numpy(dtype=float)
    figure = Figure(figsize=(0.5 * len(criteria) + 4.2, 0.27 * len(top) + 2.6), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(np.ma.masked_invalid(matrix), cmap=_desirability_map(), vmin=0, vmax=1, aspect="auto")
    for column, criterion in enumerate(criteria):
        flag = f"{criterion}_imputed"
        if flag in top:
            says = top.get(f"{criterion}_evidence", pd.Series("", index=top.index)) != NOT_APPLICABLE
            for line in np.flatnonzero(top[flag].to_numpy(dtype=bool) & says.to_numpy(dtype=bool)):
                axes.text(column, float(line), "×", ha="center", va="center", color="black", fontsize=8)
    axes.set_xticks(range(len(criteria)), [title_of(c) for c in criteria], rotation=55, ha="right", fontsize=8)
    axes.set_yticks(range(len(top)), [f"{int(r['rank'])}  {_name(r)}" for _, r in top.iterrows()], fontsize=8)
    figure.colorbar(image, ax=axes, label="desirability (cross: imputed, not predicted)", shrink=0.7)
    return figure


def pareto(frame: pd.DataFrame, x: str = "ionic_conductivity", y: str = "oxidation_limit") -> Figure:
    """Two criteria against each other: all candidates, the front of all ringed, the best of each class numbered."""
    figure = Figure(figsize=(10, 5.2), layout="constrained")
    axes = figure.subplots()
    if f"{x}_value" in frame and f"{y}_value" in frame:
        shown = frame[has_own(frame, x) & has_own(frame, y)]
        for name, group in shown.groupby("chemistry_class"):
            axes.scatter(
                group[f"{x}_value"],
                group[f"{y}_value"],
                s=7,
                alpha=0.45,
                lw=0,
                color=CLASS_COLOURS.get(str(name), "#7F7F7F"),
                rasterized=True,
            )
        front = shown[shown["pareto_front"].fillna(False).astype(bool)]
        axes.scatter(
            front[f"{x}_value"],
            front[f"{y}_value"],
            s=14,
            facecolors="none",
            edgecolors="black",
            lw=0.35,
            label=f"Pareto front over all criteria ({len(front)})",
        )
        best = shown[shown["rank"].notna()].drop_duplicates("chemistry_class")  # the best of each class
        _number_the_best(axes, best, x, y)
        if len(shown):
            low, high = np.nanpercentile(shown[f"{y}_value"], [0.0, 99.5])  # a few extremes would flatten the rest
            axes.set_xlim(*_ends(shown[f"{x}_value"], x))
            axes.set_ylim(low - 0.05 * (high - low + 1e-9), high + 0.05 * (high - low + 1e-9))
        _legend(axes, shown["chemistry_class"], extra=True)
    for name, setter, scale in ((x, axes.set_xlabel, axes.set_xscale), (y, axes.set_ylabel, axes.set_yscale)):
        setter(f"{title_of(name)} / {unit_of(name)}")
        if name in PROPERTIES and PROPERTIES[name].is_log:
            scale("log")
    _tidy(axes)
    return figure


def _ends(values: pd.Series, name: str) -> tuple[float, float]:
    """Ends of an axis that hold all but the lowest hundredth of the values."""
    low, high = np.nanpercentile(values, [1.0, 100.0])
    if name in PROPERTIES and PROPERTIES[name].is_log:
        return low / 3, high * 10
    room = 0.05 * (high - low + 1e-9)
    return low - room, high + room


def _number_the_best(axes: Axes, best: pd.DataFrame, x: str, y: str) -> None:
    """Numbers at the best of each class, with their intervals, and their names beside the picture."""
    for number, (_, row) in enumerate(best.iterrows(), start=1):
        colour = CLASS_COLOURS.get(row["chemistry_class"], "#7F7F7F")
        at = float(row[f"{x}_value"]), float(row[f"{y}_value"])
        for axis, name in enumerate((x, y)):
            ends = [row.get(f"{name}_low"), row.get(f"{name}_high")]
            if all(end is not None and pd.notna(end) for end in ends):
                line = ([*ends], [at[1]] * 2) if axis == 0 else ([at[0]] * 2, [*ends])
                axes.plot(*line, color=colour, lw=1.4, zorder=3)
        axes.plot(*at, "o", ms=12, mfc="white", mec=colour, mew=1.6, zorder=4)
        axes.annotate(str(number), at, ha="center", va="center", fontsize=7.5, zorder=5)
        text = f"{number}  {_name(row, 26)} ({row['chemistry_class']}, rank {int(row['rank'])})"
        place = (1.02, 0.97 - 0.065 * (number - 1))
        axes.annotate(text, place, xycoords="axes fraction", fontsize=7.5, va="center", color="#18202B")


def classes(frame: pd.DataFrame) -> Figure:
    """Strengths and weaknesses: median desirability of each criterion in each class, own predictions only."""
    criteria = criteria_of(frame)
    counts = frame["chemistry_class"].value_counts()
    names = [c for c in CLASS_COLOURS if c in counts.index]
    matrix = np.full((len(names), len(criteria)), np.nan)
    for i, name in enumerate(names):
        rows = frame[frame["chemistry_class"] == name]
        for j, criterion in enumerate(criteria):
            own = rows[has_own(rows, criterion)]
            if len(own):
                matrix[i, j] = own[f"{criterion}_desirability"].median()
    figure = Figure(figsize=(0.62 * len(criteria) + 2.6, 0.5 * len(names) + 2.8), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(np.ma.masked_invalid(matrix), cmap=_desirability_map(), vmin=0, vmax=1, aspect="auto")
    for (i, j), value in np.ndenumerate(matrix):
        text = f"{value:.2f}" if np.isfinite(value) else "–"
        axes.text(j, i, text, ha="center", va="center", fontsize=7.5, color="black")
    axes.set_xticks(range(len(criteria)), [title_of(c) for c in criteria], rotation=55, ha="right", fontsize=8)
    axes.set_yticks(range(len(names)), [f"{n} ({counts[n]})" for n in names])
    figure.colorbar(image, ax=axes, label="median desirability", shrink=0.8)
    return figure


def _desirability_map() -> Colormap:
    """From orange (not met) to blue (met): told apart with every kind of colour vision."""
    colours = LinearSegmentedColormap.from_list("desirability", ["#E8A26B", "#F7F7F5", "#62A9D6"])
    return colours.with_extremes(bad="#DDDDDD")


def _legend(axes, present: pd.Series, extra: bool = False) -> None:  # type: ignore[no-untyped-def]
    for name in [c for c in CLASS_COLOURS if c in set(present)]:
        axes.plot([], [], "o", color=CLASS_COLOURS[name], label=name)
    axes.legend(fontsize=8, frameon=False, loc="best" if extra else "lower right")


def _tidy(axes) -> None:  # type: ignore[no-untyped-def]
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.2)
