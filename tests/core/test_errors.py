"""Errors about a name: short tables are shown whole, long ones by the nearest names and where all of them stand."""

import pytest

from ssbscreen.core.errors import MANY_NAMES, SsbscreenError, UsageError, unknown
from ssbscreen.core.properties import get_property
from ssbscreen.core.units import convert
from ssbscreen.query.columns import column_of

COLUMNS = [f"{name}{part}" for name in ("ionic_conductivity", "density") for part in ("_value", "_low", "_high")]
MANY = [*COLUMNS, *(f"filler_{i}" for i in range(MANY_NAMES))]


def test_a_short_table_is_shown_whole():
    said = str(unknown("role", "pear", ["pair", "coating"], "a command"))
    assert said == "Unknown role 'pear'. Did you mean 'pair'? Allowed: coating, pair."


def test_of_a_long_table_the_nearest_and_those_that_contain_the_word_are_named():
    assert "Did you mean 'ionic_conductivity_low'? Also near: ionic" in str(
        unknown("column", "ionic_conductivity_lo", MANY, "a command")
    )
    said = str(unknown("column", "DENSITY", MANY, "a command"))
    assert said.startswith(
        "Unknown column 'DENSITY'. Did you mean 'density_low'? Also near: density_high, density_value. "
    )
    said = str(unknown("column", "zzz", MANY, "a command"))
    assert said == f"Unknown column 'zzz'. Allowed: {len(MANY)} names; a command."


def test_of_a_long_table_without_another_place_the_nearest_or_the_first_are_named():
    assert str(unknown("column", "zzz", MANY)).count("filler") < 10
    assert str(unknown("column", "zzz", MANY)).startswith(f"Unknown column 'zzz'. Allowed: {len(MANY)} names, such as ")
    assert str(unknown("column", "densit_low", MANY)).startswith(
        "Unknown column 'densit_low'. Did you mean 'density_low'?"
    )


def test_an_unknown_column_of_a_ranking_says_where_all_stand():
    with pytest.raises(UsageError, match="`ssbscreen query --format csv --top 1`") as error:
        column_of("conductivity", MANY)
    assert "ionic_conductivity" in str(error.value)
    assert "filler" not in str(error.value)


def test_a_short_name_is_not_taken_for_one_of_other_letters():
    assert "Did you mean" not in str(unknown("parameter", "class", ["lacks", "has", "limit"]))


@pytest.mark.parametrize("ask", [lambda: get_property("conductivity"), lambda: convert(1.0, "foo", "S/cm")])
def test_what_is_looked_up_in_a_long_table_fits_a_line_or_two(ask):
    with pytest.raises(SsbscreenError) as error:
        ask()
    assert len(str(error.value)) < 200
