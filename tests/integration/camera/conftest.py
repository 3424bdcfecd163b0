from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from patrol.camera.arrivals import FeedSettings
from patrol.camera.feed import Sink
from patrol.camera.loop import CameraLoop, Order
from patrol.demo.clips import Scene, encode_clip, make_street_scene, render
from patrol.demo.loopback_camera import LoopbackCameras
from patrol.demo.stream_clip import StreamClip
from patrol.model.camera import Camera, CameraHealth, CameraState, Count, Notice, Rule, RuleKind
from patrol.model.place import Place

GATE = Rule("gate", RuleKind.LINE, ((160.0, 0.0), (160.0, 240.0)))
SQUARE = Rule("square", RuleKind.ZONE, ((0.0, 0.0), (320.0, 0.0), (320.0, 240.0), (0.0, 240.0)))


@pytest.fixture(scope="session")
def street_scene() -> Scene:
    """Twelve seconds of a small street."""
    return make_street_scene(
        seed=3, seconds=12.0, fps=12.5, size_px=(320, 240), people=4, vehicles=0
    )


@pytest.fixture(scope="session")
def street_clip(street_scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "street.mp4"
    encode_clip(render(street_scene), path, street_scene.fps)
    return path


@pytest.fixture
def cameras(street_clip: Path) -> Iterator[LoopbackCameras]:
    clip = StreamClip.read(street_clip)
    with LoopbackCameras({"gate": clip, "square": clip}) as server:
        yield server


def utc_now() -> datetime:
    return datetime.now(UTC)


def make_camera(camera_id: str, url: str) -> Camera:
    return Camera(camera_id, camera_id, Place(114.0, 22.6), url, rules=(GATE, SQUARE))


@dataclass(slots=True)
class Watching:
    """A camera loop and what it said."""

    loop: CameraLoop
    states: list[CameraHealth] = field(default_factory=list)
    counts: list[Count] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    def state(self, camera_id: str) -> CameraState | None:
        found = [health.state for health in self.states if health.camera_id == camera_id]
        return found[-1] if found else None


@pytest.fixture
def watching() -> Iterator[Watching]:
    """A running loop without cameras; time-outs of a second keep the tests short."""
    states: list[CameraHealth] = []
    counts: list[Count] = []
    notices: list[Notice] = []
    settings = FeedSettings(timeout_s=1.0, backoff_max_s=1.0, width_px=320, report_s=1.0)
    loop = CameraLoop(
        settings, Sink(counts.extend, states.append, notices.append), lambda: datetime.now(UTC)
    )
    loop.start()
    yield Watching(loop, states, counts, notices)
    loop.stop()


def order(camera: Camera) -> dict[str, Order]:
    return {camera.id: Order(camera)}
