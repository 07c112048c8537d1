"""Columns of predictions: merging, draws, and missing that stays missing."""

import numpy as np
import pytest

from ssbscreen.core.prediction import Predictions, PropertyPrediction, merge, missing


def column(mean, note, model):
    mean = np.array(mean, dtype=float)
    return PropertyPrediction(
        "band_gap",
        mean,
        np.where(np.isnan(mean), np.nan, 0.3),
        np.where(np.isnan(mean), np.nan, 0.4),
        mean - 1,
        mean + 1,
        ~np.isnan(mean),
        model,
        np.array(note, dtype=object),
    )


def test_the_first_that_is_present_wins_and_reasons_survive():
    first = column([1.0, np.nan, np.nan, np.nan], ["", "", "", "no cell"], "a")
    second = column([9.0, 2.0, np.nan, np.nan], ["x", "composition only", "bad SMILES", "other"], "b")
    both = merge([first, second])
    assert both.mean[:2].tolist() == [1.0, 2.0]
    assert np.isnan(both.mean[2:]).all()
    assert both.note.tolist() == ["by a", "composition only; by b", "bad SMILES", "no cell"]
    assert both.model == "a+b"
    assert both.in_domain.tolist() == [True, True, False, False]
    assert both.model_of_each() == (["a", "b", "a+b", "a+b"], ["", "composition only", "bad SMILES", "no cell"])
    assert np.isnan(first.mean[1:]).all()  # the given columns are not changed


def test_each_row_names_its_model_after_columns_are_merged_twice():
    first = merge([column([1.0, np.nan, np.nan], ["", "", ""], "a"), column([9.0, 2.0, np.nan], ["", "", ""], "b")])
    both = merge([first, column([5.0, 6.0, 7.0], ["", "", "made by hand"], "c")])
    assert both.model_of_each() == (["a", "b", "c"], ["", "", "made by hand"])
    alone = column([1.0], ["made by hand"], "a")
    assert alone.model_of_each() == (["a"], ["made by hand"])


def test_total_error_is_the_root_of_the_squares():
    both = column([1.0, np.nan], ["", ""], "a")
    assert both.std[0] == pytest.approx(0.5)
    draws = both.draws(np.random.default_rng(0).standard_normal((2, 20_000)))
    assert draws[0].std() == pytest.approx(0.5, rel=0.02)
    assert np.isnan(draws[1]).all()


def test_columns_must_fit_the_pool():
    with pytest.raises(ValueError, match="2 predictions for 3"):
        Predictions(("a", "b", "c"), {"band_gap": missing("band_gap", 2)})


def test_expand_is_undone_by_take_and_leaves_the_others_missing():
    some = column([1.0, 2.0], ["x", ""], "a")
    rows = np.array([3, 1])
    whole = some.expand(rows, 5)
    assert whole.is_present.tolist() == [False, True, False, True, False]
    assert whole.note.tolist() == ["", "", "", "x", ""]
    for name, array in whole.take(rows).arrays.items():
        np.testing.assert_array_equal(array, getattr(some, name))
        assert array.dtype == getattr(some, name).dtype


def test_arrays_are_the_way_back():
    some = column([1.0, np.nan], ["x", ""], "a")
    again = PropertyPrediction("band_gap", model="a", **some.arrays)
    assert all(np.array_equal(v, some.arrays[k], equal_nan=k != "note") for k, v in again.arrays.items())


def test_parts_of_a_pool_make_the_pool():
    first, second = column([1.0, np.nan], ["x", ""], "a"), column([3.0], [""], "b")
    parts = [Predictions(("i", "j"), {"band_gap": first}, {("p", "q"): 0.5}), Predictions(("k",), {"band_gap": second})]
    whole = Predictions.concatenate(parts)
    assert whole.candidate_ids == ("i", "j", "k")
    assert whole.by_property["band_gap"].model == "a+b"
    assert whole.correlation == {("p", "q"): 0.5}
    assert whole.take(np.array([2, 0])).candidate_ids == ("k", "i")
    np.testing.assert_array_equal(whole.take(np.array([2, 0])).by_property["band_gap"].mean, [3.0, 1.0])


def test_the_model_of_a_row_is_read_where_later_steps_added_words():
    column = missing("ionic_conductivity", 2, "a+b")
    column.note[:] = ["composition only; by a; measured, 3 studies", "measured, by hand"]
    assert column.model_of_each() == (["a", "a+b"], ["composition only; measured, 3 studies", "measured, by hand"])
