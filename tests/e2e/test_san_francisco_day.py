"""One day in San Francisco, from files to the live map: real data, server, Valkey and browser."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from patrol.demo.clips import encode_clip
from patrol.demo.loopback_camera import LoopbackCameras
from patrol.demo.stream_clip import StreamClip
from tests.e2e.browser import PHONE, Screen, open_screen
from tests.e2e.command import OUTPUT, Patrol
from tests.e2e.san_francisco import MODES, SHIFT, Day, frames_of, write_cameras, write_county
from tests.e2e.served import running, serving, wait_on_page, wait_until
from tests.personas import DING, OU, PING, Persona

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(600)]

STREETS = "osm/sanfrancisco_north_filtered.osm"
REPORTS = "incidents/sf_incidents_2014_2015.csv.gz"
COLUMNS = "time=time,lon=lon,lat=lat,kind=category,address=address"
CLIP = "video/vtest_480x360.avi"
CLIP_FPS = 10
CLIP_FRAMES = 300
HEADQUARTERS = "800 Block of BRYANT ST"
SHARE_TOLERANCE = 1e-3
CORNER = [-122.4186, 37.7906]
"""A corner on Nob Hill, away from units and cameras."""
DESK = (1280, 800)
"""Software GL draws every pixel on a core that the service needs too."""
PATIENCE_MS = 90_000
UNITS = sum(count for _, _, count in MODES)


def import_everything(patrol: Patrol, folder: Path, data: Path) -> None:
    """Step 1: streets, towns, bases, units, sites, reports; the second time adds nothing."""
    streets = patrol.json("import", "streets", str(data / STREETS))
    assert streets["kept"] >= 2_500
    for what, count in (("towns", 4), ("bases", 4), ("units", UNITS), ("sites", 8)):
        file = folder / f"{what}.{'geojson' if what == 'towns' else 'csv'}"
        assert patrol.json("import", what, str(file))["kept"] == count
    reports = (str(data / REPORTS), "--columns", COLUMNS, "--tz", "America/Los_Angeles")
    words = ("import", "incidents", *reports, "--source", "public")
    first = patrol.json(*words)
    assert first["read"] == 137_251
    assert HEADQUARTERS in json.dumps(first["quality"])
    again = patrol.json(*words, "--exclude-point", HEADQUARTERS)
    assert again["added"] == 0
    assert patrol.json("import", "streets", str(data / STREETS))["added"] == 0


def build_hotspots(patrol: Patrol, folder: Path) -> None:
    """Step 2: every hotspot says in shares that sum to 1 what made it."""
    out = folder / "hotspots.geojson"
    patrol.json("hotspots", "build", "--at", "2015-12-01T20:00:00-08:00", "--out", str(out))
    features = json.loads(out.read_text(encoding="utf-8"))["features"]
    assert len(features) > 1_000
    ranks = [feature["properties"]["rank"] for feature in features]
    assert ranks == sorted(ranks)
    for feature in features[:200]:
        shares = [part["share"] for part in feature["properties"]["contributions"]]
        assert sum(shares) == pytest.approx(1, abs=SHARE_TOLERANCE)


def plan_the_shift(patrol: Patrol, folder: Path, day: Day) -> None:
    """Step 3: every unit gets stops and the checker finds nothing; it stays a draft."""
    out = folder / "plan.geojson"
    words = ("plan", "--shift", SHIFT, "--date", day.start.date().isoformat(), "--seed", "7")
    plan = patrol.json(*words, "--seconds", "5", "--out", str(out))
    assert plan["engine"] == "local"
    assert plan["verdict"]["ok"], plan["verdict"]
    assert plan["verdict"]["broken"] == []
    modes = [route["mode"] for route in plan["routes"]]
    assert [modes.count(mode) for _, mode, _ in MODES] == [count for _, _, count in MODES]
    busy = [route for route in plan["routes"] if route["visits"]]
    assert len(busy) == UNITS
    assert 0 < plan["coverage_share"] <= 1
    assert plan["value"] <= plan["bound"] * (1 + 1e-9)
    lines = json.loads(out.read_text(encoding="utf-8"))["features"]
    assert any(feature["geometry"]["type"].endswith("LineString") for feature in lines)


def start_cameras(patrol: Patrol, folder: Path, data: Path, stack: ExitStack) -> None:
    """Step 4: one camera is a file, the other the same people over RTSP."""
    clip = folder / "people.mp4"
    encode_clip(frames_of(data / CLIP, CLIP_FRAMES), clip, CLIP_FPS)
    server = stack.enter_context(LoopbackCameras({"people": StreamClip.read(clip)}))
    urls = {"sf-file": f"file:///{Path(CLIP).name}", "sf-rtsp": server.url("people")}
    assert patrol.json("import", "cameras", str(write_cameras(folder, urls)))["kept"] == 2


def add_people(patrol: Patrol) -> dict[Persona, str]:
    """Accounts with generated passwords; there is no default one."""
    people = {}
    for person in (DING, PING, OU):
        assert person.role is not None
        unit = ("--unit", person.unit_id) if person.unit_id else ()
        made = patrol.json("user", "add", person.name, "--role", person.role.value, *unit)
        people[person] = made["password"]
    assert len(set(people.values())) == 3
    return people


def publish_on_the_planner_page(screen: Screen, password: str) -> None:
    """Ping looks at the draft and publishes it."""
    screen.sign_in(PING.name, password)
    screen.page.click("#tab-plans")
    with screen.page.expect_response("**/api/v1/plans/*"):
        screen.page.click("#plans-list [role=listitem], #plans-list button")
    publish = screen.page.locator("#plan-publish")
    publish.wait_for()
    screen.page.wait_for_load_state("networkidle")
    publish.click()
    publish.click()
    publish.wait_for(state="detached")
    screen.wait_for_map()
    assert screen.map_colors() > 8
    screen.shot("sf-planner")


PLACES = "[...patrol.store.units.values()].map((u) => [u.id, u.lon, u.lat])"
MOVED_DEG = 0.0003
"""Some thirty meters: ten times the error that the simulated phones add."""


def units_move(screen: Screen) -> Callable[[], int]:
    """A function that counts how many units have moved since this was called."""
    before = {unit: (lon, lat) for unit, lon, lat in screen.page.evaluate(PLACES)}

    def count() -> int:
        now = {unit: (lon, lat) for unit, lon, lat in screen.page.evaluate(PLACES)}
        return sum(
            max(abs(lon - before[unit][0]), abs(lat - before[unit][1])) > MOVED_DEG
            for unit, (lon, lat) in now.items()
            if unit in before and before[unit][0] is not None
        )

    return count


def watch_the_live_map(screen: Screen, password: str) -> None:
    """Ding sees all units, some of them moving, their routes, and counts that change."""
    screen.sign_in(DING.name, password)
    on_shift = "[...patrol.store.units.values()].filter((u) => u.status !== 'off' && u.lon).length"
    wait_on_page(screen, f"{on_shift} === {UNITS}", 60, f"{UNITS} units are on the map")
    counts = "JSON.stringify([...patrol.store.cameras.values()].map((c) => c.last))"
    first_counts = screen.page.evaluate(counts)
    moved = units_move(screen)
    routes = (
        "patrol.map.queryRenderedFeatures({layers: ['route-car', 'route-ebike', 'route-foot']})"
    )
    wait_on_page(screen, f"{routes}.length", 60, "routes are drawn")
    assert screen.page.evaluate("patrol.routes.routes.length") == UNITS
    units = "patrol.map.queryRenderedFeatures({layers: ['units']}).length"
    wait_on_page(screen, units, 60, "units are drawn")
    wait_until(lambda: screen.map_colors() > 30, 60, "streets, routes and units are drawn")
    wait_until(moved, 60, "a unit moves")
    heard = "[...patrol.store.units.values()].filter((u) => patrol.store.freshness(u) === 'live')"
    wait_on_page(screen, f"{heard}.length === {UNITS}", 60, "all units are heard")
    screen.shot("sf-map")
    wait_on_page(
        screen, f"{counts} !== {json.dumps(first_counts)}", 150, "a camera's count changes"
    )


def send_a_unit(screen: Screen) -> None:
    """Ding reports an incident by a click on the map and sends the nearest unit."""
    page = screen.page
    page.keyboard.press("n")
    box = page.locator("#map").bounding_box()
    assert box is not None
    point = page.evaluate("(place) => patrol.map.project(place)", CORNER)
    page.mouse.click(box["x"] + point["x"], box["y"] + point["y"])
    page.click(".kinds button >> nth=0")
    page.fill("#new-address", "Larkin and Sacramento")
    page.click("form .btn-strong[type=submit]")
    near = page.locator("#card .near .row-item")
    # The first search by road time in a fresh clone compiles its kernels.
    near.first.wait_for(timeout=180_000)
    assert 1 <= near.count() <= 6
    screen.shot("sf-nearest")
    page.locator("#card .near .row-item:not(.is-busy)").first.click()
    taken = "[...patrol.store.units.values()].some((u) => u.status === 'enroute')"
    wait_on_page(screen, taken, 30, "the unit's officers accept and leave")
    screen.shot("sf-dispatch")


def look_at_the_phone(screen: Screen, password: str) -> None:
    """Ou sees the next stop and the way on the phone, in Chinese first and then in English."""
    screen.sign_in(OU.name, password)
    page = screen.page
    page.wait_for_selector("#phone-next[aria-busy=false]")
    assert page.locator("#phone-next").inner_text().strip()
    assert page.locator("html").get_attribute("lang", timeout=5_000) in {"zh", "zh-CN", "zh-Hans"}
    screen.shot("sf-phone")


def test_a_day_in_san_francisco(
    tmp_path: Path, shared_data: Path, free_port: Callable[[], int], chromium: Browser
) -> None:
    folder, port = tmp_path / "sf", free_port()
    day = write_county(folder, datetime.now(UTC), port=port, videos=shared_data / "video")
    patrol = Patrol(folder / "config.yaml")
    import_everything(patrol, folder, shared_data)
    build_hotspots(patrol, folder)
    plan_the_shift(patrol, folder, day)
    people = add_people(patrol)
    with ExitStack() as stack:
        start_cameras(patrol, folder, shared_data, stack)
        url = stack.enter_context(serving(patrol, port, OUTPUT / "sf-serve.log"))
        walk_through_the_pages(patrol, chromium, url, people, stack)


def walk_through_the_pages(
    patrol: Patrol, browser: Browser, url: str, people: dict[Persona, str], stack: ExitStack
) -> None:
    """Steps 5 and 6: publish, walk, watch, send, look at the phone; nothing leaves the host."""
    planner = stack.enter_context(open_screen(browser, url, size=DESK))
    planner.page.set_default_timeout(PATIENCE_MS)
    publish_on_the_planner_page(planner, people[PING])
    planner.check()
    planner.page.close()
    log = OUTPUT / "sf-simulate.log"
    stack.enter_context(running(patrol.start("simulate", "--interval", "1", log=log), log))
    desk = stack.enter_context(open_screen(browser, url, size=DESK))
    desk.page.set_default_timeout(PATIENCE_MS)
    watch_the_live_map(desk, people[DING])
    send_a_unit(desk)
    phone = stack.enter_context(open_screen(browser, url, size=PHONE))
    look_at_the_phone(phone, people[OU])
    for screen in (desk, phone):
        screen.check()
