"""What `show` says of the sources of a candidate's values."""

import pandas as pd

from ssbscreen.query.evidence_lines import sources

ROW = {
    "candidate_id": "a",
    "property": "ionic_conductivity",
    "value": 2e-3,
    "unit": "S/cm",
    "as_written": "2 mS/cm",
    "bound": "exact",
    "temperature_c": 25.0,
    "reference": "10.1/a",
    "source": "literature",
    "method": "experiment",
    "verdict": "study 1",
}


def test_each_source_is_listed_with_its_own_value_and_whether_it_counts():
    table = pd.DataFrame(
        [
            ROW,
            ROW | {"temperature_c": 80.0, "verdict": "study 1, another value of it counts"},
            ROW | {"bound": "below", "reference": "10.1/b", "verdict": "study 2; disputed: Somebody (2018): why"},
            ROW | {"reference": "", "source": "laskowski", "verdict": "not counted: its paper is not named"},
            ROW | {"property": "shear_modulus", "as_written": "8 GPa", "method": "DFT", "temperature_c": float("nan")},
        ]
    )
    assert list(sources(table)) == [
        "",
        "ionic conductivity, 2 studies:",
        "  2 mS/cm at 25 degree C; 10.1/a (literature): study 1",
        "  <2 mS/cm at 25 degree C; 10.1/b (literature): study 2; disputed: Somebody (2018): why",
        "  2 mS/cm at 25 degree C; paper not named (laskowski): not counted: its paper is not named",
        "  1 more of these studies: quoted again, or at other temperatures",
        "",
        "shear modulus, 1 study:",
        "  8 GPa, DFT; 10.1/a (literature): study 1",
    ]


def test_nothing_reported_needs_no_line():
    assert list(sources(pd.DataFrame())) == []


def test_a_name_keeps_its_capital():
    table = pd.DataFrame([ROW | {"property": key} for key in ("youngs_modulus", "h2s_released")])
    assert list(sources(table))[1] == "Young's modulus, 1 study:"
    assert "H2S released in humid air, 1 study:" in list(sources(table))
