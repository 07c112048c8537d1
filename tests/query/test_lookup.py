"""A name finds the known material first, in whatever way it is written; the other structures stand behind it."""

import numpy as np
import pandas as pd
import pytest

from ssbscreen.core.errors import UsageError
from ssbscreen.query.lookup import find, same_composition
from ssbscreen.query.query import Query, run_query
from ssbscreen.query.series import MORE, collapsed, more_text

ROWS = [
    # id, formula, label, family series, made, variant of, rank, score
    ("proto/lgps/Li10SnP2S12", "Li10SnP2S12", "Li10SnP2S12", "lgps", False, "", 1, 0.9),
    ("proto/argyrodite", "Li6PS5Cl", "Li6PS5Cl", "argyrodite", True, "", 2, 0.8),
    ("proto/garnet_tetragonal", "Li7La3Zr2O12", "Li7La3Zr2O12 (tetragonal)", "garnet", True, "", 3, 0.7),
    ("proto/lgps", "Li10GeP2S12", "Li10GeP2S12", "lgps", True, "", 4, 0.6),
    ("lit/x", "Li5.5PS4.5Cl1.5", "Li5.5PS4.5Cl1.5", "argyrodite", True, "", 5, 0.5),
    ("proto/garnet_cubic", "Li7La3Zr2O12", "Li7La3Zr2O12 (cubic)", "garnet", True, "", 6, 0.4),
    ("proto/li3ps4_beta", "Li3PS4", "beta-Li3PS4", "li3ps4", True, "", 7, 0.3),
    ("proto/li3ps4_gamma", "Li3PS4", "gamma-Li3PS4", "li3ps4", True, "", 8, 0.2),
    ("proto/lgps/Li3PS4", "Li3PS4", "Li3PS4", "lgps", False, "proto/li3ps4_beta", np.nan, 0.95),
    ("lit/beta-Li3PS4", "Li3PS4", "beta-Li3PS4", "li3ps4", True, "proto/li3ps4_beta", np.nan, 0.1),
    ("lit/Li6PS5Cl", "Li6PS5Cl", "Li6PS5Cl", "argyrodite", True, "proto/argyrodite", np.nan, 0.7),
]
NAMES = ("candidate_id", "formula", "label", "family_series", "is_made", "variant_of", "rank", "score")


@pytest.fixture
def frame():
    table = pd.DataFrame(ROWS, columns=NAMES).assign(role="separator")
    pair = table.iloc[[1]].assign(
        candidate_id="proto/argyrodite|NMC811", formula="Li6PS5Cl|LiNi0.8Mn0.1Co0.1O2", role="pair", rank=1
    )
    return pd.concat([table, pair], ignore_index=True)


def first(frame, name):
    return find(frame, name)["candidate_id"].iloc[0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Li3PS4", "proto/li3ps4_beta"),
        ("Li₃PS₄", "proto/li3ps4_beta"),
        ("Li6P2S8", "proto/li3ps4_beta"),
        ("S4PLi3", "proto/li3ps4_beta"),
        ("LPS", "proto/li3ps4_beta"),
        ("gamma-Li3PS4", "proto/li3ps4_gamma"),
        ("γ-Li3PS4", "proto/li3ps4_gamma"),
        ("gamma Li3PS4", "proto/li3ps4_gamma"),
        ("LLZO", "proto/garnet_tetragonal"),
        ("cubic LLZO", "proto/garnet_cubic"),
        ("LLZO (cubic)", "proto/garnet_cubic"),
        ("Li7La3Zr2O12 (tetragonal)", "proto/garnet_tetragonal"),
        ("Li6PS5Cl", "proto/argyrodite"),
        ("argyrodite", "proto/argyrodite"),
        ("lit/Li6PS5Cl", "lit/Li6PS5Cl"),  # either id of a material finds its own row
        ("proto/lgps/Li3PS4", "proto/lgps/Li3PS4"),
        ("proto/argyrodite|NMC811", "proto/argyrodite|NMC811"),
        ("Li6PS5Cl|NMC811", "proto/argyrodite|NMC811"),
        ("LPSCl|NMC811", "proto/argyrodite|NMC811"),
    ],
)
def test_a_name_finds_what_it_means(frame, name, expected):
    assert first(frame, name) == expected


