"""Files as their public origin serves them, turned into the files that the loaders read.

How that is done for a data set stands beside its loader: the module of a source may hold ORIGIN, which names the data
sets it can build. Here is what several of them need: tables of matbench, read piece by piece, and its folds.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from ssbscreen.core import discovery
from ssbscreen.core.errors import IntegrityError
from ssbscreen.download.transfer import TransferError
from ssbscreen.files.data_card import Card
from ssbscreen.files.data_source import PACKAGE

if TYPE_CHECKING:
    import pandas as pd

# matbench's folds: scikit-learn KFold(5, shuffle=True) with this seed (Dunn et al., npj Comput. Mater. 6, 138 (2020));
# it reproduces the folds of all 3683 rows of the experimental gaps that were compared.
MATBENCH_SEED = 18012019


@dataclass(frozen=True)
class Builder:
    """How the files of one data set are made.

    Attributes:
        build: from the folder of the origin's files, into the folder given second.
        build_from_table: the same from the table that matminer loads; None where matminer has none.
    """

    build: Callable[[Path, Path], None]
    build_from_table: Callable[[pd.DataFrame, Path], None] | None = None


Origin = Mapping[str, Builder]
"""Name of a data set -> how its files are made; the type of ORIGIN."""


def build(card: Card, raw: Path, out: Path) -> None:
    """Files of the card out of the origin's files.

    Raises:
        IntegrityError: the origin's files do not have the expected form.
    """
    try:
        _builder(card).build(raw, out)
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise IntegrityError(f"the origin's files of '{card.name}' do not have the expected form ({error})") from error


def build_by_matminer(card: Card, raw: Path, out: Path, reason: str) -> None:
    """The same through matminer's own loader and its cache.

    Raises:
        TransferError: matminer cannot reach it either.
    """
    from matminer.datasets import load_dataset

    try:
        raw.mkdir(parents=True, exist_ok=True)
        frame = load_dataset(card.matminer[0], data_home=str(raw), pbar=False)
    except Exception as error:  # matminer raises whatever its downloader does
        raise TransferError(f"{reason}; matminer's own download failed too ({type(error).__name__})") from error
    convert = _builder(card).build_from_table
    if convert is None:
        raise TransferError(f"{reason}; matminer has no loader for '{card.name}'")
    convert(frame, out)


def _builder(card: Card) -> Builder:
    for name in discovery.names(PACKAGE, "ORIGIN"):
        origin: Origin = discovery.load(PACKAGE, name, "ORIGIN")
        if card.name in origin:
            return origin[card.name]
    return Builder(_same)


def _same(raw: Path, out: Path) -> None:
    for path in raw.iterdir():
        if not path.name.endswith((".part", ".tag")):
            shutil.copyfile(path, out / path.name)


def matbench_folds(n_rows: int) -> np.ndarray:
    """Official matbench test fold of every row of a regression task.  # (n_rows,)"""
    from sklearn.model_selection import KFold

    folds = np.empty(n_rows, dtype=np.int64)
    splitter = KFold(n_splits=5, shuffle=True, random_state=MATBENCH_SEED)
    for fold, (_, test) in enumerate(splitter.split(np.arange(n_rows))):
        folds[test] = fold
    return folds


def gzipped(path: Path) -> IO[str]:
    """Text stream into a gzip file without a time stamp, so that equal content gives equal bytes."""
    return io.TextIOWrapper(gzip.GzipFile(path, "wb", mtime=0), encoding="utf-8", newline="")


def formula_of(structure: dict[str, Any]) -> str:
    amounts: dict[str, float] = {}
    for site in structure["sites"]:
        for entry in site["species"]:
            amounts[entry["element"]] = amounts.get(entry["element"], 0.0) + float(entry["occu"])
    return " ".join(f"{symbol}{amount:g}" for symbol, amount in amounts.items())


def fingerprint(structure: dict[str, Any]) -> str:
    """Equal for one structure stored in two data sets."""
    cell = structure["lattice"]
    first = structure["sites"][0]["abc"]
    return f"{formula_of(structure)}|{cell['a']:.4f} {cell['b']:.4f} {cell['c']:.4f} {cell['alpha']:.2f}|" + " ".join(
        f"{x:.4f}" for x in first
    )


def structure_line(name: str, structure: dict[str, Any]) -> str:
    cell = structure["lattice"]
    record = {
        "id": name,
        "lattice": [round(float(cell[k]), 5) for k in ("a", "b", "c", "alpha", "beta", "gamma")],
        "species": [site["species"][0]["element"] for site in structure["sites"]],
        "frac": [[round(float(x), 6) for x in site["abc"]] for site in structure["sites"]],
    }
    return json.dumps(record, separators=(",", ":")) + "\n"


def _open(path: Path) -> IO[str]:
    """Text of a gzip, bzip2 or plain file, told apart by its first bytes."""
    with path.open("rb") as stream:
        start = stream.read(3)
    if start[:2] == b"\x1f\x8b":
        return gzip.open(path, "rt", encoding="utf-8")
    if start == b"BZh":
        return bz2.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")


def rows_of(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    """Rows of a table stored as {"index", "columns", "data"}, read piece by piece: some are gigabytes.

    Raises:
        IntegrityError: another form, or the wanted columns are not there.
    """
    decoder = json.JSONDecoder()
    with _open(path) as stream:
        text = ""
        while '"data"' not in text:
            piece = stream.read(1 << 20)
            if not piece:
                raise IntegrityError(f"{path.name} holds no table of the known form (index, columns, data)")
            text += piece
        start = text.find('"columns"')
        if start < 0 or start > text.index('"data"'):
            raise IntegrityError(f"{path.name} does not name its columns before its data")
        names, _ = decoder.raw_decode(text, text.index("[", start))
        if missing := set(columns) - set(names):
            raise IntegrityError(f"{path.name} has no column {', '.join(sorted(missing))}; it has {', '.join(names)}")
        picks = [names.index(c) for c in columns]
        position = text.index("[", text.index('"data"')) + 1
        while True:
            while position < len(text) and text[position] in ", \r\n\t":
                position += 1
            if position < len(text) and text[position] == "]":
                return
            try:
                row, position = decoder.raw_decode(text, position)
            except ValueError:
                piece = stream.read(1 << 20)
                if not piece:
                    raise IntegrityError(f"{path.name} ends in the middle of its data") from None
                text, position = text[position:] + piece, 0
                continue
            yield tuple(row[i] for i in picks)
            if position > 1 << 22:
                text, position = text[position:], 0
