"""The same screen with something changed that says nothing about the materials: how much of the list stays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import yaml

from ssbscreen.app.earlier_models import Replaced, models_in, write_models
from ssbscreen.files.paths import configs_dir
from ssbscreen.files.writing import write_text
from ssbscreen.files.yaml import read_mapping
from ssbscreen.query.stability_check import Stability, compare_lists
from ssbscreen.query.store import BY_PROFILES, RunFolder
from ssbscreen.ranking.criteria import load_screen
from ssbscreen.screening.screen import Progress, run_screen
from ssbscreen.screening.settings import Settings


def own_rows(run: RunFolder) -> pd.DataFrame:
    """Rows of the role that the run was asked for."""
    ranking = run.ranking()
    return ranking[ranking["role"] == run.role]


def stability(
    base: RunFolder,
    settings: Settings,
    inputs: Sequence[str],
    out: Path,
    progress: Progress,
    earlier: tuple[Replaced, ...] = (),
) -> pd.DataFrame:
    """The run again with another seed, half of the draws, without each gate that removed something, by earlier models.

    The other profiles, whose weights and conditions differ, are ranked with every run and compared as well.

    Args:
        base: finished run.
        settings, inputs: that it was made with.
        out: folder of the other runs.
        progress: called with stage, done and total.
        earlier: models in the place of active ones; the run is not made where there are none.

    Returns:
        One row a change, the fields of `Stability`.
    """
    rows = own_rows(base)
    found: list[Stability] = list(_profiles(base, rows, settings.profile))
    for change, update in _changes(base, settings, out):
        folder = out / f"run_{change.replace(' ', '_')}"
        other = run_screen(settings.model_copy(update=update), inputs, folder, progress, is_forced=True)
        found.append(compare_lists(rows, own_rows(other.run), change))
    if earlier:
        write_models(earlier, out / "earlier_models")
        with models_in(out / "earlier_models"):
            other = run_screen(settings, inputs, out / "run_earlier_models", progress, is_forced=True)
        found.append(compare_lists(rows, own_rows(other.run), f"by {' and '.join(map(str, earlier))}"))
    return pd.DataFrame([asdict(one) for one in found])


def _profiles(base: RunFolder, rows: pd.DataFrame, own: str) -> Iterator[Stability]:
    table = pd.read_csv(base.path / BY_PROFILES)
    for name in table.columns.drop(["candidate_id", own]):
        yield compare_lists(rows, table[["candidate_id", name]].rename(columns={name: "rank"}), f"profile {name}")


def _changes(base: RunFolder, settings: Settings, out: Path) -> Iterator[tuple[str, dict[str, object]]]:
    """What is changed, in words and as settings."""
    yield "another seed", {"seed": settings.seed + 1}
    yield "half of the draws", {"n_draws": max(50, settings.n_draws // 2)}
    screen = load_screen(settings.screen)
    values = read_mapping(configs_dir() / "screens" / f"{screen.name}.yaml")
    gates = pd.read_csv(base.path / "attrition.csv")
    for gate in gates.loc[gates["n_removed"] > 0, "gate"]:
        path = out / f"{screen.name}_without_{gate}.yaml"
        text = yaml.safe_dump(values | {"gates": [g for g in screen.gates if g != gate]}, sort_keys=False)
        write_text(text, path)
        yield f"without the gate {gate}", {"screen": str(path)}
