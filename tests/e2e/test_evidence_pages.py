"""Data quality and presence by town, as planners and supervisors use them."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from patrol.app import opened
from tests.e2e.browser import PHONE, WIDE, open_screen
from tests.e2e.made_county import ServedCounty

pytestmark = pytest.mark.slow


def made_file(county: ServedCounty, path: Path) -> Path:
    """A Chinese file: a station's own door forty times, one event four times, one row far away."""
    with opened(county.folder.config) as services:
        base = services.bases.list_bases()[0].place
        other = services.sites.list_sites()[0].place
    lines = ["报警时间,经度,纬度,类别,地址,报警人"]
    lines += [
        f"2026-05-{row % 28 + 1:02d} 1{row // 28}:17,{base.lon},{base.lat},盗窃,所门口,某某"
        for row in range(40)
    ]
    lines += [f"2026-05-03 09:0{row},{other.lon},{other.lat},纠纷,路口,某某" for row in range(4)]
    lines.append("2026-05-04 09:00,10,50,盗窃,远方,某某")
    path.write_text("\n".join(lines) + "\n", encoding="gb18030")
    return path


def test_a_planner_checks_a_file_and_leaves_a_station_door_out(
    county: ServedCounty, chromium: Browser, tmp_path: Path
) -> None:
    with open_screen(chromium, county.base_url, size=WIDE) as screen:
        screen.expected = ["400"]
        screen.sign_in("ping", county.passwords["ping"])
        screen.go("/imports")
        screen.wait_for_map()
        page = screen.page
        page.set_input_files("#upload-file", made_file(county, tmp_path / "五月.csv"))
        page.click("#upload-check")
        expect(page.locator("#upload-told .form-error")).to_contain_text("报警人", timeout=60_000)
        page.fill("#upload-columns", "drop=报警人")
        page.click("#upload-check")
        expect(page.locator("#report h2")).to_have_text("五月.csv", timeout=60_000)
        expect(page.locator("[data-fault=near_duplicate] .fault-count")).to_have_text("3")
        expect(page.locator("[data-fault=outside] .fault-count")).to_have_text("1")
        door = page.locator("#report .point-row", has_text="所门口")
        expect(door).to_contain_text("40 行")
        door.locator(".btn").click()
        expect(page.locator("#report .point-row.is-out", has_text="所门口")).to_be_visible()
        page.click("[data-fault=near_duplicate] .btn")
        button = page.locator("[data-fault=near_duplicate] .btn")
        expect(button).to_have_attribute("aria-pressed", "true")
        assert screen.map_colors() > 10
        screen.shot("imports")
        # As it was, for the tests that share this county.
        button.click()
        expect(button).to_have_attribute("aria-pressed", "false")
        page.locator("#report .point-row.is-out", has_text="所门口").locator(".btn").click()
        expect(page.locator("#report .point-row:not(.is-out)", has_text="所门口")).to_be_visible()
        screen.check()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_supervisor_reads_presence_by_town_on_a_phone(
    county: ServedCounty, chromium: Browser, lang: str
) -> None:
    with open_screen(chromium, county.base_url, lang=lang, size=PHONE) as screen:
        screen.sign_in("su", county.passwords["su"])
        screen.go("/reports/exposure")
        rows = screen.page.locator(".table-sheet tbody tr")
        expect(rows).to_have_count(3)
        screen.page.select_option("#quarter", index=1)
        expect(screen.page.locator("#report")).not_to_have_attribute("aria-busy", "true")
        expect(rows).to_have_count(3)
        assert screen.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        screen.shot(f"exposure-{lang}")
        screen.check()
