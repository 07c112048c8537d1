"""One model version back: the models that were active before, beside those that have no earlier version at hand."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ssbscreen.core.errors import UsageError
from ssbscreen.training.model_files import CARD_FILE, read_card
from ssbscreen.training.registry import Registry, active_models


@dataclass(frozen=True)
class Replaced:
    """An active model and the earlier one in its place.

    Attributes:
        name: of the model.
        before, now: versions on the cards.
        folder: of the earlier one.
    """

    name: str
    before: str
    now: str
    folder: Path

    def __str__(self) -> str:
        return f"{self.name} {self.before}"


def earlier_models(given: Path | None = None) -> tuple[Replaced, ...]:
    """Active models of which an earlier version, with another card, is at hand; none is no error.

    The registry keeps what was trained here, so a model that was promoted has the one before it. Shipped models come
    alone; those of an earlier version of the project are given.

    Args:
        given: folder of earlier models, one folder each; they go before those of the registry.

    Raises:
        UsageError: the given folder holds no model, or one that no active model answers to.
    """
    active = {card.name: (folder, card) for folder, card in active_models()}
    found = _given(given, active) if given else {}
    registry = Registry()
    for name in active:
        promoted_from = registry.before(name)
        if name not in found and promoted_from is not None:
            found[name] = promoted_from
    replaced = []
    for name, folder in sorted(found.items()):
        before, now = read_card(folder), active[name][1]
        if before != now:
            replaced.append(Replaced(name, before.version, now.version, folder))
    return tuple(replaced)


def _given(folder: Path, active: Mapping[str, object]) -> dict[str, Path]:
    found = {read_card(path.parent).name: path.parent for path in sorted(folder.glob(f"*/{CARD_FILE}"))}
    if not found:
        raise UsageError(
            f"'{folder}' holds no earlier models: it takes a folder with one folder a model, each with {CARD_FILE}."
        )
    if others := sorted(set(found) - set(active)):
        raise UsageError(f"'{folder}': no active model is called {', '.join(others)}; there are {', '.join(active)}.")
    return found


def write_models(replaced: tuple[Replaced, ...], out: Path) -> None:
    """A folder of all active models, the replaced ones as they were.

    Args:
        replaced: earlier models.
        out: folder to write; what it held is removed.
    """
    if out.exists():
        shutil.rmtree(out)
    earlier = {one.name: one.folder for one in replaced}
    for folder, card in active_models():
        shutil.copytree(earlier.get(card.name, folder), out / card.name)


@contextmanager
def models_in(folder: Path) -> Iterator[None]:
    """Screens inside take the models of a folder."""
    before = os.environ.get("SSBSCREEN_MODELS")
    os.environ["SSBSCREEN_MODELS"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["SSBSCREEN_MODELS"]
        else:
            os.environ["SSBSCREEN_MODELS"] = before
