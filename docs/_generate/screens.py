"""The page of criteria and profiles, from configs/screens and configs/profiles."""

from __future__ import annotations

from _generate.markdown import linked, number, table
from ssbscreen.core.properties import get_property
from ssbscreen.physics.negative_electrode import negative_electrodes
from ssbscreen.ranking.criteria import Criterion, load_profile, load_screen, profile_names, screen_names


def criteria_page() -> str:
    """Every criterion of every screen with weight, thresholds and citation, then the profiles."""
    lines = [
        "# Criteria and profiles\n",
        "Made from `configs/screens/*.yaml` and `configs/profiles/*.yaml`. Desirability is 1 from `good` on and falls "
        "smoothly (in the logarithm where the scale is log) to the floor at `bad`. A vital criterion multiplies the "
        "whole score by what its hard limit leaves: a half on the limit, a twentieth a quarter of the way from bad to "
        "good beyond it; where the value is itself the probability of what must not happen, what is left is what is "
        "expected. A partner is what a material needs beside it where it is bad in this respect. Weights are those "
        "before a profile changes them; a weight of 0 means that the value is shown and does not count.\n",
    ]
    for name in screen_names():
        screen = load_screen(name)
        lines += [
            f"## Screen `{name}`\n",
            f"{screen.description[:1].upper()}{screen.description[1:]}. Floor {screen.floor:g}. Vital: "
            f"{', '.join(f'`{name}`' for name in screen.vital or ())}. Least weight of criteria with a value of the "
            f"material or its family for a rank: {screen.min_coverage:.0%}.\n",
            table(
                ("criterion", "group, weight", "good, unit", "bad", "hard limit", "partner", "source"),
                [_row(c, w) for c, w in zip(screen.criteria, screen.weights, strict=True)],
            ),
        ]
        if screen.shown:
            lines.append("Shown without counting: " + ", ".join(f"`{key}`" for key in screen.shown) + ".\n")
    lines.append("## Profiles\n")
    for name in profile_names():
        profile = load_profile(name)
        lines.append(f"### Profile `{name}`\n\n{profile.title}: {profile.description}.\n")
        weights = ", ".join(f"{group} {weight:g}" for group, weight in profile.group_weights.items())
        lines.append(f"Weights of groups: {weights}.\n" if weights else "Weights of groups: those of the screen.\n")
        for key, change in profile.criteria.items():
            values = change.model_dump(exclude_none=True)
            source = linked(values.pop("citation"))
            lines.append(f"- `{key}`: {', '.join(f'{k} {v}' for k, v in values.items())} ({source})")
        lines.append("")
    return "\n".join(lines) + "\n" + _operating()


def _operating() -> str:
    conditions = load_profile("ev").operating.model_dump()
    rows = [
        (f"`{key}`", number(c["value"]), _interval(c), linked(c["source"]))
        for key, c in conditions.items()
        if isinstance(c, dict) and "value" in c
    ]
    electrodes = [
        (f"`{e.key}`", e.title, number(e.potential), number(e.highest_temperature), linked(e.source))
        for e in negative_electrodes().values()
    ]
    return (
        "### Operating conditions of profile `ev`\n\nA value with an interval is drawn anew in every draw; the "
        "interval runs from the 5th to the 95th percentile.\n\n"
        + table(("condition", "value", "interval", "source"), rows)
        + "\n\n### Negative electrodes\n\nA profile names one as `negative_electrode`.\n\n"
        + table(("name", "what", "potential, V", "solid below, degree C", "source"), electrodes)
    )


def _interval(condition: dict[str, object]) -> str:
    low, high = condition.get("low"), condition.get("high")
    return "fixed" if low is None else f"{low:g} to {high:g}"


def _row(criterion: Criterion, weight: float) -> tuple[str, ...]:
    source = criterion.citation + (f" ({criterion.note})" if criterion.note else "")
    limit = "" if criterion.hard_limit is None else number(criterion.hard_limit)
    unit = get_property(criterion.property).unit.removeprefix("1")
    scale = ", log" if criterion.scale == "log" else ""
    return (
        f"`{criterion.name}`",
        f"{criterion.group}, {weight:.3f}",
        f"{_threshold(criterion.good)} {unit}".rstrip() + scale,
        _threshold(criterion.bad),
        limit,
        criterion.partner + (f" (keeps {criterion.kept:.0%})" if criterion.kept else ""),
        linked(source),
    )


def _threshold(value: float | tuple[float, float]) -> str:
    return f"{value[0]:g} to {value[1]:g}" if isinstance(value, tuple) else f"{value:g}"
