"""The active models under the names and aliases that users of MLflow expect."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from ssbscreen.app.registered_model import COLUMNS
from ssbscreen.core.constants import ROOM_TEMPERATURE_C
from ssbscreen.core.properties import get_property
from ssbscreen.sources.prototypes import prototype
from ssbscreen.training.registered_versions import CHALLENGER, CHAMPION, move_alias, new_version, registered_name
from ssbscreen.training.registry import active_models
from ssbscreen.training.tracker import Entry, card_note, score_metrics
from ssbscreen.training.tracking import MlflowTracker, start_run

if TYPE_CHECKING:
    from pymatgen.core import Structure

log = logging.getLogger(__name__)
_RUN_NAME = 200  # characters
_LOADER = "ssbscreen.app.registered_model"


def register(keys: Sequence[str], run: MlflowTracker | None = None) -> dict[str, str]:
    """Make the active models the champions of their properties in MLflow's registry.

    Where the same weights were registered before, only the alias moves.

    Args:
        keys: of properties.
        run: that the versions belong to; a run of its own when None.

    Returns:
        Registered name -> what was done.
    """
    if run is None:
        with start_run(f"register {', '.join(keys)}"[:_RUN_NAME]) as own:
            own.note("The active models, registered under the names `ssbscreen-<property>`.")
            return register(keys, own)
    done = {}
    for key in keys:
        found = [(folder, card) for folder, card in active_models() if key in card.properties]
        if not found:
            continue
        weights = ",".join(f"{card.name}:{card.weights_sha256[:16]}" for _, card in found)
        if move_alias(key, CHAMPION, "weights", weights):
            done[registered_name(key)] = "known weights, alias moved"
            continue
        cards = [card for _, card in found]
        metrics: dict[str, float] = {}
        for card in cards:
            metrics |= {
                f"registered {card.name}/{name.removeprefix('test/')}": value
                for name, value in score_metrics(card).items()
                if name.endswith(f"_{key}")
            }
        entry = Entry(
            _title(key),
            "\n\n".join(card_note(card) for card in cards),
            example({c.kind for c in cards}),
            COLUMNS,
            metrics,
            {
                "weights": weights,
                "models": ", ".join(card.title for card in cards),
                "property": key,
                "unit": get_property(key).stored_unit,
            },
        )
        version = new_version(run, [folder for folder, _ in found], key, (CHALLENGER, CHAMPION), _LOADER, entry)
        done[registered_name(key)] = f"version {version}"
    log.info("registered: %s", done)
    return done


def example(kinds: Collection[str]) -> tuple[dict[str, object], ...]:
    """Rows of input, one for each kind of material that the models of a property take."""
    rows: list[dict[str, object]] = []
    if "composition" in kinds:
        rows.append({"composition": "Li7La3Zr2O12"})
    if "crystal" in kinds:
        rows.append({"structure": _cif(prototype("lif").structure)})
    if {"electrode", "electrode pair"} & set(kinds):
        full = prototype("licoo2").structure
        empty = full.copy()
        empty.remove_species(["Li", "Li+"])
        rows.append({"structure": _cif(full), "structure_charged": _cif(empty)})
    if "polymer" in kinds:
        rows.append({"smiles": "*CCO*", "salt_smiles": "[Li+].O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F", "molality": 1.0})
    return tuple(row | {"temperature": ROOM_TEMPERATURE_C} for row in rows)


def _cif(structure: Structure) -> str:
    from pymatgen.io.cif import CifWriter

    return str(CifWriter(structure))


def _title(key: str) -> str:
    row = get_property(key)
    return (
        f"{row.title} ({row.stored_unit}) by ssbscreen: mean, std and 90 % interval for a table of compositions, "
        "structures or polymers. The alias `champion` is what the program itself uses."
    )
