"""The page ranks anew by the ranker's own formula: the same rows as the service, at the same scores and ranks."""

import csv
import json
import urllib.request

import pytest
from test_page import ROWS, RUN, expect, ready, shown_ids, shows_first

WEIGHTS = [
    {},
    {"raw_material_cost": 2, "supply_risk": 2},
    {"ionic_conductivity": 0, "oxidation_limit": 4, "density": 0.25},
    {"fracture_toughness": 3, "cell_energy_grav": 0, "cell_energy_vol": 0, "p_li_mixed_conducting": 0.5},
]
IN_PAGE = """async ({ run, factors }) => {
  const { fetchTerms } = await import("/static/js/score_terms.js");
  const { reweighted } = await import("/static/js/weights.js");
  return Object.fromEntries(reweighted(await fetchTerms(run, "separator"), factors));
}"""


def rerank(service: str, **asked: object) -> dict:
    body = json.dumps({"role": "separator", "view": "series", **asked}).encode()
    request = urllib.request.Request(f"{service}{RUN}/rerank", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())


@pytest.mark.parametrize("factors", WEIGHTS)
def test_scores_and_ranks_are_those_of_the_service(look, service: str, factors: dict) -> None:
    page = ready(look())
    own = page.evaluate(IN_PAGE, {"run": "made-up", "factors": factors})
    sent = rerank(service, factors=factors, view="all", limit=1000)["items"]
    assert len(sent) == len(own)
    for item in sent:  # float32 sums in the service, float64 in the page
        assert own[item["candidate_id"]]["score"] == pytest.approx(item["score"], rel=1e-5)
    assert [own[item["candidate_id"]]["rank"] for item in sent] == [item["rank"] for item in sent]
    assert sorted(own, key=lambda name: own[name]["place"]) == [item["candidate_id"] for item in sent]
    assert any(item["rank"] is None for item in sent)


def test_moving_a_slider_ranks_the_list_anew(look, service: str) -> None:
    page = ready(look("?panel=weights"))
    before = shown_ids(page)[:8]
    slider = page.get_by_label("Cost and supply", exact=True)
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")  # 1, 1.5, 2, 3
    sent = rerank(service, factors={"cost": 3}, limit=8)["items"]
    assert [item["candidate_id"] for item in sent] != before
    shows_first(page, [item["candidate_id"] for item in sent])
    for row, item in enumerate(sent):
        expect(page.locator(f"{ROWS} .moved").nth(row)).to_have_text(change(item["rank_before"], item["rank"]))
    page.get_by_role("button", name="Weights of the run").click()
    shows_first(page, before)


def test_a_download_at_other_weights_holds_both_ranks(look, service: str) -> None:
    page = ready(look("?weights=cost*3"))
    page.wait_for_selector(".moved")
    page.get_by_text("Download", exact=True).click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV").click()
    lines = list(csv.DictReader(waiting.value.path().read_text(encoding="utf-8").splitlines()))
    sent = rerank(service, factors={"cost": 3}, limit=8)["items"]
    assert [line["candidate_id"] for line in lines[:8]] == [item["candidate_id"] for item in sent]
    assert [(line["rank"], line["rank_before"]) for line in lines[:8]] == [
        (str(item["rank"]), str(item["rank_before"])) for item in sent
    ]


def change(before: int, now: int) -> str:
    return f"▲ {before - now}" if before > now else f"▼ {now - before}" if before < now else "="


def test_filters_hold_while_the_weights_change_and_ranks_are_those_of_all(look, service: str) -> None:
    page = ready(look("?classes=halide&weights=density*4&panel=weights"))
    page.wait_for_selector(".moved")
    sent = rerank(service, factors={"density": 4}, where="chemistry_class == 'halide'", limit=6)["items"]
    shows_first(page, [item["candidate_id"] for item in sent])
    for row, item in enumerate(sent):
        expect(page.locator(f"{ROWS} .rank").nth(row)).to_have_text(str(item["rank"]))


def test_a_long_list_is_ranked_by_the_service(look, service: str) -> None:
    page = ready(look())
    many = {"items": [], "damaged": []}
    with urllib.request.urlopen(f"{service}/api/v1/runs") as answer:
        many = json.loads(answer.read())
    many["items"][0]["roles"]["separator"] = 1_000_000  # as if: the page asks instead of fetching a million terms
    page.route("**/api/v1/runs", lambda route: route.fulfill(json=many))
    asked = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2].partition("?")[0]))
    page.goto("/?weights=density*4")
    sent = rerank(service, factors={"density": 4}, limit=6)["items"]
    shows_first(page, [item["candidate_id"] for item in sent])
    assert "rerank" in asked
    assert "score_terms" not in asked
