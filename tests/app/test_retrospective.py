"""Which conductors count as published later."""

import numpy as np
from pymatgen.core import Composition

from ssbscreen.app.retrospective import later_conductors
from ssbscreen.core.candidate import Candidate
from ssbscreen.core.dataset import ABOVE, EXACT, Dataset

NAN = float("nan")


def _dataset(rows: list[tuple[str, float, int]]) -> Dataset:
    return Dataset(
        "made up",
        tuple(Candidate(f"c{i}", Composition(formula)) for i, (formula, _, _) in enumerate(rows)),
        ("ionic_conductivity",),
        np.array([[value] for _, value, _ in rows]),
        np.array([[bound] for _, _, bound in rows], dtype=np.int8),
        np.full(len(rows), 25.0),
        {},
        (),
    )


def test_good_conductors_of_later_papers_alone():
    rows = [
        ("Li3YCl6", -2.5, EXACT),  # later and good
        ("Li6Y2Cl12", -2.9, EXACT),  # the same material
        ("Li10GeP2S12", -1.9, EXACT),  # known before
        ("Li10GeP2S12", -2.0, EXACT),
        ("Li3InCl6", -2.8, EXACT),  # year unknown
        ("Li2ZrCl6", -3.6, EXACT),  # later and poor
        ("LiTaCl6", -2.0, ABOVE),  # a bound alone
    ]
    published = np.array([2018, 2019, 2011, 2018, NAN, 2021, 2023])
    found = later_conductors(_dataset(rows), published, 2015)
    assert list(found["composition"]) == ["Li3YCl6"]


def test_nothing_later_is_an_empty_table():
    found = later_conductors(_dataset([("Li3YCl6", -2.5, EXACT)]), np.array([2018.0]), 2020)
    assert list(found.columns) == ["candidate_id", "composition"]
    assert found.empty
