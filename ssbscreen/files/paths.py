"""Where the project keeps its data, models and configs; pure path arithmetic, nothing is read here."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def project_root() -> Path:
    """Folder that holds `data/`, `models/` and `configs/`.

    The environment variable SSBSCREEN_HOME wins; then the checkout that the package lies in;
    then the copies that are packed into an installed wheel.
    """
    if home := os.environ.get("SSBSCREEN_HOME"):
        return Path(home).expanduser().resolve()
    checkout = _PACKAGE.parent
    return checkout if (checkout / "configs").is_dir() else _PACKAGE / "_share"


def data_dir() -> Path:
    """Data cards and starter data, tracked in the repository."""
    return project_root() / "data"


def state_dir() -> Path:
    """Where databases of runs and studies are written: the checkout, or the user's cache for an installed wheel."""
    root = project_root()
    return root if root != _PACKAGE / "_share" else Path.home() / ".cache" / "ssbscreen"


def cache_dir() -> Path:
    """Fetched data sets and derived caches, never tracked; SSBSCREEN_CACHE moves it."""
    if cache := os.environ.get("SSBSCREEN_CACHE"):
        return Path(cache).expanduser().resolve()
    return state_dir() / "data" / "cache"


def models_dir() -> Path:
    """Shipped models: a card and safetensors weights each; SSBSCREEN_MODELS moves it."""
    if models := os.environ.get("SSBSCREEN_MODELS"):
        return Path(models).expanduser().resolve()
    return project_root() / "models"


def configs_dir() -> Path:
    """Commented YAML configs: model trainings, screens, profiles."""
    return project_root() / "configs"
