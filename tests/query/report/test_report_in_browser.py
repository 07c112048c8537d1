"""The page of a run in a real browser, as a reader uses it: widths, filters, sorting, names that would be scripts."""

from pathlib import Path

import pytest
from made_up_report_run import CRITERIA, ranking, write_run

from ssbscreen.query.report.page import write_report

CHROMIUM = Path("/usr/bin/chromium")
sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(not CHROMIUM.is_file(), reason=f"no Chromium at {CHROMIUM}")
HOSTILE = (
    "</script><script>window.pwned=1</script>",
    '"><img src=x onerror="window.pwned=1">',
    "<svg onload=window.pwned=1>",
    "javascript:window.pwned=1",
    "a\u202efic",
    "Li3YCl6",
    "L" * 300,
)
N = 90


@pytest.fixture(scope="module")
def frame():
    rows = ranking(N, HOSTILE)
    rows.loc[:6, "chemistry_class"] = ["sulfide", "oxide", "halide", "polymer", "oxide", "halide", "sulfide"]
    for name in CRITERIA:
        rows.loc[:6, [f"{name}_evidence", f"{name}_imputed"]] = "measured", False
        rows.loc[:6, [f"{name}_low", f"{name}_value", f"{name}_high"]] = 1e-3, 3e-3, 9e-3  # one point of the picture
    rows.loc[:6, "family_series"] = [f"own {i}" for i in range(7)]
    rows.loc[:6, "formula"] = [*HOSTILE]
    rows["family"] = rows["family"].where(rows.index > 6, HOSTILE[0])
    rows.loc[0, "needs"] = HOSTILE[0]
    return rows


@pytest.fixture(scope="module")
def address(frame, tmp_path_factory):
    return write_report(write_run(tmp_path_factory.mktemp("run"), frame)).as_uri()


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser, address):
    """The page at 1,400 pixels; a test fails where anything is said on the console."""
    context = browser.new_context(viewport={"width": 1400, "height": 900}, accept_downloads=True)
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(("file:", "blob:")) else said.append(request.url))
    page.goto(address)
    yield page
    assert said == []
    context.close()


def shown_names(page):
    return page.locator("#table .name .open").all_inner_texts()


def count(page):
    return int(page.locator("#count").inner_text().split(" ")[0].replace(",", ""))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 800, 390])
