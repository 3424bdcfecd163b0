"""The dispatcher's map in a real browser, against the real server."""

import re

import pytest
from playwright.sync_api import Browser, expect

from patrol.model.place import Place
from patrol.model.unit import UnitStatus
from tests.e2e.browser import PHONE, WIDE, Screen, open_screen
from tests.e2e.made_county import ServedCounty

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(240)]

LOOKS = [("zh", "dark"), ("en", "light")]


def open_map(screen: Screen, county: ServedCounty) -> None:
    """Sign Ding in on the map and wait until it is drawn."""
    screen.sign_in("ding", county.passwords["ding"])
    screen.page.wait_for_selector("#units-list .unit-row")
    screen.wait_for_map()


def canvas_place(screen: Screen, unit_id: str) -> tuple[float, float]:
    """Where a unit's mark is on the screen, pixels."""
    x, y = screen.page.evaluate(
        """(id) => {
            const unit = globalThis.patrol.store.units.get(id);
            const at = globalThis.patrol.map.project([unit.lon, unit.lat]);
            const box = globalThis.patrol.map.getCanvas().getBoundingClientRect();
            return [box.x + at.x, box.y + at.y];
        }""",
        unit_id,
    )
    return float(x), float(y)


@pytest.mark.parametrize(("lang", "theme"), LOOKS)
def test_the_map_shows_units_routes_and_streets(
    county: ServedCounty, chromium: Browser, lang: str, theme: str
) -> None:
    with open_screen(chromium, county.base_url, lang=lang, theme=theme, size=WIDE) as screen:
        open_map(screen, county)
        assert screen.map_colors() > 20
        expect(screen.page.locator("#units-list .unit-row")).to_have_count(30)
        expect(screen.page.locator("#link-state")).to_have_attribute("data-state", "live")
        drawn = screen.page.evaluate(
            """globalThis.patrol.map.queryRenderedFeatures(
                {layers: ['route-car', 'route-foot']}).length"""
        )
        assert drawn > 0
        screen.shot(f"map-{lang}-{theme}")
        screen.check()


def test_a_unit_that_reports_moves_on_the_map_and_in_its_card(
    county: ServedCounty, chromium: Browser
) -> None:
    with open_screen(chromium, county.base_url) as screen:
        open_map(screen, county)
        unit_id = _busy(county, "E", 1)
        # Some 75 m on: a longer way in the moment since its last report would not be believed.
        lon, lat = _first_stop(county, unit_id)
        lon += 0.0008
        county.move(unit_id, Place(lon, lat), status=UnitStatus.BREAK)
        screen.page.wait_for_function(
            """([id, lon]) => Math.abs(globalThis.patrol.store.units.get(id)?.lon - lon) < 1e-6""",
            arg=[unit_id, lon],
        )
        screen.page.fill("#units-filter", unit_id)
        row = screen.page.locator("#units-list .unit-row")
        expect(row).to_have_count(1)
        row.click()
        expect(screen.page.locator("#card h2")).to_be_visible()
        expect(screen.page.locator("#card .stops li").first).to_be_visible()
        screen.page.keyboard.press("Escape")
        expect(screen.page.locator("#card")).to_be_hidden()
        screen.check()


def test_clicking_a_mark_opens_the_card_of_that_unit(
    county: ServedCounty, chromium: Browser
) -> None:
    with open_screen(chromium, county.base_url) as screen:
        open_map(screen, county)
        screen.wait_for_map()
        unit_id = _busy(county, "F", 2)
        screen.page.evaluate("(id) => globalThis.patrol.follow(id)", unit_id)
        # The way there takes a moment, and a click on the way would meet the bare street.
        screen.page.wait_for_function(
            "() => globalThis.patrol.map.getZoom() > 14 && !globalThis.patrol.map.isMoving()"
        )
        screen.wait_for_map()
        screen.page.mouse.click(*canvas_place(screen, unit_id))
        card = screen.page.locator("#card h2")
        expect(card).to_be_visible()
        chosen = screen.page.evaluate("globalThis.patrol.selection.chosen")
        assert chosen["kind"] == "unit"
        screen.check()


