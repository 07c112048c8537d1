"""The models in force under the names and aliases that users of MLflow expect."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from ssbscreen.core.candidate import ROOM_TEMPERATURE_C
from ssbscreen.training.registry import models_in_force
from ssbscreen.training.tracking import MlflowTracker, move_alias, registered_name, start_run

log = logging.getLogger(__name__)
CHAMPION, CHALLENGER = "champion", "challenger"
_LOADER = "ssbscreen.app.registered_model"
_EXAMPLE: dict[str, object] = {
    "composition": "Li7La3Zr2O12", "structure": "", "smiles": "", "salt_smiles": "", "molality": "", "molar_mass": "",
    "temperature": ROOM_TEMPERATURE_C,
}


def register(keys: Sequence[str], run: MlflowTracker | None = None) -> dict[str, str]:
    """Make the models in force the champions of their properties in MLflow's registry.

    Where the same weights were registered before, only the alias moves.

    Args:
        keys: of properties.
        run: that the versions belong to; a run of its own when None.

    Returns:
        Registered name -> what was done.
    """
    if run is None:
        with start_run("register") as own:
            return register(keys, own)
    done = {}
    for key in keys:
        found = [(folder, card) for folder, card in models_in_force() if key in card.properties]
        if not found:
            continue
        weights = ",".join(f"{card.name}:{card.weights_sha256[:16]}" for _, card in found)
        if move_alias(key, CHAMPION, "weights", weights):
            done[registered_name(key)] = "known weights, alias moved"
            continue
        version = run.register([folder for folder, _ in found], key, (CHALLENGER, CHAMPION), _LOADER, _EXAMPLE,
                               {"weights": weights, "models": ", ".join(card.title for _, card in found)})
        done[registered_name(key)] = f"version {version}"
    log.info("registered: %s", done)
    return done
