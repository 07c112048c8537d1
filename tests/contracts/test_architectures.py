"""What every architecture must keep to; a file with a `Model` is enough to be under this contract."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest
import torch
from cases import Case, answer, case, descend, trained
from pymatgen.core import Composition
from safetensors.torch import load, save
from scipy.spatial.transform import Rotation
from specimens import specimens

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import UsageError
from ssbscreen.featurize.base import KINDS, POLYMER, has_kind
from ssbscreen.model_parts.base import Targets
from ssbscreen.training.ensemble import Ensemble
from ssbscreen.training.targets import TargetTransform

N_FEW = 6  # candidates that are asked again, changed
MOST_LOSS = 0.5  # of the loss at the start, after a few steps
MOST_ERROR = 0.35  # root mean square error of rows that were learned, in their standard deviations


@pytest.fixture
def own(architecture_name: str) -> Case:
    return case(architecture_name)


def test_class_and_options(own: Case) -> None:
    assert own.kind.__name__ == "Model"
    assert is_dataclass(own.kind.Options)
    assert own.kind.Options() is not None  # all have defaults
    allowed = {f.name for f in fields(own.kind.Options)}
    assert set(own.kind.SEARCH_SPACE) <= allowed
    assert set(own.kind.FREE_OPTIONS) <= allowed
    for name, values in own.kind.SEARCH_SPACE.items():
        assert len(set(values)) == len(values) > 1, name
    assert own.representation.kind in KINDS
    assert own.representation == own.kind.representation(own.options) or own.representation.name


def test_learns_a_small_set(own: Case) -> None:
    if not own.kind.is_fitted_directly:
        losses = descend(own, own.untrained())
        assert np.mean(losses[-5:]) < MOST_LOSS * losses[0] or losses[-1] < losses[0] - 1.0
        return
    said = answer(trained(own.name), own.batch()).mean.double().numpy()
    values = own.targets.values
    first_only = ~np.isfinite(values[:, :1]) if own.n_targets > 1 else np.zeros((len(values), 1), dtype=bool)
    for t in range(own.n_targets):
        # an architecture may learn a further target only from rows without the first (computed beside measured gaps)
        known = np.isfinite(values[:, t]) & np.isfinite(said[:, t])
        errors = [
            np.sqrt(np.mean((said[rows, t] - values[rows, t]) ** 2))
            for rows in (known, known & first_only[:, 0])
            if rows.any()
        ]
        assert min(errors) < MOST_ERROR, (t, errors)


def test_saved_and_loaded_it_has_the_same_bytes_and_says_the_same(own: Case) -> None:
    transform = TargetTransform(np.zeros(own.n_targets), np.ones(own.n_targets), np.zeros((own.n_targets, 104)))
    content = _bytes(Ensemble([trained(own.name)] * 2, transform))
    options = {f.name: getattr(own.options, f.name) for f in fields(own.options)}
    again = Ensemble.from_tensors(own.name, options, own.n_targets, load(content))
    assert _bytes(again) == content
    first, second = (answer(model, own.batch()) for model in (trained(own.name), again.members[1]))
    torch.testing.assert_close(first.mean, second.mean, rtol=1e-6, atol=1e-6, equal_nan=True)
    torch.testing.assert_close(first.log_variance, second.log_variance, rtol=1e-6, atol=1e-6, equal_nan=True)


def test_a_candidate_alone_is_as_in_company_and_order_does_not_matter(own: Case) -> None:
    model, items = trained(own.name), own.items
    whole = answer(model, own.batch())
    back = answer(model, own.batch(items[::-1]))
    alone = torch.cat([answer(model, own.batch([item])).mean for item in items[:N_FEW]])
    _same(back.mean.flip(0), whole.mean)
    _same(back.log_variance.flip(0), whole.log_variance)
    _same(alone, whole.mean[:N_FEW])


def test_variances_are_positive_and_shapes_fit(own: Case) -> None:
    model = trained(own.name)
    found = answer(model, own.batch())
    assert found.mean.shape == found.log_variance.shape == (len(own.items), own.n_targets)
    assert (torch.isfinite(found.log_variance) | torch.isnan(found.mean)).all()
    with torch.no_grad():
        embedding = model.embed(own.batch())
    assert len(embedding) == len(own.items)
    assert (model.domain_width or 0) <= embedding.shape[1]


def _rotated(crystal: Crystal) -> Crystal:
    return replace(crystal, lattice=crystal.lattice @ Rotation.from_euler("xyz", (0.3, -0.7, 1.1)).as_matrix())


def _shifted(crystal: Crystal) -> Crystal:
    return replace(crystal, frac=(crystal.frac + np.array([0.13, 0.42, 0.77])) % 1.0)


def _shuffled(crystal: Crystal) -> Crystal:
    return Crystal.from_structure(type(s := crystal.to_structure()).from_sites(list(s)[::-1]))


def _doubled(crystal: Crystal) -> Crystal:
    structure = crystal.to_structure()
    structure.make_supercell([2, 1, 1])
    return Crystal.from_structure(structure)


@pytest.mark.parametrize("change", [_rotated, _shifted, _shuffled, _doubled])
def test_the_way_a_crystal_is_written_does_not_matter(own: Case, change: Callable[[Crystal], Crystal]) -> None:
    few = [c for c in own.candidates if c.crystal is not None][:: max(1, len(own.candidates) // N_FEW)]
    if not few:
        pytest.skip("takes no crystals")
    same = [
        replace(
            c, crystal=change(c.crystal), composition=None, charged=None if c.charged is None else change(c.charged)
        )
        for c in few
    ]
    model = trained(own.name)
    _same(answer(model, own.encode(same)).mean, answer(model, own.encode(few)).mean, 2e-3)


def test_what_lacks_the_input_is_set_aside_with_its_name(own: Case) -> None:
    kind = own.representation.kind
    lacking = [c for other in KINDS for c in specimens(other)[:1] if not has_kind(c, kind)]
    lacking.append(
        Candidate("odd", composition=Composition("NaCl"))
        if kind == POLYMER
        else Candidate("odd", polymer=Polymer("*CCO*"))
    )
    found = own.representation.encode([own.candidates[0], *lacking])
    assert found.rows.tolist() == [0]
    assert all(f"has no {kind}" in found.rejected[i] for i in range(1, 1 + len(lacking)))


def test_what_was_never_fitted_says_so(own: Case) -> None:
    if not own.kind.is_fitted_directly:
        pytest.skip("answers from its first weights")
    model = own.untrained()
    assert not model.is_fitted
    assert trained(own.name).is_fitted
    with pytest.raises(UsageError, match=f"'{own.name}' was not fitted yet"):
        answer(model, own.batch())


def test_nothing_to_learn_from_is_an_error(own: Case) -> None:
    if not own.kind.is_fitted_directly:
        pytest.skip("the trainer counts its rows")
    nothing = replace(own.targets, values=np.full_like(own.targets.values, np.nan))
    with pytest.raises(UsageError, match=r"(?i)value|row|target"):
        own.untrained().fit(own.items, nothing, 0)


def test_auxiliary_targets_that_are_needed_are_named(own: Case) -> None:
    if own.targets.auxiliary is None:
        pytest.skip("learns no further properties")
    assert own.kind.uses_auxiliary_targets
    with pytest.raises(UsageError, match="auxiliary_targets"):
        own.untrained().fit(own.items, Targets(own.targets.values, own.targets.bound), 0)


def _bytes(ensemble: Ensemble) -> bytes:
    return save({name: tensor.clone().contiguous() for name, tensor in ensemble.tensors().items()})


def _same(found: torch.Tensor, wanted: torch.Tensor, tolerance: float = 2e-4) -> None:
    torch.testing.assert_close(found.double(), wanted.double(), rtol=tolerance, atol=tolerance, equal_nan=True)
