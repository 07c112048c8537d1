"""For everybody: contrast and names by the checks of axe-core, keys, narrow screens, a million rows."""

import json
import urllib.request

import pytest
from test_page import ROWS, expect, ready

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
VIEWS = {
    "table": "?panel=weights&weights=density*2",
    "card": "?id=LiCl.cif",
    "scatter": "?view=scatter",
    "compare": "?view=compare&compare=LiCl.cif~made/1~made/2",
}


def broken_rules(page, axe: str, rules: dict) -> list[str]:
    """Rules that the page breaks, with the first element of each."""
    page.evaluate(axe)
    found = page.evaluate("rules => axe.run(document, rules)", rules)
    return [
        f"{v['id']}: {v['nodes'][0]['html'][:200]} {v['nodes'][0]['failureSummary'][:300]}" for v in found["violations"]
    ]


def settled(page):
    """Wait until what the view shows has come."""
    page.wait_for_selector(f"{ROWS}, .compare thead button.name, .classes span")
    page.wait_for_load_state("networkidle")
    return page


def becomes(page, condition: str) -> None:
    """Wait until a condition of the page holds; what a key or a scroll starts ends a little later."""
    page.wait_for_function(f"() => {condition}")


@pytest.mark.parametrize("view", VIEWS)
def test_no_rule_of_wcag_aa_is_broken_and_nothing_is_too_wide(look, axe: str, view: str) -> None:
    page = settled(look(VIEWS[view], height=640))
    assert broken_rules(page, axe, RULES) == []
    page.evaluate("window.ssbscreenTheme.set('dark')")
    page.wait_for_function("() => document.getAnimations().every(each => each.playState !== 'running')")  # colours fade
    assert broken_rules(page, axe, RULES) == []
    for width in (1400, 800, 390):
        page.set_viewport_size({"width": width, "height": 844})
        becomes(page, f"Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) <= {width}")


def test_the_rules_see_bad_contrast(look, axe: str) -> None:
    page = ready(look())
    page.evaluate("document.documentElement.style.setProperty('--muted', '#c9c4b8')")
    assert broken_rules(page, axe, CONTRAST) != []


def test_phone_opens_filters_and_card_over_the_list(look) -> None:
    page = ready(look(width=390, height=844))
    assert page.locator(ROWS).first.bounding_box()["width"] <= 390
    page.get_by_role("button", name="Filters and weights").click()
    page.get_by_role("button", name="Halide", exact=True).click()
    page.get_by_role("button", name="Done").click()
    page.locator('[data-row="0"]').click()
    card = page.get_by_role("complementary", name="Candidate")
    card.get_by_role("heading", name="Profile").wait_for()
    assert card.bounding_box()["width"] <= 390
    card.get_by_role("button", name="Close the candidate").click()
    card.wait_for(state="detached")


def test_heads_of_columns_fit_a_phone(look) -> None:
    page = ready(look(width=390, height=844))
    page.locator(".head-row .head-unit").first.wait_for()  # "among first 100" under the rank
    script = "cells => cells.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText)"
    assert page.locator(".head-row .cell").evaluate_all(script) == []


def test_keys_move_open_tick_and_close(look) -> None:
    page = ready(look())
    page.locator('[data-row="0"]').focus()
    for key, row in (("ArrowDown", 1), ("PageDown", None), ("End", None), ("Home", 0), ("ArrowDown", 1)):
        page.keyboard.press(key)
        if row is not None:
            becomes(page, f"Number(document.activeElement.dataset.row) === {row}")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press(" ")
    expect(page.locator('[data-row="1"] input')).to_be_checked()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Profile").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("complementary", name="Candidate").wait_for(state="detached")
    becomes(page, "document.activeElement.dataset.row === '1'")
    page.keyboard.press("/")
    becomes(page, "document.activeElement.type === 'search'")


def test_theme_follows_the_system_and_a_switch(look) -> None:
    page = ready(look(theme="dark"))
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.get_by_role("button", name="Light colours").click()
    becomes(page, "document.documentElement.dataset.theme === 'light'")
    page.reload()
    becomes(ready(page), "document.documentElement.dataset.theme === 'light'")


def test_a_million_rows_are_scrolled_to_any_place(look, service: str) -> None:
    page = look()
    with urllib.request.urlopen(f"{service}/api/v1/runs/made-up/candidates?limit=100") as answer:
        block = json.loads(answer.read())
    total, offsets = 1_000_000, []

    def answer_page(route) -> None:
        offset = int(route.request.url.partition("offset=")[2].partition("&")[0] or 0)
        offsets.append(offset)
        items = [
            {**item, "candidate_id": f"row/{offset + i}", "rank": offset + i + 1}
            for i, item in enumerate(block["items"])
        ]
        route.fulfill(json={**block, "items": items, "total": total})

    page.route("**/candidates?*offset=*", answer_page)
    page.reload()
    ready(page)
    assert page.locator(".rows").bounding_box()["height"] < 8.01e6
    page.locator('[data-row="0"]').focus()
    page.keyboard.press("End")
    page.wait_for_selector(f'[data-id="row/{total - 1}"]')
    assert page.locator(f'[data-row="{total - 1}"]').bounding_box()["y"] < 900
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    becomes(page, f"document.activeElement.dataset.row === '{total - 3}'")
    page.locator(".table").evaluate("table => { table.scrollTop = table.scrollHeight / 2; }")
    becomes(page, f"Math.abs(Number(document.querySelector('.row').dataset.row) - {total / 2}) < 100")
    first = page.evaluate("Number(document.querySelector('.row').dataset.row)")
    page.wait_for_selector(f'[data-id="row/{first}"]')
    page.locator(".table").hover()
    page.mouse.wheel(0, 112)  # two rows
    becomes(page, f"[1, 2, 3].includes(Number(document.querySelector('.row').dataset.row) - {first})")
    assert page.locator(".row").count() < 60
    assert len(offsets) < 40
