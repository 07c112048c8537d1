"""What a source of records is, and the card that goes with it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Protocol, runtime_checkable

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ssbscreen.core import discovery
from ssbscreen.core.candidate import Bound, Measurement, Records
from ssbscreen.core.errors import InputError, IntegrityError, unknown
from ssbscreen.core.paths import data_dir
from ssbscreen.core.properties import get_property
from ssbscreen.core.reference import ReferencePhases
from ssbscreen.core.units import convert

PACKAGE = "ssbscreen.sources"
Sha256 = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")]


class FileCard(BaseModel):
    """One file of a data set, in the form that the loader reads.

    Attributes:
        content: what is in it, in words, with counts.
        optional: whether the loader works without it.
        sha256: of the file as the origin serves it or as it lies in the repository, empty when not known.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    content: str = Field(min_length=3)
    optional: bool = False
    sha256: Sha256 = ""


class OriginFile(BaseModel):
    """A file at the public origin; its source turns such files into those of `Card.files`.

    Attributes:
        url: address of the raw file.
        sha256: empty when not known.
        also: further addresses of the same content, perhaps compressed otherwise; their hash is not checked.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    also: list[str] = []
    url: str = Field(pattern=r"^https?://")
    sha256: Sha256 = ""


class Card(BaseModel):
    """What a data set is, where it comes from and what to beware of.

    Attributes:
        name: of the data set and of its folder.
        files: files the loader reads; mirror and cache hold exactly these.
        origin: where it comes from, in words with the commit.
        origin_files: raw files at the origin, file name -> address.
        matminer: data sets of matminer that hold the same, tried when no raw file can be had.
        may_train: whether models may be trained on it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    title: str = Field(min_length=10)
    files: dict[str, FileCard] = Field(min_length=1)
    origin: str = Field(min_length=5)
    origin_files: dict[str, OriginFile] = {}
    matminer: list[str] = []
    licence: str = Field(min_length=3)
    cite: str = Field(min_length=10)
    columns: dict[str, str] = {}
    traps: list[str] = []
    notes: str = ""
    may_train: bool


def read_card(path: Path) -> Card:
    """Card from its YAML file.

    Raises:
        IntegrityError: the file is missing, is no YAML, or breaks the form of a card.
    """
    try:
        return Card.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise IntegrityError(f"No data card at {path} ({error.strerror}); each data set needs one.") from error
    except (yaml.YAMLError, ValidationError) as error:
        raise IntegrityError(f"Data card {path} is not valid: {error}") from error


def card_of(name: str) -> Card:
    """Card of a data set of this project."""
    return read_card(data_dir() / name / "card.yaml")


@runtime_checkable
class Source(Protocol):
    """Where records come from: one module of this package, its instance named SOURCE.

    Attributes:
        name: of the source, equal to the name of its module.
        dataset: name of the data set (folder with a card) it reads; empty for the user's own files.
    """

    name: str
    dataset: str


@runtime_checkable
class RecordSource(Source, Protocol):
    """A source of candidates and measurements that needs no argument."""

    @property
    def card(self) -> Card: ...

    def load(self) -> Records:
        """All records; raises DataUnavailable when the data set cannot be reached."""
        ...


@runtime_checkable
class PoolSource(Source, Protocol):
    """A source of candidates to screen."""

    def pool(self) -> Records:
        """All candidates without measurements; raises DataUnavailable when the data set cannot be reached."""
        ...


@runtime_checkable
class PhaseSource(Source, Protocol):
    """A source of reference energies."""

    @property
    def card(self) -> Card: ...

    def load_phases(self) -> ReferencePhases:
        """Reference phases; raises DataUnavailable when the data set cannot be reached."""
        ...


def source_names() -> tuple[str, ...]:
    """Names of all modules of this package that define a SOURCE; none of them is imported."""
    folder = Path(__file__).parent
    return tuple(name for name in discovery.module_names(PACKAGE)
                 if "\nSOURCE = " in (folder / f"{name}.py").read_text(encoding="utf-8"))


def load_source(name: str) -> Source:
    """The source of that name.

    Raises:
        UsageError: no module has that name.
    """
    if name not in source_names():
        raise unknown("source", name, source_names())
    source: Source = discovery.load(PACKAGE, name, "SOURCE")
    return source


def measure(
    candidate_id: str, key: str, value: float, unit: str, *, bound: Bound = Bound.EXACT,
    temperature_c: float | None = None, reference: str = "", method: str = "", source: str = "",
    groups: dict[str, str] | None = None, noise: float | None = None,
) -> Measurement:
    """Measurement in the stored unit of its property: the one place where units are converted.

    A bound turns round when a conductivity is given as a resistivity or the other way.

    Raises:
        InputError: the unit does not fit the property or the value has no logarithm.
        UsageError: no such property.
    """
    row = get_property(key)
    stored = convert(float(value), unit, row.stored_unit)
    if stored != stored:
        raise InputError(f"{candidate_id}: {key} is not a number; leave missing values out.")
    if bound is not Bound.EXACT and _is_inverse(unit, row.unit):
        bound = Bound.ABOVE if bound is Bound.BELOW else Bound.BELOW
    return Measurement(candidate_id, key, stored, bound, temperature_c, reference, method, source, groups or {}, noise)


def _is_inverse(given: str, wanted: str) -> bool:
    inner = given.removeprefix("log10(").removesuffix(")")
    return ("ohm" in inner.lower()) != ("ohm" in wanted.lower())
