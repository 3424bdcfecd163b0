"""Kill a camera worker with SIGKILL: when its cameras are back, and whether anything counts twice.

Part of :mod:`bench.camera_faults`. Real processes of ``patrol cameras`` share cameras by their
leases in a real Valkey; the cameras stream over RTSP on loopback. A camera is back when another
worker plays its stream again.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from bench.harness import Bench
from patrol.app import opened
from patrol.demo.loopback_camera import LoopbackCameras
from patrol.demo.stream_clip import StreamClip
from patrol.model.camera import Camera, Rule
from patrol.model.place import Place
from patrol.usecase.services import Services

OWNERS = "patrol:cameras:owners"
"""The bus's table of who holds which camera; a worker's name has its process id in it."""

REPORT_S = 10.0
"""How often a feed gives its counts."""

BACK_S = 4.0


def measure_killed_worker(
    bench: Bench, folder: Path, clip: Path, rules: tuple[Rule, ...], size_px: tuple[int, int]
) -> None:
    """Kill one of two workers, several times over."""
    feeds, kills = (6, 1) if bench.quick else (16, 3)
    config = folder / "config.yaml"
    config.write_text("storage: {data_dir: data}\ncameras: {analyse_width_px: 320}\n")
    stream = StreamClip.read(clip)
    names = [f"c{n}" for n in range(feeds)]
    with (
        LoopbackCameras(dict.fromkeys(names, stream)) as server,
        opened(config) as services,
    ):
        services.cameras.save_cameras(
            [
                Camera(name, name, Place(0, 0), server.url(name), rules=rules, size_px=size_px)
                for name in names
            ]
        )
        took: list[float] = []
        for _ in range(kills):
            took.extend(_kill_one(services, server, config, names))
        twice = sum(count_twice(services, name, rules[-1].name) for name in names)
    bench.figure("killed worker: cameras moved", len(took), "", kills=kills, feeds=feeds)
    bench.figure(
        "killed worker: half of its cameras back", round(sorted(took)[len(took) // 2], 2), "s"
    )
    bench.bar("killed worker: last camera back", round(max(took), 2), at_most=BACK_S, measure="s")
    bench.bar("killed worker: intervals counted twice", twice, at_most=0)


def _kill_one(
    services: Services, server: LoopbackCameras, config: Path, names: list[str]
) -> list[float]:
    """Start two workers, kill one; seconds until each of its cameras plays again."""
    with worker(config) as victim, worker(config) as other:
        _wait(lambda: _shares(services, names) == {victim.pid, other.pid}, "both have cameras")
        _wait(lambda: all(server.viewers(name) for name in names), "all cameras play")
        # So long that there is something that could be counted twice.
        time.sleep(REPORT_S)
        lost = [name for name, pid in owners(services).items() if pid == victim.pid]
        before = {name: server.started(name) for name in lost}
        os.kill(victim.pid, signal.SIGKILL)
        began_s = time.monotonic()
        took: dict[str, float] = {}

        def all_back() -> bool:
            now_s = time.monotonic()
            for name in lost:
                if name not in took and server.started(name) > before[name]:
                    took[name] = now_s - began_s
            return len(took) == len(lost)

        _wait(all_back, "the cameras are back")
        time.sleep(REPORT_S + 2)
    return list(took.values())


@contextmanager
def worker(config: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """One ``patrol cameras`` in a process of its own."""
    command = [sys.executable, "-m", "patrol.cli.main", "--config", str(config), "cameras"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def owners(services: Services) -> dict[str, int]:
    """Process id of the worker that holds each camera."""
    told = services.redis.hgetall(OWNERS)
    return {_text(name): int(_text(worker_id).split("-")[-2]) for name, worker_id in told.items()}


def _shares(services: Services, names: list[str]) -> set[int]:
    """Who holds the cameras, where each one is held and the shares are within one of even."""
    held = owners(services)
    pids = list(held.values())
    even = len(held) == len(names) and all(abs(pids.count(p) * 2 - len(names)) <= 2 for p in pids)
    return set(pids) if even else set()


def count_twice(services: Services, camera_id: str, rule: str) -> int:
    """How many pairs of a rule's counted intervals overlap."""
    now = datetime.now(UTC)
    ends: dict[datetime, datetime] = {}
    for count in services.counts.list_counts(camera_id, now - timedelta(hours=1), now):
        if count.rule == rule:
            end = count.start + timedelta(seconds=count.length_s)
            ends[count.start] = max(end, ends.get(count.start, end))
    spans = sorted(ends.items())
    return sum(ended > began for (_, ended), (began, _) in pairwise(spans))


def _wait(is_so: Callable[[], bool], what: str, within_s: float = 120.0) -> None:
    end_s = time.monotonic() + within_s
    while not is_so():
        if time.monotonic() > end_s:
            raise SystemExit(f"bench.camera_faults: not within {within_s:g} s: {what}")
        time.sleep(0.02)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
