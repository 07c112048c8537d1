"""Files as their public origin serves them, turned into the files that the loaders read."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import logging
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from ssbscreen.core.errors import IntegrityError
from ssbscreen.download.transfer import TransferError
from ssbscreen.files.data_card import Card

_log = logging.getLogger(__name__)
# matbench's folds: scikit-learn KFold(5, shuffle=True) with this seed (Dunn et al., npj Comput. Mater. 6, 138 (2020));
# it reproduces the folds of all 3683 rows of the experimental gaps that were compared.
MATBENCH_SEED = 18012019
_LI_POOL_SITES = 200


def build(card: Card, raw: Path, out: Path) -> None:
    """Files of the card out of the origin's files.

    Raises:
        IntegrityError: the origin's files do not have the expected form.
    """
    builder = _BUILDERS.get(card.name, _same)
    try:
        builder(raw, out)
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
    if card.name == "expt_gap":
        _write_gaps(out, ((row["composition"], row["gap expt"]) for _, row in frame.iterrows()))
    elif card.name == "mp_formation_energies":
        _write_energies(out, ((row["structure"].as_dict(), row["e_form"]) for _, row in frame.iterrows()))
    else:
        raise TransferError(f"{reason}; matminer has no loader for '{card.name}'")


def _same(raw: Path, out: Path) -> None:
    for path in raw.iterdir():
        if not path.name.endswith((".part", ".tag")):
            shutil.copyfile(path, out / path.name)


def _chemarr(raw: Path, out: Path) -> None:
    content = (raw / "clean_train_data.csv").read_bytes()
    header = content[:300].decode("utf-8", "replace").splitlines()[0]
    if not {"smiles", "conductivity", "temperature"} <= {name.strip() for name in header.split(",")}:
        raise IntegrityError(f"clean_train_data.csv begins with '{header[:80]}', not with the known columns")
    with _gzipped(out / "clean_train_data.csv.gz") as stream:
        stream.write(content.decode("utf-8"))


def _expt_gap(raw: Path, out: Path) -> None:
    _write_gaps(out, _rows(raw / "matbench_expt_gap.json.gz", ("composition", "gap expt")))


def _write_gaps(out: Path, rows: Iterator[Any]) -> None:
    table = list(rows)
    folds = matbench_folds(len(table))
    with _gzipped(out / "expt_gap.csv.gz") as stream:
        writer = csv.writer(stream)
        writer.writerow(("mbid", "composition", "gap expt", "fold"))
        for i, (formula, gap) in enumerate(table):
            writer.writerow((f"mb-expt-gap-{i + 1:04d}", formula, gap, folds[i]))


def _energies(raw: Path, out: Path) -> None:
    _write_energies(out, _rows(raw / "matbench_mp_e_form.json.gz", ("structure", "e_form")))


def _write_energies(out: Path, rows: Iterator[Any]) -> None:
    with _gzipped(out / "formation_energies.csv.gz") as stream:
        writer = csv.writer(stream)
        writer.writerow(("material_id", "composition", "formation_energy_eV_per_atom"))
        for i, (structure, energy) in enumerate(rows):
            writer.writerow((f"mb-mp-e-form-{i + 1:06d}", _formula(structure), energy))


def _crystals(raw: Path, out: Path) -> None:
    """Structures and labels out of matbench: energies and gaps share structures, moduli bring their own."""
    gaps = {_fingerprint(s): gap for s, gap in _rows(raw / "matbench_mp_gap.json.gz", ("structure", "gap pbe"))}
    shear = {_fingerprint(s): g for s, g in _rows(raw / "matbench_log_gvrh.json.gz", ("structure", "log10(G_VRH)"))}
    pool: list[str] = []
    with _gzipped(out / "structures.jsonl.gz") as lines, _gzipped(out / "labels.csv.gz") as labels:
        writer = csv.writer(labels)
        writer.writerow(
            (
                "material_id",
                "bulk_modulus_GPa",
                "shear_modulus_GPa",
                "formation_energy_eV_per_atom",
                "band_gap_PBE_eV",
                "elastic_fold",
            )
        )
        for i, (structure, energy) in enumerate(_rows(raw / "matbench_mp_e_form.json.gz", ("structure", "e_form"))):
            name = f"mb-mp-e-form-{i + 1:06d}"
            lines.write(_line(name, structure))
            gap = gaps.get(_fingerprint(structure))
            writer.writerow((name, "", "", energy, "" if gap is None else gap, ""))
            elements = {entry["element"] for site in structure["sites"] for entry in site["species"]}
            if "Li" in elements and len(structure["sites"]) <= _LI_POOL_SITES:
                pool.append(name)
        elastic = list(_rows(raw / "matbench_log_kvrh.json.gz", ("structure", "log10(K_VRH)")))
        folds = matbench_folds(len(elastic))
        for i, (structure, bulk) in enumerate(elastic):
            name = f"mb-log-kvrh-{i + 1:05d}"
            lines.write(_line(name, structure))
            g = shear.get(_fingerprint(structure))
            writer.writerow((name, 10.0**bulk, "" if g is None else 10.0**g, "", "", folds[i]))
    with _gzipped(out / "li_candidates.txt.gz") as stream:
        stream.write("\n".join(pool) + "\n")


_BUILDERS: dict[str, Callable[[Path, Path], None]] = {
    "chemarr": _chemarr,
    "expt_gap": _expt_gap,
    "mp_formation_energies": _energies,
    "mp_crystals": _crystals,
}


def matbench_folds(n_rows: int) -> np.ndarray:
    """Official matbench test fold of every row of a regression task.  # (n_rows,)"""
    from sklearn.model_selection import KFold

    folds = np.empty(n_rows, dtype=np.int64)
    splitter = KFold(n_splits=5, shuffle=True, random_state=MATBENCH_SEED)
    for fold, (_, test) in enumerate(splitter.split(np.arange(n_rows))):
        folds[test] = fold
    return folds


def _gzipped(path: Path) -> IO[str]:
    """Text stream into a gzip file without a time stamp, so that equal content gives equal bytes."""
    return io.TextIOWrapper(gzip.GzipFile(path, "wb", mtime=0), encoding="utf-8", newline="")


def _formula(structure: dict[str, Any]) -> str:
    amounts: dict[str, float] = {}
    for site in structure["sites"]:
        for entry in site["species"]:
            amounts[entry["element"]] = amounts.get(entry["element"], 0.0) + float(entry["occu"])
    return " ".join(f"{symbol}{amount:g}" for symbol, amount in amounts.items())


def _fingerprint(structure: dict[str, Any]) -> str:
    """Equal for one structure stored in two data sets."""
    cell = structure["lattice"]
    first = structure["sites"][0]["abc"]
    return f"{_formula(structure)}|{cell['a']:.4f} {cell['b']:.4f} {cell['c']:.4f} {cell['alpha']:.2f}|" + " ".join(
        f"{x:.4f}" for x in first
    )


def _line(name: str, structure: dict[str, Any]) -> str:
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


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
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
