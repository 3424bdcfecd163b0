"""Feeds under faults: reconnects, black holes, killed workers.

The long run with all troubles is :mod:`bench.camera_soak`.
"""

import asyncio
import gc
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import cv2
import psutil

from bench.faulty_cameras import RULES, SIZE, faulty_cameras, make_clip
from bench.harness import Bench, run
from bench.killed_worker import measure_killed_worker
from patrol.camera.address import check_address
from patrol.camera.arrivals import FeedSettings, rtsp_arrivals
from patrol.camera.feed import Sink
from patrol.camera.loop import CameraLoop, Order
from patrol.model.camera import Camera
from patrol.model.errors import OutsideError
from patrol.model.place import Place
from patrol.worker.heap import use_few_arenas


def make_loop() -> CameraLoop:
    """A loop with the service's own time-outs."""
    settings = FeedSettings(width_px=320, timeout_s=2.0)
    sink = Sink(lambda _: None, lambda _: None, lambda _: None)
    return CameraLoop(settings, sink, lambda: datetime.now(UTC))


def measure_black_holes(bench: Bench, folder: Path) -> None:
    """Half the feeds go silent, half of those by never answering: what is left to the others."""
    feeds, seconds = (8, 6.0) if bench.quick else (24, 20.0)
    loop = make_loop()
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


def measure(bench: Bench) -> None:
    """All of it."""
    with tempfile.TemporaryDirectory(prefix="patrol-bench-") as folder:
        measure_black_holes(bench, Path(folder))
        measure_reconnects(bench, Path(folder))
        clip = make_clip(Path(folder), bench.seed)
        measure_killed_worker(bench, Path(folder), clip, RULES, SIZE)


if __name__ == "__main__":
    use_few_arenas()
    cv2.setNumThreads(1)
    run(
        "camera_faults",
        measure,
        doc=__doc__,
        packages=("av", "numpy", "opencv-python-headless"),
    )
