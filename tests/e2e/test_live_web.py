"""The live map over real gunicorn, real Valkey, real SQLite and real websockets."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
import websocket

from patrol.app import opened
from patrol.model.event import EventKind
from patrol.model.fix import Fix
from patrol.model.unit import UnitStatus
from patrol.usecase import access
from patrol.usecase.services import Services
from patrol.usecase.take_fixes import take_fixes
from patrol.usecase.unit_status import change_status
from tests.e2e.web_server import Browser, Listener, open_socket, running_web, wait_for
from tests.integration.web.county import cheap_passwords, fill, write_config
from tests.networks import place
from tests.personas import ADA, DING, OU

pytestmark = pytest.mark.slow


@dataclass(slots=True)
class Running:
    """A county whose web part runs."""

    services: Services
    address: str
    log: Path

    def browser(self) -> Browser:
        return Browser(self.address)

    def wait_until_warm(self) -> None:
        """Until the travel graphs are ready: what they take must not count as a client's."""
        here = place(300, 300)
        ding = self.browser().sign_in(DING)
        body = {"lon": here.lon, "lat": here.lat, "kind": "warm"}
        incident = ding.post("/api/v1/incidents", body)["incident"]["id"]
        # It waits for the lock that the warming thread holds.
        status, answer = ding.ask("GET", f"/api/v1/incidents/{incident}/nearest")
        assert status == 200, answer
        ding.post(f"/api/v1/incidents/{incident}/close", {})

    def worker(self) -> psutil.Process:
        """The gunicorn worker: the child of the process that listens on the port."""
        port = int(self.address.rsplit(":", 1)[1])
        for process in psutil.process_iter(["cmdline"]):
            line = process.info["cmdline"] or []
            if "patrol.cli.main" in line and str(port) in line and process.children():
                return process.children()[0]
        raise AssertionError("no gunicorn worker is running")

    def move(self, unit_id: str, x_m: float) -> None:
        """Take one position, as a phone would send it."""
        unit = self.services.units.get_unit(unit_id)
        fix = Fix(unit_id, datetime.now(UTC), place(x_m, 100), accuracy_m=5)
        assert take_fixes(self.services, unit, [fix]).kept == 1


BOTH = ("frame_once", "stock_emit")
CONTRACT = {
    "test_a_position_moves_on_the_map_and_an_incident_appears",
    "test_a_page_that_joins_late_sees_the_same_as_one_that_was_there",
    "test_an_officer_sees_the_own_unit_only",
    "test_a_client_that_reads_nothing_neither_delays_others_nor_grows_the_server",
    "test_a_killed_worker_comes_back_and_pages_are_live_again",
}
"""What must hold for both ways of sending frames; the rest does not depend on them."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the contract on both ways, and each test of one way on one server."""
    if "county" in metafunc.fixturenames:
        ways = BOTH if metafunc.function.__name__ in CONTRACT else BOTH[:1]
        metafunc.parametrize("county", ways, indirect=True, scope="module")


