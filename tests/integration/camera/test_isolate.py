"""A decoding process that crashes: the others come back, the suspect is watched apart."""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from patrol.camera.feed import Sink
from patrol.camera.loop import Order
from patrol.config.schema import Cameras
from patrol.demo.loopback_camera import LoopbackCameras
from patrol.model.camera import CameraHealth, CameraState
from patrol.worker.isolate import IsolatedCameras, LastSeen
from tests.integration.camera.conftest import make_camera
from tests.integration.camera.test_feed_faults import wait_until

pytestmark = pytest.mark.slow


@dataclass(slots=True)
class Apart:
    """Isolated cameras and what they said."""

    cameras: IsolatedCameras
    orders: dict[str, Order]
    states: list[CameraHealth] = field(default_factory=list)

    def state(self, camera_id: str) -> CameraState | None:
        """The camera's newest state, after one more round of the worker."""
        self.cameras.watch(self.orders)
        found = [health.state for health in self.states if health.camera_id == camera_id]
        return found[-1] if found else None

    def online(self, *camera_ids: str) -> bool:
        return all(self.state(name) is CameraState.ONLINE for name in camera_ids)


@pytest.fixture
def apart(cameras: LoopbackCameras) -> Iterator[Apart]:
    states: list[CameraHealth] = []
    config = Cameras(analyse_width_px=320, read_timeout_s=1, backoff_max_s=1)
    sink = Sink(lambda _: None, states.append, lambda _: None)
    isolated = IsolatedCameras(config, {}, sink)
    orders = {name: Order(make_camera(name, cameras.url(name))) for name in ("gate", "square")}
    yield Apart(isolated, orders, states)
    isolated.stop()


def crash(pid: int | None) -> None:
    assert pid is not None
    os.kill(pid, signal.SIGSEGV)


def test_crash_takes_nobody_along_and_names_its_cause(
    cameras: LoopbackCameras, apart: Apart
) -> None:
    wait_until(lambda: apart.online("gate", "square"), within_s=30)
    first, ward = apart.cameras.pids()
    assert ward is None
    # Only the square's bytes are decoded while the gate is silent.
    cameras.tell("gate", "freeze")
    wait_until(lambda: apart.state("gate") is CameraState.NO_SIGNAL)
    crash(first)
    cameras.tell("gate", "thaw")
    wait_until(lambda: apart.online("gate") and apart.cameras.pids()[1] is not None, within_s=30)
    wait_until(lambda: apart.online("gate", "square"), within_s=30)
    second, ward = apart.cameras.pids()
    assert len({first, second, ward}) == 3
    # It does it again: now the gate does not even notice.
    started = cameras.started("gate")
    crash(ward)
    wait_until(lambda: apart.state("square") is CameraState.NO_SIGNAL)
    time.sleep(1)
    assert apart.online("gate")
    assert (cameras.started("gate"), apart.cameras.pids()) == (started, (second, None))
    # Another address is another chance.
    apart.orders["square"] = Order(make_camera("square", cameras.url("square") + "?again"))
    wait_until(lambda: apart.online("square"), within_s=30)
    assert apart.cameras.pids() == (second, None)


def test_child_ends_with_its_worker(cameras: LoopbackCameras, apart: Apart) -> None:
    wait_until(lambda: apart.online("gate"), within_s=30)
    pid, _ = apart.cameras.pids()
    apart.cameras.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid or 0, 0)
    assert cameras.viewers("gate") == 0


def test_page_holds_the_last_camera_only() -> None:
    handle = os.memfd_create("test")
    try:
        os.ftruncate(handle, 256)
        ours, theirs = LastSeen(handle), LastSeen(handle)
        assert ours.read() == ""
        for name in ("a-long-name-of-a-camera", "路口", "x" * 400):
            theirs.note(name)
            assert name.startswith(ours.read())
            assert ours.read()
    finally:
        os.close(handle)
