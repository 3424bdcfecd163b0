"""`make demo`, as a person who has just found the project sees it."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser

from tests.e2e.browser import PHONE, Screen, open_screen
from tests.e2e.command import OUTPUT, Patrol
from tests.e2e.served import running, wait_healthy, wait_on_page, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(500)]

DESK = (1440, 900)
PATIENCE_MS = 90_000
LOG = OUTPUT / "demo.log"
MIDDLE = {"center": [123.5525, 30.8505], "zoom": 13.1}
ON_DUTY = "[...patrol.store.units.values()].filter((u) => u.status !== 'off' && u.lon).length"


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo county."""

    url: str
    folder: Path
    passwords: dict[str, str]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo") / "county"
    port = _free_port()
    patrol = Patrol(folder / "config.yaml")
    process = patrol.start("demo", str(folder), "--port", str(port), "--serve", log=LOG)
    with running(process, LOG):
        wait_healthy(port, process, LOG, timeout_s=300)
        said = "The passwords were generated"
        wait_until(lambda: said in LOG.read_text(encoding="utf-8"), 60, "the sign-ins are printed")
        passwords = json.loads((folder / "signins.json").read_text(encoding="utf-8"))
        yield Demo(f"http://127.0.0.1:{port}", folder, passwords)
    pid_file = folder / "data" / "bus" / "valkey.pid"
    assert not (pid_file.exists() and psutil.pid_exists(int(pid_file.read_text()))), "Valkey stays"
    said = LOG.read_text(encoding="utf-8")
    assert "Traceback" not in said


@pytest.fixture
def screen(demo: Demo, chromium: Browser) -> Iterator[Callable[..., Screen]]:
    """Opens windows; none of them may have reported a fault or asked another host."""
    with ExitStack() as stack:
        opened: list[Screen] = []

        def open_for(name: str, size: tuple[int, int] = DESK) -> Screen:
            window = stack.enter_context(open_screen(chromium, demo.url, size=size))
            window.page.set_default_timeout(PATIENCE_MS)
            opened.append(window)
            window.sign_in(name, demo.passwords[name])
            return window

        yield open_for
        for window in opened:
            window.check()


def test_the_demo_prints_its_address_and_sign_ins(demo: Demo) -> None:
    said = LOG.read_text(encoding="utf-8")
    assert demo.url in said
    for name, password in demo.passwords.items():
        assert name in said
        assert password in said


def test_all_units_are_on_the_map_and_all_cameras_count(screen: Callable[..., Screen]) -> None:
    desk = screen("ding")
    wait_on_page(desk, f"{ON_DUTY} === 30", 90, "30 units are on the map")
    online = "[...patrol.store.cameras.values()].filter((c) => c.state === 'online').length"
    assert desk.page.evaluate("patrol.store.cameras.size") == 8
    # On a machine that is busy with other tests some feeds fall silent for a moment.
    wait_on_page(desk, f"{online} >= 4", 120, "cameras are online")
    counted = "[...patrol.store.cameras.values()].some((c) => Object.keys(c.last ?? {}).length)"
    wait_on_page(desk, counted, 150, "a camera has counted")
    desk.page.keyboard.press("5")
    desk.page.evaluate("(view) => patrol.map.jumpTo(view)", MIDDLE)
    # Units glide all the time, so this map is never at rest; what is to be seen on it tells.
    seen = "patrol.map.queryRenderedFeatures({layers: ['units', 'route-foot']}).length"
    wait_on_page(desk, f"{seen} > 10", 60, "units and routes are drawn")
    wait_until(lambda: desk.map_colors() > 100, 60, "streets, routes, units and heat are drawn")
    desk.shot("live-map")


def test_a_planner_sees_the_weights_and_the_map_they_make(screen: Callable[..., Screen]) -> None:
    page = screen("ping")
    wait_on_page(
        page, "document.querySelector('#weights-body')?.ariaBusy !== 'true'", 60, "weights"
    )
    page.wait_for_map()
    assert page.map_colors() > 30
    page.shot("planner")


def test_an_officer_has_the_next_stop_in_sight(screen: Callable[..., Screen]) -> None:
    phone = screen("ou", PHONE)
    phone.page.wait_for_selector("#phone-next[aria-busy=false]")
    assert phone.page.locator("#phone-next").inner_text().strip()
    phone.shot("phone")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
