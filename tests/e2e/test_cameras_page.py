"""The page of the cameras and the map in a real browser, with a loopback camera that streams."""

import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from patrol.app import opened
from patrol.demo.clips import encode_clip, make_street_scene, render
from patrol.demo.loopback_camera import LoopbackCameras
from patrol.demo.stream_clip import StreamClip
from patrol.model.camera import Camera, Notice, Rule, RuleKind
from patrol.model.place import Place
from patrol.usecase.fold_counts import Seen, fold_notices
from patrol.usecase.services import Services
from patrol.worker.cameras import CameraWorker
from tests.e2e.browser import PHONE, Screen, open_screen
from tests.e2e.made_county import ServedCounty
from tests.e2e.served import wait_until
from tests.e2e.web_server import running_web
from tests.integration.camera.gateway_server import KEY, gateway_server, make_channel
from tests.integration.web.county import ADA, cheap_passwords, opened_house
from tests.networks import place

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(400)]

HERE = Place(123.5525, 30.8505)
SQUARE = Rule("广场", RuleKind.ZONE, ((0.0, 120.0), (319.0, 120.0), (319.0, 239.0), (0.0, 239.0)))
PATIENCE_MS = 60_000
SMALL = (960, 600)
"""Where the map's look is not what is tested: software GL draws each pixel on the processor."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A camera that streams, is watched and counts into the served county's database."""

    services: Services
    camera: Camera
    server: LoopbackCameras

    def tell(self, command: str) -> None:
        """Let the camera freeze, thaw, drop."""
        self.server.tell("live", command)