def test_nothing_is_wider_than_the_page(browser, address, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    cut = page.evaluate(
        """() => [...document.querySelectorAll('main *')].filter((e) => {
            const box = e.getBoundingClientRect();
            return box.width && box.right > document.documentElement.clientWidth + 1 && !e.closest('.scroll, svg');
        }).map((e) => e.outerHTML.slice(0, 80))"""
    )
    assert cut == []
    inner = "e => e.scrollWidth - e.clientWidth"  # nor does a part of the page have to be pushed sideways to be read
    assert all(part.evaluate(inner) <= 1 for part in page.locator(".scroll").all())
    context.close()


def test_nothing_in_a_name_runs_and_every_name_is_shown(page):
    assert page.evaluate("window.pwned") is None
    text = page.locator("body").inner_text()
    assert all(name[:190] in text for name in HOSTILE if name.isprintable())
    assert "\\u202e" in text
    assert page.locator("img, main script, svg[onload]").count() == 0
    page.locator("#table .name .open").nth(1).click()
    assert page.evaluate("window.pwned") is None


def test_filters_leave_the_rows_that_fit(page, frame):
    page.locator("#every").check()
    assert count(page) == N
    page.locator("#filter-class").select_option("halide")
    assert count(page) == (frame["chemistry_class"] == "halide").sum()
    page.locator("#filter-made").select_option("yes")
    hit = frame[(frame["chemistry_class"] == "halide") & frame["is_made"]]
    assert count(page) == len(hit)
    page.locator("#filter-measured").select_option("ionic_conductivity")
    assert count(page) == (hit["ionic_conductivity_evidence"] == "measured").sum()
    page.locator("#search").fill("no such name")
    assert "No row fits" in page.locator("#count").inner_text()


def test_search_finds_names_formulas_and_families(page):
    page.locator("#search").fill("li3ycl6")
    assert [name.replace("\n", "") for name in shown_names(page)] == ["Li3YCl6"]
    page.locator("#search").fill("garnet")
    assert count(page) > 1


def test_sorting_by_a_criterion_both_ways_keeps_missing_last(page, frame):
    page.locator("#every").check()
    page.locator("#sort-ionic_conductivity").click()
    best = frame.sort_values("ionic_conductivity_value", ascending=False)
    assert shown_names(page)[0] == best["label"].iloc[0]
    page.locator("#sort-ionic_conductivity").press("Enter")  # by keyboard; the focus stayed on the header
    assert shown_names(page)[0] == frame.sort_values("ionic_conductivity_value")["label"].iloc[0]
    page.locator("#more").click()
    last = page.locator("#table tbody tr:last-child").inner_text()
    assert "imputed" in last or "does not apply" in last


def test_tie_groups_stand_above_their_rows_in_the_order_of_ranks_alone(page, frame):
    first = (frame["tie_group"] == 1).sum()
    assert f"Tie group 1: {first} materials" in page.locator("#table tr.tie").first.inner_text()
    page.locator("#sort-name").click()
    assert page.locator("#table tr.tie").count() == 0


def test_columns_are_chosen(page):
    heads = page.locator("#table thead th")
    before = heads.count()
    page.locator(".chooser summary").click()
    page.locator(".chooser input[value=fracture_toughness]").check()
    page.locator(".chooser input[value=next_test]").uncheck()
    assert heads.count() == before
    titles = " ".join(heads.all_inner_texts())
    assert "Fracture toughness" in titles
    assert "measure next" not in titles


def test_a_row_opens_its_profile_beside_the_best_known_of_its_class(page, frame):
    page.locator("#every").check()
    own = frame.iloc[9]
    page.locator("#table .name .open", has_text=own["label"]).first.click()
    head = page.locator("#profile .head")
    assert head.locator(".own b").inner_text() == own["label"]
    is_measured = frame[[f"{name}_evidence" for name in CRITERIA]].eq("measured").any(axis=1)
    known = frame[(frame["chemistry_class"] == own["chemistry_class"]) & frame["is_made"] & is_measured]
    from ssbscreen.query.series import collapsed

    known = known[known.index.isin(collapsed(frame).index) & (known["family_series"] != own["family_series"])]
    assert head.locator(".rival b").inner_text() == known["label"].iloc[0]
    assert page.locator("#profile .criterion").count() == len(CRITERIA) + 1


def test_no_value_of_a_profile_is_squeezed_into_the_column_of_its_mark(page, frame):
    page.locator("#every").check()
    is_out = frame[[f"{name}_evidence" for name in CRITERIA]].eq("does not apply").any(axis=1)
    page.locator("#table .name .open", has_text=frame.loc[is_out, "label"].iloc[0]).first.click()
    value = page.locator(".profile .side > span:last-child", has_text="does not apply").first
    assert value.bounding_box()["width"] > 60


@pytest.mark.parametrize("width", [1400, 390])
def test_numbers_of_the_picture_lie_inside_and_do_not_touch(browser, address, width):
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(address)
    badges = [b.bounding_box() for b in page.locator(".scatter .badge").all()]
    picture = page.locator(".scatter").bounding_box()
    assert len(badges) >= 3
    for i, one in enumerate(badges):
        assert picture["x"] <= one["x"]
        assert one["x"] + one["width"] <= picture["x"] + picture["width"]
        for other in badges[:i]:
            apart = max(abs(one["x"] - other["x"]), abs(one["y"] - other["y"]))
            assert apart >= one["width"] * 0.7
    context.close()


def test_saved_rows_are_the_shown_ones_in_natural_units(page, frame, tmp_path):
    page.locator("#search").fill("material 2")
    page.locator("#every").check()
    with page.expect_download() as saving:
        page.locator("#save").click()
    saving.value.save_as(tmp_path / "rows.csv")
    import pandas as pd

    rows = pd.read_csv(tmp_path / "rows.csv").set_index("candidate")
    expected = frame[frame["label"].str.startswith("material 2")].set_index("label")
    assert set(rows.index) == set(expected.index)
    both = rows.join(expected, rsuffix="_given")
    error = both["ionic_conductivity S/cm"] / both["ionic_conductivity_value"] - 1
    assert error.abs().max() < 5e-3  # three significant digits


def test_text_has_contrast_enough_in_both_schemes(browser, address):
    """WCAG 2.2 AA: 4.5:1 for text, by its formula of relative luminance."""
    for scheme in ("light", "dark"):
        context = browser.new_context(viewport={"width": 1400, "height": 900}, color_scheme=scheme)
        page = context.new_page()
        page.goto(address)
        poor = page.evaluate(
            """() => {
            const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
            const light = (c) => c.slice(0, 3).map((v) => v / 255)
                .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
                .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
            const ground = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
                if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
            const found = new Set();
            for (const e of document.querySelectorAll('body *')) {
                const isText = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
                if (!isText || e.closest('svg, script')) continue;
                const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
                if ((a + 0.05) / (b + 0.05) < 4.5) found.add(`${e.tagName}.${e.className} ${e.textContent}`);
            }
            return [...found];
        }"""
        )
        assert poor == []
        context.close()


def test_it_prints_without_tools(page):
    page.emulate_media(media="print")
    assert not page.locator("#tools").is_visible()
    assert page.locator("#table table").is_visible()
    assert len(page.pdf()) > 10_000


def test_without_scripts_the_first_rows_and_the_words_stand(browser, address):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 900})
    page = context.new_page()
    page.goto(address)
    assert page.locator("noscript table").is_visible()
    assert page.locator(".sentences li").count() >= 4
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()
