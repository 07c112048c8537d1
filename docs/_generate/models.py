"""A page a model from its card, and the page of scores beside published ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from _generate.markdown import figure, linked, table
from ssbscreen.core.properties import get_property
from ssbscreen.files.paths import configs_dir, models_dir


def cards() -> dict[str, dict[str, Any]]:
    """Name -> card of every shipped model."""
    paths = sorted(models_dir().glob("*/card.yaml"))
    return {path.parent.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths}


def model_page(card: dict[str, Any]) -> str:
    """What a model predicts, how well, from what, and where it ends."""
    facts = [
        ("version", card["version"]),
        ("inputs", card["kind"]),
        ("architecture", f"`ssbscreen/architectures/{card['architecture']}.py`"),
        ("members", card["n_members"]),
        ("fitted numbers", f"{card['n_parameters']:,}"),
        ("rows", ", ".join(f"{part} {n:,}" for part, n in card["n_rows"].items() if n)),
        ("training", f"{card['training_seconds']:,.0f} s on {card['trained_on']}"),
        ("weights", f"sha256 `{card['weights_sha256'][:12]}`"),
        ("config", f"`configs/models/{card['name']}.yaml`"),
    ]
    lines = [
        f"# Model `{card['name']}`\n",
        f"Made from `models/{card['name']}/card.yaml`. Trained and scored by `ssbscreen train {card['name']}`.\n",
        table(("what", "value"), facts),
        "## Scores on held-out groups\n",
        table(_SCORE_HEADER, [_score_row(key, score) for key, score in card["scores"].items()]),
        f"Baseline: {card['baseline']}.\n" if card.get("baseline") else "",
        "## Protocol\n",
        f"{linked(card['protocol'])}\n",
        "## Coverage of the 90 % interval by class\n",
        _coverage(card["scores"]),
        "## Limits\n",
        "\n".join(f"- {limit}" for limit in card["limits"]) + "\n",
        "## Data\n",
        table(
            ("source", "licence", "citation"),
            [(s["name"], s.get("licence", ""), linked(s.get("citation", ""))) for s in card["sources"]],
        ),
    ]
    return "\n".join(lines)


_SCORE_HEADER = (
    "property",
    "unit",
    "rows",
    "MAE",
    "baseline",
    "median",
    "interval coverage",
    "rank correlation of error and stated std",
)


def _score_row(key: str, score: dict[str, Any]) -> tuple[str, ...]:
    row = get_property(key)
    coverage = score.get("interval_coverage")
    return (
        row.title,
        row.stored_unit,
        f"{score['n']:,}",
        f"**{figure(score['mae'])}**",
        figure(score.get("mae_baseline")),
        figure(score["mae_median"]),
        "" if coverage is None else f"{coverage:.1%}",
        figure(score.get("spearman_error_std"), 2),
    )


def _coverage(scores: dict[str, dict[str, Any]]) -> str:
    rows = [
        (get_property(key).title, g["label"], g["n"], f"{g['coverage']:.0%}", f"{g['low']:.0%} to {g['high']:.0%}")
        for key, score in scores.items()
        for g in score.get("group_coverage", ())
        if g["group"] == "class" and g["n"] >= 30
    ]
    if not rows:
        return "The card states none.\n"
    return "Classes of at least 30 rows; the last column is the 95 % interval of the observed coverage.\n\n" + table(
        ("property", "class", "rows", "covered", "interval"), rows
    )


def scores_page() -> str:
    """All scores in one table, and the published ones beside them."""
    published = yaml.safe_load((configs_dir() / "published_scores.yaml").read_text(encoding="utf-8"))
    rows, beside = [], []
    for name, card in cards().items():
        for key, score in card["scores"].items():
            rows.append((f"[{name}](../reference/models/{name}.md)", *_score_row(key, score)))
            if key in published and _is_comparable(name, key):
                beside.append((name, get_property(key).title, figure(score["mae"]), linked(published[key])))
            for other in score.get("other_splits", ()):
                title = f"{get_property(key).title} ({other['split']})"
                beside.append((name, title, figure(other["mae"]), linked(published.get(key, ""))))
    return (
        "# Scores\n\nMade from `models/*/card.yaml` and `configs/published_scores.yaml`; `ssbscreen evaluate` prints "
        "the same. Errors are on groups that no training has seen: new formulas; linked compositions and papers for "
        "the conductivity; new polymers; new framework systems for electrodes.\n\n"
        + table(("model", *_SCORE_HEADER), rows)
        + "\n## Beside published scores\n\nThe protocols differ, so each entry names its own; a smaller number on "
        "another split is not a better model.\n\n" + table(("model", "property", "MAE here", "published"), beside)
    )


def _is_comparable(name: str, key: str) -> bool:
    """Whether the published figure is of the same kind of material."""
    return key != "ionic_conductivity" or name == "conductivity"


def model_pages() -> dict[Path, str]:
    """Page of every shipped model."""
    return {Path("reference/models") / f"{name}.md": model_page(card) for name, card in cards().items()}
