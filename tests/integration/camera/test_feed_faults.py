"""A real camera loop against a camera that freezes, drops, refuses and corrupts."""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from patrol.camera.loop import Order
from patrol.demo.loopback_camera import LoopbackCameras
from patrol.demo.stream_clip import StreamClip
from patrol.model.camera import CameraState
from tests.integration.camera.conftest import Watching, make_camera, order

pytestmark = pytest.mark.slow


def wait_until(is_so: Callable[[], bool], within_s: float = 60.0) -> float:
    """Wait for something to come true; the time it took."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < within_s, "it did not come true in time"
        time.sleep(0.02)
    return time.monotonic() - began


def test_feed_comes_online_and_counts(cameras: LoopbackCameras, watching: Watching) -> None:
    watching.loop.watch(order(make_camera("gate", cameras.url("gate"))))
    wait_until(lambda: watching.state("gate") is CameraState.ONLINE)
    wait_until(lambda: any(count.rule == "square" for count in watching.counts))
    assert [health.state for health in watching.states] == [
        CameraState.CONNECTING,
        CameraState.ONLINE,
    ]


@pytest.mark.parametrize(
    ("fault", "cure"), [("freeze", "thaw"), ("refuse", "accept"), ("drop", "")]
)
def test_fault_is_noticed_and_the_feed_comes_back(
    cameras: LoopbackCameras, watching: Watching, fault: str, cure: str
) -> None:
    watching.loop.watch(order(make_camera("gate", cameras.url("gate"))))
    wait_until(lambda: watching.state("gate") is CameraState.ONLINE)
    cameras.tell("gate", fault)
    wait_until(lambda: watching.state("gate") is CameraState.NO_SIGNAL)
    if cure:
        cameras.tell("gate", cure)
    wait_until(lambda: watching.state("gate") is CameraState.ONLINE)
    assert [health.state for health in watching.states] == [
        CameraState.CONNECTING,
        CameraState.ONLINE,
        CameraState.NO_SIGNAL,
        CameraState.ONLINE,
    ]


def test_camera_without_rules_is_only_looked_after(
    cameras: LoopbackCameras, watching: Watching
) -> None:
    bare = replace(make_camera("gate", cameras.url("gate")), rules=())
    watching.loop.watch({**order(bare), **order(make_camera("square", cameras.url("square")))})
    wait_until(lambda: watching.loop.decoded(["square"]) >= 60, within_s=30)
    # Key frames come once a second, pictures 12.5 times.
    assert 1 <= watching.loop.decoded(["gate"]) <= 20
    assert watching.state("gate") is CameraState.ONLINE
    cameras.tell("gate", "freeze")
    wait_until(lambda: watching.state("gate") is CameraState.NO_SIGNAL)


def test_corrupted_pictures_do_not_end_the_feed(
    cameras: LoopbackCameras, watching: Watching
) -> None:
    watching.loop.watch(order(make_camera("gate", cameras.url("gate"))))
    wait_until(lambda: watching.state("gate") is CameraState.ONLINE)
    cameras.tell("gate", "corrupt")
    time.sleep(2)
    cameras.tell("gate", "heal")
    before = len(watching.counts)
    wait_until(lambda: len(watching.counts) > before)
    assert cameras.viewers("gate") == 1


def test_leap_of_the_cameras_clock_does_not_end_the_feed(
    cameras: LoopbackCameras, watching: Watching
) -> None:
    watching.loop.watch(order(make_camera("gate", cameras.url("gate"))))
    wait_until(lambda: watching.state("gate") is CameraState.ONLINE)
    for leap_s in ("7200", "-3600", "0.5"):
        cameras.tell("gate", "jump", leap_s)
        before = len(watching.counts)
        wait_until(lambda before=before: len(watching.counts) > before)  # type: ignore[misc]
    assert watching.state("gate") is CameraState.ONLINE
    assert all(count.length_s <= 60 for count in watching.counts)


def test_redirect_is_not_followed(cameras: LoopbackCameras, watching: Watching) -> None:
    cameras.tell("gate", "redirect", cameras.url("square"))
    watching.loop.watch(order(make_camera("gate", cameras.url("gate"))))
    wait_until(lambda: watching.state("gate") is CameraState.NO_SIGNAL)
    time.sleep(0.5)
    assert cameras.started("square") == 0


def test_one_cameras_silence_does_not_slow_the_others(
    cameras: LoopbackCameras, watching: Watching
) -> None:
    gate = make_camera("gate", cameras.url("gate"))
    square = make_camera("square", cameras.url("square"))
    watching.loop.watch({**order(gate), **order(square)})
    wait_until(lambda: watching.state("gate") is CameraState.ONLINE)
    wait_until(lambda: watching.state("square") is CameraState.ONLINE)
    cameras.tell("gate", "freeze")
    wait_until(lambda: watching.state("gate") is CameraState.NO_SIGNAL)
    before = len(watching.counts)
    wait_until(lambda: len(watching.counts) > before)
    assert watching.state("square") is CameraState.ONLINE


def test_password_is_asked_for_and_given(street_clip: Path, watching: Watching) -> None:
    clip = StreamClip.read(street_clip)
    with LoopbackCameras({"gate": clip}, credentials=("ding", "p@ss word")) as server:
        camera = make_camera("gate", server.url("gate"))
        watching.loop.watch({"gate": Order(camera)})
        wait_until(lambda: watching.state("gate") is CameraState.NO_SIGNAL)
        watching.loop.watch({"gate": Order(camera, ("ding", "p@ss word"))})
        wait_until(lambda: watching.state("gate") is CameraState.ONLINE)
        watching.loop.watch({})


def test_no_frame_reaches_the_disk(
    cameras: LoopbackCameras, watching: Watching, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    me = psutil.Process()
    opened = {file.path for file in me.open_files()}
    written = me.io_counters().write_bytes
    watching.loop.watch(order(make_camera("gate", cameras.url("gate"))))
    wait_until(lambda: watching.state("gate") is CameraState.ONLINE)
    for _ in range(20):
        time.sleep(0.1)
        assert {file.path for file in me.open_files()} <= opened
    assert list(tmp_path.rglob("*")) == []
    # A single raw frame of 320 x 240 would be 75 kB.
    assert me.io_counters().write_bytes - written < 60_000


def test_connections_and_handles_are_closed(cameras: LoopbackCameras, watching: Watching) -> None:
    def handles() -> int:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - only the number counts

    before = handles()
    for _ in range(5):
        watching.loop.watch(order(make_camera("gate", cameras.url("gate"))))
        wait_until(lambda: cameras.viewers("gate") == 1)
        watching.loop.watch({})
        wait_until(lambda: cameras.viewers("gate") == 0)
    wait_until(lambda: handles() <= before + 1)