def test_an_incident_is_made_and_the_nearest_unit_sent_by_keyboard_alone_after_one_click(
    county: ServedCounty, chromium: Browser
) -> None:
    with open_screen(chromium, county.base_url) as screen:
        open_map(screen, county)
        page = screen.page
        page.keyboard.press("n")
        expect(page.locator("#map-hint")).to_be_visible()
        page.mouse.click(*canvas_place(screen, _busy(county, "F", 0)))
        expect(page.locator("#card .kinds")).to_be_visible()
        page.keyboard.press("2")
        page.fill("#new-address", "<img src=x onerror=alert(1)>")
        page.keyboard.press("Enter")
        first = page.locator("#card .near .row-item").first
        expect(first).to_be_visible(timeout=30_000)
        expect(first.locator(".eta")).to_contain_text(re.compile(r"\d+ (秒|分)"))
        screen.shot("incident-nearest")
        page.locator("#card").focus()
        page.keyboard.press("Enter")
        row = page.locator("#incidents-list .incident[aria-current=true]")
        expect(row).to_have_attribute("data-status", "assigned", timeout=15_000)
        expect(page.locator("#card .timeline li")).to_have_count(2)
        assert page.locator("img[src=x]").count() == 0, "a name became markup"
        close = page.get_by_role("button", name="结案")
        close.click()
        close.click()
        expect(row).to_have_count(0, timeout=15_000)
        screen.check()


def test_the_list_filters_as_one_types_and_chips_filter_by_status(
    county: ServedCounty, chromium: Browser
) -> None:
    unit_id = _busy(county, "C", 1)
    county.move(unit_id, Place(*_first_stop(county, unit_id)), status=UnitStatus.ONSCENE)
    with open_screen(chromium, county.base_url) as screen:
        open_map(screen, county)
        page = screen.page
        page.keyboard.press("/")
        page.keyboard.type("警车")
        expect(page.locator("#units-list .unit-row")).to_have_count(8)
        page.keyboard.press("Escape")
        expect(page.locator("#units-list .unit-row")).to_have_count(30)
        page.locator("#units-chips .chip", has_text="现场").click()
        expect(page.locator("#units-list .unit-row")).to_have_count(1)
        screen.check()


def _busy(county: ServedCounty, letter: str, nth: int) -> str:
    """A unit of a mode that has stops, so that it has been seen; which have hangs on the hour."""
    routes = [r for r in county.plan.routes if r.visits and r.unit_id.startswith(letter)]
    return routes[nth % len(routes)].unit_id


def _first_stop(county: ServedCounty, unit_id: str) -> tuple[float, float]:
    route = next(route for route in county.plan.routes if route.unit_id == unit_id)
    return route.visits[0].lon, route.visits[0].lat


def test_a_call_for_help_stays_on_top_until_it_ends(
    county: ServedCounty, chromium: Browser
) -> None:
    with open_screen(chromium, county.base_url) as screen:
        open_map(screen, county)
        unit_id = _busy(county, "F", -1)
        place = Place(*_first_stop(county, unit_id))
        county.move(unit_id, place, status=UnitStatus.SOS)
        county.move(unit_id, place)
        strip = screen.page.locator("#alarm-strip")
        expect(strip).to_be_visible(timeout=15_000)
        screen.shot("map-sos")
        county.move(unit_id, place, status=UnitStatus.PATROL)
        county.move(unit_id, place)
        expect(strip).to_be_hidden(timeout=15_000)
        screen.check()


def test_the_hotspot_layer_loads_when_it_is_switched_on_and_is_remembered(
    county: ServedCounty, chromium: Browser
) -> None:
    with open_screen(chromium, county.base_url, theme="dark") as screen:
        open_map(screen, county)
        with screen.page.expect_response(re.compile("/api/v1/hotspots")):
            screen.page.keyboard.press("5")
        screen.wait_for_map()
        screen.shot("map-hotspots-dark")
        screen.page.reload()
        screen.wait_for_map()
        assert screen.page.evaluate("globalThis.patrol.layers.shown.hotspots") is True
        screen.check()


