"""What is unknown is drawn from the family, wide, and never better than the class median."""

import numpy as np

from ssbscreen.core.noise import owner_keys
from ssbscreen.ranking.criteria import Criterion
from ssbscreen.ranking.desirability import Ramp
from ssbscreen.ranking.imputation import build_imputer

CRITERION = Criterion(
    property="oxidation_limit", group="window", direction="max", good=4.3, bad=2.0, citation="test", test="test"
)


def _imputer(values, classes, families, criterion=CRITERION):
    sample = np.repeat(np.asarray(values, dtype=np.float32)[:, None], 8, axis=1)
    return build_imputer(
        Ramp(criterion, 0.01), sample, np.array(classes, dtype=object), np.array(families, dtype=object), seed=0
    )


def test_family_before_class_before_pool():
    values = [*np.linspace(2, 3, 20), *np.linspace(4, 5, 20), *np.linspace(0, 1, 20), np.nan, np.nan, np.nan]
    classes = ["oxide"] * 40 + ["sulfide"] * 20 + ["oxide", "oxide", "halide"]
    families = ["garnet"] * 20 + ["lisicon"] * 20 + ["other"] * 20 + ["garnet", "perovskite", "other"]
    imputer = _imputer(values, classes, families)
    assert imputer.has_own.tolist() == [True] * 60 + [False] * 3
    garnet, oxide, pool = (imputer.draws(np.array([i]), owner_keys([f"c{i}"]), 4000)[0] for i in (60, 61, 62))
    assert garnet.min() >= 2.0
    assert garnet.max() <= 3.0
    assert garnet.std() > 0.2  # wide
    assert oxide.min() < 2.2
    assert oxide.max() <= 3.01  # the lower median of the class
    assert pool.min() < 0.1


def test_never_better_than_the_class_median():
    values = [1.0] * 5 + [3.0] * 4 + [5.0] * 20 + [np.nan]
    imputer = _imputer(values, ["oxide"] * 9 + ["halide"] * 20 + ["oxide"], ["other"] * 30)
    assert imputer.draws(np.array([29]), owner_keys(["x"]), 1000)[0].max() == 1.0


def test_small_families_are_no_distribution():
    values = [*np.linspace(2, 3, 20), 2.9, 2.9, np.nan]
    imputer = _imputer(values, ["oxide"] * 23, ["garnet"] * 20 + ["lisicon"] * 3)
    assert imputer.draws(np.array([22]), owner_keys(["x"]), 2000)[0].std() > 0.1


def test_half_of_the_draws_make_a_value():
    sample = np.full((2, 8), 3.0, dtype=np.float32)
    sample[0, :4] = np.nan
    sample[1, :5] = np.nan
    imputer = build_imputer(
        Ramp(CRITERION, 0.01),
        sample,
        np.array(["oxide"] * 2, dtype=object),
        np.array(["other"] * 2, dtype=object),
        seed=0,
    )
    assert imputer.has_own.tolist() == [True, False]


def test_nothing_known_is_uniform_in_desirability():
    imputer = _imputer([np.nan, np.nan], ["oxide"] * 2, ["other"] * 2)
    assert imputer.is_blind
    d = Ramp(CRITERION, 0.01).desirability(imputer.draws(np.array([0]), owner_keys(["x"]), 20_000)[0])
    assert abs(np.quantile(d, [0.25, 0.5, 0.75]) - [0.25, 0.5, 0.75]).max() < 0.02


def test_windows_and_minima_are_capped_too():
    low = Criterion(
        property="energy_above_hull",
        group="processing",
        direction="min",
        good=0.0,
        bad=0.1,
        citation="test",
        test="test",
    )
    assert (
        _imputer([0.0, 0.05, 0.1, np.nan], ["oxide"] * 4, ["other"] * 4, low)
        .draws(np.array([3]), owner_keys(["x"]), 500)[0]
        .min()
        >= 0.049
    )
    window = Criterion(
        property="average_voltage",
        group="window",
        direction="window",
        good=(2.0, 3.0),
        bad=(1.0, 5.0),
        citation="test",
        test="test",
    )
    ramp = Ramp(window, 0.01)
    drawn = _imputer([1.2, 1.5, 2.5, np.nan], ["oxide"] * 4, ["other"] * 4, window).draws(
        np.array([3]), owner_keys(["x"]), 500
    )[0]
    assert ramp.desirability(drawn).max() <= 0.51
