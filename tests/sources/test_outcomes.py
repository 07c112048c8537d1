"""The shipped outcomes can be read, and say what the papers say."""

import csv

from ssbscreen.core.candidate import Bound
from ssbscreen.core.formula import parse_formula
from ssbscreen.core.outcome import OutcomeKind
from ssbscreen.files.paths import data_dir
from ssbscreen.sources.outcomes import SOURCE

OUTCOMES = SOURCE.load_outcomes()


def test_every_row_is_usable():
    for outcome in OUTCOMES:
        assert outcome.reference.startswith(("10.", "http"))
        assert "*" in outcome.formula or "Li" in parse_formula(outcome.formula)
        if outcome.kind is OutcomeKind.CRITICAL_CURRENT:
            is_molten = outcome.temperature_c is not None and outcome.temperature_c > 180.0
            assert 0.005 <= outcome.value <= (1000.0 if is_molten else 20.0), outcome  # mA/cm2
        else:
            assert outcome.value in (0.0, 1.0)


def test_rows_of_low_confidence_are_left_out():
    names = [name for name in SOURCE.card.files if name != "weaknesses.csv"]
    rows = [row for name in names for row in csv.DictReader((data_dir() / "outcomes" / name).open())]
    assert len(OUTCOMES) == sum(row["confidence"] != "low" for row in rows) < len(rows)


def test_known_outcomes():
    """Zhang et al., 10.1002/aenm.201803440: niobium-doped garnet is reduced by lithium, aluminium-doped is not."""
    lithium = {(o.formula, o.value) for o in OUTCOMES if o.kind is OutcomeKind.LITHIUM}
    assert ("Li6.25Al0.25La3Zr2O12", 1.0) in lithium
    assert ("Li6.5La3Zr1.5Nb0.5O12", 0.0) in lithium


def test_bounds_and_interlayers_are_kept():
    held = [o for o in OUTCOMES if o.kind is OutcomeKind.CRITICAL_CURRENT]
    assert {o.bound for o in held} == {Bound.EXACT, Bound.ABOVE, Bound.BELOW}
    assert 20 < sum(o.has_interlayer for o in held) < 60
