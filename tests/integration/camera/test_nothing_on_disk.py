"""While feeds run, every file that is written is watched, and none of them holds a picture."""

import ctypes
import os
import re
import select
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from patrol.app import opened
from patrol.camera.clip import Clip
from patrol.demo.loopback_camera import LoopbackCameras
from patrol.model.camera import CameraState
from patrol.model.errors import OutsideError
from patrol.usecase.ask_still import ask_still
from patrol.usecase.services import Services
from tests.integration.camera.conftest import make_camera
from tests.integration.camera.test_feed_faults import wait_until

pytestmark = pytest.mark.slow

MADE = re.compile(
    r"patrol\.sqlite(-wal|-shm|-journal)?|appendonlydir|appendonly\..*|temp-.*|users\.lock|start\.lock"
    r"|valkey\.(conf|log|pid|sock)(\..*)?|.*\.lock|dump\.rdb|keys|bus|session_key|audit_key|.*\.key"
    r"|patrol-\d+-[0-9a-f]+"
)
"""What the database and the private Valkey make; docs/storage.md names all of it."""

MAGICS = {
    "JPEG": b"\xff\xd8\xff\xe0",
    "JPEG (Exif)": b"\xff\xd8\xff\xe1",
    "JPEG (plain)": b"\xff\xd8\xff\xdb",
    "PNG": b"\x89PNG\r\n",
    "GIF": b"GIF8",
    "WebP": b"WEBPVP8",
    "MP4": b"ftypisom",
    "H.264": b"\x00\x00\x00\x01\x67",
    "NumPy": b"\x93NUMPY",
}

_CREATE, _MOVED_TO = 0x100, 0x80
_EVENT = struct.Struct("iIII")


@contextmanager
def watched(*folders: Path) -> Iterator[set[str]]:
    """Names of everything made in these folders while this runs, however shortly it was there."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.inotify_init()
    assert handle >= 0, os.strerror(ctypes.get_errno())
    for folder in folders:
        added = libc.inotify_add_watch(handle, os.fsencode(folder), _CREATE | _MOVED_TO)
        assert added >= 0, f"{folder}: {os.strerror(ctypes.get_errno())}"
    names: set[str] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            if not select.select([handle], [], [], 0.1)[0]:
                continue
            data, at = os.read(handle, 1 << 16), 0
            while at < len(data):
                _, _, _, length = _EVENT.unpack_from(data, at)
                at += _EVENT.size
                names.add(data[at : at + length].rstrip(b"\0").decode())
                at += length

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield names
    finally:
        stop.set()
        thread.join()
        os.close(handle)


def rows_of(clip: Path) -> list[bytes]:
    """Stretches of the clip's pictures, as a raw frame on a disk would hold them."""
    found: set[bytes] = set()
    for frame in Clip(clip).frames():
        gray = np.asarray(frame.picture.gray(320))
        for y in range(20, gray.shape[0], 40):
            row = gray[y, 40:104]
            # An even wall could be any bytes; a lively row could be nothing else.
            if row.std() > 8:
                found.add(row.tobytes())
    return sorted(found)[:400]


def files_below(*folders: Path) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in folder.rglob("*") if path.is_file())


def pictures_in(data: bytes, rows: list[bytes]) -> list[str]:
    """What of a picture is in a file's bytes."""
    found = [name for name, magic in MAGICS.items() if magic in data]
    return found + ["raw rows"] * any(row in data for row in rows)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text(
        "storage: {data_dir: data}\n"
        "cameras: {analyse_width_px: 320, read_timeout_s: 1, backoff_max_s: 1, stills: true}\n"
    )
    for name in ("temp", "home", "here"):
        (tmp_path / name).mkdir()
    return tmp_path


def start_worker(place: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "patrol.cli.main", "--config", str(place / "config.yaml")]
    environment = os.environ | {
        "TMPDIR": str(place / "temp"),
        "HOME": str(place / "home"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.Popen([*command, "cameras"], cwd=place / "here", env=environment)


def test_no_picture_is_written_while_feeds_run_fail_and_give_stills(
    place: Path, cameras: LoopbackCameras, street_clip: Path
) -> None:
    rows = rows_of(street_clip)
    assert len(rows) > 50
    with opened(place / "config.yaml") as services:
        services.cameras.save_cameras(
            [make_camera(name, cameras.url(name)) for name in ("gate", "square")]
        )
        services.stream.newest()
        folders = [place / name for name in ("temp", "home", "here", "data", "data/bus")]
        with watched(place, *folders) as names:
            worker = start_worker(place)
            try:
                wait_until(lambda: _states(services) == {CameraState.ONLINE}, within_s=90)
                assert _still(services) is not None
                cameras.tell("gate", "corrupt")
                cameras.tell("square", "drop")
                wait_until(lambda: len(services.counts.latest()) >= 4, within_s=60)
            finally:
                worker.terminate()
                assert worker.wait(30) == 0
    assert {name for name in names if not MADE.fullmatch(name)} == set()
    held = {
        str(path.relative_to(place)): pictures_in(path.read_bytes(), rows)
        for path in files_below(place / "data", *folders[:3])
    }
    assert len(held) > 3
    assert {name: what for name, what in held.items() if what} == {}


def _states(services: Services) -> set[CameraState]:
    return {health.state for health in services.cameras.list_health()}


def _still(services: Services) -> bytes | None:
    """A still as soon as the scene is known."""
    end_s = time.monotonic() + 90
    while time.monotonic() < end_s:
        try:
            return ask_still(services, "gate").jpeg
        except OutsideError:
            time.sleep(0.5)
    return None


def test_the_watch_sees_a_file_that_is_there_for_a_moment(tmp_path: Path) -> None:
    with watched(tmp_path) as names:
        (tmp_path / "frame.jpg").write_bytes(b"\xff\xd8\xff\xe0")
        (tmp_path / "frame.jpg").unlink()
        wait_until(lambda: "frame.jpg" in names, within_s=10)
    assert not MADE.fullmatch("frame.jpg")


def test_the_look_into_files_finds_pictures(street_clip: Path) -> None:
    rows = rows_of(street_clip)
    assert pictures_in(b"...\xff\xd8\xff\xe0...", rows) == ["JPEG"]
    assert pictures_in(b"x" * 99 + rows[7] + b"y", rows) == ["raw rows"]
    assert pictures_in(b"counts, and nothing else", rows) == []
    assert "MP4" in pictures_in(street_clip.read_bytes(), [])