def test_made_polymorphs_come_first_then_repeats_then_what_nobody_made(frame):
    found = list(find(frame, "Li3PS4")["candidate_id"])
    assert found == ["proto/li3ps4_beta", "proto/li3ps4_gamma", "lit/beta-Li3PS4", "proto/lgps/Li3PS4"]
    shown = frame[frame["candidate_id"] == "proto/li3ps4_beta"].iloc[0]
    assert list(same_composition(frame, shown)["candidate_id"]) == found[1:]


def test_the_name_of_a_film_means_the_film_and_not_the_crystal_of_that_name(frame):
    """LiPON is what is sputtered; the crystal Li2PO2N, which `window` takes for it, stands behind it."""
    more = [
        ("proto/li2po2n", "Li2PO2N", "Li2PO2N", "lipon", True, "", 9, 0.01),
        ("lit/film", "Li2.9PO3.3N0.46", "LiPON (sputtered film)", "lipon", True, "", 10, 0.005),
    ]
    whole = pd.concat([frame, pd.DataFrame(more, columns=NAMES).assign(role="separator")], ignore_index=True)
    assert find(whole, "LiPON")["candidate_id"].tolist() == ["lit/film", "proto/li2po2n"]
    assert first(whole, "Li2PO2N") == "proto/li2po2n"


def test_a_doping_step_is_not_its_neighbour(frame):
    assert list(find(frame, "Li5.5PS4.5Cl1.5")["candidate_id"]) == ["lit/x"]
    with pytest.raises(UsageError, match="Li3PS4"):
        find(frame, "Li3.2PS4.1")


def test_a_series_is_shown_by_its_best_member_that_was_made(frame):
    view = collapsed(frame[frame["role"] == "separator"])
    assert list(view["candidate_id"]) == [
        "proto/argyrodite",
        "proto/garnet_tetragonal",
        "proto/lgps",  # not the hypothetical tin compound above it
        "proto/li3ps4_beta",
    ]
    assert list(view[MORE]) == [1, 1, 1, 1]
    assert more_text(view.iloc[0]) == "+1 Argyrodite"
    assert more_text(pd.Series({MORE: 2, "family_series": "thiophosphate P-S"})) == "+2 Other thiophosphate P-S"
    assert not view["family_series"].duplicated().any()


def test_a_series_is_shown_by_its_best_member_of_the_ranks_that_are_asked_about(frame):
    """At another temperature the order turns round: each series then stands there by another one of its members."""
    there = frame.assign(rank_at_temperature=-frame["rank"])
    view = run_query(there, Query(role="separator", ranked_by="rank_at_temperature"))
    for series, rows in frame[(frame["role"] == "separator") & frame["rank"].notna()].groupby("family_series"):
        best = rows[rows["is_made"]] if rows["is_made"].any() else rows
        (shown,) = view.loc[view["family_series"] == series, "rank"]
        assert shown == best["rank"].max()


def test_query_collapses_unless_asked_otherwise(frame):
    own = Query(role="separator")
    assert len(run_query(frame, own)) == 4
    assert len(run_query(frame, Query(role="separator", is_expanded=True))) == len(ROWS)
    filtered = run_query(frame, Query(role="separator", where="score > 0.25"))
    assert "proto/lgps/Li3PS4" not in set(filtered["candidate_id"])  # a variant stands nowhere in front
    assert "lit/x" in set(filtered["candidate_id"])  # a question about rows gets all members


def test_runs_that_know_no_materials_are_read_as_before(frame):
    old = frame.drop(columns=["family_series", "variant_of", "is_made"])
    assert collapsed(old) is old
    assert first(old, "Li6PS5Cl") == "proto/argyrodite"


@pytest.mark.parametrize("factor", [1, 3, 7])
def test_the_order_of_rows_does_not_matter(frame, factor):
    shuffled = frame.sample(frac=1.0, random_state=factor)
    assert first(shuffled, "Li3PS4") == first(frame, "Li3PS4")
    assert set(collapsed(shuffled)["candidate_id"]) == set(collapsed(frame)["candidate_id"])


def test_near_names_are_named_once_and_only_where_they_are_near(frame):
    with pytest.raises(UsageError, match="nearest: Li6PS5Cl, ") as error:
        find(frame, "Li6PS5Clx")
    assert str(error.value).count("Li6PS5Cl,") == 1
    with pytest.raises(UsageError) as error:
        find(frame, "Unobtainium")
    assert "nearest" not in str(error.value)
