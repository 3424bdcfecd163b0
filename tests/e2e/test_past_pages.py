"""What was done: the supervisor's reports and the replay, in a real browser."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from patrol.app import opened
from patrol.model.fix import Fix
from patrol.model.place import Place
from tests.e2e.browser import PHONE, WIDE, open_screen
from tests.e2e.made_county import ServedCounty

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.mark.parametrize(("lang", "size"), [("zh", WIDE), ("en", PHONE)])
def test_every_report_is_shown_as_table_and_files(
    county: ServedCounty, chromium: Browser, lang: str, size: tuple[int, int]
) -> None:
    with open_screen(chromium, county.base_url, lang=lang, size=size) as screen:
        screen.sign_in("su", county.passwords["su"])
        screen.go("/reports")
        page = screen.page
        for name in ("visibility", "coverage", "response", "safety", "fairness", "guarantee"):
            page.click(f"#reports-names button[data-name={name}]")
            expect(page.locator(f"#reports-xlsx[href*='/{name}.xlsx']")).to_be_visible()
            expect(page.locator("#reports-sheet")).to_have_attribute("aria-busy", "false")
            # Modes are compared with each other; all other reports end with the whole.
            last = "tbody tr" if name == "fairness" else "tr.whole"
            expect(page.locator(f".reports-table {last}").first).to_be_visible()
            if name == "safety":
                expect(page.locator(".verdict").first).to_be_visible()
            if name in ("safety", "fairness", "guarantee"):
                expect(page.locator(".reports-chart canvas")).to_be_visible()
                screen.shot(f"reports-{name}-{lang}")
            assert page.evaluate("document.documentElement.scrollWidth") == size[0]
        screen.check()


def test_a_period_that_is_too_long_is_told_in_place(
    county: ServedCounty, chromium: Browser
) -> None:
    with open_screen(chromium, county.base_url, lang="en") as screen:
        screen.expected = ["400"]
        screen.sign_in("su", county.passwords["su"])
        screen.go("/reports")
        page = screen.page
        page.click("#reports-names button[data-name=visibility]")
        page.fill("#reports-from", "2020-01-01")
        page.click("#reports-form button[type=submit]")
        expect(page.locator("#reports-sheet")).to_contain_text("takes 1 to 31 days")
        screen.check()


def test_a_shift_is_played_back_with_its_units_and_a_trail(
    county: ServedCounty, chromium: Browser
) -> None:
    unit_id = walk(county)
    with open_screen(chromium, county.base_url) as screen:
        screen.sign_in("su", county.passwords["su"])
        screen.go("/replay")
        screen.wait_for_map()
        page = screen.page
        # Units whose routes have no stop reported nothing; most have some.
        expect(page.locator("#replay-units .row-item").nth(19)).to_be_attached()
        page.evaluate("(id) => globalThis.patrol.choose(id)", unit_id)
        first = page.evaluate("(id) => globalThis.patrol.store.units.get(id)?.lon", unit_id)
        page.select_option("#replay-speed", "300")
        page.keyboard.press("Space")
        page.wait_for_function(
            "(id) => globalThis.patrol.trail.trail[0]?.geometry.coordinates.length > 20",
            arg=unit_id,
        )
        page.keyboard.press("Space")
        later = page.evaluate("(id) => globalThis.patrol.store.units.get(id).lon", unit_id)
        assert later > first
        assert screen.map_colors() > 10
        screen.shot("replay")
        screen.check()


def walk(county: ServedCounty) -> str:
    """Let one unit have walked east for half an hour, as its phone would have told."""
    with opened(county.folder.config) as services:
        route = next(route for route in county.plan.routes if route.visits)
        place = route.visits[0]
        now = services.clock()
        services.fixes.add_fixes(
            [
                Fix(
                    route.unit_id,
                    now - timedelta(minutes=50, seconds=-30 * step),
                    Place(place.lon + 2e-4 * step, place.lat),
                )
                for step in range(60)
            ]
        )
    return route.unit_id
