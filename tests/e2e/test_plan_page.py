"""The planner's page in a real browser, against the real server, and the pages around it."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import DESK, PHONE, WIDE, Screen, open_screen
from tests.e2e.made_county import SHIFT, ServedCounty

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300)]


TEXTS = json.loads(
    (Path(__file__).parents[2] / "patrol/web/translations/zh.json").read_text("utf-8")
)


def open_plan(screen: Screen, county: ServedCounty) -> None:
    """Sign Ping in on the planner's page and wait for the first map."""
    screen.sign_in("ping", county.passwords["ping"])
    screen.page.wait_for_selector("#weights-body .weight")
    screen.page.wait_for_selector("#map-note:not([hidden])", timeout=60_000)
    screen.wait_for_map()


def set_weight(screen: Screen, key: str, value: str) -> None:
    """Set a weight by its number, as a person types it."""
    screen.page.fill(f"#weights-body [data-key='{key}']", value)


@pytest.mark.parametrize(("lang", "theme"), [("zh", "light"), ("en", "dark")])
def test_a_weight_changes_the_map_and_says_what_rises_and_falls(
    county: ServedCounty, chromium: Browser, lang: str, theme: str
) -> None:
    with open_screen(chromium, county.base_url, lang=lang, theme=theme, size=WIDE) as screen:
        open_plan(screen, county)
        page = screen.page
        top = "#result-map .row-item .row-title"
        before = page.locator(top).all_inner_texts()
        with page.expect_response(re.compile("/hotspots/scores")):
            # It weighs at every hour, unlike key sites, which close at night.
            set_weight(screen, "kinds.burglary.weight", "40")
        expect(page.locator("#result-map .moves[data-way=up] .row-item").first).to_be_visible()
        expect(page.locator("#result-map .town-share")).to_have_count(3)
        assert page.locator(top).all_inner_texts() != before
        expect(page.locator("#weights-reason")).to_be_visible()
        expect(page.locator("#map-note [data-view]")).to_have_count(5)
        screen.wait_for_map()
        assert screen.map_colors() > 20
        screen.shot(f"plan-weights-{lang}-{theme}")
        page.locator("#result-map .moves .row-item").first.click()
        expect(page.locator("#place-card .facts dd").first).to_contain_text("→")
        assert page.evaluate("patrol.map.getZoom()") >= 12
        screen.check()


def test_two_maps_are_compared_side_by_side_and_swiped(
    county: ServedCounty, chromium: Browser
) -> None:
    with open_screen(chromium, county.base_url) as screen:
        open_plan(screen, county)
        page = screen.page
        set_weight(screen, "layers.incidents", "0")
        page.click("[data-view=swipe]")
        page.wait_for_function("() => patrol.preview.pair.other?.dressed !== undefined")
        handle = page.get_by_role("slider", name="分界线")
        handle.press("ArrowLeft")
        expect(handle).to_have_attribute("aria-valuenow", "45")
        page.evaluate("patrol.map.jumpTo({zoom: 14})")
        assert page.evaluate("patrol.preview.pair.other.map.getZoom()") == 14
        old, new = (
            page.evaluate(f"Array.from(patrol.preview.{which}.levels)")
            for which in ("pair.heat", "heat")
        )
        assert old != new
        screen.wait_for_map()
        screen.shot("plan-swipe")
        # By keyboard: the next of the ways is the first one, then the map of the saved weights.
        page.locator("body").press("v")
        expect(page.locator("[data-view=new]")).to_have_attribute("aria-pressed", "true")
        expect(page.locator("#map-other")).to_be_hidden()
        page.locator("body").press("b")
        expect(page.locator("[data-view=old]")).to_have_attribute("aria-pressed", "true")
        assert page.evaluate("Array.from(patrol.preview.heat.levels)") == old
        screen.check()


def test_every_weight_has_a_control_with_a_name(county: ServedCounty, chromium: Browser) -> None:
    with open_screen(chromium, county.base_url) as screen:
        open_plan(screen, county)
        told = screen.page.evaluate("patrol.draft.saved.keys.map((key) => key.path.join('.'))")
        wanted = {name for name in told if not name.startswith("kinds.<")}
        shown = screen.page.locator("#weights-body [data-key]")
        keys = set(shown.evaluate_all("found => found.map((one) => one.dataset.key)"))
        assert wanted <= keys
        assert {"kinds.theft.weight", "kinds.theft.half_life_d"} <= keys
        nameless = shown.evaluate_all(
            "found => found.filter((one) => !one.labels.length && !one.ariaLabel)"
            ".map((one) => one.dataset.key)"
        )
        assert nameless == []
        untold = [name for name in wanted if f"weightkey.{name}" not in TEXTS]
        assert untold == []
        screen.check()


