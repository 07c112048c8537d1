"""Finished calculations in files of their own: named by everything that they depend on, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ssbscreen.core.crystal import Crystal
from ssbscreen.files.writing import write_text

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

log = logging.getLogger(__name__)
T = TypeVar("T", bound="DataclassInstance")


def name_of(**given: Any) -> str:
    """Name of a file: another structure, potential or setting is another calculation.

    Args:
        given: what the calculation depends on; crystals, dataclasses as dictionaries, numbers and words.
    """
    plain = {key: value.to_record() if isinstance(value, Crystal) else value for key, value in given.items()}
    return hashlib.sha256(json.dumps(plain, sort_keys=True, default=_plain).encode()).hexdigest()[:20]


def keep(found: DataclassInstance, path: Path) -> None:
    """Write a finished calculation."""
    write_text(json.dumps(asdict(found), default=_plain), path)


def read(kind: type[T], path: Path) -> T | None:
    """A finished calculation; None when there is none or the file is damaged."""
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in held.items()})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        log.warning("%s cannot be read (%s); it is calculated again", path, error)
        return None


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be kept")
