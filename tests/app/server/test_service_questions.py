"""Answers of the service against the run folder and the command line's own functions."""

import io
import re
import unicodedata

import numpy as np
import pandas as pd
import pytest

from ssbscreen.query.query import Query, run_query
from ssbscreen.query.report.summary import summary
from ssbscreen.query.store import RunFolder
from ssbscreen.ranking.tests_cost import load_tests

LATEST = "/api/v1/runs/latest"


@pytest.fixture(scope="module")
def ranking(finished) -> pd.DataFrame:
    return RunFolder(finished.run.path).ranking()


def _ids(client, **asked):
    answer = client.get(f"{LATEST}/candidates", params={"columns": "candidate_id", "limit": 1000} | asked)
    assert answer.status_code == 200, answer.text
    return [row["candidate_id"] for row in answer.json()["items"]]


def test_health_version_and_runs(client, finished):
    assert client.get("/api/v1/health").json() == {"status": "ok"}
    (run,) = client.get("/api/v1/runs").json()["items"]
    assert run["name"] == finished.run.path.name
    assert run["roles"].keys() == {"separator", "pair"}
    assert run["has_score_terms"]


@pytest.mark.parametrize(
    ("where", "sort", "order"),
    [
        ("ionic_conductivity > 1e-5 and chemistry_class in ('oxide', 'sulfide')", "ionic_conductivity", "desc"),
        ("not is_made or family == 'garnet'", "formula", "asc"),
        ("p_beats_Li6PS5Cl < 0.5 and energy_above_hull_imputed == False", "energy_above_hull", "asc"),
        ("label != 'x'", "", "asc"),
    ],
)
def test_rows_are_those_of_the_query(client, ranking, where, sort, order):
    asked = Query("separator", where=where, sort=f"-{sort}" if order == "desc" else sort or None)
    expected = run_query(ranking, asked)["candidate_id"].tolist()
    assert expected
    assert _ids(client, where=where, sort=sort, order=order) == expected


def test_views_are_those_of_the_query(client, ranking):
    assert _ids(client, view="series") == run_query(ranking, Query("separator"))["candidate_id"].tolist()
    everything = run_query(ranking, Query("separator", is_expanded=True))
    assert _ids(client, view="all") == everything["candidate_id"].tolist()


@pytest.mark.parametrize("where", ["ionic_conductivity > 1e-4", "not is_made", "score_high > 0.05 and density > 2"])
def test_a_series_stands_by_its_best_member_that_fits(client, ranking, where):
    fitting = run_query(ranking, Query("separator", where=where, is_expanded=True))
    fitting = fitting[fitting["rank"].notna()]
    made_first = fitting.assign(is_unmade=~fitting["is_made"].astype(bool)).sort_values(["is_unmade", "rank"])
    expected = made_first.drop_duplicates("family_series").sort_values("rank")["candidate_id"].tolist()
    assert len(expected) < len(fitting)
    assert _ids(client, view="series", where=where) == expected


def test_the_leader_of_each_class_is_the_one_of_the_report(client, ranking, finished):
    sent = client.get(f"{LATEST}/leaders", params={"columns": "candidate_id,chemistry_class"}).json()["items"]
    told = summary(ranking, "separator", (), {}).classes
    assert [row["candidate_id"] for row in sent] == [one.candidate_id for one in told]
    series = run_query(ranking, Query("separator"))
    firsts = series.drop_duplicates("chemistry_class")["candidate_id"].tolist()
    assert [row["candidate_id"] for row in sent] == firsts


@pytest.mark.parametrize(
    ("has", "lacks"), [("Cl", ""), ("li, s", ""), ("P O", "S"), ("", "Cl,O"), ("C", ""), ("Zr", "La")]
)
def test_elements_are_those_of_the_formulas(client, ranking, has, lacks):
    own = run_query(ranking, Query("separator", is_expanded=True))
    held = own["formula"].map(lambda text: set(re.findall(r"[A-Z][a-z]?", text)))
    wanted, unwanted = ({s.capitalize() for s in text.replace(",", " ").split()} for text in (has, lacks))
    expected = own["candidate_id"][[wanted <= held_ and not unwanted & held_ for held_ in held]].tolist()
    assert expected
    assert _ids(client, has=has, lacks=lacks, view="all") == expected


