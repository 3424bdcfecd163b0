"""The planner's page in a real browser, against the real server, and the pages around it."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import PHONE, WIDE, Screen, open_screen
from tests.e2e.made_county import SHIFT, ServedCounty

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300)]


def open_plan(screen: Screen, county: ServedCounty) -> None:
    """Sign Ping in on the planner's page and wait for the first map."""
    screen.sign_in("ping", county.passwords["ping"])
    screen.page.wait_for_selector("#weights-body .weight")
    screen.page.wait_for_selector("#map-note:not([hidden])", timeout=60_000)
    screen.wait_for_map()


def slide(screen: Screen, label: str, value: str) -> None:
    """Set a weight by its number."""
    field = screen.page.get_by_label(label, exact=False).locator("visible=true").first
    field.fill(value)


@pytest.mark.parametrize(("lang", "theme"), [("zh", "light"), ("en", "dark")])
def test_a_weight_changes_the_map_and_says_what_rises_and_falls(
    county: ServedCounty, chromium: Browser, lang: str, theme: str
) -> None:
    with open_screen(chromium, county.base_url, lang=lang, theme=theme, size=WIDE) as screen:
        open_plan(screen, county)
        page = screen.page
        with page.expect_response(re.compile("/hotspots/preview")):
            # The commonest kind: it weighs at every hour, unlike key sites, which close at night.
            page.locator(".weight input[type=number]").nth(8).fill("40")
        expect(page.locator("#result-weights .row-item").first).to_be_visible()
        expect(page.locator("#weights-reason")).to_be_visible()
        expect(page.locator("#map-note .tabs button")).to_have_count(2)
        screen.wait_for_map()
        assert screen.map_colors() > 20
        screen.shot(f"plan-weights-{lang}-{theme}")
        page.keyboard.press("b")
        screen.check()


def test_weights_need_a_reason_are_applied_and_can_be_brought_back(
    county: ServedCounty, chromium: Browser
) -> None:
    with open_screen(chromium, county.base_url) as screen:
        open_plan(screen, county)
        page = screen.page
        page.locator(".weight input[type=number]").nth(1).fill("2.5")
        page.get_by_role("button", name="应用").click()
        expect(page.locator("#weights-foot .form-error")).to_be_visible()
        page.fill("#weights-reason", "夜市期间")
        page.get_by_role("button", name="应用").click()
        expect(page.locator("#weights-foot")).to_contain_text("当前版本", timeout=20_000)
        expect(page.locator(".history")).to_contain_text("夜市期间", timeout=20_000)
        assert "sites: 2.5" in county.folder.config.read_text(encoding="utf-8")
        page.locator(".history button").first.click()
        page.wait_for_function(
            "() => document.querySelectorAll('.history li').length >= 3", timeout=20_000
        )
        screen.check()


def test_two_planners_at_once_get_a_conflict_and_lose_nothing(
    county: ServedCounty, chromium: Browser
) -> None:
    with (
        open_screen(chromium, county.base_url) as first,
        open_screen(chromium, county.base_url) as second,
    ):
        open_plan(first, county)
        open_plan(second, county)
        for screen, value in ((first, "0.4"), (second, "0.5")):
            screen.page.locator(".weight input[type=number]").nth(2).fill(value)
            screen.page.fill("#weights-reason", f"试 {value}")
        first.page.get_by_role("button", name="应用").click()
        expect(first.page.locator("#weights-foot")).to_contain_text("当前版本", timeout=20_000)
        second.expected = ["409"]
        second.page.get_by_role("button", name="应用").click()
        error = second.page.locator("#weights-foot .form-error")
        expect(error).to_contain_text("他人刚刚修改过权重", timeout=20_000)
        second.shot("plan-conflict")
        assert "cameras: 0.4" in county.folder.config.read_text(encoding="utf-8")
        first.check()
        second.check()


def test_a_plan_is_made_looked_at_and_published(county: ServedCounty, chromium: Browser) -> None:
    with open_screen(chromium, county.base_url) as screen:
        open_plan(screen, county)
        page = screen.page
        page.keyboard.press("p")
        page.select_option("#run-shift", SHIFT)
        page.fill("#run-seconds", "2")
        page.click("#run-start")
        expect(page.locator(".progress-box .bar")).to_be_visible()
        draft = page.locator("#result-plans .status[data-status=draft]")
        expect(draft).to_be_visible(timeout=150_000)
        expect(page.locator("#result-plans .verdict[data-status=good]")).to_be_visible()
        page.locator(".table-units tbody tr").first.click()
        expect(page.locator(".route-stops-list li").first).to_be_visible()
        screen.wait_for_map()
        screen.shot("plan-routes")
        with page.expect_download() as gpx:
            page.locator(".route-stops-list a").click()
        assert "<gpx" in gpx.value.path().read_text(encoding="utf-8")
        publish = page.locator("#plan-publish")
        publish.click()
        publish.click()
        expect(page.locator("#result-plans .status[data-status=published]")).to_be_visible(
            timeout=20_000
        )
        screen.check()


def test_the_planners_page_works_on_a_narrow_screen(
    county: ServedCounty, chromium: Browser
) -> None:
    with open_screen(chromium, county.base_url, size=PHONE) as screen:
        screen.sign_in("ping", county.passwords["ping"])
        screen.page.wait_for_selector("#weights-body .weight")
        screen.shot("plan-narrow")
        screen.page.click("#pane-switch [data-pane=map]")
        screen.wait_for_map()
        assert screen.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        screen.check()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_sign_in_says_what_was_wrong_and_lets_the_right_ones_in(
    county: ServedCounty, chromium: Browser, lang: str
) -> None:
    with open_screen(chromium, county.base_url, lang=lang) as screen:
        screen.expected = ["401", "403"]
        screen.go("/map")
        assert "/signin" in screen.page.url
        screen.page.fill("#name", "sun")
        screen.page.fill("#password", "not-the-password")
        screen.page.click("form[action='/signin'] button[type=submit]")
        expect(screen.page.locator(".form-error")).to_be_visible()
        screen.shot(f"signin-{lang}")
        screen.sign_in("ding", county.passwords["ding"])
        expect(screen.page).to_have_url(re.compile("/map"))
        screen.check()


def test_a_page_that_a_role_may_not_see_says_so_in_the_looks_of_the_rest(
    county: ServedCounty, chromium: Browser
) -> None:
    with open_screen(chromium, county.base_url, theme="dark") as screen:
        screen.expected = ["403", "404"]
        screen.sign_in("ding", county.passwords["ding"])
        screen.go("/plan")
        expect(screen.page.locator(".door-status")).to_have_text("403")
        screen.shot("error-403")
        screen.go("/no-such-page")
        expect(screen.page.locator(".door-status")).to_have_text("404")
        screen.check()
