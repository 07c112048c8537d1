"""The --where language against pandas' own answers, three-valued logic and hostile input."""

import numpy as np
import pandas as pd
import pytest

from ssbscreen.core.errors import UsageError
from ssbscreen.query.expression import MAX_LENGTH, matches


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "candidate_id": ["a", "b", "c", "d"],
            "chemistry_class": ["oxide", "halide", "sulfide", "oxide"],
            "ionic_conductivity_value": [1e-3, np.nan, 1e-6, 2e-4],
            "score": [0.9, 0.5, 0.1, 0.4],
            "in_domain": [True, False, True, True],
            "p_beats_Al-LLZO": [0.9, 0.2, 0.6, 0.1],
        }
    )


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ("score > 0.3", "abd"),
        ("p_beats_Al-LLZO > 0.5", "ac"),  # a name with a hyphen is one name
        ("p_beats_Al-LLZO>0.5 and score > 0.3", "a"),
        ("score>0.3 and chemistry_class == 'oxide'", "ad"),
        ("ionic_conductivity >= 2e-4", "ad"),
        ("not ionic_conductivity >= 2e-4", "c"),  # b is missing: neither true nor false
        ("ionic_conductivity < 1 or score == 0.5", "abcd"),
        ("0.2 < score <= 0.5", "bd"),
        ("chemistry_class in ('halide', 'sulfide')", "bc"),
        ("chemistry_class not in ('oxide',)", "bc"),
        ("in_domain", "acd"),
        ("not in_domain", "b"),
        ("score > -1", "abcd"),
        ("(score > 0.8 or score < 0.2) and in_domain", "ac"),
    ],
)
def test_selects(frame, where, ids):
    assert "".join(frame.candidate_id[matches(where, frame)]) == ids


@pytest.mark.parametrize(
    "where",
    [
        "__import__('os').system('true')",
        "score.__class__",
        "score + 1 > 2",
        "(lambda: 1)()",
        "[x for x in ()]",
        "scroe > 1",
        "score >",
        "score = 1",
        "1 < 2",
        "score > 'x'",
        "chemistry_class",
        "x" * (MAX_LENGTH + 1),
        "score is None",
        "f'{score}' == 'a'",
        "(" * 300 + "score" + ")" * 300 + ">",
        "\x00",
        " or ".join(["not " * 60 + "(score > 1)"] * 5) + ")",
    ],
)
def test_refuses_what_it_cannot_read(frame, where):
    with pytest.raises(UsageError):
        matches(where, frame)


def test_names_the_nearest_column(frame):
    with pytest.raises(UsageError, match="Did you mean 'score'"):
        matches("scroe > 1", frame)