@pytest.fixture(scope="module")
def watched(county: ServedCounty, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    path = tmp_path_factory.mktemp("clips") / "street.mp4"
    scene = make_street_scene(
        seed=3, seconds=10.0, fps=10.0, size_px=(320, 240), people=4, vehicles=0
    )
    encode_clip(render(scene), path, scene.fps)
    stop = threading.Event()
    with (
        LoopbackCameras({"live": StreamClip.read(path)}) as server,
        opened(county.folder.config) as services,
    ):
        camera = Camera(
            *("LIVE", "夜市街口", HERE, server.url("live")),
            rules=(SQUARE,),
            heading_deg=90.0,
            size_px=(320, 240),
        )
        services.cameras.save_cameras([camera])
        thread = threading.Thread(target=CameraWorker(services).run, args=(stop,))
        thread.start()
        try:
            yield Watched(services, camera, server)
        finally:
            stop.set()
            thread.join(20)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def open_cameras(screen: Screen, county: ServedCounty, who: str = "ping") -> None:
    """Sign in and wait for the list."""
    screen.sign_in(who, county.passwords[who])
    screen.go("/cameras")
    screen.page.wait_for_selector(".camera-row")


def row(screen: Screen, name: str) -> Locator:
    """A camera's row."""
    return screen.page.locator(".camera-row", has_text=name)


def test_states_and_counts_are_live_on_map_and_page(
    county: ServedCounty, chromium: Browser, watched: Watched
) -> None:
    with (
        open_screen(chromium, county.base_url, size=SMALL) as planner,
        open_screen(chromium, county.base_url, lang="en", theme="dark", size=SMALL) as desk,
    ):
        open_cameras(planner, county)
        desk.sign_in("ding", county.passwords["ding"])
        live = row(planner, "夜市街口")
        expect(live).to_have_attribute("data-state", "online", timeout=PATIENCE_MS)
        # Crossings stand before where another test has drawn a line.
        expect(live.locator(".row-count")).to_have_text(
            re.compile(r"^(\d+ 次 · )?\d+ 人$"), timeout=PATIENCE_MS
        )
        live.click()
        facts = planner.page.locator("#camera-side .facts").first
        expect(facts).to_contain_text("广场", timeout=PATIENCE_MS)

        watched.tell("freeze")
        expect(live).to_have_attribute("data-state", "no_signal", timeout=PATIENCE_MS)
        expect(live.locator(".state")).to_contain_text("无信号", timeout=PATIENCE_MS)
        on_map = "() => globalThis.patrol?.store?.cameras.get('LIVE')?.state"
        desk.page.wait_for_function(f"{on_map} === 'no_signal'", timeout=PATIENCE_MS)
        # By kind: a crowd that another test let this camera see may still be on the list.
        news = desk.page.locator(".alert-row[data-kind=trouble]", has_text="夜市街口")
        expect(news).to_contain_text("No signal", timeout=PATIENCE_MS)
        desk.shot("map-alert")

        watched.tell("thaw")
        expect(live).to_have_attribute("data-state", "online", timeout=PATIENCE_MS)
        desk.page.wait_for_function(f"{on_map} === 'online'", timeout=PATIENCE_MS)
        # What is done leaves the map, and is kept on the camera's page.
        expect(news).to_have_count(0, timeout=PATIENCE_MS)
        planner.page.keyboard.press("Escape")
        live.click()
        past = planner.page.locator(".past-alert[data-kind=trouble]").first
        expect(past).to_contain_text("未处理", timeout=PATIENCE_MS)
        planner.shot("cameras-live")
        planner.check()
        desk.check()


def test_an_alert_is_noted_or_becomes_an_incident_with_the_nearest_units(
    county: ServedCounty, chromium: Browser, watched: Watched
) -> None:
    with open_screen(chromium, county.base_url, size=SMALL) as screen:
        screen.sign_in("ding", county.passwords["ding"])
        page = screen.page
        page.wait_for_selector("#units-list .unit-row")
        now = watched.services.clock()
        kinds = (RuleKind.CROWDING, RuleKind.WRONG_WAY)
        # Under an epoch that no worker of this county reaches.
        fold_notices(
            watched.services.stream,
            [Seen(1_000, Notice("LIVE", "广场", kind, now, 17)) for kind in kinds],
        )
        crowd = page.locator(".alert-row", has_text="人群聚集 17 人")
        expect(crowd).to_have_attribute("data-state", "live", timeout=PATIENCE_MS)
        page.locator(".alert-row", has_text="逆行").locator(".note").click()
        wrong_way = page.locator(".alert-row", has_text="逆行")
        expect(wrong_way).to_have_attribute("data-state", "noted", timeout=PATIENCE_MS)
        page.fill("#alerts-filter", "聚集")
        expect(wrong_way).to_have_count(0)
        crowd.locator(".send").click()
        expect(page.locator("#card .near .row-item").first).to_be_visible(timeout=PATIENCE_MS)
        expect(page.locator("#card")).to_contain_text("夜市街口")
        expect(crowd.locator(".send")).to_have_text("查看警情")
        screen.shot("map-alert-sent")
        screen.go("/cameras")
        row(screen, "夜市街口").click()
        for kind in ("wrong_way", "crowding"):
            past = page.locator(f".past-alert[data-kind={kind}]").first
            expect(past).to_contain_text("ding 已知悉", timeout=PATIENCE_MS)
        screen.check()


def test_planners_see_which_streets_nobody_sees(
    county: ServedCounty, chromium: Browser, watched: Watched
) -> None:
    with open_screen(chromium, county.base_url, lang="en") as screen:
        open_cameras(screen, county)
        page = screen.page
        page.click("#tab-coverage")
        expect(page.locator(".coverage-table tbody tr")).to_have_count(4, timeout=PATIENCE_MS)
        shares = page.locator(".coverage-table tr.sum td").all_text_contents()[1:5]
        assert sum(float(share.strip(" %")) for share in shares) == pytest.approx(100, abs=0.3)
        drawn = """() => globalThis.patrol.map.getLayer('coverage-neither')
            && globalThis.patrol.map.queryRenderedFeatures({layers: ['coverage-neither']}).length"""
        page.wait_for_function(drawn, timeout=PATIENCE_MS)
        screen.shot("cameras-coverage")
        page.select_option("#coverage-by", "passes")
        expect(page.locator(".coverage-note")).to_contain_text("really stopped at")
        screen.check()


def test_cameras_of_a_gateway_are_taken_over_by_choice(
    chromium: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with gateway_server() as gateway, cheap_passwords():
        spot = place(300, 300)
        gateway.channels = [
            make_channel(1, "44010600001310000001", gbLongitude=spot.lon, gbLatitude=spot.lat),
            make_channel(2, "44010600001310000002", gbLongitude=spot.lon, gbLatitude=spot.lat),
            make_channel(3, "44010600001310000003"),
        ]
        entry = {"name": "county", "kind": "wvp", "url": gateway.url, "secret": "wvp"}
        with opened_house(tmp_path / "county", cameras={"gateways": [entry]}):
            pass
        secrets = tmp_path / "secrets"
        secrets.write_text(f"wvp: {KEY}\n")
        monkeypatch.setenv("PATROL_SECRETS_FILE", str(secrets))
        config = tmp_path / "county" / "config.yaml"
        with (
            running_web(config, free_port(), tmp_path / "web.log", keep_secrets=True) as address,
            open_screen(chromium, address, lang="en") as screen,
        ):
            page = screen.page
            screen.sign_in(ADA.name, ADA.password)
            page.click("#tab-gateways")
            page.click("#gateway-ask")
            rows = page.locator(".gateway-row")
            expect(rows).to_have_count(3, timeout=PATIENCE_MS)
            expect(rows.nth(2)).to_contain_text("no place")
            expect(page.locator("#gateway-take")).to_have_text("Take over 2")
            rows.nth(1).locator("input").uncheck()
            page.click("#gateway-take")
            expect(page.locator(".gateway-row[data-finding=same]")).to_have_count(1)
            expect(page.locator(".gateway-row[data-finding=new]")).to_have_count(2)
            screen.shot("cameras-gateway")
            screen.check()


def test_a_zone_is_drawn_by_keys_alone_and_counts(
    county: ServedCounty, chromium: Browser, watched: Watched
) -> None:
    with open_screen(chromium, county.base_url, size=SMALL) as screen:
        open_cameras(screen, county)
        page = screen.page
        page.keyboard.press("/")
        page.keyboard.type("LIVE")
        expect(page.locator(".camera-row")).to_have_count(1)
        page.locator("#cameras-filter").blur()
        page.keyboard.press("j")
        expect(page.locator("#camera-draw")).to_be_visible()
        page.keyboard.press("r")
        expect(page.locator(".stage .rule-zone")).to_have_count(1)
        page.keyboard.press("2")
        page.keyboard.press("Enter")
        expect(page.locator(".stage .rule-zone")).to_have_count(2)
        corner = page.locator(".stage .handle").first
        before = corner.get_attribute("cx")
        page.keyboard.press("Shift+ArrowLeft")
        assert int(str(before)) - 10 == int(
            str(page.locator(".stage .handle").first.get_attribute("cx"))
        )
        page.keyboard.press("u")
        expect(page.locator(".stage .handle").first).to_have_attribute("cx", str(before))
        name = page.locator(".rule-row.chosen .field").first.input_value()
        screen.shot("cameras-draw")
        page.click("#rules-save")
        expect(page.locator("#camera-side .rule-list")).to_contain_text(name)
        wait_until(
            lambda: name in {count.rule for count in watched.services.counts.latest()},
            60,
            "the worker counts the new rule",
        )
        actions = {line.entry.action for line in watched.services.audit.list(20)}
        assert "camera.rules" in actions
        screen.check()


def test_a_line_is_drawn_by_mouse_on_the_still_moved_and_counts(
    county: ServedCounty, chromium: Browser, watched: Watched
) -> None:
    with open_screen(chromium, county.base_url, size=SMALL) as screen:
        screen.expected = ["409"]
        open_cameras(screen, county)
        page = screen.page
        row(screen, "夜市街口").click()
        page.click("#camera-draw")
        fetch_still(screen)
        lines = page.locator(".stage .rule-line")
        before = lines.count()
        page.click(".drawing-head [data-kind=line]")
        for x, y in ((80, 40), (80, 200)):
            page.mouse.click(*on_screen(page, x, y))
        expect(lines).to_have_count(before + 1)
        # Its second point is dragged to the right.
        page.mouse.move(*on_screen(page, 80, 200))
        page.mouse.down()
        page.mouse.move(*on_screen(page, 120, 200), steps=4)
        page.mouse.up()
        name = page.locator(".rule-row.chosen .field").first
        name.fill("东口")
        name.blur()
        screen.shot("cameras-draw-mouse")
        page.click("#rules-save")
        expect(page.locator("#camera-side .rule-list").first).to_contain_text("东口")
        drawn = {rule.name: rule for rule in watched.services.cameras.get_camera("LIVE").rules}
        assert drawn["东口"].kind is RuleKind.LINE
        # A pixel of the screen is up to one of the picture's.
        assert [tuple(point) for point in drawn["东口"].points] == [
            pytest.approx((80, 40), abs=1.5),
            pytest.approx((120, 200), abs=1.5),
        ]
        wait_until(
            lambda: "东口" in {count.rule for count in watched.services.counts.latest()},
            60,
            "the worker counts the new line",
        )
        screen.check()


def on_screen(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a point of the picture lies on the screen."""
    at = page.locator(".stage").evaluate(
        """(svg, [x, y]) => {
            const point = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM());
            return [point.x, point.y];
        }""",
        [x, y],
    )
    return float(at[0]), float(at[1])


def fetch_still(screen: Screen) -> None:
    """Ask for a still until the worker knows the scene."""

    def fetched() -> bool:
        with screen.page.expect_response("**/still") as answer:
            screen.page.click("#rules-still")
        return bool(answer.value.status == 200)

    # Most of the scene must have been seen free for a minute.
    wait_until(fetched, 180, "a still")
    expect(screen.page.locator(".stage image")).to_have_count(1)


def test_a_still_is_shown_in_blocks_audited_and_nowhere_kept(
    county: ServedCounty, chromium: Browser, watched: Watched
) -> None:
    with open_screen(chromium, county.base_url, size=SMALL) as screen:
        # Until the scene is known the worker gives none, and the page says why.
        screen.expected = ["409"]
        open_cameras(screen, county)
        row(screen, "夜市街口").click()
        screen.page.click("#camera-draw")
        fetch_still(screen)
        newest = watched.services.audit.list(1)[0].entry
        assert (newest.actor, newest.action, newest.object) == ("ping", "camera.still", "LIVE")
        screen.shot("cameras-still")
        screen.page.keyboard.press("Escape")
        expect(screen.page.locator(".stage")).to_have_count(0)
        screen.check()


def test_a_camera_is_added_edited_and_switched_off(
    county: ServedCounty, chromium: Browser, tmp_path: Path
) -> None:
    with open_screen(chromium, county.base_url) as screen:
        open_cameras_or_empty(screen, county)
        screen.wait_for_map()
        page = screen.page
        page.keyboard.press("n")
        expect(page.locator("#map-hint")).to_be_visible()
        box = page.locator("#map").bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(page.locator("#map-hint")).to_be_hidden()
        page.fill("#camera-id", "NEW-1")
        page.fill("#camera-name", "学校东门")
        page.fill("#camera-url", "rtsp://user:secret@10.0.0.8/sub")
        page.fill("#camera-heading", "45")
        screen.expected = ["400"]
        page.click(".camera-form button[type=submit]")
        expect(page.locator(".camera-form .form-error")).to_contain_text("user or password")
        page.fill("#camera-url", "rtsp://10.0.0.8/sub")
        page.click(".camera-form button[type=submit]")
        expect(page.locator("#camera-side h2")).to_have_text("学校东门")
        expect(row(screen, "学校东门")).to_have_count(1)
        page.click("#camera-switch")
        expect(row(screen, "学校东门")).to_have_attribute("data-state", "disabled")
        table = tmp_path / "more.csv"
        table.write_text(
            f"id,name,lon,lat,url\nNEW-2,集市,{HERE.lon},{HERE.lat},rtsp://10.0.0.9/s\n"
        )
        page.set_input_files("#camera-file", table)
        page.click("#table-apply")
        expect(row(screen, "集市")).to_have_count(1)
        screen.shot("cameras-inventory")
        screen.check()


def open_cameras_or_empty(screen: Screen, county: ServedCounty) -> None:
    """The same where there may be no camera yet."""
    screen.sign_in("ping", county.passwords["ping"])
    screen.go("/cameras")
    screen.page.wait_for_selector("#cameras-list[aria-busy=false]", state="attached")


@pytest.mark.parametrize("who", ["ding", "admin"])
def test_who_only_looks_gets_no_tools_and_who_keeps_needs_no_map_of_units(
    county: ServedCounty, chromium: Browser, watched: Watched, who: str
) -> None:
    with open_screen(chromium, county.base_url, lang="en", size=PHONE) as screen:
        open_cameras(screen, county, who)
        row(screen, "夜市街口").click()
        expect(screen.page.locator("#camera-side .rule-list")).to_be_visible()
        edits = 1 if who == "admin" else 0
        expect(screen.page.locator("#camera-edit")).to_have_count(edits)
        expect(screen.page.locator("#camera-side")).to_contain_text(
            watched.camera.url if edits else "Always"
        )
        assert (watched.camera.url in screen.page.content()) == bool(edits)
        assert screen.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        screen.shot(f"cameras-phone-{who}")
        screen.check()
