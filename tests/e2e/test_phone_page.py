"""The officer's phone page in a real browser, against the real server."""

import re

import pytest
from playwright.sync_api import Browser, expect

from patrol.app import opened
from patrol.model.place import Place
from patrol.model.unit import UnitStatus
from tests.e2e.browser import PHONE, Screen, open_screen
from tests.e2e.made_county import ServedCounty

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(240)]

TARGET_PX = 44


def first_stop(county: ServedCounty, unit_id: str = "F01") -> tuple[float, float]:
    """Where the unit's route begins."""
    route = next(route for route in county.plan.routes if route.unit_id == unit_id)
    return route.visits[0].lon, route.visits[0].lat


def open_phone(screen: Screen, county: ServedCounty) -> None:
    """Sign Ou in on the phone page and wait for the next stop."""
    screen.sign_in("ou", county.passwords["ou"])
    screen.page.wait_for_selector("#phone-next .next-top, #phone-next .empty")


@pytest.mark.parametrize(("lang", "theme"), [("zh", "light"), ("en", "dark")])
def test_the_next_stop_is_in_sight_on_every_pane(
    county: ServedCounty, chromium: Browser, lang: str, theme: str
) -> None:
    here = first_stop(county)
    with open_screen(
        chromium, county.base_url, lang=lang, theme=theme, size=PHONE, here=here
    ) as screen:
        open_phone(screen, county)
        page = screen.page
        for pane in ("stops", "map", "report", "more"):
            page.click(f"#phone-tabs [data-pane={pane}]")
            expect(page.locator("#phone-next .next-name")).to_be_in_viewport()
            expect(page.locator("#checkin")).to_be_in_viewport()
            if pane == "map":
                screen.wait_for_map()
                assert screen.map_colors() > 8
            screen.shot(f"phone-{pane}-{lang}-{theme}")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        screen.check()


def test_everything_to_press_is_as_large_as_a_thumb(
    county: ServedCounty, chromium: Browser
) -> None:
    with open_screen(chromium, county.base_url, size=PHONE, here=first_stop(county)) as screen:
        open_phone(screen, county)
        for pane in ("stops", "report", "more"):
            screen.page.click(f"#phone-tabs [data-pane={pane}]")
            small = screen.page.evaluate(
                """(least) => [...document.querySelectorAll('button, a, input')]
                    .filter((one) => one.checkVisibility({ visibilityProperty: true }))
                    .map((one) => [one.id || one.textContent, one.getBoundingClientRect()])
                    .filter(([, box]) => box.width < least || box.height < least)
                    .map(([name, box]) => `${name} ${box.width} x ${box.height}`)""",
                TARGET_PX,
            )
            assert small == []
        screen.check()


def test_positions_are_sent_while_the_page_is_open(county: ServedCounty, chromium: Browser) -> None:
    lon, lat = first_stop(county)
    with open_screen(chromium, county.base_url, size=PHONE, here=(lon + 0.0004, lat)) as screen:
        with screen.page.expect_response(re.compile("/api/v1/fixes"), timeout=60_000) as answer:
            screen.sign_in("ou", county.passwords["ou"])
        assert answer.value.ok
        screen.check()


def test_checking_in_moves_on_to_the_next_stop_and_reaches_the_server(
    county: ServedCounty, chromium: Browser
) -> None:
    with open_screen(chromium, county.base_url, size=PHONE, here=first_stop(county)) as screen:
        open_phone(screen, county)
        page = screen.page
        before = page.locator("#phone-next .next-top").inner_text()
        with page.expect_response(re.compile("/my/checkin")) as answer:
            page.click("#checkin")
        assert answer.value.ok
        expect(page.locator("#phone-next .next-top")).not_to_have_text(before)
        expect(page.locator(".stop.is-done")).not_to_have_count(0)
        screen.check()


def test_without_a_line_a_check_in_waits_and_is_sent_once_later(
    county: ServedCounty, chromium: Browser
) -> None:
    with open_screen(chromium, county.base_url, size=PHONE, here=first_stop(county)) as screen:
        open_phone(screen, county)
        page = screen.page
        screen.expected = ["ERR_INTERNET_DISCONNECTED", "WebSocket"]
        page.context.set_offline(True)
        page.evaluate("globalThis.patrol.link.socket.io.engine.close()")
        page.click("#checkin")
        expect(page.locator("#phone-link")).to_have_attribute("data-state", "offline")
        expect(page.locator("#phone-notice")).to_be_visible()
        screen.shot("phone-offline")
        stored = page.evaluate("JSON.parse(localStorage.getItem('patrol.outbox')).length")
        assert stored == 1
        sent: list[str] = []
        page.on("request", lambda one: sent.append(one.url) if "checkin" in one.url else None)
        page.context.set_offline(False)
        page.evaluate("globalThis.patrol.outbox.flush()")
        expect(page.locator("#phone-link")).to_have_attribute("data-state", "live", timeout=15_000)
        page.wait_for_function("() => globalThis.patrol.outbox.entries.length === 0")
        assert len(sent) == 1
        screen.check()


