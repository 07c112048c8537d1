"""Known weaknesses against limiting criteria of a ranking that was made by hand."""

import pandas as pd

from ssbscreen.core.outcome import Weakness
from ssbscreen.query.weakness_check import check_weaknesses, table_of
from ssbscreen.ranking.criteria import load_screen, screen_names
from ssbscreen.sources.outcomes import SOURCE

CRITERIA = ("conductivity", "window", "toughness")


def _weakness(*criteria: str) -> Weakness:
    return Weakness("x", "Li3PO4", "", "", None, "separator", criteria, "conducts little", "doi")


def _ranking(limiting: str, desirabilities: tuple[float, float, float], imputed: tuple[str, ...] = ()) -> pd.DataFrame:
    row: dict[str, object] = {"candidate_id": "a", "rank": 3, "limiting_criterion": limiting}
    for name, value in zip(CRITERIA, desirabilities, strict=True):
        row |= {f"{name}_desirability": value, f"{name}_imputed": name in imputed}
    return pd.DataFrame([row])


def test_the_known_weakness_limits():
    (found,) = check_weaknesses(_ranking("conductivity", (0.1, 0.9, 0.5)), [("a", _weakness("conductivity"))], CRITERIA)
    assert found.is_limiting
    assert found.is_among_lowest
    assert found.rank == 3
    assert found.lowest == ("conductivity", "toughness")


def test_second_lowest_is_among_the_lowest_only():
    (found,) = check_weaknesses(_ranking("conductivity", (0.1, 0.9, 0.5)), [("a", _weakness("toughness"))], CRITERIA)
    assert (found.is_limiting, found.is_among_lowest) == (False, True)


def test_an_imputed_criterion_names_nothing():
    ranking = _ranking("conductivity", (0.1, 0.9, 0.5), ("conductivity",))
    (found,) = check_weaknesses(ranking, [("a", _weakness("conductivity"))], CRITERIA)
    assert (found.is_limiting, found.is_among_lowest) == (False, False)


def test_materials_without_a_row_are_left_out():
    assert check_weaknesses(_ranking("window", (1, 1, 1)), [("b", _weakness("window"))], CRITERIA) == ()


def test_the_table_of_known_weaknesses_names_criteria_that_exist():
    weaknesses = SOURCE.load_weaknesses()
    assert len(weaknesses) >= 60
    known = {c.name for name in screen_names() for c in load_screen(name).criteria}
    for weakness in weaknesses:
        assert set(weakness.criteria) & known, weakness.material
        assert weakness.reference
        assert bool(weakness.formula) != bool(weakness.smiles)
    found = check_weaknesses(_ranking("window", (1, 1, 1)), [("a", weaknesses[0])], CRITERIA)
    assert list(table_of(found)["material"]) == [weaknesses[0].material]
