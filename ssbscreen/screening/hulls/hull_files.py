"""Hulls of a shard, and what they are made from, as bytes of a file, and back."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ssbscreen.core.evidence import Evidence
from ssbscreen.core.prediction import PropertyPrediction, missing
from ssbscreen.ranking.quantities import DrawTable
from ssbscreen.screening.hulls.hull_quantities import Hulls

_NUMBERS = ("mean", "std_aleatoric", "std_epistemic")


@dataclass(frozen=True)
class EnergyInput:
    """What the hulls of some candidates need beside the candidates.

    Attributes:
        is_made: # (n,) bool
        classes: keys of the chemistry classes.  # (n,) str
        numbers: mean and both errors of the predicted formation energy, eV/atom.  # (3, n)
    """

    is_made: np.ndarray
    classes: np.ndarray
    numbers: np.ndarray

    @classmethod
    def of(cls, column: PropertyPrediction, is_made: np.ndarray, classes: np.ndarray, rows: slice) -> EnergyInput:
        """Of some rows of a pool."""
        numbers = np.stack([np.asarray(getattr(column, name)[rows], dtype=float) for name in _NUMBERS])
        return cls(np.asarray(is_made[rows], dtype=bool), classes[rows].astype(str), numbers)

    def column(self, key: str) -> PropertyPrediction:
        """The prediction, as far as the hulls need it."""
        return replace(missing(key, len(self.classes)), **dict(zip(_NUMBERS, self.numbers, strict=True)))

    def packed(self) -> bytes:
        """As bytes."""
        return _saved({"is_made": self.is_made, "classes": self.classes, "numbers": self.numbers})

    @classmethod
    def unpacked(cls, content: bytes) -> EnergyInput:
        """Inverse of `packed`."""
        found = _loaded(content)
        return cls(found["is_made"], found["classes"].astype(object), found["numbers"])


def packed(hulls: Hulls) -> bytes:
    """Hulls as bytes, an .npz file without pickles."""
    arrays = {"energies": hulls.energies, "blocking_share": hulls.blocking_share, "hull_energy": hulls.hull_energy}
    arrays |= {f"draws {key}": values for key, values in hulls.draws.values.items()}
    for name, column in hulls.sheet.items():
        values = column.to_numpy()
        is_text = not np.issubdtype(np.asarray(values).dtype, np.number) and np.asarray(values).dtype != bool
        arrays[f"{'text' if is_text else 'sheet'} {name}"] = np.array(values.tolist(), dtype=str) if is_text else values
    for key, evidence in hulls.evidence.items():
        arrays[f"kind {key}"] = evidence.kind.astype(str)
        arrays[f"studies {key}"] = evidence.n_studies
    return _saved(arrays)


def unpacked(content: bytes) -> Hulls:
    """Inverse of `packed`."""
    found = _loaded(content)

    def named(first: str) -> dict[str, np.ndarray]:
        return {name.partition(" ")[2]: values for name, values in found.items() if name.startswith(f"{first} ")}

    sheet = {
        name.partition(" ")[2]: values.astype(object) if name.startswith("text ") else values
        for name, values in found.items()
        if name.startswith(("sheet ", "text "))
    }
    studies = named("studies")
    return Hulls(
        found["energies"],
        DrawTable(named("draws")),
        pd.DataFrame(sheet),
        {key: Evidence.of(kind.astype(object), studies[key]) for key, kind in named("kind").items()},
        found["blocking_share"],
        found["hull_energy"],
    )


def joined(parts: Sequence[Hulls]) -> Hulls:
    """Hulls of all candidates of several parts in turn, at least one."""
    first = parts[0]
    return Hulls(
        np.concatenate([part.energies for part in parts]),
        DrawTable({key: np.concatenate([part.draws.values[key] for part in parts]) for key in first.draws.values}),
        pd.concat([part.sheet for part in parts], ignore_index=True),
        {
            key: Evidence(
                np.concatenate([part.evidence[key].number for part in parts]),
                np.concatenate([part.evidence[key].n_studies for part in parts]),
            )
            for key in first.evidence
        },
        np.concatenate([part.blocking_share for part in parts]),
        np.concatenate([part.hull_energy for part in parts]),
    )


def _saved(arrays: dict[str, np.ndarray]) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **arrays)  # type: ignore[arg-type]
    return stream.getvalue()


def _loaded(content: bytes) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}
