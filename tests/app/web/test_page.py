"""What a reader does with the page, in a real browser: filter, sort, open, compare, download, and what goes wrong."""

import csv
import json
import urllib.parse
import urllib.request

import pytest
from page_run import HOSTILE, HOSTILE_ID, N

from ssbscreen.ranking.tests_cost import load_tests

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright (extra `dev`)")
expect = playwright.expect
expect.set_options(timeout=20_000)

RUN = "/api/v1/runs/made-up"
ROWS = ".row:not(.is-empty)"


def ask(service: str, path: str, **parameters: object) -> dict:
    """An answer of the service; rows are one a series, as the page shows them."""
    if path.endswith(("/candidates", "/scatter")):
        parameters = {"view": "series"} | parameters
    with urllib.request.urlopen(f"{service}{path}?{urllib.parse.urlencode(parameters)}") as answer:
        return json.loads(answer.read())


def ready(page):
    """Wait for the rows of the table."""
    page.wait_for_selector(ROWS)
    return page


def shown_ids(page) -> list[str]:
    """Ids of the rows in view, as the card names them."""
    return page.eval_on_selector_all(ROWS, "rows => rows.map(r => r.dataset.id)")


def shows_first(page, ids: list[str]) -> None:
    """Wait until these are the first rows in view: what one click starts may pass through other lists on its way."""
    first = "([ids, rows]) => [...document.querySelectorAll(rows)].slice(0, ids.length).map(r => r.dataset.id) + ''"
    try:
        page.wait_for_function(f"asked => ({first})(asked) === asked[0] + ''", arg=[ids, ROWS])
    except playwright.TimeoutError:
        assert shown_ids(page)[: len(ids)] == ids


def n_series(service: str) -> int:
    """Rows of the page before anything is filtered."""
    return int(ask(service, f"{RUN}/candidates", limit=1)["total"])


def has_total(page, n: int) -> None:
    """Wait until so many rows are said to be shown."""
    expect(page.locator(".panel-foot strong").first).to_have_text(str(n))


def test_rows_are_those_of_the_service_in_its_order(look, service: str) -> None:
    page = ready(look())
    items = ask(service, f"{RUN}/candidates", limit=10)["items"]
    shows_first(page, [item["candidate_id"] for item in items])
    assert page.locator("[role=grid]").get_attribute("aria-rowcount") == str(n_series(service) + 1)
    expect(page.locator(".leader")).to_have_count(3)


def test_families_are_called_by_their_titles(look) -> None:
    page = ready(look())
    expect(page.locator(f"{ROWS} .under").first).to_contain_text("Garnet")
    page.get_by_role("button", name="Halide", exact=True).click()
    expect(page.locator(f"{ROWS} .under").first).to_contain_text("Li3MX6 halide, trigonal")


def test_scrolling_to_the_end_shows_the_last_row(look, service: str) -> None:
    page = ready(look())
    last = ask(service, f"{RUN}/candidates", limit=1, offset=n_series(service) - 1)["items"][0]["candidate_id"]
    page.locator(".table").evaluate("table => { table.scrollTop = table.scrollHeight; }")
    page.wait_for_selector(f'[data-row="{n_series(service) - 1}"][data-id="{last}"]')
    assert shown_ids(page)[-1] == last
    assert page.locator(".row").count() < 60


def test_filters_ask_for_what_they_say(look, service: str) -> None:
    page = ready(look())
    page.get_by_role("button", name="Halide", exact=True).click()
    page.get_by_role("button", name="Made", exact=True).click()
    page.get_by_label("Ionic conductivity", exact=True).check()
    where = "chemistry_class == 'halide' and is_made and ionic_conductivity_evidence == 'measured'"
    expected = ask(service, f"{RUN}/candidates", where=where, limit=50)
    has_total(page, expected["total"])
    shows_first(page, [item["candidate_id"] for item in expected["items"]][:3])
    page.get_by_role("button", name="Clear filters").click()
    has_total(page, n_series(service))


def test_every_member_of_a_series_is_a_click_away(look, service: str) -> None:
    page = ready(look())
    has_total(page, n_series(service))
    page.get_by_label("Every member of a series").check()
    has_total(page, N - 2)  # but two that repeat others
    page.wait_for_url("**rows=materials**")


