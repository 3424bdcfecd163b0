"""Re-plans on the live map by keys alone."""

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import WIDE, open_screen
from tests.e2e.made_county import ServedCounty

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300)]

PATIENCE_MS = 120_000
"""The planner may still be loading streets and compiled code when the first test comes."""


@pytest.mark.parametrize(("lang", "theme"), [("zh", "light"), ("en", "dark")])
def test_a_re_plan_is_asked_for_seen_taken_and_undone_by_keys(
    county: ServedCounty, chromium: Browser, lang: str, theme: str
) -> None:
    with open_screen(chromium, county.base_url, lang=lang, theme=theme, size=WIDE) as screen:
        screen.sign_in("ding", county.passwords["ding"])
        page = screen.page
        page.wait_for_selector("#units-list .row-item")
        page.wait_for_function("patrol.planId !== null && patrol.planRoutes.length > 0")
        ran = page.evaluate("patrol.planId")
        page.keyboard.press("r")
        expect(page.locator("#replan-take")).to_be_visible(timeout=PATIENCE_MS)
        proposal = page.evaluate("patrol.replans.replan.id")
        screen.shot(f"map-replan-{lang}-{theme}")
        page.keyboard.press("v")
        assert page.evaluate("patrol.replans.preview")
        page.keyboard.press("y")
        page.wait_for_function("id => patrol.planId === id", arg=proposal)
        expect(page.locator("#replan-undo")).to_be_visible()
        page.keyboard.press("u")
        page.wait_for_function("id => patrol.planId === id", arg=ran)
        expect(page.locator("#replan")).to_be_hidden()
        screen.check()