def test_a_weight_is_tuned_seen_tested_applied_and_brought_back_with_comments_intact(
    county: ServedCounty, chromium: Browser
) -> None:
    path = county.folder.config
    text = path.read_text("utf-8")
    comments = [line for line in text.splitlines() if "#" in line]
    with open_screen(chromium, county.base_url) as screen:
        open_plan(screen, county)
        page = screen.page
        seen = "Array.from(patrol.preview.heat.levels)"
        levels = page.evaluate(seen)
        # Tuned: what was learned is fixed, and a layer weighs more.
        auto = page.locator("[data-auto='shift_blend_share']")
        expect(auto).to_have_attribute("aria-pressed", "true")
        auto.press("Enter")
        expect(page.locator("[data-key='shift_blend_share']")).to_have_value("50")
        set_weight(screen, "layers.sites", "2.5")
        # Seen: another map, and which places rise.
        expect(page.locator("#result-map .moves[data-way=up] .row-item").first).to_be_visible()
        assert page.evaluate(seen) != levels
        # Tested on past weeks, while nothing is written.
        page.click("[data-result=trial]")
        page.fill("#trial-weeks", "3")
        page.click("#trial-backtest")
        table = page.locator("#result-trial .trial-table").first
        expect(table.locator("tbody tr")).to_have_count(3, timeout=90_000)
        expect(table.locator("tbody .status").first).to_have_text(re.compile("更好|更差|未见差别"))
        assert path.read_text("utf-8") == text
        # Applied, which needs a reason.
        page.click("#weights-apply")
        expect(page.locator("#weights-foot .form-error")).to_be_visible()
        page.fill("#weights-reason", "夜市期间")
        page.press("#weights-reason", "Enter")
        expect(page.locator(".version-line")).to_be_visible()
        applied = path.read_text(encoding="utf-8")
        assert "sites: 2.5" in applied
        assert "shift_blend_share: 0.5" in applied
        page.click("[data-result=versions]")
        newest = page.locator("#result-versions .history > li").first
        expect(newest).to_contain_text("夜市期间")
        expect(newest).to_contain_text("0.3 → 2.5")
        expect(newest).to_contain_text("自动 → 50 %")
        earlier = page.locator("#result-versions .history > li").nth(1)
        earlier.locator("summary").first.click()
        earlier.locator(".back-form summary").click()
        expect(earlier.locator(".back-form")).to_contain_text("2.5 → 0.3")
        screen.shot("plan-versions")
        earlier.get_by_role("button", name="恢复").click()
        expect(page.locator("#result-versions .history > li").first).to_contain_text("恢复到版本")
        # Brought back: the same weights, and every comment where it was.
        assert path.read_text("utf-8") == text
        assert [line for line in path.read_text("utf-8").splitlines() if "#" in line] == comments
        expect(auto).to_have_attribute("aria-pressed", "true")
        page.wait_for_function(
            "levels => patrol.preview.heat.levels.every((level, at) => level === levels[at])",
            arg=levels,
        )
        screen.check()


def test_two_planners_at_once_get_a_conflict_and_lose_nothing(
    county: ServedCounty, chromium: Browser
) -> None:
    path = county.folder.config
    with (
        open_screen(chromium, county.base_url) as first,
        open_screen(chromium, county.base_url) as second,
    ):
        open_plan(first, county)
        open_plan(second, county)
        for screen, value in ((first, "0.4"), (second, "0.5")):
            set_weight(screen, "layers.cameras", value)
            screen.page.fill("#weights-reason", f"试 {value}")
        # The second one's page must not notice by itself before it applies.
        second.page.route("**/weights/state", lambda route: route.abort())
        second.expected = ["409", "weights/state"]
        first.page.click("#weights-apply")
        expect(first.page.locator(".version-line")).to_be_visible()
        second.page.click("#weights-apply")
        error = second.page.locator("#weights-foot .form-error")
        expect(error).to_contain_text("他人刚刚修改过权重")
        expect(error).to_contain_text("对方改为 0.4，您的是 0.5")
        second.shot("plan-conflict")
        assert "cameras: 0.4" in path.read_text(encoding="utf-8")
        # Nothing of the second one's work is lost: applying again is all there is to do.
        expect(second.page.locator("#weights-body [data-key='layers.cameras']")).to_have_value(
            "0.5"
        )
        second.page.click("#weights-apply")
        expect(second.page.locator(".version-line")).to_be_visible()
        assert "cameras: 0.5" in path.read_text(encoding="utf-8")
        first.check()
        second.check()