def test_elements_and_names_are_found(look, service: str) -> None:
    page = ready(look("?rows=materials"))
    page.get_by_label("With", exact=True).fill("y cl")
    everything = ask(service, f"{RUN}/candidates", limit=1000, view="materials")["items"]
    has_total(page, sum("YCl6" in item["formula"] for item in everything))
    page.wait_for_function(
        "rows => [...document.querySelectorAll(rows)].every(r => r.innerText.includes('YCl6'))", arg=ROWS
    )
    assert all("YCl6" in name for name in page.locator(f"{ROWS} .name").all_inner_texts())
    page.get_by_label("With", exact=True).fill("Xq")
    page.get_by_text("Xq: no such element.").wait_for()
    page.get_by_label("With", exact=True).fill("")
    page.get_by_label("Name or formula").fill("licl.cif")
    has_total(page, 1)


def test_sorting_by_a_column_best_first(look, service: str) -> None:
    page = ready(look())
    page.get_by_role("columnheader", name="Ionic conductivity").get_by_role("button").click()
    sent = ask(service, f"{RUN}/candidates", sort="ionic_conductivity", order="desc", limit=5)
    shows_first(page, [item["candidate_id"] for item in sent["items"]])
    expect(page.get_by_role("columnheader", name="Ionic conductivity")).to_have_attribute("aria-sort", "descending")


def test_a_question_that_is_not_understood_is_said_in_words(look, service: str) -> None:
    page = ready(look())
    page.locator(".more summary").click()
    page.get_by_label("Expression").fill("conductivity > 3")
    expect(page.locator(".panel-foot [role=alert]")).to_contain_text("Did you mean 'ionic_conductivity'?")
    expect(page.locator(".table-notice")).to_contain_text("not this one")
    look.expected = "Failed to load resource"  # the browser notes the refused request
    page.get_by_label("Expression").fill("rank <= 7")
    has_total(page, ask(service, f"{RUN}/candidates", where="rank <= 7")["total"])


def test_a_service_that_stops_is_said_in_words(look) -> None:
    look.expected = "Failed to load resource"
    page = ready(look())
    page.route("**/api/**", lambda route: route.abort())
    page.get_by_role("button", name="Halide", exact=True).click()
    page.get_by_text("Is `ssbscreen serve` still running?").first.wait_for()


def test_card_says_what_limits_with_evidence_and_links(look, service: str) -> None:
    page = ready(look())
    page.locator('[data-row="0"]').click()
    card = page.get_by_role("complementary", name="Candidate")
    card.get_by_role("heading", name="Profile").wait_for()
    sent = ask(service, f"{RUN}/candidate", id=shown_ids(page)[0])
    assert sent["limits"]["label"].lower() in card.locator(".verdict").inner_text().lower()
    assert card.locator(".criterion").count() == len(sent["criteria"])
    links = card.locator("a").evaluate_all("links => links.map(link => link.href)")
    assert links.count("https://doi.org/10.1000/182") == len(links) == 2  # of its structure and of a measurement
    card.get_by_text("8 Li").wait_for()
    assert card.locator(".equation sub").first.inner_text() == "6"
    page.keyboard.press("Escape")
    card.wait_for(state="detached")
    page.wait_for_function("() => document.activeElement.dataset.row === '0'")


def test_structure_is_drawn_and_downloaded(look) -> None:
    page = look("?id=LiCl.cif")
    page.get_by_role("button", name="Show the structure").click()
    page.locator(".structure canvas").first.wait_for(timeout=40_000)
    with page.expect_download() as download:
        page.get_by_role("button", name="CIF", exact=True).click()
    assert "_cell_length_a" in download.value.path().read_text()


def test_a_structure_that_is_not_there_is_said_in_words(look) -> None:
    page = look("?id=made/1")
    page.get_by_role("button", name="CIF", exact=True).click()
    expect(page.locator(".said")).to_contain_text("'made/1' has no structure")
    look.expected = "Failed to load resource"  # the browser notes the refused request


def test_comparison_of_five_and_no_more(look) -> None:
    page = ready(look())
    for row in range(5):
        page.locator(f'[data-row="{row}"] input').check()
    expect(page.locator('[data-row="5"] input')).to_be_disabled()
    page.get_by_role("button", name="Compare 5 of 5").click()
    page.locator(".compare thead button.name").nth(4).wait_for()
    assert page.locator(".compare tbody tr").count() > 20
    page.get_by_role("button", name="from the comparison").first.click()
    expect(page.locator(".compare thead button.name")).to_have_count(4)


