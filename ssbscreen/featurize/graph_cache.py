"""Lists of graphs (frozen dataclasses of arrays and numbers) as one file of flat arrays."""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from ssbscreen.files.writing import write_arrays

_log = logging.getLogger(__name__)


def write(path: Path, graphs: Sequence[Any]) -> None:
    """Store graphs; a reason (text) instead of a graph is stored as well. Failing to write is only logged."""
    good = [g for g in graphs if not isinstance(g, str)]
    if not good:
        return
    arrays: dict[str, Any] = {"reason": np.array([g if isinstance(g, str) else "" for g in graphs], dtype=np.str_)}
    for field in fields(good[0]):
        values = [getattr(g, field.name) for g in good]
        if isinstance(values[0], np.ndarray):
            arrays[f"{field.name}.length"] = np.array([len(v) for v in values])
            arrays[field.name] = np.concatenate(values)
        else:
            arrays[field.name] = np.array(values)
    try:
        write_arrays(arrays, path)
    except OSError as error:
        _log.warning("graphs are not cached in %s: %s", path, error)


def read(path: Path, kind: type[Any]) -> list[Any] | None:
    """Graphs of a class from the cache; None when the file cannot be used, which is then written again."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            data = {name: stored[name] for name in stored.files}
        columns = []
        for field in fields(kind):
            if f"{field.name}.length" in data:
                ends = np.cumsum(data[f"{field.name}.length"])
                begins = ends - data[f"{field.name}.length"]
                array = data[field.name]
                columns.append([array[b:e] for b, e in zip(begins, ends, strict=True)])
            else:
                columns.append(data[field.name].tolist())
        good = iter([kind(*values) for values in zip(*columns, strict=True)])
        return [str(reason) if reason else next(good) for reason in data["reason"]]
    except (OSError, ValueError, KeyError, StopIteration, zipfile.BadZipFile) as error:
        _log.warning("%s cannot be used and is built again: %s", path, error)
        return None
