"""Feeds under faults: reconnects, black holes, killed workers, and a soak with all troubles.

Apart from :mod:`bench.cameras`, as the soak takes as long as it is told::

    python -m bench.camera_faults --minutes 120
"""

import argparse
import asyncio
import gc
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import cv2
import psutil

from bench.harness import Bench, run
from bench.killed_worker import measure_killed_worker
from patrol.camera.address import check_address
from patrol.camera.feed import FeedSettings, Sink, rtsp_arrivals
from patrol.camera.loop import CameraLoop, Order
from patrol.demo.clips import encode_clip, make_street_scene, render
from patrol.model.camera import Camera, CameraHealth, CameraState, Rule, RuleKind
from patrol.model.errors import OutsideError
from patrol.model.place import Place
from patrol.worker.heap import use_few_arenas

SIZE = (320, 240)
FPS = 12.5
RULES = (
    Rule("line", RuleKind.LINE, ((160.0, 0.0), (160.0, 240.0))),
    Rule("zone", RuleKind.ZONE, ((0, 0), (320, 0), (320, 240), (0, 240))),
)
FAULTS = ("freeze", "drop", "refuse", "corrupt", "jump")
CURES = ("thaw", "accept", "heal")


@dataclass(slots=True)
class FaultyCameras:
    """The loopback cameras in a process of their own, told by lines what to do."""

    process: "subprocess.Popen[str]"
    port: int

    def tell(self, path: str, command: str, argument: str = "") -> None:
        """Give one camera a command."""
        if self.process.stdin is None:
            raise RuntimeError("the loopback cameras have no pipe")
        self.process.stdin.write(f"{command} {path} {argument}\n")
        self.process.stdin.flush()

    def order(self, path: str) -> Order:
        """One camera with a line and a zone."""
        url = f"rtsp://127.0.0.1:{self.port}/{path}"
        return Order(Camera(path, path, Place(0, 0), url, rules=RULES))


