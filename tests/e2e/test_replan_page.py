"""Re-plans on the live map by keys alone, and what-if questions on the planner's page."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import PHONE, WIDE, open_screen
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


def test_a_unit_that_leaves_the_shift_hands_its_stops_on(
    county: ServedCounty, chromium: Browser
) -> None:
    with open_screen(chromium, county.base_url, size=PHONE) as screen:
        screen.sign_in("ding", county.passwords["ding"])
        page = screen.page
        page.click("#pane-switch [data-pane=units]")
        page.locator("#units-list .row-item").first.click()
        leave = page.get_by_role("button", name="退出本班")
        leave.click()
        page.get_by_role("button", name="再按一次").click()
        page.click("#pane-switch [data-pane=incidents]")
        expect(page.locator("#replan .replan-cause")).to_have_text(
            "有单元退出本班", timeout=PATIENCE_MS
        )
        screen.shot("map-replan-phone")
        page.click("#replan-refuse")
        expect(page.locator("#replan")).to_be_hidden()
        screen.check()


def test_the_planner_sees_fair_loads_rings_and_what_one_car_more_would_bring(
    county: ServedCounty, chromium: Browser
) -> None:
    with open_screen(chromium, county.base_url, size=WIDE) as screen:
        screen.sign_in("ping", county.passwords["ping"])
        page = screen.page
        page.wait_for_selector("#weights-body .weight")
        page.keyboard.press("p")
        expect(page.locator("#result-plans")).to_contain_text("响应圈达标")
        expect(page.locator("#result-plans")).to_contain_text("防规律")
        page.select_option("#whatif-what", "add:car")
        page.click("#whatif-ask")
        expect(page.locator(".whatif-answer b")).to_have_text(
            re.compile(r"价值 [+-]"), timeout=PATIENCE_MS
        )
        page.locator("#whatif-ask").scroll_into_view_if_needed()
        screen.shot("plan-quality")
        screen.check()
