"""ONVIF devices asked for their streams: honest, skewed and hostile answers."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from patrol.camera.arrivals import FeedSettings
from patrol.camera.feed import Sink
from patrol.camera.gateway.onvif import OnvifDevices
from patrol.camera.gateway.resolve import Resolvers
from patrol.camera.loop import CameraLoop, Order
from patrol.demo.loopback_camera import LoopbackCameras
from patrol.model.camera import CameraHealth, CameraState, Count
from patrol.model.errors import InputError, OutsideError
from tests.integration.camera.conftest import GATE, Watching, make_camera, utc_now
from tests.integration.camera.onvif_server import PASSWORD, USER, OnvifServer, onvif_server
from tests.integration.camera.test_feed_faults import wait_until

pytestmark = pytest.mark.slow

WHO = (USER, PASSWORD)


@pytest.fixture
def server() -> Iterator[OnvifServer]:
    with onvif_server() as state:
        yield state


def asked(server: OnvifServer, query: str = "", who: tuple[str, str] | None = WHO) -> str:
    return asyncio.run(OnvifDevices().stream_address(f"onvif://{server.netloc}{query}", who))


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(hours=8), timedelta(days=-9_000)])
def test_smallest_stream_is_found_at_the_device_whatever_its_clock_and_host_say(
    server: OnvifServer, ahead: timedelta
) -> None:
    server.ahead = ahead
    assert asked(server) == "rtsp://127.0.0.1:554/sub?start=1"
    assert server.asked == [
        *("GetSystemDateAndTime", "GetCapabilities", "GetProfiles", "GetStreamUri"),
    ]


def test_profile_is_chosen_by_token_or_name_and_one_that_is_not_there_is_named(
    server: OnvifServer,
) -> None:
    assert asked(server, "/?profile=main") == "rtsp://127.0.0.1:554/main?start=1"
    assert asked(server, "?profile=主码流") == "rtsp://127.0.0.1:554/main?start=2"
    with pytest.raises(OutsideError, match=r"no profile third .*sub \(H264 320x240\)"):
        asked(server, "?profile=third")


def test_streams_that_are_too_small_or_not_read_are_not_chosen(server: OnvifServer) -> None:
    server.profiles = (
        ("jpeg", "jpeg", "JPEG", 640, 480),
        ("tiny", "tiny", "H264", 176, 144),
        ("fit", "fit", "H265", 704, 576),
    )
    assert asked(server) == "rtsp://127.0.0.1:554/fit?start=1"
    server.profiles = server.profiles[:1]
    with pytest.raises(OutsideError, match=r"jpeg \(JPEG 640x480\); H264 or H265 is read"):
        asked(server)


@pytest.mark.parametrize("who", [None, (USER, "wrong"), ("sun", PASSWORD)])
def test_wrong_password_is_told_as_such_and_not_shown(
    server: OnvifServer, who: tuple[str, str] | None
) -> None:
    with pytest.raises(OutsideError, match="refuses user") as error:
        asked(server, who=who)
    assert PASSWORD not in str(error.value)


@pytest.mark.parametrize(
    ("raw", "status", "message"),
    [
        (b"<html>", 200, "no XML"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 200, "document type"),
        ('<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"), 200, "no XML"),
        (b"<a/>", 200, "has no address"),
        (b"<a>" * 50_000, 200, "no XML"),
        (b" " * (2 << 20), 200, "more than"),
        (b"gone", 404, "answers with 404"),
    ],
)
def test_strange_answer_is_a_plain_error(
    server: OnvifServer, raw: bytes, status: int, message: str
) -> None:
    server.raw, server.status = raw, status
    with pytest.raises(OutsideError, match=message):
        asked(server)


@pytest.mark.parametrize("told", ["file:///etc/passwd", "http://127.0.0.1/x", "rtsp://a:99999/x"])
def test_stream_that_is_no_rtsp_is_refused(server: OnvifServer, told: str) -> None:
    server.rtsp = told
    with pytest.raises(OutsideError, match="its stream"):
        asked(server)


def test_redirect_is_not_followed_and_other_networks_are_not_asked(server: OnvifServer) -> None:
    server.redirect = "http://127.0.0.1:1/"
    with pytest.raises(OutsideError, match="redirects elsewhere"):
        asked(server)
    with pytest.raises(InputError, match=r"outside cameras\.allowed_networks"):
        asyncio.run(OnvifDevices(("10.0.0.0/8",)).stream_address(f"onvif://{server.netloc}", WHO))


@pytest.fixture
def watching_onvif() -> Iterator[Watching]:
    states: list[CameraHealth] = []
    counts: list[Count] = []
    settings = FeedSettings(
        timeout_s=1.0, backoff_max_s=1.0, width_px=320, report_s=1.0, resolvers=Resolvers()
    )
    loop = CameraLoop(settings, Sink(counts.extend, states.append, lambda _: None), utc_now)
    loop.start()
    yield Watching(loop, states, counts)
    loop.stop()


def test_camera_counts_and_its_stream_is_asked_for_anew_at_each_connection(
    server: OnvifServer, watching_onvif: Watching, cameras: LoopbackCameras
) -> None:
    server.rtsp, server.rtsp_port = "rtsp://10.9.9.9:{port}/gate?start={n}", cameras.port
    camera = make_camera("gate", f"onvif://{server.netloc}/?profile=sub")
    watching_onvif.loop.watch({"gate": Order(camera, WHO)})
    wait_until(lambda: watching_onvif.state("gate") is CameraState.ONLINE)
    wait_until(lambda: any(count.rule == GATE.name for count in watching_onvif.counts))
    before = server.starts
    cameras.tell("gate", "drop")
    wait_until(lambda: cameras.started("gate") >= 2)
    assert server.starts > before
    # Another password: the camera says so, and its feed is away.
    watching_onvif.loop.watch({"gate": Order(replace(camera, id="gate"), (USER, "wrong"))})
    wait_until(lambda: watching_onvif.state("gate") is CameraState.NO_SIGNAL)


def test_command_line_counts_an_onvif_camera(
    server: OnvifServer, cameras: LoopbackCameras, tmp_path: Path
) -> None:
    server.rtsp, server.rtsp_port = "rtsp://10.9.9.9:{port}/gate", cameras.port
    rules = tmp_path / "rules.yaml"
    rules.write_text("rules: [{name: gate, kind: line, points: [[160, 0], [160, 240]]}]\n")
    url = f"onvif://{USER}:see%26%3Cme%3E@{server.netloc}/"
    command = [sys.executable, "-m", "patrol.cli.main", "camera", "count", url]
    command += ["--rules", str(rules), "--seconds", "3", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["frames"] > 5
    assert told["rules"]["gate"]["kind"] == "line"
    assert "see%26" not in done.stderr