def test_an_unknown_element_is_said(client):
    answer = client.get(f"{LATEST}/candidates", params={"has": "Li,Xq"})
    assert answer.status_code == 422
    assert "'Xq'" in answer.json()["detail"]


@pytest.mark.parametrize("search", ["li6ps", "Argyro dite", "Li₆PS₅", "PROTO/", "no such thing", "li7-la"])
def test_names_are_looked_for_in_every_row(client, ranking, search):
    own = run_query(ranking, Query("separator", is_expanded=True))
    fold = lambda text: re.sub(r"[\s_-]+", "", unicodedata.normalize("NFKC", str(text or "")).lower())  # noqa: E731
    texts = own[["label", "formula", "family", "candidate_id"]].astype(object).where(lambda f: f.notna(), "")
    is_hit = texts.map(lambda text: fold(search) in fold(text)).any(axis=1)
    assert _ids(client, search=search, view="all") == own["candidate_id"][is_hit].tolist()


def test_filters_hold_for_the_scatter_the_download_and_other_weights(client):
    asked = {"has": "Cl", "search": "li", "where": "score > 0"}
    expected = _ids(client, **asked)
    rows = client.get(f"{LATEST}/export", params=asked | {"format": "json", "columns": "candidate_id"}).json()
    assert [row["candidate_id"] for row in rows] == expected
    points = client.get(f"{LATEST}/scatter", params=asked | {"x": "score", "y": "coverage"}).json()
    assert points["ids"] == expected
    again = client.post(f"{LATEST}/rerank", json=asked | {"factors": {"cost": 1}, "limit": 1000}).json()["items"]
    assert {row["candidate_id"] for row in again} == set(expected)


