"""One crystal is one candidate and has one prediction, in whatever cell, setting and kind of file it is written."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from pymatgen.core import Lattice
from written_forms import FILES, ORDERED_FILES, forms

from ssbscreen.core.candidate import Candidate
from ssbscreen.prediction.predictor import predict
from ssbscreen.readers.inputs import load_inputs
from ssbscreen.sources.prototypes import load_prototypes
from ssbscreen.training.registry import active_models

TYPES = {prototype.name: prototype for prototype in load_prototypes()}
PER_TYPE = 3  # forms of each structure type whose predictions the default suite compares


def read(folder: Path, name: str, text: str) -> Candidate:
    path = folder / name
    path.write_text(text)
    records = load_inputs([path])
    assert not records.rejected, records.rejected
    (candidate,) = records.candidates
    return candidate


def fingerprint(candidate: Candidate) -> tuple[np.ndarray, np.ndarray]:
    """Edges and angles of the cell with the atoms of each element, and all distances to 4 angstrom in order."""
    crystal = candidate.crystal
    assert crystal is not None
    parameters = np.array(Lattice(crystal.lattice).parameters)
    return np.concatenate([parameters, crystal.amounts]), np.sort(crystal.to_structure().get_neighbor_list(4.0)[3])


@cache
def crystal_properties() -> tuple[str, ...]:
    """What shipped models predict of anything that is no polymer."""
    return tuple(sorted({key for _, card in active_models(None) for key in card.properties if card.kind != "polymer"}))


def assert_one_prediction(candidates: list[Candidate]) -> None:
    """Candidates of each structure type, the first of each being the one the others must equal."""
    found = predict([replace(c, candidate_id=str(i)) for i, c in enumerate(candidates)], crystal_properties())
    first: dict[str, int] = {}
    same_as = [first.setdefault(c.candidate_id.split(":")[0], i) for i, c in enumerate(candidates)]
    assert {key for key in found.by_property if found.by_property[key].is_present.any()} == set(crystal_properties())
    for key, column in found.by_property.items():
        for name, tolerance in (("mean", 1e-6), ("std_aleatoric", 1e-5), ("std_epistemic", 1e-5)):
            values = getattr(column, name)
            off = np.abs(values - values[same_as])
            wrong = np.flatnonzero(~(off <= tolerance) & ~(np.isnan(values) & np.isnan(values[same_as])))
            assert not len(wrong), [(candidates[i].candidate_id, key, name, off[i]) for i in wrong]
        assert (column.in_domain == column.in_domain[same_as]).all()


@cache
def written(name: str) -> dict[str, tuple[str, str]]:
    return forms(TYPES[name])


@cache
def read_form(name: str, form: str) -> Candidate:
    """A form of a structure type as a reader of its file gets it."""
    with TemporaryDirectory() as folder:
        return read(Path(folder), *written(name)[form])


def half_of_the_forms(name: str) -> list[str]:
    """The form as published and every second other one, beginning elsewhere for the next structure type."""
    first, *others = written(name)
    return [first, *others[list(TYPES).index(name) % 2 :: 2]]


@pytest.mark.parametrize("name", TYPES)
def test_half_of_the_forms_of_a_structure_type_are_one_candidate(name: str) -> None:
    assert_one_candidate(name, half_of_the_forms(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", TYPES)
def test_every_form_of_a_structure_type_is_one_candidate(name: str) -> None:
    assert_one_candidate(name, list(written(name)))


def assert_one_candidate(name: str, names: list[str]) -> None:
    truth = TYPES[name]
    formula = Candidate("truth", crystal=truth.crystal).formula
    first = None
    for form in names:
        candidate = read_form(name, form)
        found = fingerprint(candidate)
        first = first or found
        assert candidate.space_group == truth.record.space_group.number, form
        assert candidate.formula == formula, form
        assert candidate.crystal.n_atoms == pytest.approx(truth.primitive.crystal.n_atoms), form
        np.testing.assert_allclose(found[0], first[0], atol=1e-5, err_msg=form)
        np.testing.assert_allclose(found[1], first[1], atol=1e-5, err_msg=form)


@pytest.mark.parametrize("name", TYPES)
def test_what_was_read_is_written_and_read_again(name: str, tmp_path: Path) -> None:
    once = read_form(name, "as published")
    structure = once.crystal.to_structure()
    writers = list((FILES | (ORDERED_FILES if once.crystal.is_ordered else {})).items())
    for form, write in writers[list(TYPES).index(name) % 3 :: 3]:
        again = read(tmp_path, *write(structure))
        assert (again.formula, again.space_group) == (once.formula, once.space_group), form
        for a, b in zip(fingerprint(again), fingerprint(once), strict=True):
            np.testing.assert_allclose(a, b, atol=1e-5, err_msg=form)


def chosen(per_type: int | None) -> list[Candidate]:
    """Each structure type as published and in some other forms, other ones for every type."""
    found = []
    for number, name in enumerate(TYPES):
        names = list(written(name))
        others = range(1, len(names))
        picked = others if per_type is None else {1 + (number * per_type + i) % len(others) for i in range(per_type)}
        for i in (0, *sorted(picked)):
            found.append(replace(read_form(name, names[i]), candidate_id=f"{name}: {names[i]}"))
    return found


def test_every_structure_type_has_one_prediction() -> None:
    assert_one_prediction(chosen(PER_TYPE))


@pytest.mark.slow
def test_every_form_of_every_structure_type_has_one_prediction() -> None:
    assert_one_prediction(chosen(None))
