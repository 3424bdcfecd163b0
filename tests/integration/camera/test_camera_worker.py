"""The camera worker with a real database and a real Valkey, against loopback cameras."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from patrol.app import opened
from patrol.bus.stream import START
from patrol.demo.loopback_camera import LoopbackCameras
from patrol.model.camera import CameraState
from patrol.model.event import EventKind
from patrol.model.town import Window
from patrol.usecase.services import Services
from patrol.worker.cameras import BEAT_S, LEASE_S, CameraWorker
from tests.integration.camera.conftest import make_camera
from tests.integration.camera.test_feed_faults import wait_until

pytestmark = pytest.mark.slow

WORKERS = "patrol:cameras:workers"
"""The bus's list of workers that live; read here to know when the second one has started."""


@pytest.fixture
def config_path(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(
        "storage: {data_dir: data}\n"
        "cameras: {analyse_width_px: 320, read_timeout_s: 1, backoff_max_s: 1}\n"
    )
    return path


@pytest.fixture
def services(config_path: Path) -> Iterator[Services]:
    with opened(config_path) as made:
        yield made


def state_of(services: Services, camera_id: str) -> CameraState | None:
    states = {health.camera_id: health.state for health in services.cameras.list_health()}
    return states.get(camera_id)


def counted(services: Services, camera_id: str) -> int:
    now = datetime.now(UTC)
    return len(services.counts.list_counts(camera_id, now - timedelta(hours=1), now))


def test_worker_counts_into_the_database_and_tells_the_maps(
    services: Services, cameras: LoopbackCameras
) -> None:
    services.cameras.save_cameras([make_camera("gate", cameras.url("gate"))])
    worker, stop = CameraWorker(services), threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    try:
        wait_until(lambda: state_of(services, "gate") is CameraState.ONLINE)
        # The inventory changes while it runs: one more camera, and the first one switched off.
        square = make_camera("square", cameras.url("square"))
        services.cameras.save_cameras([square])
        wait_until(lambda: state_of(services, "square") is CameraState.ONLINE)
        off = replace(make_camera("gate", cameras.url("gate")), enabled=False)
        services.cameras.save_cameras([off])
        wait_until(lambda: state_of(services, "gate") is CameraState.DISABLED)
        wait_until(lambda: cameras.viewers("gate") == 0)
        wait_until(lambda: counted(services, "gate") > 0)
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()
    assert cameras.viewers("square") == 0
    assert counted(services, "square") > 0
    kinds = [event.kind for event in services.stream.read(START)]
    assert EventKind.CAMERA_STATE in kinds
    assert EventKind.CAMERA_COUNTED in kinds


def test_settings_of_the_leases_bring_a_dead_workers_cameras_back_within_four_seconds() -> None:
    # The last renewal may have been at the moment of death, the next look just before its end.
    assert LEASE_S + BEAT_S <= 3.5
    # A worker that is late for two beats has not lost its cameras.
    assert LEASE_S > 3 * BEAT_S


def test_killed_workers_camera_moves_and_nothing_is_counted_twice(
    services: Services, config_path: Path, cameras: LoopbackCameras
) -> None:
    services.cameras.save_cameras([make_camera("gate", cameras.url("gate"))])
    command = [sys.executable, "-m", "patrol.cli.main", "--config", str(config_path), "cameras"]
    first = subprocess.Popen(command)
    try:
        wait_until(lambda: state_of(services, "gate") is CameraState.ONLINE, within_s=60)
        second = subprocess.Popen(command)
        try:
            wait_until(lambda: services.redis.zcard(WORKERS) == 2, within_s=60)
            started = cameras.started("gate")
            os.kill(first.pid, signal.SIGKILL)
            first.wait()
            wait_until(lambda: cameras.started("gate") > started, within_s=30)
            time.sleep(2)
        finally:
            second.terminate()
            assert second.wait(20) == 0
    finally:
        first.kill()
        first.wait()
    now = datetime.now(UTC)
    bins = sorted(
        {
            (count.start, count.start + timedelta(seconds=count.length_s))
            for count in services.counts.list_counts("gate", now - timedelta(hours=1), now)
            if count.rule == "square"
        }
    )
    latest = {start: max(end for begin, end in bins if begin == start) for start, _ in bins}
    spans = sorted(latest.items())
    assert all(ended <= began for (_, ended), (began, _) in pairwise(spans))


def test_a_camera_is_watched_in_its_hours_only_and_a_new_name_ends_no_connection(
    services: Services, cameras: LoopbackCameras
) -> None:
    zone = services.config.county.zone
    now = datetime.now(zone)
    around = Window((now - timedelta(hours=1)).time(), (now + timedelta(hours=1)).time())
    apart = Window((now + timedelta(hours=2)).time(), (now + timedelta(hours=3)).time())
    camera = replace(make_camera("gate", cameras.url("gate")), schedule=(around,))
    services.cameras.save_cameras([camera])
    worker, stop = CameraWorker(services), threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    try:
        wait_until(lambda: state_of(services, "gate") is CameraState.ONLINE)
        started = cameras.started("gate")
        services.cameras.save_cameras([replace(camera, name="新名", tags=("夜市",))])
        # Counts come every ten seconds: by then the worker has followed the inventory.
        wait_until(lambda: counted(services, "gate") > 0, within_s=60)
        assert cameras.started("gate") == started
        services.cameras.save_cameras([replace(camera, schedule=(apart,))])
        wait_until(lambda: state_of(services, "gate") is CameraState.DISABLED)
        wait_until(lambda: cameras.viewers("gate") == 0)
    finally:
        stop.set()
        thread.join(10)
