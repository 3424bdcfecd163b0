"""Interop with an RTSP server that is not ours: GStreamer's, from Debian's packages."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from patrol.camera.address import check_address
from patrol.camera.arrivals import FeedSettings
from patrol.camera.count import count_camera
from patrol.demo.clips import Scene
from patrol.model.camera import CameraState
from tests.integration.camera.conftest import GATE, SQUARE, Watching, make_camera, order
from tests.integration.camera.test_feed_faults import wait_until

pytestmark = pytest.mark.slow

PYTHON = "/usr/bin/python3"
ASK = "import gi; gi.require_version('GstRtspServer', '1.0')"


@pytest.fixture
def server(street_clip: Path) -> Iterator["subprocess.Popen[str]"]:
    asked = subprocess.run([PYTHON, "-c", ASK], capture_output=True, check=False)
    if asked.returncode:
        pytest.skip("no GStreamer RTSP server: tools/setup.sh test installs it for root")
    command = [PYTHON, str(Path(__file__).with_name("gst_server.py")), str(street_clip)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def url(server: "subprocess.Popen[str]") -> str:
    assert server.stdout is not None
    return f"rtsp://127.0.0.1:{int(server.stdout.readline())}/gate"


def test_gstreamers_stream_is_counted(server: "subprocess.Popen[str]", street_scene: Scene) -> None:
    address = check_address(url(server), networks=("127.0.0.0/8",))
    settings = FeedSettings(timeout_s=5.0, width_px=320)
    count = count_camera(address, [GATE, SQUARE], settings, seconds=6.0)
    assert count.frames >= 60
    assert count.fps == pytest.approx(street_scene.fps, rel=0.1)
    assert max(entry.count for entry in count.occupancies["square"]) >= 1


def test_dead_gstreamer_is_noticed(server: "subprocess.Popen[str]", watching: Watching) -> None:
    watching.loop.watch(order(make_camera("gate", url(server))))
    wait_until(lambda: watching.state("gate") is CameraState.ONLINE, within_s=20)
    server.kill()
    wait_until(lambda: watching.state("gate") is CameraState.NO_SIGNAL)
