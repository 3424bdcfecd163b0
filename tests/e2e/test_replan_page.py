"""Re-plans on the live map, and what-if questions on the planner's page.

A county of its own: these tests change which plan runs, and incidents of other tests would bring
proposals of their own in between.
"""

import re
import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from patrol.model.plan import Route
from tests.e2e.browser import PHONE, WIDE, open_screen
from tests.e2e.made_county import ServedCounty, served_county

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300)]

PATIENCE_MS = 120_000
"""The planner may still be loading streets and compiled code when the first test comes."""


@pytest.fixture(scope="module")
def own_county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedCounty]:
    """A county whose running plan nobody else changes."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with served_county(tmp_path_factory.mktemp("replans") / "county", port) as served:
        yield served


def busiest(county: ServedCounty) -> Route:
    """The route with most stops."""
    return max(county.plan.routes, key=lambda route: len(route.visits))


@pytest.mark.parametrize(("lang", "theme"), [("zh", "light"), ("en", "dark")])
def test_a_re_plan_is_asked_for_seen_taken_and_undone_by_keys(
    own_county: ServedCounty, chromium: Browser, lang: str, theme: str
) -> None:
    with open_screen(chromium, own_county.base_url, lang=lang, theme=theme, size=WIDE) as screen:
        screen.sign_in("ding", own_county.passwords["ding"])
        page = screen.page
        page.wait_for_selector("#units-list .row-item")
        page.wait_for_function("() => patrol.planId !== null && patrol.planRoutes.length > 0")
        ran = page.evaluate("patrol.planId")
        # A unit with stops leaves, so that the proposal has something to tell.
        page.evaluate("id => void patrol.replans.ask([id])", busiest(own_county).unit_id)
        expect(page.locator("#replan-take")).to_be_visible(timeout=PATIENCE_MS)
        expect(page.locator(".replan-changes li[data-what]").first).to_be_visible()
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


def test_one_key_asks_for_a_re_plan(own_county: ServedCounty, chromium: Browser) -> None:
    with open_screen(chromium, own_county.base_url) as screen:
        screen.sign_in("ding", own_county.passwords["ding"])
        page = screen.page
        page.wait_for_function("() => patrol.planId !== null && patrol.planRoutes.length > 0")
        page.keyboard.press("r")
        expect(page.locator("#replan .replan-cause")).to_have_text("手动请求", timeout=PATIENCE_MS)
        page.keyboard.press("x")
        expect(page.locator("#replan")).to_be_hidden()
        screen.check()


def test_a_unit_that_leaves_the_shift_hands_its_stops_on(
    own_county: ServedCounty, chromium: Browser
) -> None:
    leaving = busiest(own_county).unit_id
    name = next(unit.name for unit in own_county.units if unit.id == leaving)
    with open_screen(chromium, own_county.base_url, size=PHONE) as screen:
        screen.sign_in("ding", own_county.passwords["ding"])
        page = screen.page
        page.click("#pane-switch [data-pane=units]")
        page.locator("#units-list .row-item", has_text=name).click()
        leave = page.get_by_role("button", name="退出本班")
        leave.click()
        page.get_by_role("button", name="再按一次").click()
        page.click("#pane-switch [data-pane=incidents]")
        expect(page.locator("#replan .replan-cause")).to_have_text(
            f"{name} 退出本班", timeout=PATIENCE_MS
        )
        screen.shot("map-replan-phone")
        page.click("#replan-refuse")
        expect(page.locator("#replan")).to_be_hidden()
        screen.check()


def test_the_planner_sees_fair_loads_rings_and_what_one_car_more_would_bring(
    own_county: ServedCounty, chromium: Browser
) -> None:
    with open_screen(chromium, own_county.base_url, size=WIDE) as screen:
        screen.sign_in("ping", own_county.passwords["ping"])
        page = screen.page
        page.wait_for_selector("#weights-body .weight")
        page.keyboard.press("p")
        expect(page.locator("#result-plans")).to_contain_text("响应圈达标")
        expect(page.locator("#result-plans")).to_contain_text("防规律")
        page.select_option("#whatif-what", "add:car")
        page.click("#whatif-ask")
        # Looking at a unit meanwhile must not lose the answer.
        page.locator(".table-units tbody tr").first.click()
        expect(page.locator(".whatif-answer b")).to_have_text(
            re.compile(r"价值 [+-]"), timeout=PATIENCE_MS
        )
        page.click("#bases-ask")
        answered = page.locator(".whatif-answer", has=page.locator(".table-loads"))
        expect(answered.locator("tbody tr").first).to_be_visible(timeout=PATIENCE_MS)
        answered.scroll_into_view_if_needed()
        screen.shot("plan-quality")
        screen.check()
