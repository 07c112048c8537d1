"""Is everything here that is needed, and what can be done about what is not?"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ssbscreen.app.data import names
from ssbscreen.core.errors import SsbscreenError
from ssbscreen.download.places import mirror, status
from ssbscreen.files import paths

NEEDED = ("pymatgen", "matminer", "torch", "torch-geometric", "optuna", "mlflow", "rdkit", "spglib")
OPTIONAL = {"mp-api": "mp", "chgnet": "foundation", "sevenn": "foundation"}  # distribution -> extra that brings it
_LEAST_ROOM = 2e9  # bytes, for data sets and runs


class State(StrEnum):
    """How something stands."""

    FINE = "fine"
    ABSENT = "absent"  # and can be lived without
    BROKEN = "broken"


@dataclass(frozen=True)
class Finding:
    """What was looked at.

    Attributes:
        what: package, device, model, data set or folder.
        state: how it stands.
        detail: version, place or reason.
        remedy: what to do; empty where nothing is to be done.
    """

    what: str
    state: State
    detail: str
    remedy: str = ""


def examine() -> Iterator[Finding]:
    """Packages, devices, models, data sets and folders, one after the other."""
    yield Finding("Python", State.FINE, platform.python_version())
    yield from _packages()
    yield _device()
    yield from _models()
    yield from _data()
    yield from _folders()


def _packages() -> Iterator[Finding]:
    for name in NEEDED:
        version = _version(name)
        remedy = "" if version else f"pip install {name}, or `make setup` in the project"
        yield Finding(name, State.FINE if version else State.BROKEN, version or "not installed", remedy)
    for name, extra in OPTIONAL.items():
        version = _version(name)
        remedy = "" if version else f"pip install '.[{extra}]' in the project"
        yield Finding(name, State.FINE if version else State.ABSENT, version or "not installed", remedy)


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _device() -> Finding:
    try:
        import torch
    except (ImportError, OSError) as error:
        return Finding("device", State.BROKEN, f"torch cannot be loaded ({error})", "install torch again")
    if torch.cuda.is_available():
        found = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
        return Finding("device", State.FINE, f"{len(found)} x {found[0]}, {torch.get_num_threads()} threads")
    build = "torch was built without CUDA" if torch.version.cuda is None else "no GPU is visible"
    detail = f"{build}; {torch.get_num_threads()} threads of the CPU"
    return Finding("device", State.ABSENT, detail, "networks run on the CPU; docs/tutorials/gpu.md")


def _models() -> Iterator[Finding]:
    from ssbscreen.training.model_files import read_weights
    from ssbscreen.training.registry import active_models

    try:
        found = active_models()
    except SsbscreenError as error:
        yield Finding("models", State.BROKEN, str(error), "ssbscreen train")
        return
    if not found:
        yield Finding("models", State.BROKEN, f"none in {paths.models_dir()}", "ssbscreen train")
    for folder, card in found:
        try:
            read_weights(folder, card)
        except (SsbscreenError, OSError) as error:
            yield Finding(card.name, State.BROKEN, str(error), f"ssbscreen train {card.name}")
        else:
            yield Finding(card.name, State.FINE, f"{card.version}, {', '.join(card.properties)}")


def _data() -> Iterator[Finding]:
    place = mirror()
    if place:
        is_there = "://" in place or Path(place).is_dir()
        remedy = "" if is_there else "correct SSBSCREEN_DATA_MIRROR, or unset it"
        yield Finding("mirror", State.FINE if is_there else State.BROKEN, place, remedy)
    for name in names():
        found = status(name)
        is_here = found.folder is not None
        yield Finding(
            f"data {name}",
            State.FINE if is_here else State.ABSENT,
            found.place,
            "" if is_here else f"ssbscreen data fetch {name}",
        )


def _folders() -> Iterator[Finding]:
    for name, folder in (("home", paths.state_dir()), ("cache", paths.cache_dir()), ("runs", Path("runs").resolve())):
        there = next(place for place in (folder, *folder.parents) if place.exists())
        room = shutil.disk_usage(there).free
        if not os.access(there, os.W_OK):
            yield Finding(name, State.BROKEN, f"{folder} cannot be written", "ssbscreen where says what moves it")
        elif room < _LEAST_ROOM:
            yield Finding(name, State.BROKEN, f"{folder}, {room / 1e9:.1f} GB free", "make room")
        else:
            yield Finding(name, State.FINE, f"{folder}, {room / 1e9:.0f} GB free")