@contextmanager
def faulty_cameras(clip: Path, count: int) -> Iterator[FaultyCameras]:
    """Serve a clip as so many cameras, ``c0`` and on."""
    command = [sys.executable, "-m", "patrol.demo.loopback_camera", "0"]
    command += [f"c{n}={clip}" for n in range(count)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if process.stdout is None or process.stdin is None:
        raise RuntimeError("the loopback cameras have no pipes")
    try:
        yield FaultyCameras(process, int(process.stdout.readline()))
    finally:
        process.stdin.close()
        process.wait(20)


def make_clip(folder: Path, seed: int, *, gop_s: float = 1.0) -> Path:
    """A small street with a few people."""
    path = folder / f"small-{gop_s:g}.mp4"
    scene = make_street_scene(seed=seed, seconds=10.0, fps=FPS, size_px=SIZE, people=3, vehicles=0)
    encode_clip(render(scene), path, FPS, gop_s=gop_s)
    return path


def make_loop(states: list[CameraHealth]) -> CameraLoop:
    """A loop with the service's own time-outs."""
    settings = FeedSettings(width_px=320, timeout_s=2.0)
    sink = Sink(lambda _: None, states.append, lambda _: None)
    return CameraLoop(settings, sink, lambda: datetime.now(UTC))


def measure_black_holes(bench: Bench, folder: Path) -> None:
    """Half the feeds go silent, half of those by never answering: what is left to the others."""
    feeds, seconds = (8, 6.0) if bench.quick else (24, 20.0)
    states: list[CameraHealth] = []
    loop = make_loop(states)
    with faulty_cameras(make_clip(folder, bench.seed), feeds) as cameras, black_hole() as port:
        orders = {f"c{n}": cameras.order(f"c{n}") for n in range(feeds)}
        others = [f"c{n}" for n in range(feeds // 2)]
        loop.start()
        loop.watch(orders)
        time.sleep(5.0)
        before = rate(loop, others, seconds)
        for n in range(feeds // 2, feeds * 3 // 4):
            cameras.tell(f"c{n}", "freeze")
        for n in range(feeds * 3 // 4, feeds):
            camera = Camera(f"c{n}", f"c{n}", Place(0, 0), f"rtsp://127.0.0.1:{port}/x")
            orders[f"c{n}"] = Order(camera)
        loop.watch(orders)
        time.sleep(5.0)
        after = rate(loop, others, seconds)
        loop.stop()
    kept = after / before
    bench.figure("half the feeds black-holed: rate of the others", round(kept, 3), "share kept")
    bench.bar("half the feeds black-holed: rate of the others", round(kept, 3), at_least=0.95)


def rate(loop: CameraLoop, camera_ids: list[str], seconds: float) -> float:
    """Pictures a second that some cameras give."""
    before, began_s = loop.decoded(camera_ids), time.monotonic()
    time.sleep(seconds)
    return (loop.decoded(camera_ids) - before) / (time.monotonic() - began_s)


@contextmanager
def black_hole() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as server:
        yield server.getsockname()[1]


def measure_reconnects(bench: Bench, folder: Path) -> None:
    """Connect, decode the first picture, leave: what each leaves behind."""
    total = 400 if bench.quick else 10_000
    settings = FeedSettings(timeout_s=5.0)
    with faulty_cameras(make_clip(folder, bench.seed, gop_s=0.16), 20) as cameras:
        urls = [f"rtsp://127.0.0.1:{cameras.port}/c{n}" for n in range(20)]
        warm = max(200, total // 10)
        asyncio.run(reconnect(urls, warm, settings))
        start, cpu_s = memory_bytes(), time.process_time()
        asyncio.run(reconnect(urls, total, settings))
        grown, cpu_s = memory_bytes() - start, time.process_time() - cpu_s
    name = f"{total} reconnects"
    each = round(grown / total)
    bench.figure(f"{name}: memory each", each, "bytes", after_warm_up=warm)
    bench.figure(f"{name}: cost each", round(cpu_s / total * 1e3, 2), "ms of the processor")
    bench.bar(f"{name}: memory each", each, at_most=1_000, measure="bytes")


async def reconnect(urls: list[str], total: int, settings: FeedSettings) -> None:
    """So many connections, as many at once as there are cameras."""
    left = iter(range(total))

    async def visit(url: str) -> None:
        for _ in left:
            address = check_address(url, networks=settings.networks)
            pictures = rtsp_arrivals(address, settings)
            try:
                await anext(pictures)
            except (OutsideError, StopAsyncIteration):
                continue
            finally:
                await pictures.aclose()

    await asyncio.gather(*(visit(url) for url in urls))


def memory_bytes() -> int:
    """What this process alone holds."""
    gc.collect()
    return int(psutil.Process().memory_full_info().uss)


@dataclass(slots=True)
class Soak:
    """What was seen each ten seconds."""

    memory_mb: list[float] = field(default_factory=list)
    handles: list[int] = field(default_factory=list)
    faults: int = 0

    def look(self) -> None:
        """Take note of memory and handles."""
        self.memory_mb.append(memory_bytes() / 1e6)
        self.handles.append(sum(1 for _ in Path("/proc/self/fd").iterdir()))

    def grown(self, values: list[float]) -> float:
        """From the second quarter to the last: the first is warming up."""
        quarter = max(1, len(values) // 4)
        return statistics.median(values[-quarter:]) - statistics.median(
            values[quarter : 2 * quarter]
        )


def measure_soak(bench: Bench, folder: Path, minutes: float) -> None:
    """Feeds with a fault every second somewhere; all must be back in the end."""
    feeds, draw = 30, random.Random(bench.seed)
    states: list[CameraHealth] = []
    loop, soak = make_loop(states), Soak()
    with faulty_cameras(make_clip(folder, bench.seed), feeds) as cameras:
        loop.start()
        loop.watch({f"c{n}": cameras.order(f"c{n}") for n in range(feeds)})
        cpu_s, began_s = time.process_time(), time.monotonic()
        trouble(cameras, feeds, draw, soak, minutes * 60)
        cpu_s, took_s = time.process_time() - cpu_s, time.monotonic() - began_s
        for n in range(feeds):
            for cure in CURES:
                cameras.tell(f"c{n}", cure)
        back = all_online(states, feeds, within_s=30.0)
        loop.stop()
    told = {"feeds": feeds, "minutes": round(took_s / 60, 1), "faults": soak.faults}
    grown_mb, handles = soak.grown(soak.memory_mb), soak.grown([float(v) for v in soak.handles])
    bench.figure("soak: length", round(took_s / 60, 1), "min", **told)
    bench.figure(
        "soak: cost",
        round(cpu_s / took_s / feeds * 1e3, 2),
        "ms of the processor a second and feed",
    )
    bench.figure(
        "soak: memory at the end",
        round(soak.memory_mb[-1], 1),
        "MB",
        each_minute=[round(value, 1) for value in soak.memory_mb[::6]],
    )
    bench.bar("soak: memory grown", round(grown_mb, 2), at_most=2.0, measure="MB")
    bench.bar("soak: handles grown", handles, at_most=2.0)
    bench.bar("soak: feeds back in the end", back, at_least=feeds)


def trouble(
    cameras: FaultyCameras, feeds: int, draw: random.Random, soak: Soak, seconds: float
) -> None:
    """A fault each second, cured after up to eight; a look each ten seconds."""
    end_s = time.monotonic() + seconds
    cures: list[tuple[float, str]] = []
    look_s = 0.0
    while (now_s := time.monotonic()) < end_s:
        path = f"c{draw.randrange(feeds)}"
        fault = draw.choice(FAULTS)
        cameras.tell(path, fault, str(draw.randrange(-3_600, 3_600)) if fault == "jump" else "")
        soak.faults += 1
        cures.append((now_s + draw.uniform(0.5, 8.0), path))
        for due_s, sick in [cure for cure in cures if cure[0] <= now_s]:
            cures.remove((due_s, sick))
            for cure in CURES:
                cameras.tell(sick, cure)
        if now_s >= look_s:
            look_s = now_s + 10.0
            soak.look()
        time.sleep(1.0)


def all_online(states: list[CameraHealth], feeds: int, within_s: float) -> int:
    """How many feeds are online, waited for."""
    end_s = time.monotonic() + within_s
    while True:
        last = {health.camera_id: health.state for health in list(states)}
        online = sum(state is CameraState.ONLINE for state in last.values())
        if online == feeds or time.monotonic() > end_s:
            return online
        time.sleep(0.5)


def measure(bench: Bench) -> None:
    """All of it."""
    with tempfile.TemporaryDirectory(prefix="patrol-bench-") as folder:
        if not bench.args.only_soak:
            measure_black_holes(bench, Path(folder))
            measure_reconnects(bench, Path(folder))
            clip = make_clip(Path(folder), bench.seed)
            measure_killed_worker(bench, Path(folder), clip, RULES, SIZE)
        measure_soak(bench, Path(folder), 0.2 if bench.quick else float(bench.args.minutes))


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--minutes", type=float, default=120.0, help="length of the soak")
    parser.add_argument("--only-soak", action="store_true", help="leave out the others")


if __name__ == "__main__":
    use_few_arenas()
    cv2.setNumThreads(1)
    run(
        "camera_faults",
        measure,
        doc=__doc__,
        packages=("av", "numpy", "opencv-python-headless"),
        add_arguments=_add_arguments,
    )