def test_pages_by_cursor_and_by_offset_are_the_whole(client):
    whole, cursor, seen = _ids(client), None, []
    while True:
        asked = {"columns": "candidate_id", "limit": 7} | ({"cursor": cursor} if cursor else {})
        page = client.get(f"{LATEST}/candidates", params=asked).json()
        seen += [row["candidate_id"] for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == whole
    assert page["total"] == len(whole)
    assert _ids(client, offset=5, limit=4) == whole[5:9]
    assert _ids(client, offset=10**6) == []


def test_values_of_all_columns_are_those_of_the_file(client, ranking):
    rows = client.get(f"{LATEST}/candidates", params={"columns": "*", "view": "all", "limit": 5}).json()["items"]
    expected = ranking[ranking["role"] == "separator"].head(5).to_dict("records")
    for row, own in zip(rows, expected, strict=True):
        assert row.keys() == own.keys()
        for name, value in own.items():
            is_missing = value is None or value is pd.NA or (isinstance(value, float) and not np.isfinite(value))
            assert row[name] == (None if is_missing else value), name


def test_columns_have_words_units_and_roles(client, ranking):
    items = {entry["name"]: entry for entry in client.get(f"{LATEST}/columns").json()["items"]}
    assert list(items) == list(ranking.columns)
    assert items["ionic_conductivity_value"]["unit"] == "S/cm"
    assert items["ionic_conductivity_desirability"]["unit"] == ""
    for role, rows in ranking.groupby("role"):
        filled = {name for name in ranking.columns if rows[name].notna().any()}
        assert {name for name, entry in items.items() if role in entry["roles"]} == filled


def test_card_says_what_the_row_says(client, ranking):
    card = client.get(f"{LATEST}/candidate", params={"id": "Li6PS5Cl"}).json()
    row = ranking.set_index(["role", "candidate_id"]).loc[("separator", card["id"])]
    assert card["row"]["score"] == row["score"]
    criteria = {entry["name"]: entry for entry in card["criteria"]}
    own = criteria["ionic_conductivity"]
    assert own["value"] == row["ionic_conductivity_value"]
    assert own["unit"] == "S/cm"
    assert own["is_vital"]
    assert own["limit"] == 1e-5
    assert card["limits"]["criterion"] == row["limiting_criterion"]
    assert card["partners"]["best_cathode"] == row["best_cathode"]
    assert card["best_known"]["criteria"]
    assert sum(entry["weight"] for entry in card["criteria"]) == pytest.approx(1.0)


def test_comparison_gates_sensitivity_criteria(client):
    ids = _ids(client)[:2]
    found = client.get(f"{LATEST}/compare", params={"id": ids}).json()["items"]
    assert [card["id"] for card in found] == ids
    assert client.get(f"{LATEST}/compare", params={"id": [ids[0]] * 6}).status_code == 422
    assert client.get(f"{LATEST}/attrition").json()["items"][0]["gate"] == "composition"
    assert client.get(f"{LATEST}/sensitivity").json()["analyses"]
    for role in ("separator", "pair"):
        criteria = client.get(f"{LATEST}/criteria", params={"role": role}).json()
        assert sum(entry["weight"] for entry in criteria["items"]) == pytest.approx(1.0)
        assert criteria["tests"] == {test.name: test.title for test in load_tests().tests}


def test_downloads_hold_every_row(client, ranking):
    expected = run_query(ranking, Query("separator", where="is_made"))
    answer = client.get(f"{LATEST}/export", params={"format": "csv", "where": "is_made", "columns": "*"})
    found = pd.read_csv(io.StringIO(answer.text), float_precision="round_trip")
    assert found["candidate_id"].tolist() == expected["candidate_id"].tolist()
    np.testing.assert_array_equal(found["score"], expected["score"])
    rows = client.get(f"{LATEST}/export", params={"format": "json", "where": "is_made"}).json()
    assert [row["candidate_id"] for row in rows] == expected["candidate_id"].tolist()
    assert client.get(f"{LATEST}/export", params={"format": "json", "where": "rank < 0"}).json() == []


def test_scatter_is_two_columns(client, ranking):
    found = client.get(f"{LATEST}/scatter", params={"x": "ionic_conductivity", "y": "score"}).json()
    own = ranking[ranking["role"] == "separator"].set_index("candidate_id").loc[found["ids"]]
    np.testing.assert_array_equal(found["x"]["value"], own["ionic_conductivity_value"])
    np.testing.assert_array_equal(found["x"]["low"], own["ionic_conductivity_low"])
    np.testing.assert_array_equal(found["y"]["value"], own["score"])
    assert found["x"]["unit"] == "S/cm"
    assert client.get(f"{LATEST}/scatter", params={"x": "family", "y": "score"}).status_code == 422


def test_own_weights_rerank_to_the_ranking(client, ranking):
    for role in ("separator", "pair"):
        found = client.post(f"{LATEST}/rerank", json={"role": role, "limit": 1000}).json()
        assert [row["rank"] for row in found["items"]] == [row["rank_before"] for row in found["items"]]
        own = ranking[ranking["role"] == role].set_index("candidate_id")["score"]
        for row in found["items"]:
            assert row["score"] == pytest.approx(own[row["candidate_id"]], rel=2e-5)


def test_a_browser_that_follows_the_terms_ranks_as_the_service(client):
    asked = {"factors": {"cost": 2.0}, "weights": {"critical_current": 0.2}, "limit": 1000, "view": "all"}
    said = client.post(f"{LATEST}/rerank", json=asked).json()
    terms = client.get(f"{LATEST}/score_terms").json()
    weights = np.array([said["weights"][entry["name"]] for entry in terms["criteria"]])
    logs, groups = np.array(terms["log_desirability"]), np.array([entry["group"] for entry in terms["criteria"]])
    applies = np.array([[number >> i & 1 for i in range(len(weights))] for number in terms["applies"]])
    left = np.array([[(row * weights)[groups == group].sum() for group in groups] for row in applies])
    whole = np.array([weights[groups == group].sum() for group in groups])
    borne = weights * applies * whole / left
    score = np.exp((borne * logs.T).sum(axis=1) + np.array(terms["log_survival"]))
    known = np.array([[number >> i & 1 for i in range(len(weights))] for number in terms["known"]]) @ weights
    is_ranked = (known >= terms["min_coverage"] - 1e-9) & (np.array(terms["is_representative"]) == 1)
    order = sorted(range(terms["n"]), key=lambda i: (not is_ranked[i], -score[i], terms["ids"][i]))
    assert [terms["ids"][i] for i in order] == [row["candidate_id"] for row in said["items"]]
    np.testing.assert_allclose(score[order], [row["score"] for row in said["items"]], rtol=1e-5)
    binary = client.get(f"{LATEST}/score_terms", params={"format": "binary"}).content
    flat = np.frombuffer(binary, "<f4")
    np.testing.assert_array_equal(flat[: -terms["n"]], np.float32(terms["log_desirability"]).ravel())


def test_the_ranking_at_other_weights_is_a_file_with_both_ranks(client, ranking):
    asked = {"factors": {"cost": 3.0}, "where": "chemistry_class != 'polymer'", "columns": "*"}
    said = client.post(f"{LATEST}/rerank", json=asked | {"limit": 1000}).json()["items"]
    sent = client.post(f"{LATEST}/rerank/export", params={"format": "csv"}, json=asked)
    assert "separator-other-weights.csv" in sent.headers["content-disposition"]
    file = pd.read_csv(io.StringIO(sent.text))
    assert list(file.columns[:4]) == ["rank", "rank_before", "score", "score_before"]
    assert file["candidate_id"].tolist() == [row["candidate_id"] for row in said]
    own = ranking[ranking["role"] == "separator"].set_index("candidate_id").loc[file["candidate_id"]]
    np.testing.assert_array_equal(file["rank_before"], own["rank"].astype(float))
    np.testing.assert_allclose(file["score_before"], own["score"])
    np.testing.assert_array_equal(file["rank"], [np.nan if row["rank"] is None else row["rank"] for row in said])
    np.testing.assert_allclose(file["score"], [row["score"] for row in said])
    assert (file["rank"] != file["rank_before"]).any()
    assert not {"rank_low", "rank_high", "tie_group", "p_first_100", "limiting_criterion"} & set(file.columns)
    rows = client.post(f"{LATEST}/rerank/export", params={"format": "json"}, json=asked).json()
    assert [(row["rank"], row["rank_before"]) for row in rows] == [(row["rank"], row["rank_before"]) for row in said]
    few = client.post(f"{LATEST}/rerank/export", json=asked | {"columns": "candidate_id"}).text.splitlines()
    assert few[0] == "rank,rank_before,score,score_before,candidate_id"
    none = client.post(f"{LATEST}/rerank/export", params={"format": "json"}, json=asked | {"where": "rank < 0"})
    assert none.json() == []


def test_more_weight_on_transport_than_a_screen_allows_is_said(client):
    found = client.post(f"{LATEST}/rerank", json={"weights": {"ionic_conductivity": 5.0}, "limit": 1}).json()
    assert "Transport weighs" in found["notes"][0]


def test_rows_of_a_run_too_large_for_memory_are_the_same(finished, monkeypatch, tmp_path):
    """Read from row groups that other rows share, in any order."""
    import pyarrow.parquet as pq

    from ssbscreen.app.server import table as module

    source = finished.run.path / "ranking.parquet"
    pq.write_table(pq.read_table(source), tmp_path / "ranking.parquet", row_group_size=50)
    table = module.RankingTable(tmp_path / "ranking.parquet")
    rows = np.random.default_rng(0).permutation(table.n_rows)[:120]
    expected = table.plain(rows, table.names)
    monkeypatch.setattr(module, "AT_ONCE_BYTES", 0)
    found = module.RankingTable(tmp_path / "ranking.parquet")
    assert not found.fits(found.names)
    for name, own, other in zip(table.names, expected, found.plain(rows, found.names), strict=True):
        assert [x for x in own if x == x] == [x for x in other if x == x], name
    assert found.plain(rows[:0], found.names) == [[] for _ in found.names]


def test_no_columns_are_rows_without_values(client):
    assert client.get(f"{LATEST}/candidates", params={"columns": ",", "limit": 2}).json()["items"] == [{}, {}]
    found = client.post(f"{LATEST}/rerank", json={"columns": "", "limit": 1, "view": "series"}).json()["items"]
    assert [set(row) for row in found] == [{"score", "rank", "score_before", "rank_before"}]


def test_a_parameter_that_no_question_takes_is_refused_and_not_left_out(client):
    asked = client.get("/api/v1/openapi.json").json()["paths"]
    for path, verbs in asked.items():
        place = path.replace("{run}", "latest")
        sent = {"params": {"clas": "halide"}}
        answer = client.get(place, **sent) if "get" in verbs else client.post(place, json={}, **sent)
        assert answer.status_code == 422, path
        assert "clas" in answer.json()["detail"], path
    detail = client.get(f"{LATEST}/candidates", params={"wher": "score > 0"}).json()["detail"]
    assert "Did you mean 'where'" in detail
    detail = client.get(f"{LATEST}/candidates", params={"class": "halide"}).json()["detail"]
    assert "lacks'" not in detail
    assert "where=chemistry_class == 'halide'" in detail
    assert "Allowed: none" in client.get("/api/v1/health", params={"x": 1}).json()["detail"]
