"""The card that goes with a data set: files, origin, licence, traps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ssbscreen.core.errors import IntegrityError
from ssbscreen.files.paths import data_dir
from ssbscreen.files.yaml import read_yaml

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
    return read_yaml(path, Card, error=IntegrityError)


def card_of(name: str) -> Card:
    """Card of a data set of this project."""
    return read_card(data_dir() / name / "card.yaml")
