"""How many cells tell two rows of a ranking apart."""

import numpy as np
import pandas as pd
import pytest

from ssbscreen.core.errors import UsageError
from ssbscreen.query.power import ASKED_FOR, N_CELLS, compared, power_table
from ssbscreen.query.text_table import of_frame
from ssbscreen.ranking.power import power


def row(name, conductivity, energy=None):
    """A row with a conductivity known within half a decade, and an activation energy."""
    values = {"candidate_id": name}
    for key, value, ratio in (("ionic_conductivity", conductivity, 10**0.5), ("activation_energy", energy, None)):
        if value is None:
            continue
        low, high = (value / ratio, value * ratio) if ratio else (value - 0.1, value + 0.1)
        values |= {f"{key}_value": value, f"{key}_low": low, f"{key}_high": high}
    return pd.Series(values)


def test_a_decade_needs_few_cells_and_a_fifth_of_one_many():
    (far,) = compared(row("a", 1e-3), row("b", 1e-4), ["ionic_conductivity"])
    (near,) = compared(row("a", 1e-3), row("b", 10**-3.2), ["ionic_conductivity"])
    assert far.difference == pytest.approx(1.0)
    assert far.n_cells < near.n_cells
    assert far.n_laboratories < near.n_laboratories
    assert near.n_cells < near.n_laboratories  # cells of one laboratory scatter less
    assert far.p_greater > 0.98
    for found in (far, near):
        assert power(found.difference, found.parts.of_mean(N_CELLS), found.n_laboratories) >= 0.8
        assert power(found.difference, found.parts.cells, found.n_cells) >= 0.8


def test_what_one_of_them_lacks_is_left_out():
    both = compared(row("a", 1e-3, 0.3), row("b", 1e-4, 0.4))
    assert [c.key for c in both] == ["activation_energy", "ionic_conductivity"]
    assert [c.key for c in compared(row("a", 1e-3, 0.3), row("b", 1e-4))] == ["ionic_conductivity"]
    assert not compared(row("a", np.nan), row("b", 1e-4))
    with pytest.raises(UsageError, match="ionic_conductivity"):
        compared(row("a", 1e-3), row("b", 1e-4), ["ionic_conductivit"])


def test_the_table_says_what_is_assumed_and_what_is_hopeless():
    table = power_table(compared(row("a", 1e-3, 0.3), row("b", 1.0001e-3, 0.4)), ("A", "B"))
    conductivity = table.set_index("property").loc["ionic_conductivity (S/cm)"]
    assert conductivity["cells of each in one laboratory"] == "over 1000"
    assert "assumed" in conductivity["scatter of cells"]
    assert table["A"].str.contains(r"\[").all()


@pytest.mark.parametrize("width", [80, 120])
def test_a_narrow_table_holds_the_answer(width):
    table = power_table(compared(row("a", 1e-3, 0.3), row("b", 4e-3, 0.4)), ("Li6PS5Cl", "Li7P3S11"))
    view = of_frame(table, order=ASKED_FOR)
    assert not set(ASKED_FOR) & set(view.left_out(width))
    assert max(map(len, view.lines(width))) <= width