def test_the_page_opens_again_without_a_line_and_still_shows_the_next_stop(
    county: ServedCounty, chromium: Browser
) -> None:
    with open_screen(chromium, county.base_url, size=PHONE, here=first_stop(county)) as screen:
        open_phone(screen, county)
        page = screen.page
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        # The first visit began before the worker did; the second goes through it.
        page.reload()
        page.wait_for_selector("#checkin")
        page.wait_for_function("() => navigator.serviceWorker.controller !== null")
        name = page.locator("#phone-next .next-name").inner_text()
        screen.expected = ["ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "WebSocket"]
        page.context.set_offline(True)
        page.reload()
        expect(page.locator("#phone-next .next-name")).to_have_text(name, timeout=15_000)
        expect(page.locator("#phone-link")).to_have_attribute("data-state", "offline")
        page.context.set_offline(False)
        screen.check()


def test_an_incident_is_reported_with_two_presses_and_is_on_the_dispatchers_list(
    county: ServedCounty, chromium: Browser
) -> None:
    with open_screen(chromium, county.base_url, size=PHONE, here=first_stop(county)) as screen:
        open_phone(screen, county)
        page = screen.page
        page.click("#phone-tabs [data-pane=report]")
        page.locator(".report-kinds .btn").first.click()
        with page.expect_response(re.compile("/api/v1/incidents")) as answer:
            page.click("#report-send")
        assert answer.value.status == 201
        screen.check()
    with open_screen(chromium, county.base_url) as desk:
        desk.sign_in("ding", county.passwords["ding"])
        expect(desk.page.locator("#incidents-list .incident").first).to_be_visible()
        desk.check()


def test_an_assignment_is_accepted_reached_and_finished(
    county: ServedCounty, chromium: Browser
) -> None:
    here = first_stop(county)
    county.move("F01", Place(*here), status=UnitStatus.PATROL)
    with (
        open_screen(chromium, county.base_url) as desk,
        open_screen(chromium, county.base_url, size=PHONE, here=here) as screen,
    ):
        open_phone(screen, county)
        desk.sign_in("ding", county.passwords["ding"])
        incident_id = desk.page.evaluate(
            """async ([lon, lat]) => {
                const { post } = await import('/static/js/api.js');
                const { incident } = await post('/incidents', { lon, lat, kind: 'theft' });
                await post(`/incidents/${incident.id}/assign`, { unit_id: 'F01' });
                return incident.id;
            }""",
            list(here),
        )
        step = screen.page.locator("#assignment-step")
        expect(step).to_have_text("接警出发", timeout=15_000)
        screen.shot("phone-assigned")
        for text in ("到达现场", "处置完毕"):
            step.click()
            expect(step).to_have_text(text)
        step.click()
        expect(screen.page.locator("#phone-assignment")).to_be_hidden()
        screen.page.wait_for_function("() => globalThis.patrol.outbox.entries.length === 0")
        with opened(county.folder.config) as services:
            made = services.assignments.list_for_incident(incident_id)
        assert [one.ended is not None for one in made] == [True]
        screen.check()
        desk.check()


def test_help_is_called_by_holding_and_not_by_a_tap(
    county: ServedCounty, chromium: Browser
) -> None:
    with open_screen(chromium, county.base_url, size=PHONE, here=first_stop(county)) as screen:
        open_phone(screen, county)
        page = screen.page
        page.locator("#sos").click()
        page.wait_for_timeout(300)
        expect(page.locator("#alarm-strip")).to_be_hidden()
        with page.expect_response(re.compile("/my/status")) as answer:
            page.locator("#sos").click(delay=2_300)
        assert answer.value.ok
        expect(page.locator("#alarm-strip")).to_be_visible()
        screen.shot("phone-sos")
        page.locator("#alarm-strip button").click()
        expect(page.locator("#alarm-strip")).to_be_hidden()
        page.wait_for_function("() => globalThis.patrol.outbox.entries.length === 0")
        screen.check()