@pytest.fixture(scope="module")
def county(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """A county with its web part running, sending frames in one of the two ways."""
    folder = tmp_path_factory.mktemp("live")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = write_config(folder, live={"frame_once": request.param == "frame_once"})
    with opened(config) as services:
        with cheap_passwords():
            fill(services)
        with running_web(config, port, folder / "web.log") as address:
            running = Running(services, address, folder / "web.log")
            running.wait_until_warm()
            yield running


@pytest.fixture(autouse=True)
def _pages_are_closed() -> Iterator[None]:
    yield
    while Listener.opened:
        Listener.opened.pop().close()


def test_a_position_moves_on_the_map_and_an_incident_appears(county: Running) -> None:
    page = county.browser().sign_in(DING).listen()
    wait_for(lambda: page.at)
    assert page.frames[0] == "snapshot"
    assert page.plan == {"id": "p1", "shift": "day", "on": page.plan["on"]}
    assert page.things["cameras"]["K1"]["last"]["gate"]["value"] == 4.0
    county.move("F01", 150)
    wait_for(lambda: page.unit("F01").get("lon") == pytest.approx(place(150, 100).lon, abs=1e-6))
    here = place(200, 200)
    made = (
        county.browser()
        .sign_in(DING)
        .post("/api/v1/incidents", {"lon": here.lon, "lat": here.lat, "kind": "theft"})
    )
    wait_for(lambda: made["incident"]["id"] in page.things["incidents"])
    assert page.resyncs == 0


def test_a_page_that_joins_late_sees_the_same_as_one_that_was_there(county: Running) -> None:
    first = county.browser().sign_in(DING).listen()
    wait_for(lambda: first.at)
    for step in range(5):
        county.move("F02", 100 + step)
    wait_for(lambda: first.unit("F02").get("lon") == pytest.approx(place(104, 100).lon, abs=1e-6))
    second = county.browser().sign_in(DING).listen()
    wait_for(lambda: second.at)
    wait_for(lambda: first.things == second.things)


def test_a_unit_that_goes_off_shift_leaves_the_map(county: Running) -> None:
    page = county.browser().sign_in(DING).listen()
    wait_for(lambda: page.unit("C01"))
    change_status(county.services, "C01", UnitStatus.OFF)
    wait_for(lambda: not page.unit("C01"))
    change_status(county.services, "C01", UnitStatus.PATROL)
    wait_for(lambda: page.unit("C01"))


def test_an_officer_sees_the_own_unit_only(county: Running) -> None:
    page = county.browser().sign_in(OU).listen()
    wait_for(lambda: page.at)
    county.move("F02", 120)
    county.move("F01", 130)
    wait_for(lambda: page.unit("F01").get("lon") == pytest.approx(place(130, 100).lon, abs=1e-6))
    assert set(page.things["units"]) == {"F01"}
    assert page.things["cameras"] == {}


def test_who_sees_no_map_and_has_no_route_is_refused_by_the_namespace(county: Running) -> None:
    page = county.browser().sign_in(ADA).listen()
    wait_for(lambda: page.refused)
    assert "permission" in str(page.refused)
    assert page.frames == []


def test_a_stranger_gets_401_before_engine_io_and_costs_no_thread(county: Running) -> None:
    worker = county.worker()
    before = worker.num_threads()
    for _ in range(200):
        with pytest.raises(websocket.WebSocketBadStatusException) as refused:
            open_socket(county.address, "")
        assert refused.value.status_code == 401
    assert worker.num_threads() <= before + 5
    status, body = county.browser().ask("GET", "/socket.io/?EIO=4&transport=polling")
    assert status == 401
    assert b"sid" not in body


def test_a_page_of_another_site_is_refused_though_the_cookie_comes_along(county: Running) -> None:
    cookie = county.browser().sign_in(DING).cookie
    for header in ([], ["X-Forwarded-Host: evil.example", "X-Forwarded-Proto: http"]):
        with pytest.raises(websocket.WebSocketBadStatusException) as refused:
            open_socket(county.address, cookie, origin="http://evil.example", header=header)
        assert refused.value.status_code == 403


def test_long_polling_is_refused_even_to_those_who_are_signed_in(county: Running) -> None:
    browser = county.browser().sign_in(DING)
    status, _ = browser.ask(
        "GET", "/socket.io/?EIO=4&transport=polling", Origin=county.address, Upgrade="websocket"
    )
    assert status == 400


@pytest.mark.parametrize(
    "end",
    [
        lambda services: access.disable_user(services, access.CONSOLE, "ding"),
        lambda services: access.set_password(
            services, access.CONSOLE, "ding", "another-password-12"
        ),
    ],
    ids=["disabled", "password"],
)
def test_a_change_of_the_account_cuts_its_open_sockets(
    county: Running, end: Callable[[Services], Any]
) -> None:
    browser = county.browser().sign_in(DING)
    page = browser.listen()
    wait_for(lambda: page.at)
    try:
        end(county.services)
        assert page.closed.wait(30)
        with pytest.raises(websocket.WebSocketBadStatusException):
            browser.listen()
    finally:
        access.enable_user(county.services, access.CONSOLE, "ding")
        access.set_password(county.services, access.CONSOLE, "ding", DING.password)


def test_signing_out_cuts_this_sessions_sockets_and_no_other(county: Running) -> None:
    here, there = county.browser().sign_in(DING), county.browser().sign_in(DING)
    mine, other = here.listen(), there.listen()
    wait_for(lambda: mine.at and other.at)
    here.ask("POST", "/signout", b"", X_CSRFToken=here.page_token("/account"))
    assert mine.closed.wait(30)
    county.move("F01", 160)
    wait_for(lambda: other.unit("F01").get("lon") == pytest.approx(place(160, 100).lon, abs=1e-6))


def test_a_message_that_is_too_large_ends_the_connection_and_not_the_server(
    county: Running,
) -> None:
    worker = county.worker()
    cookie = county.browser().sign_in(DING).cookie
    before = worker.memory_info().rss
    flood = open_socket(county.address, cookie)
    with suppress(OSError, websocket.WebSocketException):
        flood.send("4" + "x" * 50_000_000)
        while flood.recv():
            pass
    flood.shutdown()
    assert worker.is_running()
    assert worker.memory_info().rss - before < 20_000_000


@pytest.mark.parametrize(
    "messages",
    [
        ['451-/live,["resync",{"_placeholder":true,"num":0}]'],
        ["4599999999-/live,[]"],
        ['42/live,["resync"]'] * 400,
    ],
    ids=["binary", "attachments", "flood"],
)
def test_binary_packets_and_floods_end_the_connection(county: Running, messages: list[str]) -> None:
    browser = county.browser().sign_in(DING)
    page = browser.listen()
    wait_for(lambda: page.at)
    with suppress(OSError, websocket.WebSocketException):
        for message in messages:
            page.socket.send(message)
    assert page.closed.wait(30)
    # Others do not notice.
    after = browser.listen()
    wait_for(lambda: after.at)


def test_unknown_events_and_nonsense_change_nothing(county: Running) -> None:
    page = county.browser().sign_in(DING).listen()
    wait_for(lambda: page.at)
    for message in ('42/live,["close_incident",{"id":"x"}]', '42/live,["resync",{"a":[[]]}]'):
        page.socket.send(message)
    county.move("F01", 170)
    wait_for(lambda: page.unit("F01").get("lon") == pytest.approx(place(170, 100).lon, abs=1e-6))
    assert not page.closed.is_set()


def test_a_client_that_reads_nothing_neither_delays_others_nor_grows_the_server(
    county: Running,
) -> None:
    browser = county.browser().sign_in(DING)
    stalled = open_socket(
        county.address,
        browser.cookie,
        sockopt=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)],
    )
    stalled.recv()
    stalled.send("40/live,")
    good = browser.listen()
    wait_for(lambda: good.at)
    worker = county.worker()
    before = 0
    # Made large on purpose: 2,000 units that exist on the board only, about 0.4 MB a frame.
    crowd = [
        {"id": f"X{n}", "name": "x" * 40, "mode": "foot", "status": "patrol"} for n in range(2_000)
    ]
    try:
        for round_ in range(40):
            states = county.services.board.put_units(
                [unit | {"lon": round_ / 100, "lat": 1.0, "time": round_ + 1} for unit in crowd]
            )
            county.services.stream.publish(EventKind.UNIT_MOVED, {"units": states})
            wait_for(lambda lon=round_ / 100: good.unit("X1999").get("lon") == lon)
            if round_ == 9:  # What any large frame takes once is no growth.
                before = worker.memory_info().rss
        assert good.resyncs == 0
        assert worker.memory_info().rss - before < 60_000_000
    finally:
        county.services.board.drop_units([unit["id"] for unit in crowd])
        stalled.shutdown()


def test_a_killed_worker_comes_back_and_pages_are_live_again(county: Running) -> None:
    browser = county.browser().sign_in(DING)
    page = browser.listen()
    wait_for(lambda: page.at)
    old = county.worker()
    os.kill(old.pid, signal.SIGKILL)
    assert page.closed.wait(30)
    county.move("F02", 180)

    def again() -> Any:
        try:
            return browser.listen()
        except (OSError, websocket.WebSocketException):
            time.sleep(0.1)
            return None

    page = wait_for(again)
    # The position that came while nobody listened is there, and new ones arrive.
    wait_for(lambda: page.unit("F02").get("lon") == pytest.approx(place(180, 100).lon, abs=1e-6))
    county.move("F02", 185)
    wait_for(lambda: page.unit("F02").get("lon") == pytest.approx(place(185, 100).lon, abs=1e-6))


def test_the_log_holds_no_error_of_ours(county: Running) -> None:
    text = county.log.read_text()
    assert "Traceback" not in text
    assert " failed" not in text
