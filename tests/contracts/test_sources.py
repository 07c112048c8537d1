"""What every source and every data card must keep to."""

import importlib
import os
import re

import pytest

from ssbscreen.core import discovery
from ssbscreen.core.candidate import Candidate, Records
from ssbscreen.core.errors import DataUnavailable, IntegrityError, UsageError
from ssbscreen.core.properties import get_property
from ssbscreen.files.data_card import card_of, read_card
from ssbscreen.files.data_source import PACKAGE, RecordSource, Source, load_source
from ssbscreen.sources.reference_phases import ReferencePhaseSource

MIRROR = os.environ.get("SSBSCREEN_DATA_MIRROR", "")  # as given; fixtures of whole screens hide it from the process


def test_the_planned_sources_are_there():
    assert {"obelix", "snapshot", "chemarr", "matbench", "reference_phases", "materials_project"} <= set(
        discovery.names(PACKAGE, "SOURCE")
    )


def test_cards_are_valid_and_named_like_their_folder(card_name):
    card = card_of(card_name)
    assert card.name == card_name
    for entry in card.origin_files.values():
        assert entry.url.startswith("https://")
    for file in card.files:
        assert re.fullmatch(r"[\w.-]+", file), "a file name, no path"


def test_a_source_is_one_object_named_like_its_module_with_a_card_of_its_data_set(source_name):
    source = load_source(source_name)
    assert isinstance(source, Source)
    assert source.name == source_name
    module = importlib.import_module(f"{PACKAGE}.{source_name}")
    own = [v for v in vars(module).values() if isinstance(v, type(source))]
    assert own == [source]
    if source.dataset:
        assert source.card == card_of(source.dataset)


def test_records_are_consistent(source_name, monkeypatch):
    source = load_source(source_name)
    if not source.dataset or not isinstance(source, RecordSource):
        pytest.skip("reads the user's own files or another kind of data")
    if MIRROR:
        monkeypatch.setenv("SSBSCREEN_DATA_MIRROR", MIRROR)
    try:
        records = source.load()
    except DataUnavailable:
        pytest.skip("the data set cannot be reached")
    assert isinstance(records, Records)
    ids = [c.candidate_id for c in records.candidates]
    assert len(ids) == len(set(ids)) > 0
    assert {c.source for c in records.candidates} == {source_name}
    assert all(isinstance(c, Candidate) for c in records.candidates)
    assert {m.candidate_id for m in records.measurements} <= set(ids)
    assert {m.source for m in records.measurements} <= {source_name}
    for m in records.measurements:
        row = get_property(m.property)  # in the stored unit of the property, so that it lies in its range
        assert row.is_plausible(row.to_natural(m.value)), m
    assert all(m.temperature_c is not None for m in records.measurements if m.property == "ionic_conductivity")
    assert all(r.input and r.reason for r in records.rejected)


@pytest.mark.parametrize("which", ["reference_phases", "measured_enthalpies"])
def test_reference_phases_keep_to_their_protocol(which):
    source = load_source("reference_phases")
    assert isinstance(source, ReferencePhaseSource)
    phases = source.load_phases(which)
    assert len(phases.formulas) == len(phases.formation_energy) == len(set(phases.formulas))


def test_an_unknown_source_is_refused_with_the_nearest_name():
    with pytest.raises(UsageError, match="obelix"):
        load_source("obelx")
    with pytest.raises(UsageError):
        load_source("fetch")


@pytest.mark.parametrize(
    "change",
    [
        "licence: ''",
        "files: {}",
        "surprise: 1",
        "may_train: 1",
        "name: 'Not A Name'",
        "origin_files: {a: {url: 'ftp://x'}}",
    ],
)
def test_a_card_that_lacks_something_is_refused(tmp_path, change):
    lines = [
        "name: x",
        "title: A long enough title",
        "files: {a.csv: {content: numbers}}",
        "origin: somewhere",
        "licence: MIT",
        "cite: Somebody, Somewhere 2020",
        "may_train: true",
    ]
    key = change.split(":")[0]
    (tmp_path / "card.yaml").write_text("\n".join([x for x in lines if not x.startswith(key + ":")] + [change]))
    with pytest.raises(IntegrityError, match=str(tmp_path / "card.yaml")):
        read_card(tmp_path / "card.yaml")
    (tmp_path / "card.yaml").write_text("\n".join(lines))
    assert read_card(tmp_path / "card.yaml").may_train
    with pytest.raises(IntegrityError, match="cannot be read"):
        read_card(tmp_path / "none.yaml")
