"""The pages are for everybody: axe-core finds nothing, the keyboard alone is enough, and nothing is cut off."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.conftest import PAGES, await_true, open_page

DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 375, "height": 740}
SETTLES_WITHIN_S = 10.0

RUN_AXE = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations.map(one => ({
    rule: one.id, impact: one.impact, nodes: one.nodes.map(node => [node.html.slice(0, 200), node.failureSummary])}));
}"""
# By how much a part of the page is wider than its place.
MEASURE = """() => [...document.querySelectorAll("html, body, [data-testid=stMain]")].map(
    part => [part.tagName, part.scrollWidth - part.clientWidth])"""
# What has the focus, as a person would know it: its name, and whether it can be seen that it has it.
FOCUSED = """() => {
  let element = document.activeElement;
  while (element && element.shadowRoot && element.shadowRoot.activeElement) element = element.shadowRoot.activeElement;
  if (!element || element === document.body) return null;
  const style = getComputedStyle(element), box = element.getBoundingClientRect();
  const parent = element.parentElement ? getComputedStyle(element.parentElement) : style;
  const ring = s => (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== "none";
  return {
    tag: element.tagName, name: element.getAttribute("aria-label") || element.innerText || element.title || "",
    html: element.outerHTML.slice(0, 200), seen: box.width > 0 && box.height > 0,
    ring: ring(style) || ring(parent) || style.borderColor !== parent.borderColor,
  };
}"""


@pytest.fixture(scope="module", params=PAGES, ids=lambda name: name or "home")
def desktop(server: str, browser: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Each page in turn, in a window of a desktop's size; those who look at it leave it as it was."""
    context = browser.new_context(viewport=DESKTOP)
    page = context.new_page()
    open_page(page, f"{server}/{request.param}")
    yield page
    context.close()


def assert_axe_finds_nothing(page: Any, axe: str) -> None:
    # Not by a tag in the page: the server's policy forbids scripts from elsewhere.
    page.evaluate(axe)
    # Parts of a page are loaded by Streamlit a moment later than the page.
    until_s = time.monotonic() + SETTLES_WITHIN_S
    while (found := page.evaluate(RUN_AXE)) and time.monotonic() < until_s:
        page.wait_for_timeout(500)
    assert found == [], "\n".join(str(one) for one in found)


def assert_nothing_lies_beyond_the_edge(page: Any) -> None:
    assert [one for one in page.evaluate(MEASURE) if one[1] > 0] == []


def test_axe_finds_nothing_on_a_desktop_nor_lies_anything_beyond_the_edge(desktop, axe):
    assert_axe_finds_nothing(desktop, axe)
    assert_nothing_lies_beyond_the_edge(desktop)
    # At 200 %, this window is one of half its size.
    desktop.set_viewport_size({side: px // 2 for side, px in DESKTOP.items()})
    assert_nothing_lies_beyond_the_edge(desktop)
    desktop.set_viewport_size(DESKTOP)


@pytest.mark.parametrize("name", PAGES, ids=lambda name: name or "home")
def test_axe_finds_nothing_on_a_phone_nor_lies_anything_beyond_the_edge(server, page, axe, name):
    page.set_viewport_size(PHONE)
    open_page(page, f"{server}/{name}")
    assert_axe_finds_nothing(page, axe)
    assert_nothing_lies_beyond_the_edge(page)


def test_tab_leads_to_every_control_and_shows_where_it_is(desktop):
    # What draws the ring is loaded by Streamlit a moment later.
    await_true(
        desktop, "[...document.querySelectorAll('style')].some(one => one.textContent.includes('stSidebarNavLink'))"
    )
    reached = []
    for _ in range(60):
        desktop.keyboard.press("Tab")
        focused = desktop.evaluate(FOCUSED)
        if focused is None:
            break
        reached.append(focused)
    assert len(reached) > 8, "the pages' links, at least"
    assert [one["html"] for one in reached if not one["ring"]] == []
