"""What weighs when, on the planner's page: made, placed, changed, ended and imported there."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from patrol.app import opened
from patrol.store.marks import MarkStore
from tests.e2e.browser import PHONE, WIDE, Screen, open_screen
from tests.e2e.made_county import ServedCounty

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300)]


def open_calendar(screen: Screen, county: ServedCounty) -> None:
    """Sign Ping in and go to the calendar by its key."""
    screen.sign_in("ping", county.passwords["ping"])
    screen.page.wait_for_selector("#weights-body .weight")
    screen.page.wait_for_selector("#map-note:not([hidden])", timeout=60_000)
    screen.page.locator("body").press("c")
    expect(screen.page.locator("#calendar-list")).to_have_attribute("aria-busy", "false")


def new(screen: Screen, what: str) -> None:
    """Begin a new entry."""
    screen.page.click("#calendar-new")
    screen.page.click(f"[data-new={what}]")


def levels(screen: Screen) -> list[float]:
    found: list[float] = screen.page.evaluate("Array.from(patrol.preview.heat.levels)")
    return found


def test_a_campaign_is_made_seen_on_the_map_changed_and_ended(
    county: ServedCounty, chromium: Browser
) -> None:
    with open_screen(chromium, county.base_url, size=WIDE) as screen:
        open_calendar(screen, county)
        page = screen.page
        before = levels(screen)
        new(screen, "campaigns")
        page.get_by_role("button", name="市场", exact=True).first.click()
        today = page.evaluate("patrol.calendar.calendar.today")
        page.fill("[name=name]", "夜市整治")
        page.fill("[name=factor]", "8")
        page.fill("[name=first]", today)
        page.get_by_role("group", name="警情类别").get_by_role("button").first.click()
        page.click("#entry-save")
        # The browser itself asks for the reason; nothing was sent.
        assert page.evaluate("document.querySelector('[name=reason]').validity.valueMissing")
        page.fill("[name=reason]", "群众反映")
        page.click("#entry-save")
        row = page.locator(".entry-row", has_text="夜市整治")
        expect(row).to_contain_text("×8")
        expect(page.locator(".bar-item[title^=夜市整治]")).to_have_count(1)
        page.wait_for_function(
            "was => patrol.preview.heat.levels.some((one, i) => Math.abs(one - was[i]) > .01)",
            arg=before,
        )
        screen.wait_for_map()
        screen.shot("calendar")
        page.fill("[name=factor]", "2")
        page.click("#entry-save")
        expect(row).to_contain_text("×2")
        # It began today: it is removed, which asks twice.
        expect(page.locator("#entry-end")).to_have_count(0)
        page.click("#entry-remove")
        page.click("#entry-remove")
        expect(row).to_have_count(0)
        screen.check()


def test_a_mark_is_put_on_the_map_and_what_another_planner_changed_is_not_lost(
    county: ServedCounty, chromium: Browser
) -> None:
    with open_screen(chromium, county.base_url, size=WIDE) as screen:
        open_calendar(screen, county)
        page = screen.page
        new(screen, "marks")
        page.fill("[name=reason]", "工地夜间施工")
        page.click("#entry-pick")
        expect(page.locator("#map-hint")).to_be_visible()
        page.locator("#map canvas").first.click(position={"x": 300, "y": 200})
        expect(page.locator("#map-hint")).to_be_hidden()
        assert page.input_value("[name=lon]") != ""
        page.click("#entry-save")
        expect(page.locator(".entry-row", has_text="工地夜间施工")).to_be_visible()
        with opened(county.folder.config) as services:
            store = MarkStore(services.db)
            (mark,) = store.list_marks()
            changed = type(mark)(
                mark.id,
                mark.place,
                mark.radius_m,
                7.0,
                mark.reason,
                mark.first - timedelta(days=3),
                mark.last,
                "other",
            )
            assert store.swap_mark(mark, changed)
        page.fill("[name=weight]", "3")
        screen.expected = ["409"]
        page.click("#entry-save")
        error = page.locator(".entry-form .form-error")
        expect(error).to_contain_text("他人刚刚修改了这一项")
        expect(page.locator("[name=weight]")).to_have_value("3")
        error.get_by_role("button").click()
        expect(page.locator("[name=weight]")).to_have_value("7")
        page.click("#entry-end")
        page.click("#entry-end")
        # What has ended leaves the list until one asks for it.
        expect(page.locator(".entry-row", has_text="工地夜间施工")).to_have_count(0)
        page.click("[data-filter=ended]")
        expect(page.locator(".entry-row", has_text="工地夜间施工")).to_contain_text("已结束")
        screen.check()


def test_a_table_is_imported_and_its_bad_rows_are_told(
    county: ServedCounty, chromium: Browser, tmp_path: Path
) -> None:
    rows = [f"x{number},行动{number},2026-01-05,2099-01-05,1.5,学校,开学" for number in range(30)]
    rows[4] = rows[4].replace("1.5", "15")
    table = tmp_path / "行动.csv"
    table.write_text("编号,名称,开始日期,结束日期,倍数,场所类别,理由\n" + "\n".join(rows), "utf-8")
    with open_screen(chromium, county.base_url) as screen:
        open_calendar(screen, county)
        page = screen.page
        page.click("#calendar-import")
        page.set_input_files("#import-file", table)
        page.click("#import-go")
        told = page.locator("#result-calendar")
        expect(told).to_contain_text("新增 29")
        expect(told).to_contain_text("row 6, column 倍数: must be a number in [0, 10], got '15'")
        expect(page.locator(".entry-row", has_text="行动")).to_have_count(29)
        # By keyboard: from bar to bar, and into the form.
        page.locator(".bar-item").first.focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.locator(".entry-form [name=name]")).to_be_visible()
        page.click(".week >> nth=6")
        expect(page.locator(".week[aria-pressed=true]")).to_have_count(1)
        screen.check()
    with opened(county.folder.config) as services:
        # So many campaigns at once would drown what other tests look at.
        for one in services.campaigns.list_campaigns():
            if one.name.startswith("行动"):
                services.campaigns.swap_campaign(one, None)


def test_the_calendar_works_on_a_narrow_screen_and_in_english(
    county: ServedCounty, chromium: Browser
) -> None:
    with open_screen(chromium, county.base_url, lang="en", size=PHONE) as screen:
        screen.sign_in("ping", county.passwords["ping"])
        page = screen.page
        page.click("#tab-calendar")
        page.click("[data-filter=sites]")
        page.locator(".entry-row", has_text="always").first.click()
        expect(page.locator(".entry-form [name=windows]")).to_be_visible()
        expect(page.locator("#result-calendar h2")).to_have_text("Key site")
        screen.shot("calendar-narrow")
        page.click("#pane-switch [data-pane=map]")
        expect(page.locator(".timeline-weeks")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        screen.check()
