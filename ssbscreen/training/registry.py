"""Which trained model is active: shipped ones, and those that were promoted here, with a way back.

`registry/<model>/v0001/` holds a model that was trained here and is never changed afterwards; its `state.json` beside
says which of them is the champion, which one the challenger, and what was active before. The state is one small file
that is replaced in one step, so a reader sees one model or the other and never a mixture.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ssbscreen.core.errors import ModelError, UsageError, unknown
from ssbscreen.files.lock import only_writer
from ssbscreen.files.paths import models_dir
from ssbscreen.files.user_state import registry_dir
from ssbscreen.files.writing import write_text
from ssbscreen.training.card import ModelCard
from ssbscreen.training.model_files import CARD_FILE, read_card

_WAIT = 60.0  # s for another process that changes the same model
_AGAIN = "Wait until it has finished and call this again."
SHIPPED = "shipped"  # the model in models/, in the place of a version


@dataclass(frozen=True)
class Event:
    """One change of the active model.

    Attributes:
        version: that became active.
        when: UTC, ISO 8601.
        reason: in words.
    """

    version: str
    when: str
    reason: str


@dataclass(frozen=True)
class State:
    """What is active for one model.

    Attributes:
        champion: active version, "shipped" for the one in `models/`.
        challenger: version that was trained last and not promoted, empty when there is none.
        history: all changes of the champion, oldest first.
    """

    champion: str = SHIPPED
    challenger: str = ""
    history: tuple[Event, ...] = ()


class Registry:
    """Versions of the models that were trained here."""

    def __init__(self, folder: Path | None = None, shipped: Path | None = None) -> None:
        self.folder = folder or registry_dir()
        self.shipped = shipped or models_dir()

    def state(self, name: str) -> State:
        """State of one model; a model that was never retrained is active as shipped.

        Raises:
            ModelError: the state cannot be read.
        """
        path = self._file(name)
        if not path.is_file():
            return State()
        try:
            loaded = json.loads(path.read_text(encoding="utf-8"))
            return State(loaded["champion"], loaded["challenger"], tuple(Event(**e) for e in loaded["history"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"{path}: no readable state of model '{name}' ({error}); remove it to go back to the shipped model."
            ) from error

    def champion(self, name: str) -> Path:
        """Folder of the active model.

        Raises:
            UsageError: there is no such model.
        """
        found = self.path(name, self.state(name).champion)
        if not (found / CARD_FILE).is_file():
            raise UsageError(f"There is no model '{name}' in '{found}'.")
        return found

    def path(self, name: str, version: str) -> Path:
        """Folder of a version."""
        return self.shipped / name if version == SHIPPED else self.folder / name / version

    def names(self) -> tuple[str, ...]:
        """Models with a champion, sorted."""
        shipped = {path.parent.name for path in self.shipped.glob(f"*/{CARD_FILE}")}
        own = {path.parent.name for path in self.folder.glob("*/state.json")}
        return tuple(sorted(n for n in shipped | own if (self.path(n, self.state(n).champion) / CARD_FILE).is_file()))

    def folders(self) -> tuple[Path, ...]:
        """Folders of all active models."""
        return tuple(self.champion(name) for name in self.names())

    def add(self, name: str, trained: Path) -> str:
        """Take a finished training in as the challenger.

        Args:
            trained: folder with card, config and weights; it is moved.

        Returns:
            The name of the version.
        """
        read_card(trained)
        with self._lock(name):
            numbers = [int(p.name[1:]) for p in (self.folder / name).glob("v[0-9][0-9][0-9][0-9]")]
            version = f"v{max(numbers, default=0) + 1:04d}"
            moving = self.folder / name / f".{version}"
            shutil.rmtree(moving, ignore_errors=True)  # of a process that died here
            shutil.move(str(trained), moving)
            os.replace(moving, self.folder / name / version)
            self._write(name, replace(self.state(name), challenger=version))
        return version

    def promote(self, name: str, version: str, reason: str) -> State:
        """Make a version active.

        Raises:
            UsageError: there is no such version.
        """
        if not (self.path(name, version) / CARD_FILE).is_file():
            raise UsageError(f"Model '{name}' has no version '{version}'.")
        with self._lock(name):
            before = self.state(name)
            after = State(
                version,
                "" if before.challenger == version else before.challenger,
                (*before.history, Event(version, _now(), reason)),
            )
            self._write(name, after)
        return after

    def rollback(self, name: str) -> tuple[str, str]:
        """Roll back to the champion before the present one.

        Returns:
            The version that was left and the one that is active now.

        Raises:
            UsageError: the shipped model is active already.
        """
        with self._lock(name):
            before = self.state(name)
            if before.champion == SHIPPED:
                raise UsageError(f"Model '{name}' is active as shipped; there is nothing to roll back to.")
            version = _one_back(before)
            event = Event(version, _now(), f"rollback from {before.champion}")
            self._write(name, State(version, before.challenger, (*before.history, event)))
        return before.champion, version

    def before(self, name: str) -> Path | None:
        """Folder of the model that was active before the present one; None where it is active as shipped."""
        state = self.state(name)
        return None if state.champion == SHIPPED else self.path(name, _one_back(state))

    def _file(self, name: str) -> Path:
        if Path(name).name != name or name.startswith("."):
            raise UsageError(f"'{name}' is no name of a model.")
        return self.folder / name / "state.json"

    def _write(self, name: str, state: State) -> None:
        path = self._file(name)
        write_text(json.dumps(asdict(state), indent=1), path)

    def retraining(self) -> AbstractContextManager[None]:
        """Hold the registry while models are challenged and trained, which takes minutes to hours.

        Raises:
            UsageError: another process retrains.
        """
        return only_writer(self.folder, _AGAIN, name=".retraining.lock")

    def _lock(self, name: str) -> AbstractContextManager[None]:
        """One writer at a time, for the moment of a change."""
        return only_writer(self._file(name).parent, _AGAIN, wait=_WAIT)


def _one_back(state: State) -> str:
    """Version that was active before a champion that was promoted."""
    stack: list[str] = [SHIPPED]
    for event in state.history:
        if event.reason.startswith("rollback"):
            stack.pop()
        else:
            stack.append(event.version)
    return stack[-2]


def active_models(folder: Path | None = None) -> tuple[tuple[Path, ModelCard], ...]:
    """Folder and card of every active model, by name.

    Args:
        folder: of models; when None, the promoted and shipped ones, or those that SSBSCREEN_MODELS names.
    """
    if folder is None and not os.environ.get("SSBSCREEN_MODELS"):
        folders = Registry().folders()
    else:
        folders = tuple(path.parent for path in sorted((folder or models_dir()).glob(f"*/{CARD_FILE}")))
    return tuple((path, read_card(path)) for path in folders)


def active_model(name: str) -> tuple[Path, ModelCard]:
    """Folder and card of one model.

    Raises:
        UsageError: there is no such model.
    """
    found = {card.name: (path, card) for path, card in active_models()}
    if name not in found:
        raise unknown("model", name, found)
    return found[name]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
