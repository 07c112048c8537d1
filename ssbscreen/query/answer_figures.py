"""Pictures of the answers to single questions."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from ssbscreen.core.errors import InputError
from ssbscreen.files.writing import write_atomic
from ssbscreen.physics.reaction import Reaction
from ssbscreen.query.answer_text import limits_text
from ssbscreen.query.answers import PairAnswer, WindowAnswer

ENDINGS = (".png", ".svg", ".pdf")
TOP_VOLTAGE = 5.0
_SHADE = ("#dfe9f3", "#f3f6fa")
_LINE, _WINDOW = "#1f4e79", "#5a9e4b"


def plot_window(answer: WindowAnswer, path: Path) -> None:
    """Write `window_figure`.

    Raises:
        InputError: an ending that no picture has.
    """
    _save(window_figure(answer), path)


def window_figure(answer: WindowAnswer) -> Figure:
    """Li exchange and decomposition energy over the voltage, with the products of every step."""
    profile = answer.profile
    steps = [step for step in profile.steps if step.low < TOP_VOLTAGE]
    figure = Figure(figsize=(9.0, 7.2))
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    top, bottom = max(step.li_exchange for step in steps), min(step.li_exchange for step in steps)
    for k, step in enumerate(steps):
        high = min(step.high, TOP_VOLTAGE)
        for axis in (upper, lower):
            axis.axvspan(step.low, high, color=_SHADE[k % 2], lw=0)
        upper.plot([step.low, high], [step.li_exchange] * 2, color=_LINE, lw=2.5)
        if high - step.low > 0.12:
            upper.text(
                (step.low + high) / 2,
                (top + bottom) / 2,
                _products(step.reaction),
                rotation=90,
                fontsize=7.5,
                ha="center",
                va="center",
                color="#222222",
                zorder=5,
                bbox={"facecolor": _SHADE[k % 2], "edgecolor": "none", "alpha": 0.85, "pad": 1.0},
            )
    for left, right in pairwise(steps):
        upper.plot([left.high] * 2, [left.li_exchange, right.li_exchange], color=_LINE, lw=1.0)
    low, high = float(profile.stability.reduction_limit[0]), float(profile.stability.oxidation_limit[0])
    if (high := TOP_VOLTAGE if np.isnan(high) else min(high, TOP_VOLTAGE)) > low:
        upper.axvspan(low, high, color=_WINDOW, alpha=0.25, lw=0)
    voltage = np.linspace(0.0, TOP_VOLTAGE, 501)
    lower.plot(voltage, profile.decomposition_energy(voltage), color=_LINE, lw=2.0)
    lower.set_xlabel("V against Li/Li$^+$")
    lower.set_ylabel("decomposition energy, eV/atom")
    upper.set_ylabel("Li taken up per formula unit")
    upper.set_title(_window_title(answer, low), loc="left", fontsize=11)
    lower.set_xlim(0.0, TOP_VOLTAGE)
    return _finished(figure, profile.reference)


def _window_title(answer: WindowAnswer, low: float) -> str:
    """What the green span means, or why there is none."""
    high = float(answer.profile.stability.oxidation_limit[0])
    if np.isnan(low) or np.isnan(high):
        return f"{answer.material.title}: {limits_text(low, high)}"
    return f"{answer.material.title}: neither takes up nor loses Li from {low:.2f} to {high:.2f} V (green)"


def plot_pair(answer: PairAnswer, path: Path) -> None:
    """Write `pair_figure`.

    Raises:
        InputError: an ending that no picture has.
    """
    _save(pair_figure(answer), path)


def pair_figure(answer: PairAnswer) -> Figure:
    """Reaction energy over the mixing ratio, every kink numbered, the strongest ones written out."""
    n = len(answer.contacts)
    figure = Figure(figsize=(9.0, 3.6 * n))
    axes = figure.subplots(n, 1, squeeze=False)
    for axis, contact in zip(axes[:, 0], answer.contacts, strict=True):
        diagram = contact.diagram
        energy = diagram.mutual_energy * 1000.0
        axis.plot(diagram.fraction, energy, color=_LINE, marker="o", ms=4, lw=1.8)
        axis.axhline(0.0, color="#999999", lw=0.8)
        deepest = _apart(diagram.fraction, energy)
        for number, k in enumerate(deepest, start=1):
            axis.annotate(
                str(number),
                (diagram.fraction[k], energy[k]),
                textcoords="offset points",
                xytext=(6, -10),
                fontsize=9,
                color="#8a1c1c",
                weight="bold",
            )
        lines = [f"{number}  {diagram.reactions[int(k)].text()}" for number, k in enumerate(deepest, start=1)]
        axis.text(0.0, -0.24, "\n".join(lines) or "no reaction", transform=axis.transAxes, fontsize=7.5, va="top")
        axis.set_title(f"{contact.title}: {diagram.reaction_energy * 1000.0:.0f} meV/atom", loc="left", fontsize=10)
        axis.set_xlabel(f"atomic fraction of {diagram.a}", fontsize=9, labelpad=1)
        axis.set_ylabel("meV per atom")
        axis.set_xlim(-0.01, 1.01)
        axis.set_ylim(min(float(energy.min()) * 1.15, -5.0), max(5.0, -0.05 * float(energy.min())))
    return _finished(figure, answer.contacts[0].diagram.reference)


def _apart(fraction: np.ndarray, energy: np.ndarray) -> list[int]:
    """Up to four kinks that react, the strongest first, far enough apart to tell one from another."""
    chosen: list[int] = []
    for k in np.argsort(energy):
        if energy[k] < -0.5 and len(chosen) < 4 and all(abs(fraction[k] - fraction[j]) > 0.05 for j in chosen):
            chosen.append(int(k))
    return chosen


def _products(reaction: Reaction) -> str:
    names = [name for name, _ in reaction.products if name != "Li"]
    return "\n".join(" + ".join(names[i : i + 3]) for i in range(0, len(names), 3))


def _finished(figure: Figure, reference: str) -> Figure:
    """The figure with the reference at its foot."""
    figure.text(0.01, 0.004, reference, fontsize=6.5, color="#666666")
    figure.tight_layout(rect=(0.0, 0.015, 1.0, 1.0))
    return figure


def _save(figure: Figure, path: Path) -> None:
    """Write the picture in one step."""
    if path.suffix.lower() not in ENDINGS:
        raise InputError(f"'{path.name}' is no picture that can be written; use {', '.join(ENDINGS)}.")
    write_atomic(path, lambda p: figure.savefig(p, dpi=150, bbox_inches="tight"))
