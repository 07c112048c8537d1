"""What a screen depends on, read in a moment, so that a finished run is known again and a change is named."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ssbscreen.core.errors import DataUnavailable, InputError, IntegrityError
from ssbscreen.download.fetch import locate
from ssbscreen.download.places import present_files, status
from ssbscreen.files import code_version
from ssbscreen.files.data_card import card_of
from ssbscreen.files.user_state import measurements_dir
from ssbscreen.readers.sheet import read_sheet
from ssbscreen.screening.candidates.imported import imported_file, is_imported
from ssbscreen.screening.settings import Plan
from ssbscreen.sources.reference_phases import EMBEDDED, LARGE, ONLINE, online_copy
from ssbscreen.training.registry import active_models

Identity = Mapping[str, str]
"""Name of what was given -> what it was, in words or as a fingerprint."""
EVIDENCE = ("obelix", "liverpool", "laskowski", "chemarr")  # data sets whose values count where they were fetched
_TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".csv.gz", ".tsv.gz", ".txt.gz")


def identity_of(plan: Plan) -> Identity:
    """Settings, inputs, reference, models, measurements, code and shipped files of a run.

    Reads files and hashes them, but neither candidates nor networks; data sets count by their content, not by their
    place.
    """
    settings = plan.settings.model_dump(mode="json")
    parts = {f"{key}.{k}" if k else key: v for key, value in settings.items() for k, v in _flat(value)}
    inputs = list(plan.inputs) or list(plan.settings.pool.sources)
    if plan.settings.pairs.cathodes is not None:
        inputs.append(str(plan.settings.pairs.cathodes))
    return (
        {key: str(value) for key, value in parts.items()}
        | {"candidates": ", ".join(map(_content, inputs))}
        | {"reference phases": _reference(plan.settings.reference)}
        | {f"model {card.name}": f"{card.version} ({card.weights_sha256[:12]})" for _, card in active_models()}
        | {"imported measurements": _measurements()}
        | {"calculated values": _calculated(plan.settings.calculated)}
        | {f"values of {name}": _data_set(name) or "not here" for name in EVIDENCE}
        | {"code": code_version.code_version()}
        | {"configs/": code_version.settings_version()}
        | {"starter data": code_version.starter_data_version()}
    )


def bring_evidence(plan: Plan) -> None:
    """Copy data sets whose values count from a mirror behind an address, before they count as not here."""
    if plan.settings.evidence != "predicted":
        for name in EVIDENCE:
            with suppress(DataUnavailable):
                locate(card_of(name))


def differences(before: Identity, now: Identity) -> tuple[str, ...]:
    """What changed, one phrase each."""
    keys = dict.fromkeys((*before, *now))
    absent = "none"
    return tuple(
        f"{key} was {before.get(key) or absent} and is {now.get(key) or absent}"
        for key in keys
        if (before.get(key) or absent) != (now.get(key) or absent)
    )


def _flat(value: object) -> list[tuple[str, object]]:
    return list(value.items()) if isinstance(value, dict) else [("", value)]


def _content(name: str) -> str:
    """Name of an input with the fingerprint of its content; sets that the code makes from starter data have none."""
    path = Path(name).expanduser()
    if path.exists():
        digest = code_version.digest_of([path, *_named_in_tables(path)])
    else:
        digest = code_version.digest_of([imported_file(name)]) if is_imported(name) else _data_set(name)
    return f"{path.name} ({digest})" if digest else name


def _named_in_tables(path: Path) -> list[Path]:
    """Structure files that tables among the inputs name."""
    named: dict[Path, None] = {}
    for table in (path,) if path.is_file() else sorted(path.rglob("*")):
        if table.name.lower().endswith(_TABLES):
            with suppress(InputError, OSError):
                for _, row in read_sheet(table).rows:
                    named |= {table.parent / cell: None for cell in row.values() if "." in cell and len(cell) < 256}
    return [file for file in named if file.is_file()]


def _data_set(name: str) -> str:
    """Fingerprint of a fetched data set; empty where there is none of that name or it is not here."""
    try:
        found = status(name)
    except IntegrityError:  # no data set of that name
        return ""
    return "" if found.folder is None else code_version.digest_of(present_files(card_of(name), found.folder))


def _reference(asked: str) -> str:
    if asked == "mp_api":
        copy = online_copy()
        return f"{ONLINE} ({copy.stem if copy else 'not here yet'})"
    large = "" if asked == "embedded" else _data_set(LARGE)
    return f"{LARGE} ({large})" if large else EMBEDDED


def _calculated(folder: Path | None) -> str:
    return "" if folder is None else code_version.digest_of(sorted(folder.glob("*.csv")))


def _measurements() -> str:
    pointer = measurements_dir() / "current"
    return pointer.read_text(encoding="utf-8").strip() if pointer.is_file() else ""