def test_a_lost_line_is_said_and_the_map_catches_up_by_itself(
    county: ServedCounty, chromium: Browser
) -> None:
    with open_screen(chromium, county.base_url) as screen:
        open_map(screen, county)
        screen.expected = ["ERR_INTERNET_DISCONNECTED", "WebSocket"]
        screen.page.context.set_offline(True)
        # An open websocket does not notice; closing it does what a broken line does in time.
        screen.page.evaluate("globalThis.patrol.link.socket.io.engine.close()")
        expect(screen.page.locator("#stale-veil")).to_be_visible(timeout=15_000)
        screen.shot("map-offline")
        screen.page.context.set_offline(False)
        expect(screen.page.locator("#link-state")).to_have_attribute(
            "data-state", "live", timeout=15_000
        )
        expect(screen.page.locator("#stale-veil")).to_be_hidden()
        screen.check()


def test_theme_and_language_are_switched_and_remembered(
    county: ServedCounty, chromium: Browser
) -> None:
    with open_screen(chromium, county.base_url) as screen:
        open_map(screen, county)
        page = screen.page
        assert page.evaluate("document.documentElement.lang") == "zh-Hans"
        page.keyboard.press("d")
        page.click("#lang-switch")
        page.wait_for_function("() => document.documentElement.lang === 'en'")
        screen.wait_for_map()
        assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
        page.keyboard.press("?")
        expect(page.locator("#keys-help")).to_be_visible()
        screen.shot("map-keys-en-dark")
        screen.check()


def test_low_gpu_mode_draws_circles_and_no_heat(county: ServedCounty, chromium: Browser) -> None:
    with open_screen(chromium, county.base_url) as screen:
        open_map(screen, county)
        with screen.page.expect_navigation():
            screen.page.get_by_label("低显卡模式").check()
        screen.page.wait_for_selector("#units-list .unit-row")
        screen.wait_for_map()
        kinds = screen.page.evaluate(
            "[globalThis.patrol.map.getLayer('units').type, "
            "globalThis.patrol.map.getLayer('hotspots-heat') === undefined]"
        )
        assert kinds == ["circle", True]
        screen.shot("map-low-gpu")
        screen.check()


def test_the_map_works_on_a_narrow_screen_one_pane_at_a_time(
    county: ServedCounty, chromium: Browser
) -> None:
    with open_screen(chromium, county.base_url, size=PHONE, lang="en") as screen:
        screen.sign_in("ding", county.passwords["ding"])
        screen.wait_for_map()
        page = screen.page
        screen.shot("map-narrow")
        page.click("#pane-switch [data-pane=units]")
        row = page.locator("#units-list .unit-row").first
        expect(row).to_be_visible()
        row.click()
        expect(page.locator("#card")).to_be_visible()
        screen.shot("map-narrow-card")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        screen.check()


def test_old_news_changes_nothing_and_a_gap_is_noticed(
    county: ServedCounty, chromium: Browser
) -> None:
    with open_screen(chromium, county.base_url) as screen:
        open_map(screen, county)
        result = screen.page.evaluate(
            """async () => {
                const { Store } = await import('/static/js/store.js');
                const store = new Store();
                const unit = (lon) =>
                    ({ id: 'a', name: 'a', mode: 'foot', status: 'patrol', lon, lat: 1 });
                const frame = (from, to, ...units) => store.apply({ from, to, now: 1, units });
                const lon = () => store.units.get('a').lon;
                const early = frame('1-0', '2-0', unit(1));
                const empty = { incidents: [], cameras: [], plan: null };
                const hidden = { id: 'b', gone: true };
                store.replace({ to: '9-9', now: 1, units: [unit(1), hidden], ...empty });
                const old = frame('8-0', '9-9', unit(2));
                const afterOld = lon();
                const next = frame('9-9', '9-10', unit(3));
                const afterNext = lon();
                const again = frame('9-9', '9-10', unit(4));
                const gap = frame('9-11', '10-0', unit(5));
                const gone = frame('9-10', '11-0', { id: 'a', gone: true });
                return [early, old, afterOld, next, afterNext, again, gap, gone,
                    store.units.size, store.at];
            }"""
        )
        assert result == [False, True, 1, True, 3, True, False, True, 0, "11-0"]
        screen.check()
