"""Feeds with a fault every second somewhere, for hours: what stays behind, and who is back.

The feeds are decoded as a worker decodes them, in its child process; that is the process whose
memory and handles are looked at::

    python -m bench.camera_soak --minutes 120
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bench.faulty_cameras import CURES, FAULTS, FaultyCameras, faulty_cameras, make_clip
from bench.harness import Bench, run
from patrol.camera.feed import Sink
from patrol.camera.loop import Order
from patrol.config.schema import Cameras
from patrol.model.camera import CameraHealth, CameraState
from patrol.worker.isolate import IsolatedLoop

FEEDS = 30

LOOK_S = 10.0
"""How often memory and handles are looked at."""


@dataclass(slots=True)
class Watched:
    """The decoding child, its feeds, and the last state each of them told."""

    orders: Mapping[str, Order]
    loop: IsolatedLoop = field(init=False)
    states: dict[str, CameraState] = field(default_factory=dict)
    changes: int = 0

    def __post_init__(self) -> None:
        config = Cameras(analyse_width_px=320, read_timeout_s=2.0)
        sink = Sink(lambda _: None, self._changed, lambda _: None)
        self.loop = IsolatedLoop(config, {}, sink, "soak")

    def _changed(self, health: CameraHealth) -> None:
        self.states[health.camera_id] = health.state
        self.changes += 1

    def round(self) -> None:
        """What a worker does each second; the child gives free memory back by these."""
        culprit = self.loop.watch(self.orders)
        if culprit is not None:
            raise SystemExit(f"bench.camera_soak: the decoder died at {culprit or 'no camera'}")

    def process(self) -> psutil.Process:
        """The decoding child."""
        if self.loop.pid is None:
            raise SystemExit("bench.camera_soak: nothing decodes")
        return psutil.Process(self.loop.pid)

    def online(self) -> int:
        """Feeds that are online."""
        return sum(state is CameraState.ONLINE for state in self.states.values())


@dataclass(slots=True)
class Course:
    """What was seen each ten seconds."""

    memory_mb: list[float] = field(default_factory=list)
    handles: list[int] = field(default_factory=list)
    faults: int = 0

    def look(self, process: psutil.Process) -> None:
        """Take note of what a process alone holds, and of its handles."""
        self.memory_mb.append(process.memory_full_info().uss / 1e6)
        self.handles.append(process.num_fds())


def grown(values: list[float]) -> float:
    """From the second quarter to the last: the first is warming up."""
    quarter = max(1, len(values) // 4)
    return statistics.median(values[-quarter:]) - statistics.median(values[quarter : 2 * quarter])


def measure(bench: Bench) -> None:
    """Give troubles for so long; all must be back in the end."""
    minutes = 0.2 if bench.quick else float(bench.args.minutes)
    draw = random.Random(bench.seed)
    with (
        tempfile.TemporaryDirectory(prefix="patrol-bench-") as folder,
        faulty_cameras(make_clip(Path(folder), bench.seed), FEEDS) as cameras,
    ):
        watched = Watched({f"c{n}": cameras.order(f"c{n}") for n in range(FEEDS)})
        wait_for_all(watched, within_s=60.0)
        began_s, cpu_s = time.monotonic(), cpu_used_s(watched)
        course = give_trouble(cameras, watched, draw, minutes * 60)
        took_s, cpu_s = time.monotonic() - began_s, cpu_used_s(watched) - cpu_s
        for name in watched.orders:
            cure(cameras, name)
        back = wait_for_all(watched, within_s=30.0)
        watched.loop.stop()
    told = {"feeds": FEEDS, "faults": course.faults, "changes_of_state": watched.changes}
    bench.figure("soak: length", round(took_s / 60, 1), "min", **told)
    cost_ms = round(cpu_s / took_s / FEEDS * 1e3, 2)
    bench.figure("soak: cost", cost_ms, "ms of the processor a second and feed")
    each_minute = [round(value, 1) for value in course.memory_mb[::6]]
    bench.figure("soak: memory at the end", each_minute[-1], "MB", each_minute=each_minute)
    grown_mb = round(grown(course.memory_mb), 2)
    bench.bar("soak: memory grown", grown_mb, at_most=2.0, measure="MB")
    bench.bar("soak: handles grown", grown([float(n) for n in course.handles]), at_most=2.0)
    bench.bar("soak: feeds back in the end", back, at_least=FEEDS)


def cpu_used_s(watched: Watched) -> float:
    """What the child has used of the processor."""
    times = watched.process().cpu_times()
    return times.user + times.system


def give_trouble(
    cameras: FaultyCameras, watched: Watched, draw: random.Random, seconds: float
) -> Course:
    """A fault each second, cured after up to eight; a look each ten seconds."""
    course, cures = Course(), list[tuple[float, str]]()
    names, process = list(watched.orders), watched.process()
    end_s, look_s = time.monotonic() + seconds, 0.0
    while (now_s := time.monotonic()) < end_s:
        name, fault = draw.choice(names), draw.choice(FAULTS)
        cameras.tell(name, fault, str(draw.randrange(-3_600, 3_600)) if fault == "jump" else "")
        course.faults += 1
        cures.append((now_s + draw.uniform(0.5, 8.0), name))
        for due in [due for due in cures if due[0] <= now_s]:
            cures.remove(due)
            cure(cameras, due[1])
        watched.round()
        if now_s >= look_s:
            look_s = now_s + LOOK_S
            course.look(process)
        time.sleep(1.0)
    return course


def cure(cameras: FaultyCameras, name: str) -> None:
    """Take all of a camera's faults away."""
    for remedy in CURES:
        cameras.tell(name, remedy)


def wait_for_all(watched: Watched, within_s: float) -> int:
    """How many feeds are online, waited for."""
    end_s = time.monotonic() + within_s
    while watched.online() < len(watched.orders) and time.monotonic() < end_s:
        watched.round()
        time.sleep(0.5)
    return watched.online()


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--minutes", type=float, default=120.0, help="how long")


if __name__ == "__main__":
    run(
        "camera_soak",
        measure,
        doc=__doc__,
        packages=("av", "numpy", "opencv-python-headless"),
        add_arguments=_add_arguments,
    )