def test_download_holds_the_filtered_rows(look, service: str) -> None:
    page = ready(look("?where=rank <= 12&rows=materials"))
    page.get_by_text("Download", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    with download.value.path().open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["rank"] for row in rows] == [str(i) for i in range(1, 13)]
    with page.expect_download() as download:
        page.get_by_role("link", name="JSON").click()
    assert len(json.loads(download.value.path().read_text())) == 12


def test_a_link_leads_to_the_same_view(look) -> None:
    page = ready(look())
    page.get_by_role("button", name="Halide", exact=True).click()
    page.get_by_role("button", name="Weights").click()
    page.get_by_role("button", name="Cost and supply counts double").click()
    page.wait_for_selector(".moved")
    page.locator('[data-row="1"] .name').click()
    page.get_by_role("heading", name="Profile").wait_for()
    ids, address = shown_ids(page)[:5], page.url
    again = ready(look(address.partition("/?")[2] and "?" + address.partition("/?")[2]))
    again.wait_for_selector(".moved")
    again.get_by_role("heading", name="Profile").wait_for()
    shows_first(again, ids)


def test_scatter_has_chosen_axes(look, service: str) -> None:
    page = ready(look())
    page.get_by_role("button", name="Scatter").click()
    page.get_by_text("with both values").wait_for()
    page.get_by_label("Horizontal axis").select_option("fracture_toughness")
    n = len(ask(service, f"{RUN}/scatter", x="fracture_toughness", y="ionic_conductivity")["ids"])
    page.get_by_text(f"{n} of {n} with both values").wait_for()
    assert "x=fracture_toughness" in page.url
    drawn = """(() => {
      const canvas = document.querySelector('canvas');
      return new Set(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data).size;
    })()"""
    assert page.evaluate(drawn) > 50


def test_names_that_are_markup_are_shown_and_never_run(look) -> None:
    page = ready(look("?search=onerror"))
    has_total(page, 1)
    assert page.locator(".row .name").first.inner_text() == HOSTILE
    page.locator('[data-row="0"] input').check()
    page.locator('[data-row="0"] .name').click()
    card = page.get_by_role("complementary", name="Candidate")
    card.get_by_role("heading", name="Evidence").wait_for()
    assert card.get_by_role("heading", level=2).inner_text() == HOSTILE
    assert HOSTILE_ID in card.inner_text()
    assert card.locator("a[href^='javascript']").count() == 0
    page.get_by_role("button", name="Compare 1 of 5").click()
    page.locator(".compare thead button.name").wait_for()
    page.get_by_role("button", name="Scatter").click()
    page.get_by_text("with both values").wait_for()
    assert page.evaluate("window.hacked") is None
    assert page.locator("img[src=x], main script").count() == 0


def test_which_cathode_and_coating_is_answered_by_the_card(look) -> None:
    page = ready(look())
    page.locator('[data-row="0"]').click()
    card = page.get_by_role("complementary", name="Candidate")
    expect(card.locator(".partners li").first).to_contain_text("NMC111, Li3PO4 between")
    look.expected = "Failed to load resource"  # this run keeps no criteria of pairs, which the page then does without
    card.get_by_role("button", name="NMC111").click()
    expect(card.get_by_role("heading", level=2)).to_contain_text("with NMC111")
    assert "role=pair" in page.url


def test_what_to_measure_next_of_all_is_a_column(look) -> None:
    page = ready(look())
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("dialog").get_by_label("Measure next").check()
    page.get_by_role("button", name="Done").click()
    page.get_by_role("columnheader", name="Measure next").wait_for()
    title = load_tests().tests[0].title
    expect(page.locator('[data-row="0"]')).to_contain_text(title[0].upper() + title[1:])


def test_values_beyond_the_device_are_over_its_end(look) -> None:
    page = ready(look())
    told = page.evaluate("""async () => {
      const { withUnit, interval } = await import("/static/js/numbers.js");
      const values = [withUnit(2620, "V", 5), withUnit(0.2, "V", 5), withUnit(1e13, "ohm cm", null)];
      return [...values, interval(0.4, 9e4, "V", 5), interval(310, 9e4, "V", 5)];
    }""")
    assert told == ["over 5 V", "0.2 V", "1.0 × 10¹³ Ω cm", "0.4 to over 5 V", ""]


def test_columns_are_chosen(look) -> None:
    page = ready(look())
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("dialog").get_by_label("Fracture toughness").check()
    page.get_by_role("button", name="Done").click()
    page.get_by_role("columnheader", name="Fracture toughness").wait_for()
    assert page.get_by_role("columnheader").count() == 9
