"""The part of an error that classes and families have in common, on errors whose parts are known."""

import numpy as np
import pytest

from ssbscreen.training.shared_error import shared_error


def _errors(class_variance: float, family_variance: float, seed: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    rng = np.random.default_rng(seed)
    classes = np.repeat([f"class {i}" for i in range(8)], 60)
    families = np.tile(np.repeat([f"family {i}" for i in range(6)], 10), 8)
    pairs = np.char.add(classes, families)
    rest = 1.0 - class_variance - family_variance
    error = rng.normal(0, rest**0.5, len(classes))
    for labels, variance in ((classes, class_variance), (pairs, family_variance)):
        names, code = np.unique(labels, return_inverse=True)
        error += rng.normal(0, variance**0.5, len(names))[code]
    groups = {"class": classes, "family": families, "formula": np.char.add("f", np.arange(len(classes)).astype(str))}
    return error, groups


def test_shares_of_known_errors_come_back() -> None:
    found = [shared_error(*_errors(0.2, 0.3, seed)) for seed in range(10)]
    assert np.mean([f.class_share for f in found if f]) == pytest.approx(0.2, abs=0.07)
    assert np.mean([f.family_share for f in found if f]) == pytest.approx(0.3, abs=0.06)
    assert found[0] is not None
    assert (found[0].n_classes, found[0].n_families) == (8, 48)


def test_members_of_no_family_share_nothing_but_their_class() -> None:
    error, groups = _errors(0.0, 0.6, 1)
    found = shared_error(error, groups | {"family": np.full(len(error), "other")})
    assert found is not None
    assert found.family_share < 0.05


def test_members_of_no_family_do_not_hide_what_families_share() -> None:
    """Half of the rows belong to no family and scatter alone; real families still share 60 percent."""
    shares = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        error, groups = _errors(0.0, 0.6, seed)
        alone = np.tile(np.arange(60) < 30, 8)
        mixed = np.where(alone, rng.normal(size=len(error)), error)
        found = shared_error(mixed, groups | {"family": np.where(alone, "other", groups["family"])})
        assert found is not None
        shares.append(found.family_share)
    assert np.mean(shares) == pytest.approx(0.6, abs=0.07)


def test_repeats_of_one_composition_make_no_family() -> None:
    """Ten rows of each of 50 compositions, wrong together: that is no error of the families they stand in."""
    rng = np.random.default_rng(2)
    formula = np.repeat([f"f{i}" for i in range(50)], 10)
    groups = {
        "class": np.repeat([f"class {i}" for i in range(5)], 100),
        "family": np.repeat([f"family {i}" for i in range(10)], 50),
        "formula": formula,
    }
    found = shared_error(np.repeat(rng.normal(size=50), 10) * 0.95 + 0.1 * rng.normal(size=500), groups)
    assert found is not None
    assert found.class_share + found.family_share < 0.3


def test_few_rows_or_no_families_say_nothing() -> None:
    error, groups = _errors(0.2, 0.3, 0)
    assert shared_error(error[:20], {name: labels[:20] for name, labels in groups.items()}) is None
    assert shared_error(error, {"class": groups["class"]}) is None