def test_a_file_edited_by_hand_is_taken_up_and_a_broken_one_is_told(
    county: ServedCounty, chromium: Browser
) -> None:
    path = county.folder.config
    good = path.read_text(encoding="utf-8")
    assert "  snap_m: 60.0" in good
    line = good[: good.index("  snap_m: 60.0")].count("\n") + 1
    with open_screen(chromium, county.base_url) as screen:
        open_plan(screen, county)
        page = screen.page
        set_weight(screen, "layers.dark", "0.6")
        try:
            path.write_text(good.replace("  snap_m: 60.0", "  snap_m: 6000"), encoding="utf-8")
            notice = page.locator("#file-notice")
            for part in (f"config.yaml:{line}", "hotspots.snap_m", "6000", "(0, 500]"):
                expect(notice).to_contain_text(part)
            expect(page.locator("#weights-apply")).to_be_disabled()
            screen.shot("plan-broken-file")
            path.write_text(good.replace("  snap_m: 60.0", "  snap_m: 75"), encoding="utf-8")
            expect(notice).to_be_hidden()
            expect(page.locator("[data-key='snap_m']")).to_have_value("75")
            # What was being set by hand on the page is still there.
            expect(page.locator("[data-key='layers.dark']")).to_have_value("0.6")
            expect(page.locator("#weights-apply")).to_be_enabled()
        finally:
            path.write_text(good, encoding="utf-8")
        screen.check()


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


def test_a_search_that_is_stopped_keeps_the_best_plan_so_far(
    county: ServedCounty, chromium: Browser
) -> None:
    with open_screen(chromium, county.base_url) as screen:
        open_plan(screen, county)
        page = screen.page
        page.keyboard.press("p")
        page.select_option("#run-shift", SHIFT)
        page.fill("#run-seconds", "600")
        page.click("#run-start")
        # The value rises while it is drawn against the time.
        expect(page.locator(".progress-box")).to_contain_text(
            re.compile(r"价值（含时间窗）[1-9][\d,.]+"), timeout=150_000
        )
        expect(page.locator(".progress-box canvas")).to_be_visible()
        screen.shot("plan-progress")
        page.get_by_role("button", name="停止").click()
        expect(page.locator(".message")).to_have_text("已停止，保留当前最好的计划", timeout=150_000)
        expect(page.locator("#result-plans .status[data-status=draft]")).to_be_visible()
        expect(page.locator("#result-plans .verdict[data-status=good]")).to_be_visible()
        screen.check()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_all_tabs_of_the_planners_page_are_in_sight(
    county: ServedCounty, chromium: Browser, lang: str
) -> None:
    for size in (DESK, WIDE, PHONE):
        with open_screen(chromium, county.base_url, lang=lang, size=size) as screen:
            screen.sign_in("ping", county.passwords["ping"])
            page = screen.page
            page.wait_for_selector("#weights-body .weight")
            page.click("#tab-plans")
            page.wait_for_function(
                """() => {
                    const row = document.querySelector('.topbar-middle');
                    return row.scrollWidth <= row.clientWidth;
                }"""
            )
            if size == PHONE:
                page.click("#pane-switch [data-pane=right]")
            expect(page.locator("#result-plans .figures")).to_be_visible()
            screen.shot(f"plan-plans-{size[0]}-{lang}")
            page.locator("#bases-ask").scroll_into_view_if_needed()
            assert page.evaluate("document.documentElement.scrollWidth") == size[0]
            wide = page.locator("#result-plans .result-scroll")
            assert wide.evaluate("box => box.scrollWidth <= box.clientWidth")
            screen.shot(f"plan-loads-{size[0]}-{lang}")
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


def test_a_draft_is_tested_on_past_weeks_and_on_the_next_shift_before_it_counts(
    county: ServedCounty, chromium: Browser
) -> None:
    before = county.folder.config.read_text(encoding="utf-8")
    with open_screen(chromium, county.base_url) as screen:
        open_plan(screen, county)
        page = screen.page
        page.locator("body").press("2")
        expect(page.locator("#trial-backtest")).to_be_disabled()
        set_weight(screen, "half_life_d", "20")
        page.fill("#trial-weeks", "4")
        page.click("#trial-backtest")
        expect(page.locator("#result-trial .progress-box .bar").first).to_be_visible()
        table = page.locator("#result-trial .trial-table").first
        expect(table.locator("tbody tr")).to_have_count(3, timeout=90_000)
        expect(table.locator("tbody .status").first).to_have_text(re.compile("更好|更差|未见差别"))
        expect(page.locator(".kept-trials li").first).to_contain_text("4 周 · 1 项改动")
        page.select_option("#trial-shift", SHIFT)
        page.click("#trial-plan")
        plan = page.locator("#result-trial .trial-table", has_text="总里程")
        expect(plan).to_contain_text("各镇驻守", timeout=150_000)
        # Coverage, share of the map, distance, stops, places; then the towns under their head.
        expect(plan.locator("tbody tr").nth(6)).to_be_visible()
        screen.shot("plan-trials")
        screen.check()
    assert county.folder.config.read_text(encoding="utf-8") == before
